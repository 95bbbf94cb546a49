import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type RecordKind, recordKey } from '../../../src/accounts/acts/record.ts';
import type { MailKind } from '../../../src/outbox/kind.ts';

// What is on the disk when every process is dead. The local D1, R2 and KV are SQLite files with a write-ahead log; they are
// looked at in a copy, so that whoever is started next finds them as they were left.

const HOUR_MS = 3_600_000;

const filesOf = (state: string, kind: string): string[] => {
  const [folder] = existsSync(join(state, 'v3', kind)) ? readdirSync(join(state, 'v3', kind)).filter(isOfObjects) : [];
  if (!folder) return [];
  const names = readdirSync(join(state, 'v3', kind, folder));
  return names.filter(isOfData).map((name) => join(state, 'v3', kind, folder, name));
};
const isOfObjects = (name: string): boolean => name.startsWith('miniflare-');
const isOfData = (name: string): boolean => name.endsWith('.sqlite') && name !== 'metadata.sqlite';

/** Does something with a copy of a database that nobody has open. */
const withCopyOf = <Result>(file: string, work: (database: DatabaseSync) => Result): Result => {
  const folder = mkdtempSync(join(tmpdir(), 'remains-'));
  for (const end of ['', '-wal', '-shm']) if (existsSync(file + end)) cpSync(file + end, join(folder, `copy${end}`));
  const database = new DatabaseSync(join(folder, 'copy'));
  try {
    return work(database);
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
};

const keysIn = (state: string, kind: string, table: string): Set<string> => {
  const keys = filesOf(state, kind).map((file) =>
    withCopyOf(file, (database) => database.prepare(`SELECT key FROM ${table}`).all() as { key: string }[]),
  );
  return new Set(keys.flat().map(({ key }) => key));
};

/**
 * Lets an hour pass for mails and pushes, while nobody is there: every lease is one that its holder has left behind. What
 * their tries wait for has come, too.
 */
export const anHourPasses = (state: string): void => {
  for (const file of filesOf(state, 'd1')) {
    const database = new DatabaseSync(file);
    for (const table of ['outbox', 'services'])
      database.exec(`UPDATE ${table} SET due_at = due_at - ${HOUR_MS}, leased_until = leased_until - ${HOUR_MS}`);
    database.close();
  }
};

export type UserRow = {
  id: number;
  email: string;
  full_name: string | null;
  avatar_key: string | null;
  is_active: number;
  is_verified: number;
  deactivated_at: number | null;
  deleted_at: number | null;
};
export type EventRow = { seq: number; type: string; user_id: number; data: string };
type OutboxRow = { id: number; user_id: number | null; email: string | null; kind: MailKind; created_at: number };
type RecordRow = { kind: RecordKind; user_id: number; user_created_at: number; at: number };

/** What is there of some people: `ids` and addresses; of everybody where none are given. */
const readDatabase = (database: DatabaseSync, about?: { ids: number[]; emails: string[] }) => {
  const all = <Row>(sql: string, list?: (number | string)[]): Row[] =>
    database.prepare(sql).all(...(list ? [JSON.stringify(list)] : [])) as Row[];
  const within = (column: string): string => (about ? `${column} IN (SELECT value FROM json_each(?))` : 'true');
  const users = all<UserRow>(`SELECT * FROM users WHERE ${within('email')}`, about?.emails);
  const ids = about && [...about.ids, ...users.map(({ id }) => id)];
  const of = <Row>(columns: string, table: string, column: string, order: string): Row[] =>
    all<Row>(`SELECT ${columns} FROM ${table} WHERE ${within(column)} ORDER BY ${order}`, ids);
  return {
    users,
    sessions: of<{ id: string; user_id: number }>('id, user_id', 'sessions', 'user_id', 'id'),
    links: of<{ user_id: number }>('user_id', 'verification_tokens', 'user_id', 'id'),
    events: of<EventRow>('*', 'events', 'user_id', 'seq'),
    audit: of<{ subject_id: number; action: string }>('subject_id, action', 'audit_events', 'subject_id', 'id'),
    erasures: of<{ user_id: number }>('user_id', 'erasures', 'user_id', 'user_id'),
    outbox: all<OutboxRow>('SELECT id, user_id, email, kind, created_at FROM outbox ORDER BY id'),
    records: all<RecordRow>('SELECT * FROM record_outbox').map((row) =>
      recordKey({ kind: row.kind, userId: row.user_id, userCreatedAt: row.user_created_at, at: row.at }),
    ),
    blacklist: all<{ entry: string }>('SELECT entry FROM blacklist_outbox').map(({ entry }) => entry),
    services: all<{ id: string; seq: number; lease: string | null }>('SELECT id, seq, lease FROM services'),
  };
};

/** Everything that is left of a copy: its database, the keys of both buckets, and those of the blacklist. */
export const remainsOf = (state: string, about?: { ids: number[]; emails: string[] }) => {
  const [file] = filesOf(state, 'd1');
  if (!file) throw new Error('There is no database.');
  const objects = keysIn(state, 'r2', '_mf_objects');
  return {
    ...withCopyOf(file, (database) => readDatabase(database, about)),
    pictures: new Set([...objects].filter((key) => key.endsWith('.webp'))),
    recorded: new Set([...objects].filter((key) => key.includes('/') && !key.endsWith('.webp'))),
    blacklisted: keysIn(state, 'kv', '_mf_entries'),
  };
};

export type Remains = ReturnType<typeof remainsOf>;
