import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ONE_TIME_TOKEN_LIFETIME_MS, type OneTimePurpose } from '../../accounts/tokens/one-time-token.ts';
import { pageDocument } from '../../web/pages/document.ts';
import { READER_LANGUAGES } from '../../workers/reader-language.ts';
import { ROOT } from '../root.ts';

/** Writes the pages that mail links open, one file a language, with their script and style, to `pages` below `out`. */
export const buildPages = (out: string): void => {
  const folder = join(out, 'pages');
  mkdirSync(folder, { recursive: true });
  for (const purpose of Object.keys(ONE_TIME_TOKEN_LIFETIME_MS) as OneTimePurpose[]) {
    for (const language of READER_LANGUAGES) {
      writeFileSync(join(folder, `${purpose}.${language}.html`), pageDocument(purpose, language));
    }
  }
  for (const file of ['page.css', 'page.js']) cpSync(join(ROOT, 'src/web/pages/browser', file), join(folder, file));
};
