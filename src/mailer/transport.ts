import type { RenderedMail } from './message.tsx';

/** Sends one mail, or throws. */
export type Transport = (mail: RenderedMail) => Promise<void>;

/** Sends through Cloudflare's Email Service. */
const cloudflare =
  (env: MailerEnv): Transport =>
  async ({ to, subject, text, html, language }) => {
    await env.EMAIL.send({
      from: { email: env.MAIL_FROM, name: env.APP_NAME },
      to,
      subject,
      text,
      html,
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
    });
  };

/** The transport that `MAIL_TRANSPORT` names. */
export const transportOf = (env: MailerEnv): Transport => {
  if (env.MAIL_TRANSPORT === 'cloudflare') return cloudflare(env);
  throw new Error(`MAIL_TRANSPORT is "${env.MAIL_TRANSPORT}", which is no transport.`);
};
