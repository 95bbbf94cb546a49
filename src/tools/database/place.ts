import type { DatabaseSync } from 'node:sqlite';
import { DatabaseFault } from './database-fault.ts';
import type { Export } from './export-file.ts';
import { EMPTY, type Found } from './import-statements.ts';

/** A database, where it is: that of the copy on this machine, or of a deployment. What goes wrong throws a fault of one sentence. */
export type Place = {
  /** As one would call it. */
  name: string;
  /** Works on it as it is at one moment. */
  snapshot: <Result>(work: (database: DatabaseSync) => Promise<Result>) => Promise<Result>;
  look: () => Promise<Found>;
  /** Reads an export into it in the place of these tables, whole or not at all, and applies the migrations that it lacks. */
  read: (exported: Export, tables: readonly string[], pending: readonly string[]) => Promise<void>;
  /** Whether the API answers from it now. */
  isServed: () => Promise<boolean>;
};

// There are twenty tables, and one of them tells enough.
const NAMED = 3;

const someOf = (tables: readonly string[]): string =>
  [...tables.slice(0, NAMED), ...(tables.length > NAMED ? [`${tables.length - NAMED} more`] : [])].join(', ');

export const notEmpty = (name: string, tables: readonly string[] = []): DatabaseFault => {
  const which = tables.length === 0 ? '' : ` (there are rows in ${someOf(tables)})`;
  return new DatabaseFault(`The database ${name} is not empty${which}: an export is read into an empty one.`);
};

/** Why an export could not be read, in one sentence; `after` says what became of the database. */
export const unread = (name: string, reason: string, after: string): DatabaseFault =>
  reason.includes(EMPTY)
    ? notEmpty(name)
    : new DatabaseFault(`The export was not read into ${name}: ${reason}. ${after}`);

/** Where the rows are there, and not the schema of this checkout. */
export const unmigrated = (name: string, migration: string, reason: string): DatabaseFault =>
  new DatabaseFault(
    `The rows are in ${name}, but the migration ${migration} failed: ${reason}. Begin anew with an empty database, from a checkout of the release that made the export.`,
  );
