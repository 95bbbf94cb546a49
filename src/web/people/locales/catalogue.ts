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
  /** In brackets stands what leads to them. */
  terms: `${string}[${string}]${string}`;
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

/** The page of one's account, section by section. */
export type AccountText = {
  heading: string;
  loading: string;
  signedInAs: With<'email'>;
  signOut: string;
  cancel: string;
  /** Where somebody called off what was asked for. */
  declined: string;
  profile: { heading: string; action: string; saved: string };
  picture: PictureText;
  address: AddressText;
  password: {
    heading: string;
    change: string;
    lead: string;
    current: string;
    next: string;
    action: string;
    saved: string;
  };
  factors: FactorsText;
  sessions: SessionsText;
  data: { heading: string; lead: string; action: string; saved: string };
  leave: LeaveText;
  proof: ProofText;
  ended: EndedText;
};

export type PictureText = {
  heading: string;
  lead: string;
  none: string;
  /** What the picture shows, to those who do not see it. */
  alt: string;
  choose: string;
  /** Beside the field for a file. */
  drop: string;
  cropHeading: string;
  cropLead: string;
  preview: string;
  zoom: string;
  leftRight: string;
  upDown: string;
  use: string;
  sending: string;
  saved: string;
  remove: string;
  removed: string;
  flaws: { unreadable: string; INVALID_FILE_TYPE: string; INVALID_IMAGE: string; FILE_TOO_LARGE: string };
};

export type AddressText = {
  heading: string;
  present: With<'email'>;
  change: string;
  lead: string;
  label: string;
  action: string;
  /** After it was asked for, and as long as it waits. */
  pending: With<'email'>;
  SAME_ADDRESS: string;
};

export type FactorsText = {
  heading: string;
  lead: string;
  none: string;
  kinds: { passkey: string; authenticator: string };
  added: With<'created'>;
  used: With<'created'> & With<'used'>;
  name: string;
  nameHint: string;
  nameFlaw: string;
  rename: string;
  save: string;
  renamed: string;
  remove: string;
  removed: string;
  confirmRemoval: With<'name'>;
  addPasskey: string;
  passkeyLead: string;
  passkeyAction: string;
  passkeyAdded: string;
  addApp: string;
  appLead: string;
  appBegin: string;
  appScan: string;
  qr: string;
  appSecret: string;
  appOpen: string;
  appCode: string;
  appAction: string;
  appAdded: string;
  refusals: {
    INVALID_CODE: string;
    INVALID_PASSKEY: string;
    PASSKEY_EXISTS: string;
    TOO_MANY_FACTORS: string;
    NO_SECOND_FACTOR: string;
    CHALLENGE_EXPIRED: string;
    NOT_FOUND: string;
  };
  recovery: {
    heading: string;
    left: With<'count'>;
    renew: string;
    confirmRenewal: string;
    shown: string;
    copy: string;
    copied: string;
    notCopied: string;
    download: string;
    /** The name of the file, without its ending. */
    file: string;
    close: string;
  };
};

export type SessionsText = {
  heading: string;
  lead: string;
  current: string;
  /** Where a program did not say what it is. */
  unknown: string;
  times: With<'created'> & With<'used'>;
  end: string;
  ended: string;
  endOthers: string;
  othersEnded: string;
};

export type LeaveText = {
  heading: string;
  soft: { summary: string; lead: With<'date'>; action: string; confirm: With<'date'> };
  hard: { summary: string; lead: string; label: string; flaw: string; action: string };
  LAST_ADMINISTRATOR: string;
  left: { heading: string; text: With<'date'>; mail: string };
  erased: { heading: string; text: string };
};

/** Asked before what an account could be lost by. */
export type ProofText = { heading: string; lead: string; INCORRECT_PASSWORD: string; ACCOUNT_LOCKED: With<'wait'> };

/** Where a session is over, and nobody signed out on this page. */
export type EndedText = {
  heading: string;
  text: string;
  deactivated: string;
  deleted: string;
  kept: string;
};

/** One language of the pages on which somebody makes an account, signs in and looks after it. */
export type PeopleCatalogue = {
  problems: Problems;
  fields: Fields;
  signUp: SignUpText;
  signIn: SignInText;
  account: AccountText;
};
