import type { MailKind } from '../../mail/kind.ts';

/** The sentences of one mail. `action` is the text of its button, where it has one. */
export type MailText = {
  subject: string;
  paragraphs: readonly string[];
  action?: string;
};

/** What the sentences of a mail may name. Times are already written in the reader's manner. */
export type MailFacts = {
  appName: string;
  /** Until when the link works. */
  expiresAt: string;
  /** On which day the account is erased. */
  eraseOn: string;
  /** Why the account was suspended, where a reason was given. */
  reason: string | null;
  /** When that happened which the mail tells of. */
  changedAt: string;
};

/** One language: every kind of mail, and the lines that surround each of them. */
export type Catalogue = {
  greeting: (name: string | null) => string;
  /** Stands below a button, before the address it leads to. */
  linkHint: string;
  /** Why somebody gets this mail, and where to ask. */
  footer: (facts: { appName: string; supportUrl: string }) => string;
  mails: Record<MailKind, (facts: MailFacts) => MailText>;
};
