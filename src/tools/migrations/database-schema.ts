import type { LocalDatabase } from './local-d1.ts';

export type Column = {
  table: string;
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  /** The position in the primary key, from 1 on; 0 outside it. */
  pk: number;
  /** Above 1 where it is generated. */
  hidden: number;
};

/** One column that refers to one of a parent; `to` is null where the parent's primary key is meant. */
export type Reference = {
  table: string;
  from: string;
  parent: string;
  to: string | null;
  on_delete: string;
  on_update: string;
};

/** An index or trigger, with the table that it is on. */
export type Attached = { type: string; name: string; table: string; sql: string };

export type Schema = {
  /** By name: the columns of each table. */
  tables: ReadonlyMap<string, readonly Column[]>;
  references: readonly Reference[];
  attached: readonly Attached[];
  /** The tables that count the ids they have given (AUTOINCREMENT). */
  counting: readonly string[];
};

// Not what SQLite, D1 and wrangler keep for themselves; the index of a constraint has no SQL of its own.
const OURS = "sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name <> 'd1_migrations'";
const TABLES = `(SELECT name, sql FROM sqlite_master WHERE type = 'table' AND ${OURS}) AS t`;

const QUERIES = [
  `SELECT t.name AS "table", c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
     FROM ${TABLES}, pragma_table_xinfo(t.name) AS c`,
  `SELECT t.name AS "table", r."from", r."table" AS parent, r."to", r.on_delete, r.on_update
     FROM ${TABLES}, pragma_foreign_key_list(t.name) AS r`,
  `SELECT type, name, tbl_name AS "table", sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND ${OURS}`,
  `SELECT name FROM ${TABLES} WHERE sql LIKE '%AUTOINCREMENT%'`,
];

/** What a database is made of. */
export const readSchema = async (database: LocalDatabase): Promise<Schema> => {
  const [columns = [], references = [], attached = [], counting = []] = await database.read(...QUERIES);
  return {
    tables: Map.groupBy(columns as Column[], ({ table }) => table),
    references: references as Reference[],
    attached: attached as Attached[],
    counting: counting.map(({ name }) => String(name)),
  };
};

/** A name as SQL takes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
