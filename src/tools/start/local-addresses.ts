import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bringAddressesOver, type Query, wordsOf } from '../migrations/addresses.ts';
import { passkeysElsewhere, wordsOfPasskeys } from '../migrations/passkey-hosts.ts';

// Where the local D1 keeps its databases below the state directory, one file each and its own notes beside them.
const DATABASES = 'v3/d1/miniflare-D1DatabaseObject';

/** The files of the databases that a copy has, once it has one. */
export const databaseFilesIn = (state: string): string[] => {
  const folder = join(state, DATABASES);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    .map((name) => join(folder, name));
};

/**
 * Asks the databases of a copy, while no Worker has them open, by their files: through wrangler each start would take three
 * seconds longer.
 */
const askingEach = async <Answer>(state: string, ask: (query: Query) => Promise<Answer>): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (const file of databaseFilesIn(state)) {
    const database = new DatabaseSync(file);
    const query: Query = async <Row>(sql: string, ...values: string[]) => database.prepare(sql).all(...values) as Row[];
    try {
      answers.push(await ask(query));
    } finally {
      database.close();
    }
  }
  return answers;
};

/** What the operator should hear of passkeys that open nothing where `APP_URL` leads. */
export const localPasskeysElsewhere = async (state: string, appUrl: string): Promise<string[]> => {
  const found = await askingEach(state, (query) => passkeysElsewhere(query, appUrl));
  return found.flatMap(({ left, host }) => wordsOfPasskeys(left, host) ?? []);
};

/**
 * Does for the database of a copy on this machine what a deployment does for its own; answers what the operator
 * should hear, nothing where there is nothing to tell.
 */
export const bringLocalAddressesOver = async (state: string): Promise<string[]> => {
  const results = await askingEach(state, (query) => bringAddressesOver(query));
  return results.flatMap((result) => (Object.values(result).some((ids) => ids.length > 0) ? wordsOf(result) : []));
};
