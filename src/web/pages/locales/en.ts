import type { PageCatalogue } from './catalogue.ts';

export const en: PageCatalogue = {
  name: 'English',
  languages: 'Language',
  support: 'Help and support',
  noScript: 'This page needs JavaScript. Please allow it here and reload the page.',
  incomplete: 'A part of this page did not arrive. Please reload it.',
  working: 'One moment…',
  retry: 'Try again',
  signIn: 'Sign in',
  problems: {
    offline: () => 'The service cannot be reached. Please check your internet connection and try again.',
    unavailable: (wait) => `The service is not available at the moment. Please try again ${wait}.`,
    tooMany: (wait) => `There were too many attempts from your network. Please try again ${wait}.`,
    unexpected: () => 'Something went wrong on our side. Please try again. If it stays like this, come back later.',
  },
  headings: {
    expired: 'This link has expired',
    invalid: 'This link no longer works',
    missing: 'Please open the link in the email',
    sent: 'Please look into your inbox',
    taken: 'This address has an account of its own',
  },
  missing:
    'This page works only when the link in our email opens it. The link leaves the address bar at once, so that nobody else comes across it. That is why reloading does not help: please open it in the email again.',
  inbox:
    'It can take a few minutes. If nothing arrives, look into the spam folder too. Of several emails only the newest works.',
  address: { label: 'Email address', action: 'Send a new link', flaw: 'Please enter a valid email address.' },
  password: {
    label: 'New password',
    rules: '8 to 128 characters, and none of the most common passwords. Several words in a row make a good one.',
    show: 'Show password',
    flaws: {
      short: 'The password needs at least 8 characters.',
      long: 'The password can have at most 128 characters.',
      known: 'This password is widely known, and such passwords are guessed first. Please choose another one.',
      same: 'This is the password that you have now. Please choose another one.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Verify your email address',
      lead: 'Press the button to complete your sign-up.',
      action: 'Verify email address',
      notYou: 'If it was not you who signed up, close this page: an account that is never verified is removed.',
      done: { heading: 'Your email address is verified', text: 'You can sign in now. This page is no longer needed.' },
      expired: 'The link works for 24 hours. Enter your address, and we will send you a new one.',
      used: 'It has been used already, or a newer email has replaced it. If it was you who used it, your address is verified: try to sign in.',
      renew: 'If you cannot, enter your address, and we will send you a new link.',
      already: 'If you have already verified your address, you can sign in.',
      sent: 'If this address is still to be verified, a new link is on its way.',
    },
    'reset-password': {
      heading: 'Choose a new password',
      lead: 'It replaces the old one and signs you out on all your devices.',
      action: 'Set new password',
      notYou: 'If it was not you who asked for this, close this page: your password stays as it is.',
      done: {
        heading: 'Your password has been changed',
        text: 'You have been signed out on all your devices. You can sign in now with the new password.',
      },
      expired: 'The link works for 60 minutes. Enter your address, and we will send you a new one.',
      used: 'It has been used already, or a newer email has replaced it. If it was you who used it, you can sign in with the password that you chose.',
      renew: 'Otherwise enter your address, and we will send you a new link.',
      already: 'If you have already chosen a new password, you can sign in with it.',
      sent: 'If this address has an account, an email with further steps is on its way.',
    },
    'confirm-email': {
      heading: 'Confirm your new email address',
      lead: 'Your account moves to this address, and you are signed out on all your devices.',
      action: 'Confirm email address',
      notYou: 'If it was not you who asked for this, close this page: nothing changes.',
      done: {
        heading: 'Your email address has been changed',
        text: 'You have been signed out on all your devices. You can sign in now with the new address.',
      },
      expired: 'The link works for 24 hours. Nothing has changed, and you can ask for the new address again.',
      used: 'It has been used already, a newer email has replaced it, or the change was undone. If it was you who used it, you can sign in with the new address.',
      already: 'If you have already confirmed your new address, you can sign in with it.',
      taken: 'Somebody has signed up with it, so your account keeps the address that it has.',
    },
    'undo-email': {
      heading: 'Undo the change of your email address',
      lead: 'Your account keeps this address, or gets it back. You are signed out on all your devices, and instead of your password you choose a new one: we send you a link.',
      action: 'Undo the change',
      notYou: 'If it was you who asked for the change, close this page: nothing is undone.',
      done: {
        heading: 'The change has been undone',
        text: 'You have been signed out on all your devices. An email with a link to a new password is on its way to this address.',
      },
      expired: 'A change can be undone for 72 hours. If it was not you who made it, please write to our support.',
      used: 'It has been used already, or there is nothing left to undo. If it was you who used it, look into your inbox for the link to a new password.',
      already: 'If you have already undone the change, look into your inbox for the link to a new password.',
      taken:
        'Somebody has signed up with it since the change, so it cannot be given back. Please write to our support.',
    },
  },
};
