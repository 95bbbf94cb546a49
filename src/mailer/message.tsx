import type { MailText } from './locales/catalogue.ts';

/** A rendered mail, ready for any transport. */
export type RenderedMail = {
  to: string;
  subject: string;
  text: string;
  html: string;
  language: string;
};

export type MailParts = MailText & {
  language: string;
  direction: 'ltr' | 'rtl';
  greeting: string;
  linkHint: string;
  footer: string;
  /** Where the button leads. */
  link?: string | undefined;
};

const BODY = 'margin:0;padding:24px 12px;background:#f4f4f5;color:#18181b;font:16px/1.6 system-ui,sans-serif';
const CARD = 'max-width:520px;margin:0 auto;padding:32px 24px;background:#ffffff;border-radius:12px';
const BUTTON =
  'display:inline-block;padding:12px 20px;border-radius:8px;background:#1d4ed8;color:#ffffff;text-decoration:none;font-weight:600';
const SMALL = 'font-size:13px;color:#52525b';

/** The HTML part: one column, styles inline, nothing remote; readable where a client shows neither colours nor styles. */
export const MailDocument = (parts: MailParts) => (
  <html lang={parts.language} dir={parts.direction}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{parts.subject}</title>
    </head>
    <body style={BODY}>
      <div style={CARD}>
        <p>{parts.greeting}</p>
        {parts.paragraphs.map((paragraph) => (
          <p>{paragraph}</p>
        ))}
        {parts.link && parts.action && (
          <>
            <p style="margin:28px 0">
              <a href={parts.link} style={BUTTON}>
                {parts.action}
              </a>
            </p>
            <p style={SMALL}>
              {parts.linkHint}
              <br />
              <a href={parts.link} style="word-break:break-all">
                {parts.link}
              </a>
            </p>
          </>
        )}
        <p style={`${SMALL};margin-top:32px`}>{parts.footer}</p>
      </div>
    </body>
  </html>
);

/** The text part says the same. */
export const textOf = (parts: MailParts): string =>
  [
    parts.greeting,
    ...parts.paragraphs,
    ...(parts.link && parts.action ? [`${parts.action}:\n${parts.link}`] : []),
    `--\n${parts.footer}`,
  ].join('\n\n');
