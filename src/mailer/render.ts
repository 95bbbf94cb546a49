import { oneTimeTokenText } from '../accounts/one-time-token.ts';
import type { MailData, MailKind } from '../mail/kind.ts';
import type { ClaimedMail } from '../mail/outbox.ts';
import type { MailFacts } from './locales/catalogue.ts';
import { en } from './locales/en.ts';
import { MailDocument, type MailParts, type RenderedMail, textOf } from './message.tsx';

/** The vars and the secret that a mail's text depends on. */
export type RenderSettings = Pick<MailerEnv, 'APP_NAME' | 'APP_URL' | 'SUPPORT_URL' | 'MAIL_LINK_KEYS'>;

// Where a link leads, by the kind of mail that carries it.
const LINKS = { 'verify-email': '/verify-email', 'reset-password': '/reset-password' } as const;

const hasLink = (kind: MailKind): kind is keyof typeof LINKS => Object.hasOwn(LINKS, kind);

/** The link of a mail. Its token travels in the fragment, so that no server, proxy or log sees it. */
const linkOf = (settings: RenderSettings, mail: ClaimedMail): string | undefined => {
  if (!hasLink(mail.kind) || mail.userId === null) return undefined;
  const { token, expiresAt } = mail.data as MailData[keyof typeof LINKS];
  const text = oneTimeTokenText(settings.MAIL_LINK_KEYS, mail.kind, {
    id: token,
    userId: mail.userId,
    expiresAt: new Date(expiresAt),
  });
  return `${settings.APP_URL.replace(/\/$/, '')}${LINKS[mail.kind]}#token=${text}`;
};

// In UTC, and saying so: where the reader is, nobody told us.
const timeText = (ms: number | undefined, locale: string): string =>
  ms === undefined
    ? ''
    : `${new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(ms)} UTC`;

const dayText = (ms: number | undefined, locale: string): string =>
  ms === undefined ? '' : new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(ms);

/** What the sentences may name, in the reader's manner; what a kind of mail does not carry is empty. */
const factsOf = (settings: RenderSettings, mail: ClaimedMail, locale: string): MailFacts => {
  const { expiresAt, eraseAt, reason } = mail.data as { expiresAt?: number; eraseAt?: number; reason?: string | null };
  return {
    appName: settings.APP_NAME,
    expiresAt: timeText(expiresAt, locale),
    eraseOn: dayText(eraseAt, locale),
    reason: reason ?? null,
    changedAt: timeText(mail.createdAt.getTime(), locale),
  };
};

/** Renders a claimed mail: text and HTML from the same sentences. */
export const renderMail = (settings: RenderSettings, mail: ClaimedMail): RenderedMail => {
  const catalogue = en;
  const language = 'en';
  const parts: MailParts = {
    ...catalogue.mails[mail.kind](factsOf(settings, mail, language)),
    language,
    direction: 'ltr',
    greeting: catalogue.greeting(mail.fullName),
    linkHint: catalogue.linkHint,
    footer: catalogue.footer({ appName: settings.APP_NAME, supportUrl: settings.SUPPORT_URL }),
    link: linkOf(settings, mail),
  };
  const html = `<!doctype html>${MailDocument(parts)}`;
  return { to: mail.email, subject: parts.subject, text: textOf(parts), html, language };
};
