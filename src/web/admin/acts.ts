/** An act of an administrator, as the page asks for it and tells of it. `{email}` stands for the person's address. */
export type ActTexts = {
  /** On the button that begins it. */
  label: string;
  heading: string;
  /** What will follow from it. */
  text: string;
  /** On the button that does it. */
  action: string;
  done: string;
};

/** What support does every day, by the last word of the route that does it. */
export const ACTS = {
  deactivate: {
    label: 'Suspend…',
    heading: 'Suspend this account',
    text: 'Every access of {email} ends at this moment, everywhere. One mail says so, with the reason if you give one.',
    action: 'Suspend now',
    done: 'The account is suspended. One mail is on its way.',
  },
  reactivate: {
    label: 'End the suspension…',
    heading: 'End the suspension',
    text: '{email} can sign in again. One mail says so.',
    action: 'End it now',
    done: 'The account is active again. One mail is on its way.',
  },
  'end-sessions': {
    label: 'Sign out everywhere…',
    heading: 'Sign out everywhere',
    text: 'All sessions of {email} end at this moment. The owner can sign in again at once.',
    action: 'Sign out now',
    done: 'All sessions have ended.',
  },
  unlock: {
    label: 'Unlock…',
    heading: 'Unlock this account',
    text: 'The wrong guesses for {email} are forgotten, and the next sign-in is checked again. Make sure that you are speaking with the owner.',
    action: 'Unlock now',
    done: 'The account is unlocked.',
  },
  'send-verification': {
    label: 'Send the verification link…',
    heading: 'Send the verification link',
    text: 'A mail with a fresh link goes to {email}. Links that were sent before stop working.',
    action: 'Send the mail',
    done: 'The mail is on its way.',
  },
  'send-reset': {
    label: 'Send a link to a new password…',
    heading: 'Send a link to a new password',
    text: 'A mail with a link to set a new password goes to {email}. Until it is used, the password stays as it is.',
    action: 'Send the mail',
    done: 'The mail is on its way.',
  },
} as const satisfies Record<string, ActTexts>;

export type ActName = keyof typeof ACTS;
