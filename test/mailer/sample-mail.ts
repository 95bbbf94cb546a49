import { type RenderSettings, renderMail } from '../../src/mailer/render.ts';
import type { MailData, MailKind } from '../../src/outbox/kind.ts';
import type { ClaimedMail } from '../../src/outbox/outbox.ts';

export const SETTINGS: RenderSettings = {
  APP_NAME: 'Edge Accounts',
  APP_URL: 'https://app.example',
  SUPPORT_URL: 'https://app.example/support',
  MAIL_LINK_KEYS: JSON.stringify({ 1: Buffer.alloc(32, 'links').toString('base64url') }),
};

const EXPIRES_AT = Date.UTC(2026, 5, 4, 15, 6);
const ERASE_AT = Date.UTC(2026, 6, 8, 12, 0);

/** What the outbox holds of each kind. */
export const DATA: { [Kind in MailKind]: MailData[Kind] } = {
  'verify-email': { token: 'token', expiresAt: EXPIRES_AT },
  'account-created': { token: 'token', expiresAt: EXPIRES_AT },
  'already-registered': {},
  'reset-password': { token: 'token', expiresAt: EXPIRES_AT },
  'password-changed': {},
  'factor-added': { factor: 'authenticator' },
  'factor-removed': { factor: 'passkey' },
  'recovery-code-used': { left: 7 },
  'email-change': { token: 'token', expiresAt: EXPIRES_AT },
  'email-change-notice': { token: 'token', expiresAt: EXPIRES_AT },
  'email-changed': { token: 'token', expiresAt: EXPIRES_AT },
  'account-deactivated': { reason: 'Rude.\nTwice.' },
  'account-reactivated': {},
  'account-deleted': { eraseAt: ERASE_AT },
  'erasure-reminder': { eraseAt: ERASE_AT },
  'account-restored': {},
  'account-erased': {},
};

export const KINDS = Object.keys(DATA) as MailKind[];

/** A mail as a consumer claims it, of 2 June 2026, 15:06. */
export const claimed = (kind: MailKind, mail: Partial<ClaimedMail> = {}): ClaimedMail => ({
  id: 1,
  userId: 1,
  kind,
  data: DATA[kind],
  email: 'ada@example.com',
  fullName: 'Ada Lovelace',
  language: 'en',
  attempts: 1,
  lease: 'lease',
  createdAt: new Date(Date.UTC(2026, 5, 2, 15, 6)),
  ...mail,
});

export const rendered = (kind: MailKind, mail: Partial<ClaimedMail> = {}, settings: Partial<RenderSettings> = {}) =>
  renderMail({ ...SETTINGS, ...settings }, claimed(kind, mail));

const CHARACTERS: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** HTML is read by the Worker's own parser, so what looks at it does so in a Worker alone. */
export const readsHtml = 'HTMLRewriter' in globalThis;

/** What a browser makes of the document: its elements with their attributes, in order, and the lines that it shows. */
export const parsed = async (html: string): Promise<{ elements: string[]; lines: string[] }> => {
  const elements: string[] = [];
  let text = '';
  const document = new HTMLRewriter()
    .on('*', {
      element: (element) => {
        elements.push(`${element.tagName} ${JSON.stringify([...element.attributes])}`);
        if (['p', 'br', 'blockquote'].includes(element.tagName)) text += '\n';
      },
      comments: () => void elements.push('comment'),
    })
    .on('.card', {
      text: (chunk) => {
        text += chunk.text;
      },
    })
    .transform(new Response(html));
  await document.text();
  const lines = text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => CHARACTERS[name] ?? '').split('\n');
  return { elements, lines: lines.filter((line) => line !== '') };
};
