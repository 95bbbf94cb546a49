import { env } from 'cloudflare:workers';
import { database } from '../drizzle/client.ts';
import { newChallenge } from '../src/accounts/factors/challenge.ts';
import { hashRecoveryCode, newRecoveryCodes } from '../src/accounts/factors/recovery-code.ts';
import { base32Of, newTotpSecret } from '../src/accounts/factors/totp.ts';
import { demandPasskey, demandSecondFactor } from '../src/accounts/sign-in/second-factor.ts';
import { factorKeys, sealSecret } from '../src/accounts/tokens/factor-secret.ts';
import { randomId, tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import { CHALLENGE_COOKIE } from '../src/api/http/cookies.ts';
import { relyingParty } from '../src/api/http/relying-party.ts';
import { callerOf, rows } from './client.ts';
import { SoftPasskey } from './soft-factors.ts';

// Second factors written by SQL, of accounts in whatever state; of one that is gone there are none.

type Holder = { id: number; token: string };

/** An authenticator app: the id of its row, and its secret as the app has it. */
export const storeApp = async (userId: number): Promise<{ id: string; secret: string }> => {
  const [id, secret] = [randomId(), newTotpSecret()];
  const sealed = sealSecret(factorKeys(env), { id, userId }, secret);
  await rows(
    `INSERT INTO authenticators (id, user_id, name, created_at, secret, key_version, last_step)
     SELECT ?, id, 'Telephone', 0, ?, ?, 0 FROM users WHERE id = ?`,
    ...[id, sealed.secret, sealed.keyVersion, userId],
  );
  return { id, secret: base32Of(secret) };
};

/** A passkey: the id of its row, and what has it. */
export const storePasskey = async (userId: number): Promise<{ id: string; passkey: SoftPasskey }> => {
  const [id, passkey] = [randomId(), new SoftPasskey(env.APP_URL)];
  const rpId = new URL(env.APP_URL).hostname;
  passkey.create({ rp: { id: rpId }, user: { id: Buffer.from(String(userId)).toString('base64url') }, challenge: '' });
  await rows(
    `INSERT INTO passkeys (id, user_id, name, created_at, credential_id, public_key, counter, transports, backed_up, rp_id)
     SELECT ?, id, 'Laptop', 0, ?, ?, 0, '[]', 1, ? FROM users WHERE id = ?`,
    ...[id, passkey.made?.id, passkey.made?.cose, rpId, userId],
  );
  return { id, passkey };
};

const cookieOf = (browser: string): string => `${CHALLENGE_COOKIE}=${browser}`;

/** The challenge that somebody's right password was answered with, and the cookie of the browser that it was given to. */
export const storedDemand = async (userId: number): Promise<{ id: string; challenge: string; cookie: string }> => {
  const [row] = await rows('SELECT email, password_changed_at AS at FROM users WHERE id = ?', userId);
  const user = { id: userId, email: row?.email ?? '', passwordChangedAt: row?.at ? new Date(row.at) : null };
  const site = relyingParty(env);
  const { id, text, browser } = await demandSecondFactor(database(env.DB), tokenKeys(env), site, user, undefined);
  return { id, challenge: text, cookie: cookieOf(browser) };
};

/** The same of a sign-in with a passkey alone. */
export const passkeyDemand = (): { id: string; challenge: string; cookie: string } => {
  const { id, text, browser } = demandPasskey(tokenKeys(env), undefined);
  return { id, challenge: text, cookie: cookieOf(browser) };
};

/** A passkey that the session of somebody has begun to add, as the browser answers. */
export const begunPasskey = (holder: Holder) => {
  const { userId, sessionId } = callerOf(holder);
  const { id, text } = newChallenge(tokenKeys(env), 'new-passkey', [userId, sessionId], new Date());
  const options = { rp: { id: new URL(env.APP_URL).hostname }, user: { id: 'MQ' }, challenge: id };
  return { challenge: text, passkey: new SoftPasskey(env.APP_URL).create(options) };
};

/** An authenticator app that the session of somebody has begun to add. */
export const begunApp = (holder: Holder): { setup: string; secret: string } => {
  const { userId, sessionId } = callerOf(holder);
  const secret = newTotpSecret();
  const bound = [userId, sessionId, secret.toString('base64url')];
  const { text } = newChallenge(tokenKeys(env), 'new-authenticator', bound, new Date());
  return { setup: text, secret: base32Of(secret) };
};

/** Recovery codes, as they were shown. */
export const storeRecoveryCodes = async (userId: number): Promise<string[]> => {
  const codes = newRecoveryCodes();
  await rows(
    'INSERT INTO recovery_codes (hash, user_id, created_at) SELECT value, ?, 0 FROM json_each(?)',
    ...[userId, JSON.stringify(codes.map(hashRecoveryCode))],
  );
  return codes;
};
