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
  },
};
