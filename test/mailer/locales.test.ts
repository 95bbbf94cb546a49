import { describe, expect, it } from 'vitest';
import { ONE_TIME_TOKEN_LIFETIME_MS } from '../../src/accounts/tokens/one-time-token.ts';
import { CATALOGUES, type MailLanguage } from '../../src/mailer/language.ts';
import type { Catalogue, LinkMailText, MailText } from '../../src/mailer/locales/catalogue.ts';
import { en } from '../../src/mailer/locales/en.ts';
import type { MailKind } from '../../src/outbox/kind.ts';
import { KINDS, parsed, readsHtml, rendered, SETTINGS } from './sample-mail.ts';

const LANGUAGES = Object.keys(CATALOGUES) as MailLanguage[];
const FACTS = {
  appName: SETTINGS.APP_NAME,
  expiresAt: '<expires at>',
  eraseOn: '<erase on>',
  changedAt: '<changed at>',
  reason: '<reason>',
  added: 'passkey',
  removed: 'passkey',
  left: 7,
} as const;

const textOf = (language: MailLanguage, kind: MailKind): MailText | LinkMailText =>
  CATALOGUES[language].mails[kind](FACTS);

/** Every sentence of ours in a language, by where it stands. */
const sentencesOf = (language: MailLanguage): Map<string, string> => {
  const { greeting, linkHint, about, support } = CATALOGUES[language];
  const sentences = new Map([
    ['greeting', greeting(null)],
    ['linkHint', linkHint],
    ['about', about(FACTS)],
    ['support', support],
  ]);
  for (const kind of KINDS) {
    const { subject, paragraphs, action } = textOf(language, kind);
    sentences.set(`${kind} subject`, subject);
    paragraphs.forEach((paragraph, number) => {
      if (typeof paragraph === 'string') sentences.set(`${kind} ${number}`, paragraph);
    });
    if (action) sentences.set(`${kind} action`, action);
  }
  return sentences;
};

/** A sentence without what was put in. */
const ownWords = (sentence: string): string => sentence.replaceAll(SETTINGS.APP_NAME, '').replace(/<[a-z ]+>/g, '');

const LATIN = /^[\P{L}\p{Script=Latin}]*$/u;
const SCRIPTS: Partial<Record<MailLanguage, RegExp>> = {
  ru: /^[\P{L}\p{Script=Cyrillic}]*\p{Script=Cyrillic}[\P{L}\p{Script=Cyrillic}]*$/u,
  ja: /\p{Script=Hiragana}/u,
  zh: /^(?!.*[\p{Script=Hiragana}\p{Script=Katakana}]).*\p{Script=Han}/u,
  ko: /^[\P{L}\p{Script=Hangul}]*\p{Script=Hangul}[\P{L}\p{Script=Hangul}]*$/u,
};

const CASES = LANGUAGES.flatMap((language) => KINDS.map((kind) => [language, kind] as const));

describe.each(CASES)('%s %s', (language, kind) => {
  it('is whole, with a name and without', () => {
    for (const fullName of ['Ada Lovelace', null]) {
      const { subject, text, html } = rendered(kind, { language, fullName });
      expect(subject).toMatch(/^\S.{8,118}\S$/u);
      expect(text.includes('Ada Lovelace')).toBe(fullName !== null);
      for (const part of [subject, text, html]) {
        expect(part).not.toMatch(/\b(?:undefined|null|NaN)\b|\[object|\$\{|\{\{|<[a-z]+ (?:at|on)>/);
        // A date that ends in a full stop makes no second one; nothing that is left out leaves a gap.
        expect(part).not.toMatch(/\.\.|。。| {2}| [,.。、，]/);
      }
      for (const line of text.split('\n\n')) expect(line.trim()).not.toBe('');
    }
  });

  it('says every fact it was given', () => {
    const { subject, text } = rendered(kind, { language });
    const day = (ms: number) => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(ms);
    expect(subject).toContain(SETTINGS.APP_NAME);
    expect(text).toContain(SETTINGS.APP_NAME);
    expect(text).toMatch(/\nhttps:\/\/app\.example\/support$/);
    if (kind === 'account-deleted' || kind === 'erasure-reminder') {
      expect(text).toContain(day(Date.UTC(2026, 6, 8)));
    }
    if (kind === 'erasure-reminder') expect(subject).toContain(day(Date.UTC(2026, 6, 8)));
    if (kind === 'password-changed') {
      expect(text).toContain(day(Date.UTC(2026, 5, 2)));
      expect(text).toMatch(/15:06 UTC|3:06 PM UTC|오후 3:06 UTC/);
    }
    if (kind === 'recovery-code-used') expect(text).toMatch(/\D7\D/);
    if (kind === 'account-deactivated') expect(text).toContain('\n\n> Rude.\n> Twice.\n\n');
    if (kind === 'account-created') {
      expect(text).toContain(day(Date.UTC(2026, 5, 4)));
      expect(text).toMatch(/\nhttps:\/\/app\.example\/reset-password#token=\S+\n/);
    }
    if (kind === 'verify-email' || kind === 'reset-password') {
      const lifetime = ONE_TIME_TOKEN_LIFETIME_MS[kind] / 60_000;
      expect(text).toMatch(kind === 'verify-email' ? new RegExp(`${lifetime / 60}\\D`) : new RegExp(`${lifetime}\\D`));
      expect(text).toContain(day(Date.UTC(2026, 5, 4)));
      expect(text).toMatch(new RegExp(`\nhttps://app\\.example/${kind}#token=\\S+\n`));
    }
  });

  it.runIf(readsHtml)('says the same in its text and in its HTML', async () => {
    const { text, html } = rendered(kind, { language });
    const { action } = textOf(language, kind);
    const lead = action ? [action, CATALOGUES[language].linkHint, CATALOGUES[language].linkLabel(action)] : [];
    const lines = text.split('\n').map((line) => line.replace(/^> /, ''));
    const shown = (line: string) => !['', '-- ', ...lead].includes(line);
    expect((await parsed(html)).lines.filter(shown)).toEqual(lines.filter(shown));
    for (const words of lead.slice(0, 2)) expect((await parsed(html)).lines).toContain(words);
  });
});

describe.each(LANGUAGES)('%s', (language) => {
  it('is written in its own script', () => {
    for (const [place, sentence] of sentencesOf(language)) {
      expect(ownWords(sentence), place).toMatch(SCRIPTS[language] ?? LATIN);
    }
  });

  it('mentions no reason where none was given', () => {
    const blocks = (data: object) => rendered('account-deactivated', { language, data }).text.split('\n\n');
    expect(blocks({ reason: 'Rude.' })).toHaveLength(blocks({ reason: null }).length + 2);
    expect(blocks({ reason: 'Rude.' })).toEqual(expect.arrayContaining(blocks({ reason: null })));
  });

  it('tells each second factor, and each way in which it went, by its own name', () => {
    const told = (kind: MailKind, factor: string) => rendered(kind, { language, data: { factor } });
    const mails = [
      ...['passkey', 'authenticator', 'recovery_codes'].map((factor) => told('factor-added', factor)),
      ...['passkey', 'authenticator', 'all'].map((factor) => told('factor-removed', factor)),
    ];
    expect(new Set(mails.map(({ subject }) => subject)).size).toBe(6);
    for (const { subject, text } of mails) {
      expect(subject).toMatch(/^\S.{8,118}\S$/u);
      expect(`${subject} ${text}`).not.toMatch(/undefined|\.\.|。。| {2}| [,.。、，]/);
      expect(ownWords(subject).replace(SETTINGS.APP_NAME, '')).toMatch(SCRIPTS[language] ?? LATIN);
    }
  });

  it('lets the name of the app stand by itself, without an ending', () => {
    for (const sentence of sentencesOf(language).values()) {
      expect(sentence).not.toMatch(/(?:\p{L}Edge Accounts|Edge Accounts[\p{L}'’-])/u);
    }
  });
});

describe('the catalogues', () => {
  it('are those of the thirteen languages that are promised', () => {
    expect(LANGUAGES).toEqual(['en', 'fr', 'de', 'es', 'it', 'pt', 'nl', 'pl', 'ru', 'ja', 'zh', 'ko', 'tr']);
  });

  it('share no sentence: none was left in another language', () => {
    const seen = new Map<string, string>();
    for (const language of LANGUAGES) {
      for (const [place, sentence] of sentencesOf(language)) {
        const other = seen.get(sentence);
        expect(other, `${language} ${place}`).toBe(undefined);
      }
      for (const [place, sentence] of sentencesOf(language)) seen.set(sentence, `${language} ${place}`);
    }
  });

  it('do not compile where a string is missing, or where a sentence names what its mail does not carry', () => {
    const { 'account-erased': erased, ...withoutKind } = en.mails;
    const { linkHint, ...withoutLine } = en;
    const withoutButton = { ...erased({ appName: 'App' }) };
    const catalogues: Catalogue[] = [
      // @ts-expect-error one kind of mail is missing
      { ...en, mails: withoutKind },
      // @ts-expect-error a line around the mails is missing
      withoutLine,
      // @ts-expect-error a mail with a link has no words for its button
      { ...en, mails: { ...en.mails, 'verify-email': () => withoutButton } },
      // @ts-expect-error a mail without a subject
      { ...en, mails: { ...en.mails, 'account-erased': () => ({ paragraphs: [linkHint] }) } },
      // @ts-expect-error a mail without a sentence
      { ...en, mails: { ...en.mails, 'account-erased': () => ({ subject: linkHint, paragraphs: [] }) } },
      // @ts-expect-error the day of erasure, which this mail does not carry
      { ...en, mails: { ...en.mails, 'account-erased': ({ eraseOn }) => ({ subject: '', paragraphs: [eraseOn] }) } },
    ];
    expect(catalogues).toHaveLength(6);
  });
});
