import type { Context } from 'hono';
import * as z from 'zod/mini';
import { followSignOut } from '../../accounts/follow-up.ts';
import {
  changePassword,
  forgotPassword,
  type PasswordChanged,
  resetPassword,
} from '../../accounts/passwords/password-change.ts';
import { countSessions } from '../../accounts/sessions/blacklist.ts';
import { linkKeys } from '../../accounts/tokens/one-time-token.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { wakeMailer } from '../../outbox/outbox.ts';
import { wakeServices } from '../../outbox/push.ts';
import { log } from '../../workers/log.ts';
import { countAct } from '../../workers/metrics.ts';
import { actorOf, identify } from '../http/authenticate.ts';
import { refuseBreached } from '../http/breached-password.ts';
import { knowCommonPasswords } from '../http/common-passwords.ts';
import type { AppEnv } from '../http/env.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { validateJson } from '../http/validate.ts';
import { currentPassword, email, linkToken, newPassword } from '../wire/fields.ts';

const ForgotPassword = z.object({ email });
const ResetPassword = z.object({ token: linkToken, new_password: newPassword });
const ChangePassword = z.object({ current_password: currentPassword, new_password: newPassword });

const followUp = (
  c: Context<AppEnv>,
  by: 'link' | 'password',
  { userId, mails, created = [], ...ended }: PasswordChanged,
): void => {
  countAct(c.env.METRICS, by === 'link' ? 'password-reset' : 'password-changed', 'http');
  log('info', 'password-changed', {
    by,
    user_id: userId,
    ended_sessions: countSessions(ended.endedSessions),
    mail: mails[0]?.id,
    kind: mails[0]?.kind,
    request_id: c.get('requestId'),
  });
  c.executionCtx.waitUntil(wakeMailer(c.env.MAIL, mails));
  c.executionCtx.waitUntil(followSignOut(c.get('db'), c.env, ended));
  c.executionCtx.waitUntil(wakeServices(c.env.EVENTS, created));
};

/** Forgotten and changed passwords, under `/api/v1/auth`. */
export const passwords = new Router()
  .post('/forgot-password', validateJson(ForgotPassword), async (c) => {
    const { email } = c.req.valid('json');
    const mails = await forgotPassword(c.get('db'), tokenKeys(c.env), email);
    c.executionCtx.waitUntil(wakeMailer(c.env.MAIL, mails));
    return c.json({
      status: 'ok',
      message: 'If that address has an account, a mail with further steps is on its way.',
    });
  })
  .post('/reset-password', knowCommonPasswords, validateJson(ResetPassword), async (c) => {
    const { token, new_password } = c.req.valid('json');
    await refuseBreached(c, 'new_password', new_password);
    const result = await resetPassword(c.get('db'), linkKeys(c.env), token, new_password);
    followUp(c, 'link', requireOutcome(result, 'changed'));
    return c.json({ status: 'ok', message: 'Password successfully reset. You can now log in.' });
  })
  .post('/change-password', identify, knowCommonPasswords, validateJson(ChangePassword), async (c) => {
    const form = c.req.valid('json');
    await refuseBreached(c, 'new_password', form.new_password);
    const words = { current: form.current_password, next: form.new_password };
    const result = await changePassword(c.get('db'), actorOf(c), words);
    followUp(c, 'password', requireOutcome(result, 'changed'));
    return c.json({ status: 'ok', message: 'Password updated successfully.' });
  });
