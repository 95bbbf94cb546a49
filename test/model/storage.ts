import { env } from 'cloudflare:workers';
import { type RecordKind, recordKey } from '../../src/accounts/acts/record.ts';
import { NO_PASSWORD, verifyPassword } from '../../src/accounts/passwords/password.ts';
import { hashAddress, tokenKeys } from '../../src/accounts/tokens/signed-token.ts';
import { everyRow } from '../client.ts';
import type { Factor, Purpose, Recorded, World } from './accounts.ts';

// What lies in the database and the buckets, in the words of the model.

/** The world as it is stored; the clock and what is out of order stand nowhere. */
export type Stored = Omit<World, 'now' | 'broken'> & {
  /** The ids of the rows of the outbox, in its order. */
  outbox: number[];
};

/** The addresses and the passwords that there are in a run of the model. */
export type Words = { emails: readonly string[]; passwords: readonly string[] };

const known = new Map<string, string>();

/** Which of the passwords a hash is of; null is none. */
const passwordOf = async (hash: string, passwords: readonly string[]): Promise<string | null> => {
  if (hash === NO_PASSWORD) return null;
  for (const password of known.has(hash) ? [] : passwords) {
    if (await verifyPassword(password, hash)) known.set(hash, password);
  }
  return known.get(hash) ?? hash;
};

export type Rows = Record<string, Record<string, any>[]>;

// Beside what the model has: what is made of other rows alone, or says how far somebody has come.
const NOT_LOOKED_AT = ['user_terms', 'd1_migrations'];
const LOOKED_AT = [
  ...['users', 'sessions', 'verification_tokens', 'reset_tokens', 'email_changes', 'outbox'],
  ...['passkeys', 'authenticators', 'recovery_codes', 'used_challenges'],
  ...['mail_requests', 'login_attempts'],
  ...['room_participations', 'events', 'event_horizon', 'audit_events', 'erasures', 'services', 'receipts'],
  ...['blacklist_outbox', 'record_outbox'],
];

const linksOf = (rows: Rows, table: string, purpose: Purpose) =>
  (rows[table] ?? []).map(({ id, user_id, expires_at }) => ({ purpose, id, user: user_id, expiresAt: expires_at }));

const factorsOf = (rows: Rows, table: string, kind: Factor['kind']): Factor[] =>
  (rows[table] ?? []).map((row) => ({
    ...{ id: row['id'], kind, user: row['user_id'], name: row['name'], createdAt: row['created_at'] },
    ...{ lastUsedAt: row['last_used_at'], lastStep: row['last_step'] ?? null },
  }));

const accountsOf = (rows: Rows, passwords: readonly string[]) =>
  Promise.all(
    (rows['users'] ?? []).map(async (row) => ({
      ...{ id: row['id'], email: row['email'], password: await passwordOf(row['password_hash'], passwords) },
      ...{ passwordChangedAt: row['password_changed_at'], emailChangedAt: row['email_changed_at'] },
      ...{ factorsChangedAt: row['factors_changed_at'], lastSignInAt: row['last_sign_in_at'] },
      ...{ fullName: row['full_name'], speaking: row['speaking_language'], listening: row['listening_language'] },
      ...{ role: row['role'], isVerified: row['is_verified'] === 1, picture: row['avatar_key'] },
      ...{ createdAt: row['created_at'], deactivatedAt: row['deactivated_at'], reason: row['deactivation_reason'] },
      ...{ deletedAt: row['deleted_at'], remindedAt: row['reminded_at'] },
    })),
  );

/** What must hold of every row whatever the model says: columns that say the same thing twice agree. */
const flawsOf = (rows: Rows): string[] => [
  ...Object.keys(rows)
    .filter((table) => ![...LOOKED_AT, ...NOT_LOOKED_AT].includes(table))
    .map((table) => `the model knows nothing of ${table}`),
  ...(rows['users'] ?? [])
    .filter((row) => (row['is_active'] === 1) !== (row['deactivated_at'] === null && row['deleted_at'] === null))
    .map(({ id }) => `is_active of ${id}`),
  ...(rows['users'] ?? [])
    .filter((row) => JSON.parse(row['terms']).email !== row['email'])
    .map(({ id }) => `the terms of ${id}`),
];

let tables: string[] = [];

/** Every table there is is asked for by its name, which is looked up once. */
export const readRows = async (): Promise<Rows> => {
  if (tables.length === 0) tables = Object.keys(await everyRow());
  const found = await env.DB.batch<any>(tables.map((name) => env.DB.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`)));
  return Object.fromEntries(tables.map((name, place) => [name, found[place]?.results ?? []]));
};

/** Everything there is. Throws where rows contradict themselves. */
export const readStored = async ({ emails, passwords }: Words): Promise<Stored> => {
  const [rows, { objects }] = await Promise.all([readRows(), env.AVATARS.list()]);
  const flaws = flawsOf(rows);
  if (flaws.length > 0) throw new Error(flaws.join('\n'));
  const hashes = new Map(emails.map((email) => [hashAddress(tokenKeys(env), email), email]));
  const table = (name: string) => rows[name] ?? [];
  return {
    accounts: await accountsOf(rows, passwords),
    sessions: table('sessions').map((row) => ({
      ...{ id: row['id'], user: row['user_id'], counter: row['refresh_counter'], rotatedAt: row['rotated_at'] },
      ...{ createdAt: row['created_at'], lastUsedAt: row['last_used_at'], expiresAt: row['expires_at'] },
      ...{ provedAt: row['proved_at'], secondFactor: row['second_factor'] === 1 },
    })),
    links: [
      ...linksOf(rows, 'verification_tokens', 'verify-email'),
      ...linksOf(rows, 'reset_tokens', 'reset-password'),
    ],
    changes: table('email_changes').map((row) => ({
      ...{ id: row['id'], user: row['user_id'], email: row['email'], former: row['former_email'] },
      ...{ at: row['requested_at'], confirmedAt: row['confirmed_at'], expiresAt: row['expires_at'] },
    })),
    factors: [...factorsOf(rows, 'authenticators', 'authenticator'), ...factorsOf(rows, 'passkeys', 'passkey')],
    codes: table('recovery_codes').map((row) => ({
      ...{ hash: row['hash'], user: row['user_id'], createdAt: row['created_at'] },
    })),
    used: table('used_challenges').map((row) => ({ id: row['id'], expiresAt: row['expires_at'] })),
    mails: table('outbox').map((row) => ({
      ...{ user: row['user_id'], kind: row['kind'], data: JSON.parse(row['data']), email: row['email'] },
      ...{ at: row['created_at'], failedAt: row['failed_at'] },
    })),
    outbox: table('outbox').map(({ id }) => id),
    requests: table('mail_requests').map((row) => ({
      ...{ email: hashes.get(row['address_hash']) ?? '', kind: row['kind'] },
      ...{ at: row['requested_at'], user: row['user_id'] },
    })),
    attempts: table('login_attempts').map((row) => ({
      ...{ email: hashes.get(row['address_hash']) ?? '', device: row['device'], failures: row['failures'] },
      ...{ lockedUntil: row['locked_until'], at: row['attempted_at'], user: row['user_id'] },
    })),
    participations: table('room_participations').map((row) => ({
      ...{ id: row['id'], user: row['user_id'], room: row['room_id'], joinedAt: row['joined_at'] },
      ...{ leftAt: row['left_at'], service: row['service_id'] },
    })),
    events: table('events').map((row) => ({
      ...{ seq: row['seq'], type: row['type'], user: row['user_id'], data: JSON.parse(row['data']), at: row['at'] },
    })),
    horizon: table('event_horizon')[0]?.['seq'] ?? 0,
    audit: table('audit_events').map((row) => ({
      ...{ action: row['action'], subject: row['subject_id'], service: row['service'] },
      ...{ by: row['actor_name'] ?? row['actor_id'], origin: row['origin'] },
    })),
    erasures: table('erasures').map((row) => ({
      ...{ user: row['user_id'], at: row['erased_at'], seq: row['event_seq'] },
      ...{ hasPictures: row['pictures_erased_at'] === null },
    })),
    services: table('services').map((row) => ({
      ...{ id: row['id'], name: row['name'], types: row['types'] && JSON.parse(row['types']) },
      ...{ generation: row['generation'], formerUntil: row['former_until'] },
    })),
    receipts: table('receipts').map((row) => ({
      ...{ seq: row['event_seq'], service: row['service_id'], outcome: row['outcome'] },
    })),
    owed: {
      blacklist: table('blacklist_outbox').map((row) => ({ entry: row['entry'], until: row['expires_at'] })),
      records: table('record_outbox').map((row) => ({
        ...{ kind: row['kind'], user: row['user_id'], at: row['at'] },
        reason: row['data'] === null ? null : (JSON.parse(row['data']).reason ?? null),
      })),
    },
    pictures: objects.map(({ key }) => key),
  };
};

/** What stands outside the database of ended sessions and records. */
export const isBlacklisted = async (entry: string): Promise<boolean> => (await env.REVOKED_TOKENS.get(entry)) !== null;
export const isRecorded = async ({ kind, user, at }: Omit<Recorded, 'reason'>): Promise<boolean> =>
  (await env.RECORDS.head(recordKey({ kind: kind as RecordKind, userId: user, userCreatedAt: 0, at }))) !== null;

const emptied = async (bucket: R2Bucket): Promise<void> => {
  const { objects } = await bucket.list();
  if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
};

/** Takes everything away that a run has left. Ids go on where they were. */
export const clear = async (): Promise<void> => {
  const tables = [...LOOKED_AT, 'user_terms'];
  await env.DB.batch([
    // Only here may what happened be forgotten.
    env.DB.prepare('DROP TRIGGER IF EXISTS audit_events_kept'),
    env.DB.prepare('PRAGMA defer_foreign_keys = on'),
    ...tables.map((name) => env.DB.prepare(`DELETE FROM ${name}`)),
  ]);
  await Promise.all([emptied(env.AVATARS), emptied(env.RECORDS)]);
};
