import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstDeployed, type Migration, readMigrations } from '../../src/tools/migrations/compatibility.ts';
import { type LocalD1, openLocalD1 } from '../../src/tools/migrations/local-d1.ts';
import { lossesOn } from '../../src/tools/migrations/losses.ts';
import { newCheckout } from './npm-start.ts';
import { generatedRebuild, landRebuild, rebuildAsShown, referringTo, triggersOn } from './rebuild.ts';

// Migrations as they lie in the repository, and behind them one that nobody has landed, applied by a real D1 to rows.

const landed = readMigrations();
const newest = landed.at(-1) as Migration;

let d1: LocalD1;
beforeAll(async () => {
  d1 = await openLocalD1(100);
});
afterAll(() => d1.close());

const next = (sql: string, name = '9999_next'): Migration => ({
  name,
  sql: sql.trimEnd().endsWith(';') ? sql : `${sql};`,
  snapshot: newest.snapshot,
});

/** What is lost by these, one after the other, behind those that have landed. */
const lostBy = (...sqls: string[]): Promise<string[]> => {
  const added = sqls.map((sql, position) => next(sql, `999${position}_next`));
  return lossesOn(
    d1,
    [...landed, ...added],
    landed.map(({ name }) => name),
  );
};

const lines = (...texts: string[]): string[] => texts.map((text) => `9990_next: ${text}`);

describe('a migration that loses nothing', () => {
  it.each([
    ['adds a table', 'CREATE TABLE notes (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, note text NOT NULL)'],
    ['adds a column that may be empty', 'ALTER TABLE users ADD COLUMN nickname text'],
    ['adds a column with a default', "ALTER TABLE users ADD COLUMN theme text DEFAULT 'light' NOT NULL"],
    [
      'adds a reference that may be empty, and its index',
      'ALTER TABLE login_attempts ADD COLUMN guest_id integer REFERENCES users(id) ON DELETE CASCADE; CREATE INDEX login_attempts_guest_id ON login_attempts (guest_id)',
    ],
    ['fills in what was missing', "UPDATE users SET full_name = 'Ada' WHERE full_name IS NULL"],
    ['says nothing but a comment', '-- The schema has forgotten users.reminded_at.\n;'],
  ])('passes: it %s', async (_, sql) => {
    expect(await lostBy(sql)).toEqual([]);
  });

  it('passes after another that loses nothing, on the rows of both', async () => {
    const first = 'CREATE TABLE notes (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, note text NOT NULL)';
    expect(await lostBy(first, 'ALTER TABLE notes ADD COLUMN at integer')).toEqual([]);
    expect(await lostBy(first, 'DELETE FROM notes')).toEqual(['9991_next: 3 of 3 rows of notes are gone']);
  });
});

describe('a migration that passes on empty tables', () => {
  it.each([
    [
      'a column that must have a value',
      'ALTER TABLE users ADD COLUMN z integer NOT NULL',
      'Cannot add a NOT NULL column with default value NULL',
    ],
    [
      'a default that is worked out',
      'ALTER TABLE users ADD COLUMN z integer DEFAULT (unixepoch())',
      'Cannot add a column with non-constant default',
    ],
    [
      'a reference with a default',
      'ALTER TABLE sessions ADD COLUMN z integer DEFAULT 1 REFERENCES users(id)',
      'Cannot add a REFERENCES column with non-NULL default value',
    ],
    [
      'a check that rows do not pass',
      'ALTER TABLE users ADD COLUMN z integer CHECK (created_at > 2)',
      'CHECK constraint failed',
    ],
    [
      'an index on the time of the day',
      'CREATE INDEX z ON users (id) WHERE created_at < unixepoch()',
      'non-deterministic use of unixepoch() in an index',
    ],
    [
      'a rebuild that takes no null where there are some',
      'CREATE TABLE kept (id text PRIMARY KEY NOT NULL, user_agent text NOT NULL); INSERT INTO kept SELECT id, user_agent FROM sessions',
      'NOT NULL constraint failed: kept.user_agent',
    ],
  ])('is refused where it fails on rows: %s', async (_, sql, words) => {
    expect(await lostBy(sql)).toEqual(lines(`it fails on tables with rows: ${words}`));
  });

  it('is refused where it fails on no rows', async () => {
    const sql = 'CREATE TABLE marks (newest integer NOT NULL); INSERT INTO marks SELECT max(id) FROM outbox';
    expect(await lostBy(sql)).toEqual(lines('it fails on empty tables: NOT NULL constraint failed: marks.newest'));
  });

  it('is refused where wrangler would not get through with it', async () => {
    expect(await lostBy('SAVEPOINT a; DELETE FROM sessions; RELEASE a')).toEqual([
      expect.stringMatching(/^9990_next: it fails on tables with rows: To execute a transaction/),
    ]);
    expect(await lostBy('CREATE TEMP TABLE kept AS SELECT * FROM sessions')).toEqual(
      lines('it fails on tables with rows: not authorized'),
    );
    const unfinished = { ...next(''), sql: 'ALTER TABLE users ADD COLUMN z text' };
    const names = landed.map(({ name }) => name);
    expect(await lossesOn(d1, [...landed, unfinished], names)).toEqual([
      '9999_next: it fails on tables with rows: near "INSERT": syntax error',
    ]);
  });

  it('is refused where no row can be written after it', async () => {
    expect(await lostBy('CREATE TABLE q (at integer); CREATE INDEX z ON q (at) WHERE at < unixepoch()')).toEqual(
      lines('after it a row cannot be written any more: non-deterministic use of unixepoch() in an index'),
    );
  });
});

describe('a migration that takes something away', () => {
  it('is refused for rows, and for what was in them', async () => {
    expect(await lostBy('DELETE FROM sessions WHERE user_id = 2')).toEqual(lines('1 of 3 rows of sessions are gone'));
    expect(await lostBy('UPDATE users SET email = upper(email); UPDATE users SET full_name = NULL')).toEqual(
      lines('values of users.email are overwritten', 'values of users.full_name are overwritten'),
    );
  });

  it.each([
    'DELETE FROM users WHERE is_active = 0',
    "DELETE FROM users WHERE role = 'admin'",
    'PRAGMA foreign_keys=OFF; DELETE FROM users WHERE is_active=0 AND is_verified = 0; PRAGMA foreign_keys=ON',
    "DELETE FROM users WHERE role <> 'user' OR is_active = 0",
    'CREATE TABLE kept AS SELECT * FROM users WHERE is_verified = 1; DELETE FROM users WHERE is_verified = 0',
  ])('is refused for rows that only a condition on real values finds: %s', async (sql) => {
    expect((await lostBy(sql)).filter((line) => /: \d+ of \d+ rows of users are gone$/.test(line))).toHaveLength(1);
  });

  it('is refused for a trigger and for an index that is not what it was', async () => {
    expect(await lostBy('DROP TRIGGER audit_events_kept')).toEqual(
      lines('the trigger audit_events_kept on audit_events is gone'),
    );
    expect(await lostBy('DROP INDEX users_active; CREATE INDEX users_active ON users (id)')).toEqual(
      lines('the index users_active on users is not what it was'),
    );
  });

  it('is refused for a reference that leads elsewhere', async () => {
    const lost = await lostBy(
      'ALTER TABLE users RENAME TO old; CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT NOT NULL); DROP TABLE old',
    );
    expect(lost).toContain('9990_next: sessions.user_id refers to old, which is not there');
    expect(lost).toContain(
      '9990_next: the reference sessions.user_id to users.id ON DELETE CASCADE ON UPDATE NO ACTION is not what it was',
    );
    expect(lost.at(-1)).toBe('9990_next: after it a row cannot be written any more: no such table: main.old');
  });

  it('is refused for the count of ids, also where no row is left', async () => {
    const forgets = lines('outbox forgets which ids it has given, and gives those of erased rows again');
    expect(await lostBy("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'outbox'")).toEqual(forgets);
    const noneLeft = 'NOT EXISTS (SELECT 1 FROM outbox)';
    expect(await lostBy(`UPDATE sqlite_sequence SET seq = 3 WHERE name = 'outbox' AND ${noneLeft}`)).toEqual(forgets);
  });

  it('passes where it says so, each thing by its name and with a reason', async () => {
    const sql = 'DELETE FROM sessions; DROP TRIGGER audit_events_kept';
    const both = lines('3 of 3 rows of sessions are gone', 'the trigger audit_events_kept on audit_events is gone');
    const [rows, trigger] = both;
    expect(await lostBy(sql)).toEqual(both);
    expect(await lostBy(`-- Meant to lose rows of sessions: everybody signs in again.\n${sql}`)).toEqual([trigger]);
    expect(await lostBy(`-- Meant to lose rows of sessions:\n${sql}`)).toEqual(both);
    expect(await lostBy(`-- Meant to lose the trigger audit_events_kept: old ones go.\n${sql}`)).toEqual([rows]);
    const reasons = '-- Meant to lose rows of sessions: a.\n-- Meant to lose the trigger audit_events_kept: b.\n';
    expect(await lostBy(reasons + sql)).toEqual([]);
  });

  it('passes where the schema had forgotten it, and is asked about what the schema never knew', async () => {
    const forgetful = structuredClone(newest.snapshot);
    delete forgetful.tables['room_participations'];
    const forgotten = { name: '9998_forgotten', sql: '-- Forgets a table.\n', snapshot: forgetful };
    const dropped = { name: '9999_dropped', sql: 'DROP TABLE room_participations;', snapshot: forgetful };
    const names = landed.map(({ name }) => name);
    expect(await lossesOn(d1, [...landed, forgotten, dropped], names)).toEqual([]);

    const made = 'CREATE TABLE notes (id integer, note text)';
    expect(await lostBy(made, 'ALTER TABLE notes DROP COLUMN note')).toEqual([
      '9991_next: the column notes.note is gone',
    ]);
    expect(await lostBy(made, '-- Meant to lose the table notes: it was a try.\nDROP TABLE notes')).toEqual([]);
  });
});

describe('a value that a migration gives', () => {
  it('stands where a made-up one would not do', async () => {
    const checked = "CREATE TABLE notes (id integer PRIMARY KEY, kind text CHECK (kind IN ('a', 'b')), data text)";
    expect(await lostBy(checked)).toEqual([
      expect.stringMatching(/^9990_next: after it a row cannot be written any more: CHECK constraint failed/),
    ]);
    const given = "-- Try with notes.kind: 'a'\n-- Try with notes.data: json_object('n', n)\n";
    expect(
      await lostBy(given + checked, "UPDATE notes SET id = 10 + json_extract(data, '$.n') WHERE id IS NULL"),
    ).toEqual([]);
  });
});

describe('a table that drizzle-kit rebuilds', () => {
  it('is refused as it is generated: its children go by cascade, and its ids begin again', async () => {
    const lost = await lostBy(generatedRebuild('users'));
    for (const { table } of referringTo('users'))
      expect(lost).toContainEqual(expect.stringMatching(RegExp(`^9990_next: \\d+ of \\d+ rows of ${table} are gone$`)));
    expect(lost).toHaveLength(referringTo('users').length + triggersOn('users').length + 1);
    expect(lost).toContain('9990_next: users forgets which ids it has given, and gives those of erased rows again');
    expect(await lostBy(generatedRebuild('audit_events'))).toEqual(
      lines(
        'audit_events forgets which ids it has given, and gives those of erased rows again',
        'the trigger audit_events_unchanged on audit_events is gone',
        'the trigger audit_events_kept on audit_events is gone',
      ),
    );
  });

  it('is refused where a column that is new is read from the old table: D1 takes its name for a text', async () => {
    expect(await lostBy(generatedRebuild('outbox', 'colour'))).toContain(
      '9990_next: the new column outbox.colour holds its own name in each row: it is read from the old table, which has none',
    );
  });

  it.each(['users', 'outbox', 'audit_events'])('keeps everything as CONTRIBUTING.md shows it: %s', async (table) => {
    expect(await lostBy(rebuildAsShown(table))).toEqual([]);
  });

  it('is refused where one of the tables that refer to it was left out', async () => {
    const [left] = referringTo('users');
    const forgotten = rebuildAsShown('users').replaceAll(RegExp(`^UPDATE \`${left?.table}\`.*\n`, 'gm'), '');
    expect(await lostBy(forgotten)).toEqual([
      expect.stringMatching(RegExp(`^9990_next: \\d+ of \\d+ rows of ${left?.table} are gone$`)),
    ]);
  });
});

describe('npm run check:migrations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-losses-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('accepts what is there, and refuses a rebuild as it is generated', async () => {
    newCheckout(folder);
    const check = () => promisify(execFile)(process.execPath, ['src/tools/check/migrations.ts'], { cwd: folder });
    expect((await check()).stderr).toBe('');
    landRebuild(folder, generatedRebuild('users'));
    const refused = await check().catch((error: { code: number; stderr: string }) => error);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(
      /^On a database with rows in it these migrations lose or break something\. CONTRIBUTING\.md shows/,
    );
    expect(refused.stderr).toMatch(/^0099_rebuilt: (\d+) of \1 rows of sessions are gone$/m);
  });

  it('asks of each migration since the first deployment', () => {
    expect(firstDeployed(landed)).toEqual(['0000_init', '0001_audit_append_only', '0002_unsent_mails']);
  });
});
