import * as z from 'zod/mini';
import { resendVerification, signUp, verifyEmail } from '../../accounts/sign-in/sign-up.ts';
import { linkKeys } from '../../accounts/tokens/one-time-token.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { wakeMailer } from '../../outbox/outbox.ts';
import { wakeServices } from '../../outbox/push.ts';
import { log } from '../../workers/log.ts';
import { refuseBreached } from '../http/breached-password.ts';
import { knowCommonPasswords } from '../http/common-passwords.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { validateJson } from '../http/validate.ts';
import { email, fullName, language, linkToken, newPassword } from '../wire/fields.ts';

const SignUp = z.object({
  email,
  password: newPassword,
  accepted_terms: z.literal(true, { error: 'must be true' }),
  full_name: z._default(fullName, null),
  speaking_language: z.optional(language),
  listening_language: z.optional(language),
});
const VerifyEmail = z.object({ token: linkToken });
const ResendVerification = z.object({ email });

/** Signing up and proving that the address is one's own, under `/api/v1/auth`. */
export const signUps = new Router()
  .post('/signup', knowCommonPasswords, validateJson(SignUp), async (c) => {
    const form = c.req.valid('json');
    await refuseBreached(c, 'password', form.password);
    const { outcome, userId, mails } = await signUp(c.get('db'), tokenKeys(c.env), {
      email: form.email,
      password: form.password,
      fullName: form.full_name,
      speakingLanguage: form.speaking_language ?? 'en',
      listeningLanguage: form.listening_language ?? 'en',
    });
    const mail = { mail: mails[0]?.id, kind: mails[0]?.kind };
    log('info', 'sign-up', { outcome, user_id: userId, ...mail, request_id: c.get('requestId') });
    c.executionCtx.waitUntil(wakeMailer(c.env.MAIL, mails));
    return c.json({ status: 'ok', message: 'Check your inbox to verify your email address.' }, 201);
  })
  .post('/verify-email', validateJson(VerifyEmail), async (c) => {
    const { token } = c.req.valid('json');
    const { userId, event } = requireOutcome(await verifyEmail(c.get('db'), linkKeys(c.env), token), 'verified');
    log('info', 'address-verified', { user_id: userId, request_id: c.get('requestId') });
    c.executionCtx.waitUntil(wakeServices(c.env.EVENTS, [event]));
    return c.json({ status: 'ok', message: 'Email successfully verified. You can now log in.' });
  })
  .post('/resend-verification', validateJson(ResendVerification), async (c) => {
    const { email } = c.req.valid('json');
    const mails = await resendVerification(c.get('db'), tokenKeys(c.env), email);
    c.executionCtx.waitUntil(wakeMailer(c.env.MAIL, mails));
    return c.json({ status: 'ok', message: 'If that address awaits verification, a new link is on its way.' });
  });
