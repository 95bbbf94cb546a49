import type { Context } from 'hono';
import * as z from 'zod/mini';
import type { Caller } from '../../accounts/acts/caller.ts';
import { addAuthenticator, addPasskey } from '../../accounts/factors/addition.ts';
import { type Challenge, newChallenge, readChallenge } from '../../accounts/factors/challenge.ts';
import { listFactors, removeFactor, renameFactor, replaceRecoveryCodes } from '../../accounts/factors/factor.ts';
import { knownPasskeys } from '../../accounts/factors/factor-check.ts';
import { hashRecoveryCode, newRecoveryCodes } from '../../accounts/factors/recovery-code.ts';
import { base32Of, newTotpSecret, stepOf, totpUri } from '../../accounts/factors/totp.ts';
import { type Decided, followUp } from '../../accounts/follow-up.ts';
import { factorKeys, sealSecret } from '../../accounts/tokens/factor-secret.ts';
import { randomId, tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { MINUTE_MS } from '../../workers/duration.ts';
import { actorOf } from '../http/authenticate.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { requireOutcome } from '../http/outcome.ts';
import { relyingParty } from '../http/relying-party.ts';
import { takingJson } from '../http/validate.ts';
import { factorOf } from '../wire/factor.ts';
import { challenge, code, factorName, newPasskey } from '../wire/factor-fields.ts';

// Whoever sets up an app may have to fetch it first.
const SETUP_LIFETIME_MS = 10 * MINUTE_MS;

const secondsOf = (ms: number): number => ms / 1000;

const tellOf = (c: Context<AppEnv>, act: Decided, by: Caller): void =>
  c.executionCtx.waitUntil(followUp(c.get('db'), c.env, act, { userId: by.userId, by }));

export const listOwn = async (c: Context<AppEnv>) => {
  const { factors, recoveryCodes } = await listFactors(c.get('db'), c.get('token').userId);
  return c.json({ factors: factors.map(factorOf), recovery_codes_left: recoveryCodes });
};

/** A challenge of ours that was given to this session; refused where it is none, or has run out. */
const requireChallenge = (
  c: Context<AppEnv>,
  purpose: 'new-passkey' | 'new-authenticator',
  text: string,
  now: Date,
): Challenge => {
  const { userId, sessionId } = c.get('token');
  const known = readChallenge(tokenKeys(c.env), purpose, text, now);
  if (known?.bound[0] === String(userId) && known.bound[1] === sessionId) return known;
  throw new AppError('CHALLENGE_EXPIRED');
};

export const beginPasskey = async (c: Context<AppEnv>) => {
  const { newPasskeyOptions } = await import('../../accounts/factors/webauthn.ts');
  const { userId, sessionId } = c.get('token');
  const [site, now] = [relyingParty(c.env), new Date()];
  const challenge = newChallenge(tokenKeys(c.env), 'new-passkey', [userId, sessionId], now);
  const known = await knownPasskeys(c.get('db'), userId, site.id);
  const passkey_options = await newPasskeyOptions(site, c.get('user'), known, challenge.id);
  const expires_in = secondsOf(Number(challenge.expiresAt) - Number(now));
  return c.json({ challenge: challenge.text, expires_in, passkey_options });
};

const NewPasskey = z.object({ challenge, name: factorName, passkey: newPasskey });

/** What is answered where a second factor was added: with the first one come recovery codes, which nobody is shown again. */
const added = (
  c: Context<AppEnv>,
  kind: 'passkey' | 'authenticator',
  made: { id: string; name: string; createdAt: Date; backedUp?: boolean },
  codes: readonly string[] | null,
) => {
  const factor = { ...made, kind, lastUsedAt: null };
  return c.json({ factor: factorOf(factor), recovery_codes: codes && [...codes] }, 201);
};

export const addOwnPasskey = takingJson(NewPasskey, async (c, form) => {
  const { madePasskey } = await import('../../accounts/factors/webauthn.ts');
  const now = new Date();
  const begun = requireChallenge(c, 'new-passkey', form.challenge, now);
  const made = await madePasskey(relyingParty(c.env), form.passkey, begun.id);
  if (!made) throw new AppError('INVALID_PASSKEY');
  const [by, codes] = [actorOf(c), newRecoveryCodes()];
  const given = { id: randomId(), name: form.name, challenge: begun, codes: codes.map(hashRecoveryCode), made };
  const act = requireOutcome(await addPasskey(c.get('db'), given, by, now), 'factor-added');
  tellOf(c, act, by);
  const factor = { id: given.id, name: form.name, createdAt: now, backedUp: made.backedUp };
  return added(c, 'passkey', factor, act.codes.length > 0 ? codes : null);
});

export const beginAuthenticator = async (c: Context<AppEnv>) => {
  const { userId, sessionId } = c.get('token');
  const [secret, now] = [newTotpSecret(), new Date()];
  const bound = [userId, sessionId, secret.toString('base64url')];
  const { text } = newChallenge(tokenKeys(c.env), 'new-authenticator', bound, now, SETUP_LIFETIME_MS);
  const uri = totpUri(secret, { issuer: relyingParty(c.env).name, label: c.get('user').email });
  return c.json({ setup: text, expires_in: secondsOf(SETUP_LIFETIME_MS), secret: base32Of(secret), uri });
};

const NewAuthenticator = z.object({ setup: challenge, code, name: factorName });

export const addOwnAuthenticator = takingJson(NewAuthenticator, async (c, form) => {
  const now = new Date();
  const begun = requireChallenge(c, 'new-authenticator', form.setup, now);
  const secret = Buffer.from(begun.bound[2] ?? '', 'base64url');
  const step = stepOf(secret, form.code, 0, now);
  if (step === undefined) throw new AppError('INVALID_CODE');
  const [by, codes, id] = [actorOf(c), newRecoveryCodes(), randomId()];
  const sealed = sealSecret(factorKeys(c.env), { id, userId: by.userId }, secret);
  const given = { id, name: form.name, challenge: begun, codes: codes.map(hashRecoveryCode), sealed, step };
  const act = requireOutcome(await addAuthenticator(c.get('db'), given, by, now), 'factor-added');
  tellOf(c, act, by);
  return added(c, 'authenticator', { id, name: form.name, createdAt: now }, act.codes.length > 0 ? codes : null);
});

export const makeRecoveryCodes = async (c: Context<AppEnv>) => {
  const [by, codes] = [actorOf(c), newRecoveryCodes()];
  const result = await replaceRecoveryCodes(c.get('db'), { hashes: codes.map(hashRecoveryCode) }, by);
  tellOf(c, requireOutcome(result, 'recovery-codes-made'), by);
  return c.json({ recovery_codes: codes }, 201);
};

const Renaming = z.object({ name: factorName });

export const renameOwn = takingJson(Renaming, async (c, { name }) => {
  const result = await renameFactor(c.get('db'), actorOf(c), { id: c.req.param('id') ?? '', name });
  return c.json(factorOf(requireOutcome(result, 'renamed', { NO_FACTOR: 'NOT_FOUND' }).factor));
});

export const removeOwn = async (c: Context<AppEnv>) => {
  const by = actorOf(c);
  const result = await removeFactor(c.get('db'), { id: c.req.param('id') ?? '' }, by);
  tellOf(c, requireOutcome(result, 'factor-removed', { NO_FACTOR: 'NOT_FOUND' }), by);
  return c.body(null, 204);
};
