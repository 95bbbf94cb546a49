import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

const OURS = join(ROOT, 'src/web/reference/browser');
const SWAGGER_UI = join(ROOT, 'node_modules/swagger-ui-dist');
const BUNDLE = 'swagger-ui-bundle.js';

/** Writes the API reference below `out`: the page as `docs.html`, and what it loads, with the library, to `docs`. */
export const buildReference = (out: string): void => {
  const folder = join(out, 'docs');
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(OURS).filter((name) => /\.(?:html|css|js|svg)$/.test(name))) {
    cpSync(join(OURS, file), join(file.endsWith('.html') ? out : folder, file));
  }
  cpSync(join(SWAGGER_UI, BUNDLE), join(folder, BUNDLE));
  // The bundle names this file, which tells of what is packed into it; the library's own licence comes before.
  const licences = ['NOTICE', 'LICENSE', `${BUNDLE}.LICENSE.txt`];
  const texts = licences.map((name) => readFileSync(join(SWAGGER_UI, name), 'utf8'));
  writeFileSync(join(folder, `${BUNDLE}.LICENSE.txt`), texts.join('\n'));
};
