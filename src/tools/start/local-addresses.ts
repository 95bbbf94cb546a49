import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bringAddressesOver, type Query, wordsOf } from '../migrations/addresses.ts';

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
 * Does for the database of a copy on this machine what a deployment does for its own, while no Worker has it open;
 * answers what the operator should hear, nothing where there is nothing to tell. The file is read as it is: through
 * wrangler each start would take three seconds longer.
 */
export const bringLocalAddressesOver = async (state: string): Promise<string[]> => {
  const lines: string[] = [];
  for (const file of databaseFilesIn(state)) {
    const database = new DatabaseSync(file);
    try {
      const query: Query = async <Row>(sql: string, ...values: string[]) =>
        database.prepare(sql).all(...values) as Row[];
      const result = await bringAddressesOver(query);
      if (Object.values(result).some((ids) => ids.length > 0)) lines.push(...wordsOf(result));
    } finally {
      database.close();
    }
  }
  return lines;
};
