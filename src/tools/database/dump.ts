import { createReadStream } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { quoted } from '../migrations/database-schema.ts';
import { literalOf } from './export-statements.ts';
import type { Ask } from './import-statements.ts';
import { rowsOf, type Table, tablesOf } from './snapshot.ts';

// What `wrangler d1 export` writes cannot be read back, since rows stand before the tables that they refer to; a SQLite that
// looks after no reference takes it. A statement begins on a line of its own, and an INSERT is one line.

const NEXT_ROW = '\nINSERT INTO "';

/** Puts a dump into a new SQLite database. */
export const loadDump = async (dump: string, file: string): Promise<DatabaseSync> => {
  const database = new DatabaseSync(file, {
    enableForeignKeyConstraints: false,
    // As D1, which takes "a name" that nothing has for a text.
    enableDoubleQuotedStringLiterals: true,
  });
  database.exec('PRAGMA journal_mode = off; PRAGMA synchronous = off; BEGIN');
  let waiting = '';
  for await (const piece of createReadStream(dump, { encoding: 'utf8' })) {
    waiting += piece;
    // Triggers come behind all rows, and hold statements of their own.
    const cut = waiting.includes('\nCREATE TRIGGER') ? -1 : waiting.lastIndexOf(NEXT_ROW);
    if (cut <= 0) continue;
    database.exec(waiting.slice(0, cut));
    waiting = waiting.slice(cut);
  }
  database.exec(waiting);
  database.exec('COMMIT');
  return database;
};

const AT_ONCE = 50;

/** What a dump makes of a text: it writes a line break as `\n`, and does not tell it from a `\n` that was there before. */
const misread = (text: string): string => {
  const broken = text.includes('\n') ? text.replaceAll('\\n', '\n') : text;
  return text.includes('\r') ? broken.replaceAll('\\r', '\r') : broken;
};

/** The keys of the rows whose text in a column has a line break, as SQL. */
const keysOfBroken = (database: DatabaseSync, table: Table, column: string): string[] => {
  const named = quoted(column);
  const where = `typeof(${named}) = 'text' AND (instr(${named}, char(10)) OR instr(${named}, char(13)))`;
  const keys = rowsOf(database, { name: table.name, columns: table.key }, where);
  return [...keys].map((key) => `(${key.map(literalOf).join(', ')})`);
};

/**
 * Puts texts right that a dump has misread, by asking the database itself for those with a line break. A text that is another
 * by now stays as it was dumped.
 */
export const mendTexts = async (database: DatabaseSync, ask: Ask): Promise<void> => {
  for (const table of tablesOf(database).filter(({ key }) => key.length > 0)) {
    for (const column of table.columns) {
      const keys = keysOfBroken(database, table, column);
      for (let from = 0; from < keys.length; from += AT_ONCE) {
        await mendColumn(database, ask, table, column, keys.slice(from, from + AT_ONCE));
      }
    }
  }
};

const mendColumn = async (
  database: DatabaseSync,
  ask: Ask,
  { name, key }: Table,
  column: string,
  keys: readonly string[],
): Promise<void> => {
  const found = await ask<Record<string, string | number>>(
    `SELECT ${key.map((part, position) => `${quoted(part)} AS key_${position}`).join(', ')}, hex(${quoted(column)}) AS hex
     FROM ${quoted(name)}
     WHERE (${key.map(quoted).join(', ')}) IN (VALUES ${keys.join(', ')}) AND instr(${quoted(column)}, char(92))`,
  );
  const where = key.map((part) => `${quoted(part)} = ?`).join(' AND ');
  const mend = database.prepare(
    `UPDATE ${quoted(name)} SET ${quoted(column)} = ? WHERE ${where} AND ${quoted(column)} = ?`,
  );
  for (const row of found) {
    const text = Buffer.from(String(row['hex']), 'hex').toString();
    const values = key.map((_, position) => row[`key_${position}`] ?? null);
    if (misread(text) !== text) mend.run(text, ...values, misread(text));
  }
};
