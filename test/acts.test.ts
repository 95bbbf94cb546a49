import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Database, database } from '../drizzle/client.ts';
import type { Actor, AuditAction } from '../src/accounts/acts/audit.ts';
import type { Caller } from '../src/accounts/acts/caller.ts';
import { everyAddressHash, tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import { AUDIT_ACTIONS } from '../src/api/admin/audit.ts';
import type { EventType } from '../src/outbox/event.ts';
import { ACTS, type Act, type Outcome } from './app-acts.ts';
import { dump, everyColumn, rows } from './client.ts';
import { DAY, MINUTE } from './clock.ts';
import { times } from './depth.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const GRACE = 30 * DAY;
const CREATED_AT = NOW.getTime() - 100 * DAY;

// Who there is in every test: an administrator, who may stand aside, and the user whose account is acted on.
const ADMIN = 1;
const USER = 2;
const NOBODY = 9;
const callerOf = (userId: number): Caller => ({
  origin: 'http',
  userId,
  sessionId: `session-of-${userId}`,
  requestId: 'r-1',
});
const SCRIPT: Actor = { origin: 'script', name: 'operator', requestId: 'r-1' };

type Fields = Record<string, string | number | null>;
// What the private bucket knows of the user, of a day ago.
const KNOWN = {
  ...{ kind: 'erased' as const, userId: USER, userCreatedAt: CREATED_AT, at: NOW.getTime() - DAY },
  ...{ reason: 'Spam.', isTold: false, grace: GRACE },
};
const token = { sessionId: `session-of-${USER}`, jti: 'jti', expiresAt: new Date(NOW.getTime() + 60_000) };
const suspended = { is_active: 0, deactivated_at: NOW.getTime() - 2 * DAY, deactivation_reason: 'Spam.' };
const deletedFor = (days: number): Fields => ({ is_active: 0, deleted_at: NOW.getTime() - days * DAY });

const ADDITION = {
  ...{ id: 'new-factor', name: 'Laptop', codes: ['hash of a code'] },
  challenge: { id: 'challenge', expiresAt: new Date(NOW.getTime() + 60_000), bound: [] },
};
const MADE = {
  ...{ credentialId: 'credential', publicKey: 'key', counter: 0, transports: ['internal'] },
  ...{ backedUp: true, rpId: 'example.com' },
};
// Changes of the user's address: one that waits for its link, and one that can be undone.
const WAITING = {
  ...{ id: `waiting-change-of-${USER}`, email: 'next@example.com', formerEmail: `${USER}@example.com` },
  ...{ requestedAt: new Date(NOW.getTime() - DAY), isConfirmed: false },
};
const CONFIRMED = { ...WAITING, id: `change-of-${USER}`, formerEmail: 'former@example.com', isConfirmed: true };

/** What each act is given, and the state of an account in which it happens. */
const SAID: Record<string, { given: unknown; state?: Fields }> = {
  promoteUser: { given: {} },
  demoteUser: { given: {}, state: { role: 'admin' } },
  deactivateUser: { given: { reason: 'Spam.' } },
  reactivateUser: { given: {}, state: suspended },
  verifyAgain: { given: KNOWN, state: { is_verified: 0 } },
  forgetPassword: { given: KNOWN },
  deactivateAgain: { given: KNOWN },
  reactivateAgain: { given: KNOWN, state: suspended },
  deleteAgain: { given: KNOWN },
  restoreAgain: { given: KNOWN, state: deletedFor(2) },
  promoteAgain: { given: KNOWN },
  demoteAgain: { given: KNOWN, state: { role: 'admin' } },
  suspendFormerAddress: { given: KNOWN },
  noteNewAddress: {
    given: { email: 'next@example.com', from: `${USER}@example.com`, keys: tokenKeys(env) },
  },
  moveAddress: { given: { change: WAITING, keys: tokenKeys(env), requestId: 'r-1' } },
  callOffAddress: { given: { change: WAITING, keys: tokenKeys(env), requestId: 'r-1' } },
  takeAddressBack: { given: { change: CONFIRMED, keys: tokenKeys(env), requestId: 'r-1' } },
  setEmail: { given: { email: 'next@example.com', keys: tokenKeys(env) } },
  endSessionsOfUser: { given: {} },
  unlockUser: { given: {} },
  sendVerification: { given: {}, state: { is_verified: 0 } },
  sendReset: { given: {} },
  softDeleteUser: { given: { token, grace: GRACE } },
  restoreUser: { given: { grace: GRACE }, state: deletedFor(1) },
  eraseSelf: { given: { token } },
  eraseUser: { given: {} },
  eraseDueUser: { given: { grace: GRACE }, state: deletedFor(31) },
  eraseAgain: { given: KNOWN },
  replaceByLink: { given: { linkId: `reset_tokens-of-${USER}`, next: 'next hash' } },
  replaceOwn: { given: { from: 'hash', next: 'next hash' } },
  addAuthenticator: { given: { ...ADDITION, sealed: { secret: 'sealed', keyVersion: 1 }, step: 7 } },
  addPasskey: { given: { ...ADDITION, made: MADE } },
  removeFactor: { given: { id: `passkey-of-${USER}` } },
  replaceRecoveryCodes: { given: { hashes: ['a new hash'] } },
  resetSecondFactor: { given: {} },
  bringFactorsBack: { given: { ...KNOWN, factors: ['gone'], codes: 0, codesMadeAt: null } },
};

/** What the operator's services are told of each. */
const EVENTS_OF: Record<string, EventType[]> = {
  promoteUser: ['user.role_changed'],
  demoteUser: ['user.role_changed'],
  deactivateUser: ['user.deactivated'],
  verifyAgain: ['user.created'],
  deactivateAgain: ['user.deactivated'],
  reactivateUser: ['user.reactivated'],
  reactivateAgain: ['user.reactivated'],
  deleteAgain: ['user.deleted'],
  restoreAgain: ['user.restored'],
  promoteAgain: ['user.role_changed'],
  demoteAgain: ['user.role_changed'],
  suspendFormerAddress: ['user.deactivated'],
  moveAddress: ['user.email_changed'],
  callOffAddress: ['user.signed_out'],
  takeAddressBack: ['user.email_changed'],
  setEmail: ['user.email_changed'],
  endSessionsOfUser: ['user.signed_out'],
  softDeleteUser: ['user.deleted'],
  restoreUser: ['user.restored'],
  eraseSelf: ['user.erased'],
  eraseUser: ['user.erased'],
  eraseDueUser: ['user.erased'],
  eraseAgain: ['user.erased'],
  replaceByLink: ['user.signed_out'],
  replaceOwn: ['user.signed_out'],
  addAuthenticator: ['user.factor_added'],
  addPasskey: ['user.factor_added'],
  removeFactor: ['user.factor_removed'],
  resetSecondFactor: ['user.factor_removed', 'user.factor_removed', 'user.signed_out'],
  bringFactorsBack: ['user.factor_removed', 'user.factor_removed'],
};

const BY_LINK = ['replaceByLink', 'moveAddress', 'callOffAddress', 'takeAddressBack'];

/** Has an act done to the user, by whoever does such a thing. */
const perform = (db: Database, name: string, act: Act): Outcome => {
  const given = SAID[name]?.given;
  if (act.foresees) return act(db, USER, given, SCRIPT, NOW);
  return BY_LINK.includes(name) ? act(db, USER, given, NOW) : act(db, given, callerOf(USER), NOW);
};

const literal = (value: Fields[string]): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

const insert = (table: string, row: Fields): string =>
  `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(literal).join(', ')})`;

/** Somebody with a little of everything that can refer to a user. */
const person = (id: number, fields: Fields): string[] => {
  const email = `${id}@example.com`;
  const [at, later] = [NOW.getTime() - DAY, NOW.getTime() + DAY];
  const [addressHash = ''] = everyAddressHash(tokenKeys(env), email);
  const account = {
    ...{ id, email, password_hash: 'hash', avatar_key: `${id}/picture.webp`, is_verified: 1 },
    ...{ accepted_terms_at: 0, created_at: CREATED_AT, updated_at: 0 },
  };
  const link = { user_id: id, expires_at: later };
  const mail = { user_id: id, kind: 'reset-password', data: '{}', due_at: at, created_at: at };
  const factor = { user_id: id, name: 'Telephone', created_at: at };
  const session = { user_id: id, rotated_at: at, created_at: at, last_used_at: at, expires_at: later };
  const proof = { proved_at: NOW.getTime() - MINUTE };
  const change = { user_id: id, email, requested_at: at, expires_at: later };
  return [
    insert('users', { ...account, ...fields }),
    insert('sessions', { id: `session-of-${id}`, ...session, ...proof }),
    insert('sessions', { id: `other-session-of-${id}`, ...session }),
    insert('reset_tokens', { id: `reset_tokens-of-${id}`, ...link }),
    insert('verification_tokens', { id: `verification_tokens-of-${id}`, ...link }),
    insert('passkeys', {
      ...{ id: `passkey-of-${id}`, ...factor, credential_id: `credential-of-${id}`, public_key: 'key', counter: 0 },
      ...{ transports: '[]', backed_up: 0, rp_id: 'example.com' },
    }),
    insert('authenticators', {
      ...{ id: `authenticator-of-${id}`, ...factor, secret: 'sealed', key_version: 1, last_step: 0 },
    }),
    insert('recovery_codes', { hash: `hash-of-${id}`, user_id: id, created_at: at }),
    insert('email_changes', { id: `waiting-change-of-${id}`, ...change, former_email: email }),
    insert('email_changes', { id: `change-of-${id}`, ...change, former_email: 'former@example.com', confirmed_at: at }),
    insert('outbox', mail),
    insert('outbox', { ...mail, kind: 'email-change', data: JSON.stringify({ token: `waiting-change-of-${id}` }) }),
    insert('mail_requests', {
      ...{ id: `wish-of-${id}`, address_hash: addressHash, kind: 'reset-password', requested_at: at, user_id: id },
    }),
    insert('login_attempts', {
      ...{ address_hash: addressHash, device: '', failures: 5, under_way: 0, attempted_at: at, user_id: id },
      locked_until: later,
    }),
  ];
};

// Those of every table, with the counters of ids.
let columns: { table: string; name: string }[] = [];

beforeAll(async () => {
  const counters = ['name', 'seq'].map((name) => ({ table: 'sqlite_sequence', name }));
  columns = [...(await everyColumn()).filter(({ table }) => table !== 'd1_migrations'), ...counters];
  // Only so that each test begins with an audit in which nothing stands.
  await rows('DROP TRIGGER audit_events_kept');
});

/**
 * The database with these two in it and nothing else; `fields` is the user's state, and undefined: there is none. All in
 * one text, which takes a tenth of the time.
 */
const setUp = async (fields: Fields | undefined, admin: Fields = {}): Promise<void> => {
  const statements = [
    'PRAGMA defer_foreign_keys = on',
    ...new Set(columns.map(({ table }) => `DELETE FROM ${table}`)),
    ...person(ADMIN, { role: 'admin', ...admin }),
    ...(fields ? person(USER, fields) : []),
  ];
  await env.DB.prepare(statements.join(';\n')).run();
};

/** The same, with a star for every id that is 128 random bits: of nobody in these tests it is known before. */
const withoutRandomIds = <Value>(value: Value): Value =>
  JSON.parse(JSON.stringify(value).replace(/(?<=")[\w-]{22}(?=\\?")/g, '*'));

/** Everything that the database holds, by table, but for the random id of the last act and counters that stand at nothing. */
const everything = async (): Promise<Record<string, unknown[]>> => {
  const dumped = Object.entries(await dump(columns));
  const tables = dumped.map(([table, found]) => [
    table,
    found.filter(({ seq }) => seq !== 0).map(({ last_act: _, ...row }) => row),
  ]);
  const starred: Record<string, unknown[]> = withoutRandomIds(Object.fromEntries(tables));
  // Else they stand in the order of the ids.
  const inOrder = (found: unknown[]) => found.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return Object.fromEntries(Object.entries(starred).map(([table, found]) => [table, inOrder(found)]));
};

/** What of it is of somebody. */
const rowsAbout = (id: number, tables: Record<string, unknown[]>): Record<string, unknown[]> =>
  Object.fromEntries(
    Object.entries(tables).map(([table, found]) => {
      const column = table === 'users' ? 'id' : 'user_id';
      return [table, found.filter((row) => (row as Fields)[column] === id)];
    }),
  );

/** What an act has answered, without how long D1 took for the statements that return no rows. */
const rowsOf = (outcome: Awaited<Outcome>): unknown =>
  withoutRandomIds(
    Object.fromEntries(
      Object.entries(outcome).filter(([, returned]) => typeof returned === 'string' || Array.isArray(returned)),
    ),
  );

/** The database, with a statement that changes nothing before and behind each statement of a batch. */
const interleaved = (): { DB: D1Database; puts: () => number } => {
  let put = 0;
  const nothing = () => {
    put += 1;
    return env.DB.prepare('UPDATE users SET id = id WHERE 0');
  };
  const DB = new Proxy(env.DB, {
    get: (target, name) => {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements.flatMap((statement) => [nothing(), statement, nothing()]));
        return results.filter((_, index) => index % 3 === 1);
      };
    },
  });
  return { DB, puts: () => put };
};

describe('the acts that the domain declares', () => {
  it('are those that this file knows', () => {
    expect(Object.keys(ACTS).toSorted()).toEqual(Object.keys(SAID).toSorted());
  });

  it.each(Object.entries(ACTS))('lose nothing of what follows by a statement put between: %s', async (name, act) => {
    await setUp(SAID[name]?.state ?? {});
    const before = await everything();
    const done = await perform(database(env.DB), name, act);
    expect(done.outcome).toBe(act.outcome);
    const after = await everything();
    expect(after).not.toEqual(before);
    // Who stands aside has a row in each table that an act reaches.
    expect(rowsAbout(ADMIN, after)).toEqual(rowsAbout(ADMIN, before));
    // Services are told of each, but for a change that is none of theirs and ends no session.
    const told = await rows<{ type: string }>('SELECT type FROM events');
    expect(told.map(({ type }) => type).toSorted()).toEqual(EVENTS_OF[name]?.toSorted() ?? []);
    const noted = await rows<{ action: AuditAction }>('SELECT action FROM audit_events');
    expect(noted.filter(({ action }) => !AUDIT_ACTIONS.includes(action))).toEqual([]);

    await setUp(SAID[name]?.state ?? {});
    const { DB, puts } = interleaved();
    expect(rowsOf(await perform(database(DB), name, act))).toEqual(rowsOf(done));
    expect(await everything()).toEqual(after);
    expect(puts()).toBeGreaterThan(4);
  });
});

const unforeseen = Object.entries(ACTS).filter(([, act]) => !act.foresees);

describe('an act on the own account', () => {
  it.each(unforeseen)('changes nothing where it is refused: %s', async (name, act) => {
    await setUp(suspended);
    const before = await everything();
    expect((await perform(database(env.DB), name, act)).outcome).not.toBe(act.outcome);
    expect(await everything()).toEqual(before);
  });
});

/** The states that an account can be in; undefined: there is none. */
const STATES: Record<string, Fields | undefined> = {
  'in use': {},
  unverified: { is_verified: 0 },
  suspended,
  'suspended and deleted': { ...suspended, ...deletedFor(1) },
  deleted: deletedFor(1),
  'deleted beyond the grace period': deletedFor(31),
  'an administrator': { role: 'admin' },
  'a suspended administrator': { role: 'admin', ...suspended },
  'with the address that is wanted': { email: 'next@example.com' },
  missing: undefined,
};

/** What else there is: another administrator or none, or somebody who has the address that is wanted. */
const WORLDS: Record<string, Fields> = {
  'beside an administrator': {},
  'with nobody else to administer': { role: 'user' },
  'where the address is taken': { email: 'next@example.com' },
};

const ACTORS: Record<string, Actor> = {
  'a script': SCRIPT,
  'the schedule': { origin: 'schedule', requestId: 'r-1' },
  'an administrator': callerOf(ADMIN),
  'the user': callerOf(USER),
  'an administrator whose session has ended': { ...callerOf(ADMIN), sessionId: 'ended' },
  nobody: callerOf(NOBODY),
};

const befores = new Map<string, Awaited<ReturnType<typeof everything>>>();

/** The database as `setUp` has just made it for a state in a world, which is the same each time: to look takes as long as to act. */
const asSetUp = async (state: string, world: string): Promise<Awaited<ReturnType<typeof everything>>> => {
  const key = `${state}, ${world}`;
  const before = befores.get(key) ?? (await everything());
  befores.set(key, before);
  return before;
};

const foreseeable = Object.entries(ACTS).flatMap(([name, act]) =>
  act.foresees ? [{ name, act, foresees: act.foresees }] : [],
);

describe('an act on a user', () => {
  it.each(foreseeable)(
    'does what was foreseen, which changes nothing, for whatever account and whoever acts: $name',
    async ({ name, act, foresees }) => {
      const given = SAID[name]?.given;
      const outcomes = new Set<string>();
      for (const [state, fields] of Object.entries(STATES)) {
        for (const [world, admin] of Object.entries(WORLDS)) {
          if (admin['email'] !== undefined && admin['email'] === fields?.['email']) continue;
          await setUp(fields, admin);
          const before = await asSetUp(state, world);
          // Who may act is the same in every world: in the others the script and the administrator are enough.
          const actors = Object.entries(ACTORS).slice(0, world === 'beside an administrator' ? undefined : times(3, 6));
          const foreseen: Record<string, string> = {};
          for (const [actor, by] of actors) {
            foreseen[actor] = (await foresees(database(env.DB), USER, given, by, NOW)).outcome;
          }
          // To foresee changes nothing, and nor does an act that is refused.
          const refused = actors.filter(([actor]) => foreseen[actor] !== act.outcome);
          const done = actors.filter(([actor]) => foreseen[actor] === act.outcome);
          for (const [actor, by] of [...refused, ...done]) {
            if (actor === done[0]?.[0]) expect([state, world, await everything()]).toEqual([state, world, before]);
            const { outcome } = await act(database(env.DB), USER, given, by, NOW);
            expect([state, world, actor, outcome]).toEqual([state, world, actor, foreseen[actor]]);
            outcomes.add(outcome);
            if (outcome === act.outcome && actor !== done.at(-1)?.[0]) await setUp(fields, admin);
          }
          if (done.length === 0) expect([state, world, await everything()]).toEqual([state, world, before]);
        }
      }
      expect(outcomes).toContain(act.outcome);
      expect(outcomes.size).toBeGreaterThan(3);
    },
  );
});
