/**
 * Exits with 1 if the types of what the Workers are bound to are not those of their configurations.
 *
 *   node src/tools/check/types.ts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

const WORKERS = [
  { path: 'src/api/worker-configuration.d.ts' },
  { path: 'src/mailer/worker-configuration.d.ts', config: 'src/mailer/wrangler.toml', envInterface: 'MailerEnv' },
];

process.chdir(ROOT);
const { experimental_generateTypes: typesOf } = await import('wrangler');
for (const worker of WORKERS) {
  const { content } = await typesOf({ ...worker, strictVars: false, includeRuntime: false });
  if (readFileSync(join(ROOT, worker.path), 'utf8').trim() === content.trim()) continue;
  console.error(`Run \`npm run generate:types\` to bring ${worker.path} up to date.`);
  process.exitCode = 1;
}
