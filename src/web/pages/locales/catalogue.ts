/** What can go wrong with a request that can be made again as it is. */
export type Problem = 'offline' | 'unavailable' | 'tooMany' | 'unexpected';

/** Why a password is not taken. `known` are the common ones, and those that a breach has made known. */
export type PasswordFlaw = 'short' | 'long' | 'known' | 'same';

/** What a page says from its opening to its end. The heading is also its title, and then that of the outcome. */
type PageText = {
  heading: string;
  lead: string;
  /** On the button. */
  action: string;
  /** To those who did not ask for the mail. */
  notYou: string;
  done: { heading: string; text: string };
  /** How long a link works, and over to what somebody can do then: to the field for the address, where there is one. */
  expired: string;
  /** Why a link is not taken, and what somebody can do who has used it. */
  used: string;
  /** Where the link is missing, to those who have used it. */
  already: string;
};

/** One that sends a new link. */
export type RenewingText = PageText & {
  /** After `used`, over to the field for the address. */
  renew: string;
  /** The answer to everybody who asks for a new mail, whatever address they gave. */
  sent: string;
};

/** One about another address. */
export type AddressText = PageText & {
  /** Where somebody else has the address. */
  taken: string;
};

/** What the pages say. */
export type PageTexts = Record<'verify-email' | 'reset-password', RenewingText> &
  Record<'confirm-email' | 'undo-email', AddressText>;

/** One language: all pages, and what they have in common. */
export type PageCatalogue = {
  /** The language, in itself. */
  name: string;
  /** Over the list of languages. */
  languages: string;
  /** Leads to where people find help. */
  support: string;
  noScript: string;
  /** Where the script did not arrive. */
  incomplete: string;
  working: string;
  /** On the button, after a problem. */
  retry: string;
  /** The link that leads on, where somebody can sign in now. */
  signIn: string;
  /** `wait` says in how long, as `Intl.RelativeTimeFormat` does: "in 60 seconds". */
  problems: Record<Problem, (wait: string) => string>;
  headings: Record<'expired' | 'invalid' | 'missing' | 'sent' | 'taken', string>;
  missing: string;
  /** Below `sent`, about the mail. */
  inbox: string;
  address: { label: string; action: string; flaw: string };
  password: { label: string; rules: string; show: string; flaws: Record<PasswordFlaw, string> };
  pages: PageTexts;
};
