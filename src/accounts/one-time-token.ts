import { openToken, readMacKeys, signToken } from './signed-token.ts';

/** The two links that mails carry, and how long each works. */
export const ONE_TIME_TOKEN_LIFETIME_MS = {
  'verify-email': 24 * 60 * 60 * 1000,
  'reset-password': 60 * 60 * 1000,
} as const;

export type OneTimePurpose = keyof typeof ONE_TIME_TOKEN_LIFETIME_MS;
export type OneTimeToken = { id: string; userId: number; expiresAt: Date };

/**
 * The token of a mail link. It is derived from the row that names it, so the row holds nothing that opens an
 * account, and a mail that is rendered twice carries the same link. `secret` holds keys for links alone: who has it
 * cannot make a session.
 */
export const oneTimeTokenText = (secret: string, purpose: OneTimePurpose, token: OneTimeToken): string =>
  signToken(readMacKeys(secret), purpose, [token.id, token.userId, token.expiresAt.getTime()]);

/** Reads the token of a mail link; undefined where it is not one of ours for this purpose. Says nothing of use. */
export const readOneTimeToken = (secret: string, purpose: OneTimePurpose, text: string): OneTimeToken | undefined => {
  const [id, userId, expiresAt] = openToken(readMacKeys(secret), purpose, text) ?? [];
  if (!id || !userId || !expiresAt) return undefined;
  return { id, userId: Number(userId), expiresAt: new Date(Number(expiresAt)) };
};
