import type { Context } from 'hono';
import * as z from 'zod/mini';
import type { Caller } from '../../accounts/acts/caller.ts';
import { proveByFactor } from '../../accounts/sign-in/factor-proof.ts';
import { proveByPassword } from '../../accounts/sign-in/proof.ts';
import { factorKeys } from '../../accounts/tokens/factor-secret.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { wakeMailer } from '../../outbox/outbox.ts';
import { log } from '../../workers/log.ts';
import { countAct } from '../../workers/metrics.ts';
import { isoTime } from '../../workers/time.ts';
import { accountLocked } from '../http/account-locked.ts';
import { actorOf } from '../http/authenticate.ts';
import { deviceCookie } from '../http/cookies.ts';
import type { AppEnv } from '../http/env.ts';
import { requireOutcome } from '../http/outcome.ts';
import { relyingParty } from '../http/relying-party.ts';
import { takingJson } from '../http/validate.ts';
import { challenge } from '../wire/factor-fields.ts';
import { currentPassword } from '../wire/fields.ts';
import { givenFactor, givenFields, hasOneGiven } from '../wire/given-factor.ts';

const Proof = z
  .object({ password: z.optional(currentPassword), ...givenFields, challenge: z.optional(challenge) })
  .check(hasOneGiven('password', ['password', ...Object.keys(givenFields)]));

type Given = z.output<typeof Proof>;

const proveWith = (c: Context<AppEnv>, by: Caller, { password, ...form }: Given) => {
  const [db, tokens, deviceToken] = [c.get('db'), tokenKeys(c.env), deviceCookie(c)];
  const later = (work: Promise<void>) => c.executionCtx.waitUntil(work);
  if (password !== undefined) return proveByPassword(db, tokens, by, { password, deviceToken }, later);
  const proof = { given: givenFactor(form).given, challenge: form.challenge, deviceToken };
  return proveByFactor(db, { tokens, factors: factorKeys(c.env) }, by, proof, relyingParty(c.env), later);
};

export const prove = takingJson(Proof, async (c, form) => {
  const by = actorOf(c);
  const kind = form.password === undefined ? givenFactor(form).by : 'password';
  const result = await proveWith(c, by, form);
  log('info', 'proof', { outcome: result.outcome, by: kind, user_id: by.userId, request_id: by.requestId });
  const proved = requireOutcome(result, 'proved', {
    ACCOUNT_LOCKED: accountLocked,
    // The bearer token is fine, so this is no 401.
    INVALID_SECOND_FACTOR: kind === 'passkey' ? 'INVALID_PASSKEY' : 'INVALID_CODE',
  });
  if (kind === 'recovery_code') countAct(c.env.METRICS, 'recovery-code-used', 'http');
  if ('mails' in proved) c.executionCtx.waitUntil(wakeMailer(c.env.MAIL, proved.mails));
  return c.json({ status: 'ok', message: 'You have proved that it is you.', proved_until: isoTime(proved.until) });
});
