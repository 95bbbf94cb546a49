import { linkKeys, type OneTimePurpose, oneTimeTokenText } from '../accounts/tokens/one-time-token.ts';
import { deliveryAddress } from '../accounts/users/email-address.ts';
import type { LinkMailKind, MailData, MailKind } from '../outbox/kind.ts';
import type { ClaimedMail } from '../outbox/outbox.ts';
import { CATALOGUES, readerOf } from './language.ts';
import type { LinkMailText, MailText } from './locales/catalogue.ts';
import { MailDocument, type MailParts, type RenderedMail, textOf } from './message.tsx';

/** The vars and the secret that a mail's text depends on. */
export type RenderSettings = {
  APP_NAME: string;
  APP_URL: string;
  SUPPORT_URL: string;
  MAIL_LINK_KEYS: string;
  MAIL_LINK_KEYS_B?: string;
};

// What a link is for, by the kind of mail that carries it: the page that it opens has the same name.
const LINKS: Record<LinkMailKind, OneTimePurpose> = {
  'verify-email': 'verify-email',
  'account-created': 'reset-password',
  'reset-password': 'reset-password',
  'email-change': 'confirm-email',
  'email-change-notice': 'undo-email',
  'email-changed': 'undo-email',
};

const hasLink = (kind: MailKind): kind is LinkMailKind => Object.hasOwn(LINKS, kind);

/** The link of a mail. Its token travels in the fragment, so that no server, proxy or log sees it. */
const linkOf = (settings: RenderSettings, mail: ClaimedMail): string | undefined => {
  if (!hasLink(mail.kind) || mail.userId === null) return undefined;
  const { token, expiresAt } = mail.data as MailData[LinkMailKind];
  const purpose = LINKS[mail.kind];
  const text = oneTimeTokenText(linkKeys(settings), purpose, {
    id: token,
    userId: mail.userId,
    expiresAt: new Date(expiresAt),
  });
  // Where a password is chosen, a password manager is told whose it is.
  const owner = purpose === 'reset-password' ? `&for=${encodeURIComponent(mail.email)}` : '';
  return `${settings.APP_URL.replace(/\/$/, '')}/${purpose}#token=${text}${owner}`;
};

// In UTC, and saying so: where the reader is, nobody told us.
const timeText = (ms: number, locale: string): string =>
  `${new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(ms)} UTC`;

const dayText = (ms: number, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(ms);

type DataOfAnyKind = { expiresAt: number; eraseAt: number; reason: string | null; factor: string; left: number };

/**
 * What the sentences may name, in the reader's manner. The catalogue's types let a sentence name only what its kind
 * of mail carries; the rest is empty.
 */
const factsOf = (settings: RenderSettings, mail: ClaimedMail, locale: string) => {
  const { expiresAt, eraseAt, reason, factor, left = 0 } = mail.data as Partial<DataOfAnyKind>;
  return {
    appName: settings.APP_NAME,
    expiresAt: expiresAt === undefined ? '' : timeText(expiresAt, locale),
    eraseOn: eraseAt === undefined ? '' : dayText(eraseAt, locale),
    reason: reason?.trim() || null,
    changedAt: timeText(mail.createdAt.getTime(), locale),
    added: factor as MailData['factor-added']['factor'],
    removed: factor as MailData['factor-removed']['factor'],
    left,
  };
};

// What most mail clients make a link of.
export const LINK_LIKE = /:\/\/|[\p{L}\p{N}]\.\p{L}{2}/u;

/**
 * The name to greet with. The outbox gives none for an address that was never verified, so whoever chose it had this
 * mailbox once, but need not have it now: with a stolen session, or with an address that was changed since, it would go
 * to somebody else. One that a client would turn into a link is left out, so that nobody phishes in our name.
 */
const nameOf = ({ fullName }: ClaimedMail): string | null =>
  fullName === null || LINK_LIKE.test(fullName) ? null : fullName;

// A subject is one line of a header.
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

/** Renders a claimed mail in the language of its reader: text and HTML from the same sentences. */
export const renderMail = (settings: RenderSettings, mail: ClaimedMail): RenderedMail => {
  const { language, locale } = readerOf(mail.language);
  const catalogue = CATALOGUES[language];
  const facts = factsOf(settings, mail, locale);
  const { subject, paragraphs, action }: MailText | LinkMailText = catalogue.mails[mail.kind](facts);
  const url = linkOf(settings, mail);
  const parts: MailParts = {
    language,
    subject: oneLine(subject),
    greeting: catalogue.greeting(nameOf(mail)),
    paragraphs,
    link: url && action ? { url, action, label: catalogue.linkLabel(action), hint: catalogue.linkHint } : undefined,
    about: catalogue.about(facts),
    support: { lead: catalogue.support, url: settings.SUPPORT_URL },
  };
  return {
    to: deliveryAddress(mail.email),
    subject: parts.subject,
    text: textOf(parts),
    html: `<!doctype html>${MailDocument(parts)}`,
    language,
  };
};
