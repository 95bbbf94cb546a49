import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeployFault } from './deploy-fault.ts';
import { type Environment, runWrangler } from './wrangler.ts';

// Cloudflare's codes for a resource that an upload binds and does not find: just made, it may not be known everywhere.
const NOT_FOUND_YET = /\[?code: (?:10041|10085|10181|11000|10144)\b/;
const TRIES = 4;
const DELAY_MS = 5000;

/** What wrangler notes of an upload, as far as it is read here. */
type Note = { type: string; version_id?: string; targets?: string[]; preview_url?: string; preview_alias_url?: string };

/**
 * Runs an upload of wrangler's with secrets that the Worker lacks: they lie in a file that nobody else can read, for as
 * long as wrangler runs. Answers what wrangler noted of it. What a fresh resource makes fail is tried again.
 */
export const upload = async (
  args: readonly string[],
  secrets: Record<string, string>,
  env: Environment,
  what: string,
): Promise<Note> => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-deploy-'));
  const [secretsFile, notes] = [join(folder, 'secrets.json'), join(folder, 'notes.ndjson')];
  const given = Object.keys(secrets).length > 0 ? ['--secrets-file', secretsFile] : [];
  try {
    writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
    for (let attempt = 1; ; attempt += 1) {
      const ended = await runWrangler([...args, ...given], { ...env, WRANGLER_OUTPUT_FILE_PATH: notes });
      if (ended.code === 0) return noteIn(notes);
      if (attempt === TRIES || !NOT_FOUND_YET.test(ended.reason))
        throw new DeployFault(`${what} failed: ${ended.reason}`);
      await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const noteIn = (file: string): Note => {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const notes = lines.map((line) => JSON.parse(line) as Note);
  return notes.find(({ type }) => type === 'deploy' || type === 'version-upload') ?? { type: 'none' };
};
