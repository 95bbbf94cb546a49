/**
 * Renders every kind of mail in every language to a folder, to look at: `npm run mail:preview [-- FOLDER]`. A change
 * of a sentence shows after the next run.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createViteServer } from 'vitest/node';
import type { MailData, MailKind } from '../../outbox/kind.ts';
import type { ClaimedMail } from '../../outbox/outbox.ts';
import { DAY_MS, HOUR_MS } from '../../workers/duration.ts';

const NOW = Date.UTC(2026, 2, 14, 15, 9);

const SETTINGS = {
  APP_NAME: 'Edge Accounts',
  APP_URL: 'https://accounts.example.com',
  SUPPORT_URL: 'https://accounts.example.com/support',
  MAIL_LINK_KEYS: JSON.stringify({ 1: Buffer.alloc(32, 'preview').toString('base64url') }),
};

const REASON = 'Several people have reported spam sent from this account.\nPlease read our <terms & conditions>.';

const SAMPLES: { [Kind in MailKind]: MailData[Kind] } = {
  'verify-email': { token: 'preview', expiresAt: NOW + DAY_MS },
  'account-created': { token: 'preview', expiresAt: NOW + 7 * DAY_MS },
  'already-registered': {},
  'reset-password': { token: 'preview', expiresAt: NOW + HOUR_MS },
  'password-changed': {},
  'factor-added': { factor: 'passkey' },
  'factor-removed': { factor: 'authenticator' },
  'recovery-code-used': { left: 9 },
  'email-change': { token: 'preview', expiresAt: NOW + DAY_MS },
  'email-change-notice': { token: 'preview', expiresAt: NOW + 4 * DAY_MS },
  'email-changed': { token: 'preview', expiresAt: NOW + 3 * DAY_MS },
  'account-deactivated': { reason: REASON },
  'account-reactivated': {},
  'account-deleted': { eraseAt: NOW + 30 * DAY_MS },
  'erasure-reminder': { eraseAt: NOW + 3 * DAY_MS },
  'account-restored': {},
  'account-erased': {},
};

// Without a name: an address that is not, or no longer, the account's is greeted by none, and with an account its name is gone.
const NAMELESS: readonly MailKind[] = [
  'verify-email',
  'email-change',
  'email-change-notice',
  'email-changed',
  'account-erased',
];

/** A mail as the outbox gives it. */
const sampleOf = (kind: MailKind, language: string): ClaimedMail => ({
  id: 1,
  userId: kind === 'account-erased' ? null : 1,
  kind,
  data: SAMPLES[kind],
  email: 'ada@example.com',
  fullName: NAMELESS.includes(kind) ? null : 'Ada Lovelace',
  language,
  attempts: 1,
  lease: 'preview',
  createdAt: new Date(NOW),
});

/** The mailer's own modules. Node takes no JSX, so they are loaded as the tests load theirs. */
const loadMailer = async () => {
  const vite = await createViteServer({
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, ws: false, watch: null },
  });
  try {
    const { renderMail } = (await vite.ssrLoadModule(
      '/src/mailer/render.ts',
    )) as typeof import('../../mailer/render.ts');
    const { CATALOGUES } = (await vite.ssrLoadModule(
      '/src/mailer/language.ts',
    )) as typeof import('../../mailer/language.ts');
    return { renderMail, languages: Object.keys(CATALOGUES) };
  } finally {
    await vite.close();
  }
};

const folder = resolve(process.argv[2] ?? '.wrangler/mail-preview');
const { renderMail, languages } = await loadMailer();
const kinds = Object.keys(SAMPLES) as MailKind[];

/** Writes both parts of one mail and answers its row of the list. */
const writeMail = (kind: MailKind, language: string): string => {
  const { subject, html, text } = renderMail(SETTINGS, sampleOf(kind, language));
  const path = join(language, kind);
  writeFileSync(join(folder, `${path}.html`), html);
  writeFileSync(join(folder, `${path}.txt`), text);
  return `<li lang="${language}"><a href="${path}.html">${subject}</a> · <a href="${path}.txt">${kind}, text</a></li>`;
};

const sections = languages.map((language) => {
  rmSync(join(folder, language), { recursive: true, force: true });
  mkdirSync(join(folder, language), { recursive: true });
  return `<h2>${language}</h2><ul>${kinds.map((kind) => writeMail(kind, language)).join('')}</ul>`;
});
const index = join(folder, 'index.html');
writeFileSync(
  index,
  `<!doctype html><meta charset="utf-8"><title>Mails</title><style>:root{color-scheme:light dark;font-family:sans-serif}</style>${sections.join('')}`,
);
process.stdout.write(`${languages.length * kinds.length} mails: ${pathToFileURL(index)}\n`);
