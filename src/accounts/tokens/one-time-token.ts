import { DAY_MS, HOUR_MS } from '../../workers/duration.ts';
import { type MacKeys, openToken, readMacKeys, signToken } from './signed-token.ts';

/** The links that mails carry, and how long each works: that which undoes another address, from its confirmation on. */
export const ONE_TIME_TOKEN_LIFETIME_MS = {
  'verify-email': DAY_MS,
  'reset-password': HOUR_MS,
  'confirm-email': DAY_MS,
  'undo-email': 3 * DAY_MS,
} as const;

export type OneTimePurpose = keyof typeof ONE_TIME_TOKEN_LIFETIME_MS;
export type OneTimeToken = { id: string; userId: number; expiresAt: Date };

/** The keys of mail links, and of nothing else: who has them cannot make a session. */
export const linkKeys = (env: { MAIL_LINK_KEYS: string; MAIL_LINK_KEYS_B?: string }): MacKeys =>
  readMacKeys(env.MAIL_LINK_KEYS, env.MAIL_LINK_KEYS_B);

/**
 * The token of a mail link. It is derived from the row that names it, so the row holds nothing that opens an
 * account, and a mail that is rendered twice carries the same link, or one that works as well.
 */
export const oneTimeTokenText = (keys: MacKeys, purpose: OneTimePurpose, token: OneTimeToken): string =>
  signToken(keys, purpose, [token.id, token.userId, token.expiresAt.getTime()]);

/** Reads the token of a mail link; undefined where it is not one of ours for this purpose. Says nothing of use. */
export const readOneTimeToken = (keys: MacKeys, purpose: OneTimePurpose, text: string): OneTimeToken | undefined => {
  const [id, userId, expiresAt] = openToken(keys, purpose, text) ?? [];
  if (!id || !userId || !expiresAt) return undefined;
  return { id, userId: Number(userId), expiresAt: new Date(Number(expiresAt)) };
};
