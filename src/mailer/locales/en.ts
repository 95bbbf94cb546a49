import type { Catalogue } from './catalogue.ts';

export const en: Catalogue = {
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'If the button does not work, open this address in your browser:',
  about: ({ appName }) => `This message is about an account at ${appName} with this email address.`,
  support: 'Questions? Our support is here:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Verify your email address for ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, signed up for ${appName} with this address. Verify it to finish.`,
        `The link works once and for 24 hours, until ${expiresAt}.`,
        'If it was not you, ignore this message: an account that is never verified is removed.',
      ],
      action: 'Verify email address',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `Your account at ${appName} is ready`,
      paragraphs: [
        `An administrator has made an account at ${appName} for you, with this address. Choose a password to use it.`,
        `The link works once, until ${expiresAt}. No password opens the account before you have chosen one; using the link also verifies your address.`,
        'If you did not expect this, ignore this message: an account that is never verified is removed.',
      ],
      action: 'Choose a password',
    }),
    'already-registered': ({ appName }) => ({
      subject: `You already have an account at ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, tried to sign up for ${appName} with this address. It already has an account, so nothing was changed.`,
        'You can sign in as usual, or reset your password if you no longer know it. If the account has been suspended or deleted, our support can help.',
        'If it was not you, there is nothing you need to do.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Reset your password for ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, asked to reset the password of your account at ${appName}.`,
        `The link works once and for 60 minutes, until ${expiresAt}. A new password signs you out on all your devices.`,
        'If it was not you, ignore this message: your password stays as it is.',
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
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `A passkey was added to your account at ${appName}`,
        authenticator: `An authenticator app was added to your account at ${appName}`,
        recovery_codes: `New recovery codes for your account at ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `A passkey was added to your account at ${appName} on ${changedAt}. You can sign in with it.`,
          authenticator: `An authenticator app was added to your account at ${appName} on ${changedAt}. From now on signing in with your password also takes a code.`,
          recovery_codes: `New recovery codes were made for your account at ${appName} on ${changedAt}. Earlier ones no longer work.`,
        }[added],
        'If it was not you, reset your password now, remove what you do not know from your account, and tell our support.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `A passkey was removed from your account at ${appName}`,
        authenticator: `An authenticator app was removed from your account at ${appName}`,
        all: `The second factors of your account at ${appName} were removed`,
      }[removed],
      paragraphs: [
        {
          passkey: `A passkey was removed from your account at ${appName} on ${changedAt}.`,
          authenticator: `An authenticator app was removed from your account at ${appName} on ${changedAt}.`,
          all: `An administrator removed every passkey, authenticator app and recovery code from your account at ${appName} on ${changedAt}. You have been signed out everywhere.`,
        }[removed],
        'If you did not want this, reset your password now and tell our support.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `A recovery code of your account at ${appName} was used`,
      paragraphs: [
        `A recovery code of your account at ${appName} was used on ${changedAt}. It does not work again.`,
        `Recovery codes left: ${left}.`,
        'If it was not you, reset your password now, make new recovery codes and tell our support.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Confirm your new email address for ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, asked for an account at ${appName} to move to this address. Confirm it to finish.`,
        `The link works once and for 24 hours, until ${expiresAt}. The change signs you out on all your devices.`,
        'If it was not you, ignore this message: nothing changes.',
      ],
      action: 'Confirm email address',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `Another email address was asked for at ${appName}`,
      paragraphs: [
        `Somebody, hopefully you, asked for your account at ${appName} to move to another email address. It moves as soon as the link in a message to the new address is used.`,
        'If it was you, there is nothing you need to do here.',
        'If it was not you, undo it, until 72 hours after the change: your account keeps this address, or gets it back. You are signed out on all your devices, and a further link lets you choose a new password.',
      ],
      action: 'Undo the change',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `Your email address for ${appName} was changed`,
      paragraphs: [
        `Your account at ${appName} moved to another email address on ${changedAt}. You have been signed out on all your devices.`,
        `If it was not you, undo it until ${expiresAt}: your account gets this address back, and a further link lets you choose a new password.`,
      ],
      action: 'Undo the change',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Your account at ${appName} has been suspended`,
      paragraphs: [
        `An administrator has suspended your account at ${appName}. You have been signed out everywhere and cannot log in.`,
        ...(reason === null ? [] : ['The reason given:', { quoted: reason }]),
        'If you think this is a mistake, please write to our support.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Your account at ${appName} is active again`,
      paragraphs: [`Your account at ${appName} is no longer suspended. You can sign in again.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Your account at ${appName} has been deleted`,
      paragraphs: [
        `Your account at ${appName} has been deleted, and you have been signed out everywhere.`,
        `On ${eraseOn} it will be erased for good, with all its data. Until then our support can restore it for you.`,
        'If it was not you who deleted it, write to our support at once.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Your account at ${appName} will be erased on ${eraseOn}`,
      paragraphs: [
        `Your account at ${appName} has been deleted. On ${eraseOn} it will be erased for good, with all its data.`,
        'If you would like to keep it, write to our support before that day. Afterwards nobody can restore it.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Your account at ${appName} has been restored`,
      paragraphs: [
        `Your account at ${appName} has been restored and will not be erased.`,
        'You were signed out everywhere when it was deleted, so please log in again.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Your account at ${appName} has been erased`,
      paragraphs: [
        `Your account at ${appName} has been erased for good, with all its data. This is our last message about it.`,
        'Your address is free again: you can sign up with it whenever you like.',
      ],
    }),
  },
};
