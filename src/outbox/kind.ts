/**
 * Every kind of mail and what its outbox row holds besides the user: the contract between the Worker that queues
 * mails and the one that sends them. Times are milliseconds since the epoch. A link's secret is not among it:
 * the mailer derives it from the token's id, so a mail that is sent twice carries the same link.
 */
export type MailData = {
  'verify-email': { token: string; expiresAt: number };
  /** An administrator made the account: a link by which its owner sets the first password. */
  'account-created': { token: string; expiresAt: number };
  'already-registered': Record<string, never>;
  'reset-password': { token: string; expiresAt: number };
  'password-changed': Record<string, never>;
  'factor-added': { factor: 'passkey' | 'authenticator' | 'recovery_codes' };
  'factor-removed': { factor: 'passkey' | 'authenticator' | 'all' };
  /** How many are left. */
  'recovery-code-used': { left: number };
  /** To a new address: a link that confirms it. */
  'email-change': { token: string; expiresAt: number };
  /** To the address before it, when it was asked for and when it was done: a link that undoes it. */
  'email-change-notice': { token: string; expiresAt: number };
  'email-changed': { token: string; expiresAt: number };
  'account-deactivated': { reason: string | null };
  'account-reactivated': Record<string, never>;
  'account-deleted': { eraseAt: number };
  'erasure-reminder': { eraseAt: number };
  'account-restored': Record<string, never>;
  'account-erased': Record<string, never>;
};

export type MailKind = keyof MailData;

/** The kinds that carry a link, whose token the row names. */
export type LinkMailKind = {
  [Kind in MailKind]: MailData[Kind] extends { token: string } ? Kind : never;
}[MailKind];

/** What lies in the queue: the id of an outbox row and nothing else. */
export type MailMessage = { id: number };
