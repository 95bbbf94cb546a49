import { createHash } from 'node:crypto';
import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { MINUTE_MS } from '../../workers/duration.ts';
import { type MacKeys, openToken, type Purpose, randomId, signToken } from '../tokens/signed-token.ts';

// A challenge is a signed token that nobody has to store: it says itself what it is for, to whom it was given, and until
// when. It works once: to use it is to write its id, in the batch of what it opens.

export const CHALLENGE_LIFETIME_MS = 5 * MINUTE_MS;

/** What a challenge is for: its token passes as no other's. */
export type ChallengePurpose = Extract<
  Purpose,
  'second-factor' | 'passkey-sign-in' | 'passkey-proof' | 'new-passkey' | 'new-authenticator'
>;

/** A challenge as its token tells it. `bound` is what it was bound to, such as a browser or a session. */
export type Challenge = { id: string; expiresAt: Date; bound: string[] };

/** Makes a challenge and its token. The id has 128 random bits, and is what an authenticator signs. */
export const newChallenge = (
  keys: MacKeys,
  purpose: ChallengePurpose,
  bound: readonly (string | number)[],
  now: Date,
  lifetimeMs = CHALLENGE_LIFETIME_MS,
): Challenge & { text: string } => {
  const [id, expiresAt] = [randomId(), now.getTime() + lifetimeMs];
  const text = signToken(keys, purpose, [id, expiresAt, ...bound]);
  return { id, expiresAt: new Date(expiresAt), bound: bound.map(String), text };
};

/** Reads a challenge of ours for this purpose that has not run out. Whether it was used is the database's to say. */
export const readChallenge = (
  keys: MacKeys,
  purpose: ChallengePurpose,
  text: string,
  now: Date,
): Challenge | undefined => {
  const [id, expiresAt, ...bound] = openToken(keys, purpose, text) ?? [];
  if (!id || !expiresAt || Number(expiresAt) <= now.getTime()) return undefined;
  return { id, expiresAt: new Date(Number(expiresAt)), bound };
};

/** What a challenge holds of a browser's secret, or of anything else that must not be read from it. */
export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Whether a challenge was never used. */
export const isUnused = ({ id }: Pick<Challenge, 'id'>): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM used_challenges WHERE id = ${id})`;

/**
 * The statement that uses a challenge, if that was never done and `where` holds; it returns the id. What stands in the same
 * batch asks with `isUsedBy` whether it was this batch that did.
 */
export const useChallenge = (
  db: Database,
  { id, expiresAt }: Pick<Challenge, 'id' | 'expiresAt'>,
  use: string,
  where: SQL,
) =>
  statement<{ id: string }>(
    db,
    sql`
    INSERT INTO used_challenges (id, used_by, expires_at) SELECT ${id}, ${use}, ${expiresAt.getTime()} WHERE ${where}
    ON CONFLICT (id) DO NOTHING RETURNING id`,
  );

export const isUsedBy = ({ id }: Pick<Challenge, 'id'>, use: string): SQL =>
  sql`EXISTS (SELECT 1 FROM used_challenges WHERE id = ${id} AND used_by = ${use})`;
