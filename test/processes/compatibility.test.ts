import { describe, expect, it } from 'vitest';
import {
  incompatibilities,
  incompatibleSteps,
  type Migration,
  readMigrations,
} from '../../src/tools/migrations/compatibility.ts';

// Migrations as they lie in the repository, and behind them one that nobody has landed, applied by a real SQLite.

const landed = readMigrations();
const newest = landed.at(-1) as Migration;

/** A migration that changes the database; what drizzle knows after it is the same, unless told otherwise. */
const next = (sql: string, forget?: (snapshot: Migration['snapshot']) => void): Migration => {
  const snapshot = structuredClone(newest.snapshot);
  forget?.(snapshot);
  return { name: '9999_next', sql, snapshot };
};

const reasons = (sql: string): string[] => incompatibilities([...landed, next(sql)], newest.name);

describe('a migration that the code before it', () => {
  it.each([
    ['a table of its own', 'CREATE TABLE notes (id integer PRIMARY KEY, user_id integer NOT NULL)'],
    ['a column that may be empty', 'ALTER TABLE users ADD COLUMN nickname text'],
    ['a column with a default', "ALTER TABLE users ADD COLUMN theme text NOT NULL DEFAULT 'light'"],
    ['an index', 'CREATE INDEX users_role ON users (role)'],
    [
      'a unique index on a table that is new',
      'CREATE TABLE notes (id integer); CREATE UNIQUE INDEX notes_id ON notes (id)',
    ],
  ])('does not notice passes: %s', (_, sql) => {
    expect(reasons(sql)).toEqual([]);
  });

  it.each([
    ['reads from is refused: a table', 'DROP TABLE room_participations', ['the table room_participations is gone']],
    [
      'reads from is refused: a column',
      'ALTER TABLE users DROP COLUMN deactivation_reason',
      ['the column users.deactivation_reason is gone'],
    ],
    [
      'reads from is refused: a column that is renamed',
      'ALTER TABLE users RENAME COLUMN full_name TO name',
      ['the column users.full_name is gone'],
    ],
    ['names is refused: an index', 'DROP INDEX users_active', ['the index users_active is gone']],
    [
      'cannot fill is refused',
      'CREATE TABLE kept AS SELECT * FROM reset_tokens; DROP TABLE reset_tokens; CREATE TABLE reset_tokens (id text PRIMARY KEY, user_id integer NOT NULL, expires_at integer NOT NULL, purpose text NOT NULL); CREATE UNIQUE INDEX reset_tokens_user_id ON reset_tokens (user_id); CREATE INDEX reset_tokens_expires_at ON reset_tokens (expires_at)',
      ['the new column reset_tokens.purpose needs a value'],
    ],
    [
      'may run into is refused: a unique index',
      'CREATE UNIQUE INDEX sessions_user ON sessions (user_id)',
      ['the new unique index sessions_user on sessions'],
    ],
    [
      'may run into is refused: a trigger',
      "CREATE TRIGGER no_reset BEFORE INSERT ON reset_tokens BEGIN SELECT RAISE(ABORT, 'no'); END",
      ['the new trigger no_reset on reset_tokens'],
    ],
  ])('%s', (_, sql, expected) => {
    expect(reasons(sql)).toEqual(expected.map((reason) => `9999_next: ${reason}`));
  });

  it('may run into passes when the migration itself says why it does not', () => {
    const excuse = '-- The code before lives with this: it writes one session a user.\n';
    expect(reasons(`${excuse}CREATE UNIQUE INDEX sessions_user ON sessions (user_id)`)).toEqual([]);
    // What is gone no reason brings back.
    expect(reasons(`${excuse}DROP INDEX users_active`)).toHaveLength(1);
  });
});

describe('a column', () => {
  const forgotten = next('SELECT 1', (snapshot) => delete snapshot.tables['users']?.columns['deactivation_reason']);
  const removed = {
    name: '9999_removed',
    sql: 'ALTER TABLE users DROP COLUMN deactivation_reason',
    snapshot: forgotten.snapshot,
  };
  const both = [...landed, forgotten, removed];

  it('goes in two releases: the code forgets it, and then the database', () => {
    expect(incompatibilities(both.slice(0, -1), newest.name)).toEqual([]);
    expect(incompatibilities(both, forgotten.name)).toEqual([]);
  });

  it('does not go when both releases are deployed at once', () => {
    expect(incompatibilities(both, newest.name)).toEqual([
      '9999_removed: the column users.deactivation_reason is gone',
    ]);
  });
});

describe('the migrations of the repository', () => {
  it('go a step at a time that the code before each lives with', () => {
    expect(incompatibleSteps(landed)).toEqual([]);
    expect(incompatibleSteps([...landed, next('DROP INDEX users_active')])).toEqual([
      '9999_next: the index users_active is gone',
    ]);
  });

  it('hurt no code where none runs yet', () => {
    expect(incompatibilities([...landed, next('DROP INDEX users_active')], undefined)).toEqual([]);
  });
});
