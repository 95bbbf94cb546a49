import type { LinkMailKind, MailData, MailKind } from '../../outbox/kind.ts';

/** A paragraph in our words, or somebody else's words, shown as a quotation with their line breaks. */
export type Paragraph = string | { quoted: string };

/** The sentences of one mail. The first one is also what an inbox shows beside the subject. */
export type MailText = {
  subject: string;
  paragraphs: readonly [string, ...Paragraph[]];
  action?: never;
};

/** A mail with a link, and the words on its button. */
export type LinkMailText = Omit<MailText, 'action'> & { action: string };

/** What every mail may name. */
type Facts = { appName: string };

/** Until when a link works, as a time in UTC in the reader's manner: "June 1, 2026 at 3:04 PM UTC". */
type LinkFacts = Facts & { expiresAt: string };

/** On which day the account is erased, in the reader's manner: "June 1, 2026". */
type ErasureFacts = Facts & { eraseOn: string };

/** What the sentences of each kind of mail may name; a sentence that names anything else does not compile. */
export type MailFacts = Record<MailKind, Facts> & {
  'verify-email': LinkFacts;
  'account-created': LinkFacts;
  'reset-password': LinkFacts;
  /** When it was changed, as a time in UTC. */
  'password-changed': Facts & { changedAt: string };
  'factor-added': Facts & { changedAt: string; added: MailData['factor-added']['factor'] };
  'factor-removed': Facts & { changedAt: string; removed: MailData['factor-removed']['factor'] };
  /** How many are left. */
  'recovery-code-used': Facts & { changedAt: string; left: number };
  'email-change': LinkFacts;
  'email-changed': LinkFacts & { changedAt: string };
  /** In the administrator's words, where a reason was given. */
  'account-deactivated': Facts & { reason: string | null };
  'account-deleted': ErasureFacts;
  'erasure-reminder': ErasureFacts;
};

/** One language: every kind of mail, and the lines that surround each of them. */
export type Catalogue = {
  /** Without a name it greets as naturally as with one. */
  greeting: (name: string | null) => string;
  /** In the text part: the words of the button, before the link. */
  linkLabel: (action: string) => string;
  /** Below a button, before the address it leads to. */
  linkHint: string;
  /** Why somebody gets this mail. */
  about: (facts: Facts) => string;
  /** Before the address of the support. */
  support: string;
  mails: {
    [Kind in MailKind]: (facts: MailFacts[Kind]) => Kind extends LinkMailKind ? LinkMailText : MailText;
  };
};
