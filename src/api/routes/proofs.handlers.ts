import * as z from 'zod/mini';
import { proveByPassword } from '../../accounts/sign-in/proof.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { log } from '../../workers/log.ts';
import { isoTime } from '../../workers/time.ts';
import { accountLocked } from '../http/account-locked.ts';
import { actorOf } from '../http/authenticate.ts';
import { deviceCookie } from '../http/cookies.ts';
import { takingJson } from '../http/lazy.ts';
import { requireOutcome } from '../http/outcome.ts';
import { currentPassword } from '../wire/fields.ts';

const Proof = z.object({ password: currentPassword });

export const prove = takingJson(Proof, async (c, { password }) => {
  const by = actorOf(c);
  const given = { password, deviceToken: deviceCookie(c) };
  const later = (work: Promise<void>) => c.executionCtx.waitUntil(work);
  const result = await proveByPassword(c.get('db'), tokenKeys(c.env), by, given, later);
  log('info', 'proof', { outcome: result.outcome, user_id: by.userId, request_id: by.requestId });
  const { until } = requireOutcome(result, 'proved', { ACCOUNT_LOCKED: accountLocked });
  return c.json({ status: 'ok', message: 'You have proved that it is you.', proved_until: isoTime(until) });
});
