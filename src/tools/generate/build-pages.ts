import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ONE_TIME_TOKEN_LIFETIME_MS, type OneTimePurpose } from '../../accounts/tokens/one-time-token.ts';
import { adminPage } from '../../web/admin/document.ts';
import { homePage } from '../../web/home/document.ts';
import { pageDocument } from '../../web/pages/document.ts';
import { accountPage } from '../../web/people/account.ts';
import { signInPage } from '../../web/people/sign-in.ts';
import { signUpPage } from '../../web/people/sign-up.ts';
import { READER_LANGUAGES, type ReaderLanguage } from '../../workers/reader-language.ts';
import { ROOT } from '../root.ts';

const PURPOSES = Object.keys(ONE_TIME_TOKEN_LIFETIME_MS) as OneTimePurpose[];

/** Each page by its path, in a language. */
const PAGES: Readonly<Record<string, (language: ReaderLanguage) => string>> = {
  ...Object.fromEntries(PURPOSES.map((purpose) => [purpose, (language) => pageDocument(purpose, language)])),
  home: homePage,
  'sign-up': signUpPage,
  'sign-in': signInPage,
  account: accountPage,
};

/** What is bundled: a page's script, with all that it imports, is one file, and so is a style. */
const BUNDLED = [
  ...['sign-up.ts', 'sign-in.ts', 'account.ts', 'people.css'].map((file) => `src/web/people/browser/${file}`),
  'src/web/home/browser/home.css',
  ...['admin.ts', 'admin.css'].map((file) => `src/web/admin/browser/${file}`),
];

const bundle = (folder: string): void => {
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: BUNDLED,
    outdir: folder,
    entryNames: '[name]',
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2024',
    // Whoever wrote what is packed in is named.
    legalComments: 'eof',
    logLevel: 'warning',
  });
};

/** Writes the pages for people, one file a language, with their scripts and styles, to `pages` below `out`. */
export const buildPages = (out: string): void => {
  const folder = join(out, 'pages');
  mkdirSync(folder, { recursive: true });
  for (const [name, pageIn] of Object.entries(PAGES)) {
    for (const language of READER_LANGUAGES) writeFileSync(join(folder, `${name}.${language}.html`), pageIn(language));
  }
  writeFileSync(join(folder, 'admin.en.html'), adminPage());
  for (const file of ['page.css', 'page.js']) cpSync(join(ROOT, 'src/web/pages/browser', file), join(folder, file));
  bundle(folder);
};
