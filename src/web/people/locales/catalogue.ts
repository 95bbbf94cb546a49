// A sentence with a hole, which an answer fills: its name stands in braces, and it may stand anywhere in the sentence.
type With<Hole extends string> = `${string}{${Hole}}${string}`;

/** What can go wrong with any call; `{wait}` says in how long to try again: "in 5 minutes". */
export type Problems = {
  offline: string;
  timeout: string;
  unavailable: With<'wait'>;
  tooMany: With<'wait'>;
  unexpected: string;
};

/** Fields that several forms have. */
export type Fields = {
  email: string;
  password: string;
  name: string;
  /** Below the field for the name. */
  nameHint: string;
  nameFlaw: string;
  speaking: string;
  listening: string;
  /** Below both fields for a language. */
  languageHint: string;
  languageFlaw: string;
  /** Where nothing that was typed into such a field is found. */
  noLanguage: string;
  /** Where a field is empty that must not be. */
  missing: string;
};

export type SignUpText = {
  heading: string;
  lead: string;
  terms: string;
  termsFlaw: string;
  action: string;
  /** To those who have an account: a link follows. */
  known: string;
  sent: {
    heading: string;
    text: With<'email'>;
    next: string;
    again: string;
    /** After the mail was asked for again. */
    done: string;
    otherAddress: string;
  };
};

export type SignInText = {
  heading: string;
  action: string;
  byPasskey: string;
  forgotten: string;
  /** To those who have none yet: a link follows. */
  unknown: string;
  /** On the button below the sentence for an address that is not verified. */
  sendAgain: string;
  refusals: {
    INVALID_CREDENTIALS: string;
    ACCOUNT_LOCKED: With<'wait'>;
    EMAIL_NOT_VERIFIED: string;
    ACCOUNT_DELETED: string;
    ACCOUNT_DEACTIVATED: string;
    CHALLENGE_EXPIRED: string;
    INVALID_SECOND_FACTOR: string;
    /** Nobody used a passkey, or the browser has none. */
    noPasskey: string;
    /** The browser knows none at all. */
    passkeysUnknown: string;
  };
  factor: {
    heading: string;
    lead: string;
    usePasskey: string;
    code: string;
    codeHint: string;
    codeFlaw: string;
    useRecovery: string;
    recoveryCode: string;
    recoveryHint: string;
    recoveryFlaw: string;
    action: string;
    begin: string;
  };
  forgot: {
    heading: string;
    lead: string;
    action: string;
    back: string;
    sent: { heading: string; text: With<'email'> };
  };
};

export type AccountText = {
  heading: string;
  loading: string;
  signOut: string;
};

/** One language of the pages on which somebody makes an account, signs in and looks after it. */
export type PeopleCatalogue = {
  problems: Problems;
  fields: Fields;
  signUp: SignUpText;
  signIn: SignInText;
  account: AccountText;
};
