import type { RenderedMail } from './message.tsx';
import { SendFailure } from './send-failure.ts';

/**
 * Sends one mail, or throws a `SendFailure`. `key` is the same each time the same mail is sent, so that a provider
 * that knows such keys, or a reader's mail program, can tell a second copy.
 */
export type Transport = (mail: RenderedMail, key: string) => Promise<void>;

// What Cloudflare's Email Service says of a recipient. A sender that is not set up right is the operator's to mend, and
// the mail waits for it.
const REFUSED_RECIPIENTS = ['E_RECIPIENT_SUPPRESSED', 'E_RECIPIENT_NOT_ALLOWED'];

/** Sends through Cloudflare's Email Service, which adds `Message-ID` and `Date` itself, so the key has a header of its own. */
const cloudflare =
  (env: MailerEnv): Transport =>
  async ({ to, subject, text, html, language }, key) => {
    const from = { email: env.MAIL_FROM, name: env.APP_NAME };
    const headers = { 'Auto-Submitted': 'auto-generated', 'Content-Language': language, 'X-Mail-Key': key };
    try {
      await env.EMAIL.send({ from, to, subject, text, html, headers });
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? 'E_UNKNOWN').slice(0, 60);
      throw new SendFailure(code, REFUSED_RECIPIENTS.includes(code));
    }
  };

/** Sends to an SMTP server. Its code is loaded when it is used, so that the other transport starts without it. */
const smtp =
  (env: MailerEnv): Transport =>
  async (mail, key) => {
    const { sendBySmtp } = await import('./smtp.ts');
    await sendBySmtp(env, mail, key);
  };

/** The transport that `MAIL_TRANSPORT` names. */
export const transportOf = (env: MailerEnv): Transport => {
  if (env.MAIL_TRANSPORT === 'cloudflare') return cloudflare(env);
  if (env.MAIL_TRANSPORT === 'smtp') return smtp(env);
  throw new Error(`MAIL_TRANSPORT is "${env.MAIL_TRANSPORT}", which is no transport.`);
};
