import type { Migration } from './compatibility.ts';
import { type Attached, quoted, type Reference, readSchema, type Schema } from './database-schema.ts';
import { countIds, fillNamedValues, fillTables, givenValues, ROWS } from './filled-tables.ts';
import { type LocalD1, type LocalDatabase, openLocalD1, type Row } from './local-d1.ts';

// A migration that passes on empty tables can fail on full ones, or empty them without a word: on D1, where references
// cannot be turned off, `DROP TABLE` deletes whatever refers to the table by cascade, and forgets which ids were given.
// So each migration is applied here to a D1 with rows in every table, and what was there before must be there after it.

/** Something that a migration takes away; `what` is what it has to be called where it is meant to go. */
type Loss = { what?: string; text: string };

/** A database at one moment: its schema, its rows by table, and the highest id that each table has given. */
type State = { schema: Schema; rows: ReadonlyMap<string, readonly Row[]>; given: ReadonlyMap<string, number> };

// What a reviewer answers for in the migration itself. The counter of ids is no such thing: an erased id stays erased.
const MEANT = /^-- Meant to lose (.+?): \S.*$/gm;

const readGiven = async (database: LocalDatabase, { counting }: Schema): Promise<Map<string, number>> => {
  // There is no such table before the first that counts.
  const [counters = []] = counting.length > 0 ? await database.read('SELECT name, seq FROM sqlite_sequence') : [];
  return new Map(counters.map(({ name, seq }) => [String(name), Number(seq)]));
};

const readState = async (database: LocalDatabase): Promise<State> => {
  const schema = await readSchema(database);
  const tables = [...schema.tables.keys()];
  const rows = await database.read(...tables.map((table) => `SELECT * FROM ${quoted(table)}`));
  return {
    schema,
    rows: new Map(tables.map((table, position) => [table, rows[position] ?? []])),
    given: await readGiven(database, schema),
  };
};

const columnNames = ({ schema }: State, table: string): string[] =>
  (schema.tables.get(table) ?? []).map(({ name }) => name);

/** The tables that are there before and after. */
const staying = (before: State, after: State): string[] =>
  [...before.schema.tables.keys()].filter((table) => after.schema.tables.has(table));

/** Each row of before with the same row of after, which is found by its primary key, or else by everything that stays. */
const pairs = (before: State, after: State, table: string): [Row, Row | undefined][] => {
  const kept = columnNames(before, table).filter((name) => columnNames(after, table).includes(name));
  const key = (before.schema.tables.get(table) ?? []).filter(({ pk }) => pk > 0).map(({ name }) => name);
  const identity = key.length > 0 && key.every((name) => kept.includes(name)) ? key : kept;
  const keyOf = (row: Row): string => JSON.stringify(identity.map((name) => String(row[name])));
  const found = Map.groupBy(after.rows.get(table) ?? [], keyOf);
  return (before.rows.get(table) ?? []).map((row) => [row, found.get(keyOf(row))?.pop()]);
};

// A value that was missing may be filled in; a number may become its text, as where a column changes its type.
const isOverwritten = (value: unknown, by: unknown): boolean => value !== null && String(value) !== String(by);

const lostRows = (before: State, after: State): Loss[] =>
  staying(before, after).flatMap((table): Loss[] => {
    const all = pairs(before, after, table);
    const missing = all.filter(([, row]) => row === undefined).length;
    const there = all.flatMap(([old, row]) => (row ? [[old, row] as const] : []));
    const [old, now] = [columnNames(before, table), columnNames(after, table)];
    const overwritten = old.filter(
      (name) => now.includes(name) && there.some(([was, is]) => isOverwritten(was[name], is[name])),
    );
    // D1 takes "name" for a text where the table that is read has no such column; drizzle-kit writes such a thing where a
    // table is rebuilt and gets a new column in the same migration.
    const misread = now.filter(
      (name) => !old.includes(name) && there.length > 0 && there.every(([, row]) => row[name] === name),
    );
    return [
      ...(missing > 0
        ? [{ what: `rows of ${table}`, text: `${missing} of ${all.length} rows of ${table} are gone` }]
        : []),
      ...overwritten.map((name) => {
        const what = `values of ${table}.${name}`;
        return { what, text: `${what} are overwritten` };
      }),
      ...misread.map((name) => ({
        text: `the new column ${table}.${name} holds its own name in each row: it is read from the old table, which has none`,
      })),
    ];
  });

const lostIds = (before: State, after: State): Loss[] =>
  staying(before, after)
    .filter((table) => (before.given.get(table) ?? 0) > (after.given.get(table) ?? 0))
    .map((table) => ({ text: `${table} forgets which ids it has given, and gives those of erased rows again` }));

/** What no snapshot has ever known and is gone. What one knew has been forgotten, or else the code before needs it. */
const lostUnknown = (before: State, after: State, earlier: readonly Migration[]): Loss[] => {
  const known = earlier.map(({ snapshot }) => snapshot.tables);
  const losses = [...before.schema.tables.keys()].flatMap((table) => {
    if (!after.schema.tables.has(table)) return known.some((tables) => tables[table]) ? [] : [`the table ${table}`];
    return columnNames(before, table)
      .filter((name) => !columnNames(after, table).includes(name))
      .filter((name) => !known.some((tables) => tables[table]?.columns[name]))
      .map((name) => `the column ${table}.${name}`);
  });
  return losses.map((what) => ({ what, text: `${what} is gone` }));
};

const meaningOf = ({ sql }: Attached): string =>
  sql
    .replaceAll(/["`[\]]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Indexes and triggers that went with a table which was made anew, or are not what they were. */
const lostAttached = (before: State, after: State, earlier: readonly Migration[]): Loss[] => {
  const isKnown = ({ table, name }: Attached): boolean =>
    earlier.some(({ snapshot }) => snapshot.tables[table]?.indexes[name] !== undefined);
  return before.schema.attached.flatMap((one) => {
    if (!after.schema.tables.has(one.table)) return [];
    const found = after.schema.attached.find(({ type, name }) => type === one.type && name === one.name);
    if (!found && one.type === 'index' && isKnown(one)) return [];
    if (found && found.table === one.table && meaningOf(found) === meaningOf(one)) return [];
    const what = `the ${one.type} ${one.name}`;
    return [{ what, text: `${what} on ${one.table} is ${found ? 'not what it was' : 'gone'}` }];
  });
};

const targetOf = ({ parent, to, on_delete, on_update }: Reference): string =>
  `${parent}${to === null ? '' : `.${to}`} ON DELETE ${on_delete} ON UPDATE ${on_update}`;

const lostReferences = (before: State, after: State): Loss[] => {
  const dangling = after.schema.references.filter(({ parent }) => !after.schema.tables.has(parent));
  const changed = before.schema.references.filter(
    (old) =>
      columnNames(after, old.table).includes(old.from) &&
      !after.schema.references.some(
        (now) => now.table === old.table && now.from === old.from && targetOf(now) === targetOf(old),
      ),
  );
  return [
    ...dangling.map(({ table, from, parent }) => ({
      text: `${table}.${from} refers to ${parent}, which is not there`,
    })),
    ...changed.map((reference) => {
      const what = `the reference ${reference.table}.${reference.from}`;
      return { what, text: `${what} to ${targetOf(reference)} is not what it was` };
    }),
  ];
};

const isMeant = ({ sql }: Migration, { what }: Loss): boolean =>
  what !== undefined && [...sql.matchAll(MEANT)].some(([, named]) => named === what);

const fault = (doing: Promise<unknown>): Promise<string | undefined> =>
  doing.then(
    () => undefined,
    (error: Error) => error.message,
  );

/** One database with rows in every table, which `fill` adds to, and one whose rows are all gone. */
type Trial = {
  full: LocalDatabase;
  empty: LocalDatabase;
  fill: () => Promise<void>;
  /** Adds the rows that a migration's own conditions are about. */
  fillFor: (one: Migration) => Promise<void>;
};

/** What a migration takes away after those `earlier` ones; `ends` says that no other can be tried then. */
const tryOn = async (
  { full, empty, fill, fillFor }: Trial,
  earlier: readonly Migration[],
  one: Migration,
): Promise<{ losses: Loss[]; ends: boolean }> => {
  await fillFor(one);
  const before = await readState(full);
  await countIds(empty, before.schema);
  const counted = await readGiven(empty, before.schema);
  const failure = await fault(full.apply(one));
  if (failure) return { losses: [{ text: `it fails on tables with rows: ${failure}` }], ends: true };
  const unlike = await fault(empty.apply(one));
  if (unlike) return { losses: [{ text: `it fails on empty tables: ${unlike}` }], ends: true };
  const after = await readState(full);
  const recounted = await readGiven(empty, after.schema);
  const broken = await fault(fill());
  const losses = [
    ...lostRows(before, after),
    ...lostIds(before, after),
    ...lostIds({ ...before, given: counted }, { ...after, given: recounted }),
    ...lostUnknown(before, after, earlier),
    ...lostAttached(before, after, earlier),
    ...lostReferences(before, after),
    ...(broken ? [{ text: `after it a row cannot be written any more: ${broken}` }] : []),
  ];
  return { losses, ends: broken !== undefined };
};

/**
 * What a database that has had the migrations `applied`, in that order, would lose by those it has not had yet, a line
 * each; empty where everything stays that no migration says is meant to go. Each is applied as D1 does it, once to tables
 * with rows and once to tables whose rows are all gone. Ends at the first that fails.
 */
export const lossesOn = async (
  d1: LocalD1,
  migrations: readonly Migration[],
  applied: readonly string[],
): Promise<string[]> => {
  const [full, empty] = [d1.fresh(), d1.fresh()];
  const had = applied.flatMap((name) => migrations.find((migration) => migration.name === name) ?? []);
  await Promise.all([full.applyAtOnce(had), empty.applyAtOnce(had)]);
  const given = givenValues(migrations);
  let next = 1;
  const fill = async (): Promise<void> => {
    await fillTables(full, given, next);
    next += ROWS;
  };
  const fillFor = async ({ sql }: Migration): Promise<void> => {
    next += await fillNamedValues(full, given, next, sql);
  };
  const unfilled = await fault(fill());
  if (unfilled) return [`the tables before them cannot be filled to try them: ${unfilled}`];
  const lines = new Set<string>();
  for (const one of migrations.filter((migration) => !had.includes(migration))) {
    const earlier = migrations.slice(0, migrations.indexOf(one));
    const { losses, ends } = await tryOn({ full, empty, fill, fillFor }, earlier, one);
    for (const loss of losses) if (!isMeant(one, loss)) lines.add(`${one.name}: ${loss.text}`);
    if (ends) break;
  }
  return [...lines];
};

/** The same on a D1 of its own. Nothing is lost where nothing is new, and a database without migrations has no rows. */
export const losses = async (migrations: readonly Migration[], applied: readonly string[]): Promise<string[]> => {
  if (applied.length === 0 || migrations.every(({ name }) => applied.includes(name))) return [];
  const d1 = await openLocalD1(2);
  try {
    return await lossesOn(d1, migrations, applied);
  } finally {
    await d1.close();
  }
};
