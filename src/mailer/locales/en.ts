import type { Catalogue } from './catalogue.ts';

export const en: Catalogue = {
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
  linkHint: 'If the button does not work, open this address in your browser:',
  footer: ({ appName, supportUrl }) => `This message is about your account at ${appName}. Questions? ${supportUrl}`,
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Verify your email address for ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, signed up for ${appName} with this address. Verify it to finish.`,
        `The link works once, until ${expiresAt}. If it was not you, do nothing: the account is removed by itself.`,
      ],
      action: 'Verify email address',
    }),
    'already-registered': ({ appName }) => ({
      subject: `You already have an account at ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, tried to sign up for ${appName} with this address. It already has an account, so nothing was changed.`,
        'You can log in as usual, or reset your password if you no longer know it. If the account was suspended or deleted, our support can help.',
        'If it was not you, there is nothing to do.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Reset your password for ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, asked to reset the password of your account at ${appName}.`,
        `The link works once, until ${expiresAt}. If it was not you, do nothing: your password stays as it is.`,
      ],
      action: 'Choose a new password',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `Your password for ${appName} was changed`,
      paragraphs: [
        `The password of your account at ${appName} was changed on ${changedAt}. Your other devices have been signed out.`,
        'If it was not you, reset your password now and tell our support.',
      ],
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Your account at ${appName} has been suspended`,
      paragraphs: [
        `An administrator has suspended your account at ${appName}. You have been signed out everywhere and cannot log in.`,
        ...(reason === null ? [] : [`The reason given: ${reason}`]),
        'If you think this is a mistake, please write to our support.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Your account at ${appName} is active again`,
      paragraphs: [`Your account at ${appName} is no longer suspended. You can log in as before.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Your account at ${appName} has been deleted`,
      paragraphs: [
        `Your account at ${appName} has been deleted. You have been signed out everywhere.`,
        `On ${eraseOn} it will be erased with all its data. Until then our support can restore it if you ask.`,
        'If it was not you, write to our support at once.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Your account at ${appName} will be erased on ${eraseOn}`,
      paragraphs: [
        `You deleted your account at ${appName}. On ${eraseOn} it will be erased with all its data, for good.`,
        'If you have changed your mind, write to our support before that day.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Your account at ${appName} has been restored`,
      paragraphs: [
        `Your account at ${appName} is no longer deleted, and it will not be erased.`,
        'You have been signed out everywhere; log in again to use it.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Your account at ${appName} has been erased`,
      paragraphs: [
        `Your account at ${appName} and all its data have been erased. This is the last message about it.`,
        'Your address is free again: you can sign up anew whenever you like.',
      ],
    }),
  },
};
