import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { NO_PASSWORD, verifyPassword } from '../../src/accounts/passwords/password.ts';
import { linkKeys, type OneTimePurpose, oneTimeTokenText } from '../../src/accounts/tokens/one-time-token.ts';
import { adminOf } from '../admin-client.ts';
import { type Account, call, login, mailToken, newAccount, PASSWORD, rows, signUp } from '../client.ts';
import { DAY } from '../clock.ts';
import { clear, type Rows, readRows } from '../model/storage.ts';
import { picture } from '../picture.ts';
import { type NewService, newService } from '../service.ts';
import { SoftPasskey } from '../soft-factors.ts';
import {
  begunApp,
  begunPasskey,
  passkeyDemand,
  storeApp,
  storedDemand,
  storePasskey,
  storeRecoveryCodes,
} from '../stored-factors.ts';

// Who is there when a race begins, and how that is set back for the next one.

/** The states in which the account is that everybody acts on. */
export type State = 'in use' | 'an administrator' | 'suspended' | 'deleted' | 'due' | 'unverified' | 'with factors';

export type Scene = {
  /** The one whose account it is; signed in twice, with a picture, where the state allows it. */
  user: Account & { otherSession: string };
  administrator: Account;
  service: NewService;
  /** The second factors of the account, and what a sign-in that has begun, or one that is to be added, needs. */
  factors: {
    app: { id: string; secret: string };
    passkey: SoftPasskey;
    codes: string[];
    demand: { challenge: string; cookie: string };
    passkeyDemand: { id: string; challenge: string; cookie: string };
    begunApp: { setup: string; secret: string };
    begunPasskey: { challenge: string; passkey: object };
  };
  links: { verify: string; reset: string; confirm: string; undo: string; undoDone: string };
  now: number;
};

const ME = '/api/v1/users/me';

export const upload = (bindings: Partial<Env>, token: string) => {
  const body = new FormData();
  body.set('avatar', new File([picture('columns.png')], 'a.png'));
  return call('PATCH', ME, { token, body, env: bindings });
};

const newUser = async (): Promise<Scene['user']> => {
  const user = await newAccount({ full_name: 'Ada Lovelace' });
  await upload({}, user.token);
  await login(user.email);
  const { body } = await call('GET', `${ME}/sessions`, { token: user.token });
  const other = body.sessions.find(({ current }: { current: boolean }) => !current);
  return { ...user, otherSession: other.id };
};

const script = (method: 'deactivateUser', user: number) => adminOf()[method]({ as: 'operator', user });

/** Brings the account into its state, in which it then stays as it was. */
const BECOMES: Record<State, (user: Scene['user']) => Promise<unknown>> = {
  'in use': async () => undefined,
  'an administrator': ({ id }) => rows("UPDATE users SET role = 'admin' WHERE id = ?", id),
  suspended: ({ id }) => script('deactivateUser', id),
  deleted: ({ token }) => call('DELETE', ME, { token }),
  due: async ({ id, token }) => {
    await call('DELETE', ME, { token });
    await rows('UPDATE users SET deleted_at = deleted_at - ? WHERE id = ?', 31 * DAY, id);
  },
  unverified: async () => undefined,
  'with factors': async () => undefined,
};

/** What the account has of second factors in the state that has some; what is begun is so in each. */
const factorsOf = async (user: Account, state: State): Promise<Scene['factors']> => {
  const has = state === 'with factors';
  const [id, none] = [user.id, { id: '', secret: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }];
  const { passkey } = has ? await storePasskey(id) : { passkey: new SoftPasskey('') };
  return {
    app: has ? await storeApp(id) : none,
    passkey,
    codes: has ? await storeRecoveryCodes(id) : ['AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'],
    demand: await storedDemand(id),
    passkeyDemand: passkeyDemand(),
    begunApp: begunApp(user),
    begunPasskey: begunPasskey(user),
  };
};

const ofUnverified = async (user: Scene['user']): Promise<Scene['user']> => {
  const email = `new-${crypto.randomUUID().slice(0, 8)}@example.com`;
  await signUp(email);
  const [row] = await rows<{ id: number }>('SELECT id FROM users WHERE email = ?', email);
  return { ...user, id: row?.id ?? 0, email };
};

export const NEXT_ADDRESS = 'next@example.com';

/** The links of an account that has moved to its address, and has asked for the next one. */
const addressLinks = async ({ id, email }: Account, now: number): Promise<Omit<Scene['links'], 'verify' | 'reset'>> => {
  const expiresAt = now + DAY;
  for (const [change, next, former, confirmedAt] of [
    ['confirmed-change-22-ch', email, 'former@example.com', now],
    ['waiting-change-of-22ch', NEXT_ADDRESS, email, null],
  ])
    await rows(
      'INSERT INTO email_changes (id, user_id, email, former_email, requested_at, confirmed_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[change, id, next, former, confirmedAt ? now - 1 : now, confirmedAt, expiresAt],
    );
  const link = (purpose: OneTimePurpose, change: string) =>
    oneTimeTokenText(linkKeys(env), purpose, { id: change, userId: id, expiresAt: new Date(expiresAt) });
  return {
    confirm: link('confirm-email', 'waiting-change-of-22ch'),
    undo: link('undo-email', 'waiting-change-of-22ch'),
    undoDone: link('undo-email', 'confirmed-change-22-ch'),
  };
};

/** The account in its state, beside an administrator and a service. The clock stands still from here on. */
export const newScene = async (state: State): Promise<Scene> => {
  vi.useRealTimers();
  await clear();
  const now = Math.ceil(Date.now() / 1000) * 1000;
  vi.useFakeTimers({ toFake: ['Date'], now });
  const administrator = await newAccount();
  await rows("UPDATE users SET role = 'admin' WHERE id = ?", administrator.id);
  const service = await newService();
  const user = state === 'unverified' ? await ofUnverified(await newUser()) : await newUser();
  await call('POST', '/api/v1/room-participations', {
    ...{ token: service.token, json: { user_id: user.id, room_id: 'kitchen' } },
  });
  if (state !== 'unverified') await call('POST', '/api/v1/auth/forgot-password', { json: { email: user.email } });
  const links = {
    verify: state === 'unverified' ? await mailToken(user.email, 'verify-email') : '',
    reset: state === 'unverified' ? '' : await mailToken(user.email, 'reset-password'),
    ...(await addressLinks(user, now)),
  };
  const factors = await factorsOf(user, state);
  await BECOMES[state](user);
  return { user, administrator, service, factors, links, now };
};

// Written by the database itself, or of no meaning here.
const NOT_SET_BACK = ['user_terms', 'd1_migrations'];

export type Snapshot = { tables: Rows; pictures: [string, ArrayBuffer][] };

const storedPictures = async (): Promise<string[]> => (await env.AVATARS.list()).objects.map(({ key }) => key);

export const takeSnapshot = async (): Promise<Snapshot> => {
  const tables: Rows = { ...(await readRows()), sqlite_sequence: await rows('SELECT * FROM sqlite_sequence') };
  for (const name of NOT_SET_BACK) delete tables[name];
  const pictures = (await storedPictures()).map(async (key): Promise<[string, ArrayBuffer]> => {
    const object = await env.AVATARS.get(key);
    return [key, (await object?.arrayBuffer()) ?? new ArrayBuffer(0)];
  });
  return { tables, pictures: await Promise.all(pictures) };
};

/** Where every sequence stood. */
export const sequencesOf = ({ tables }: Snapshot): Record<string, number> =>
  Object.fromEntries((tables['sqlite_sequence'] ?? []).map(({ name, seq }) => [name, seq]));

const insertion = (table: string, given: Record<string, unknown>[]): D1PreparedStatement => {
  const columns = Object.keys(given[0] ?? {});
  const values = columns.map((column) => `value ->> '${column}'`);
  return env.DB.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM json_each(?)`,
  ).bind(JSON.stringify(given));
};

/** Sets everything back to what it was. */
export const setBack = async ({ tables, pictures }: Snapshot, { now }: Scene): Promise<void> => {
  vi.setSystemTime(now);
  const filled = Object.entries(tables).filter(([, given]) => given.length > 0);
  await env.DB.batch([
    env.DB.prepare('PRAGMA defer_foreign_keys = on'),
    ...Object.keys(tables).map((name) => env.DB.prepare(`DELETE FROM ${name}`)),
    ...filled.map(([name, given]) => insertion(name, given)),
    // Ids are given again, so that they are the same each time.
    env.DB.prepare('DELETE FROM sqlite_sequence'),
    insertion('sqlite_sequence', tables['sqlite_sequence'] ?? []),
  ]);
  const there = await storedPictures();
  const known = pictures.map(([key]) => key);
  const extra = there.filter((key) => !known.includes(key));
  if (extra.length > 0) await env.AVATARS.delete(extra);
  await Promise.all(
    pictures.filter(([key]) => !there.includes(key)).map(([key, bytes]) => env.AVATARS.put(key, bytes)),
  );
};

export const PASSWORDS = [PASSWORD, 'another battery staple', 'a third battery staple'];

const hashes = new Map<string, string>();

const passwordOf = async (hash: string): Promise<string> => {
  if (hash === NO_PASSWORD) return 'none';
  for (const password of hashes.has(hash) ? [] : PASSWORDS)
    if (await verifyPassword(password, hash)) hashes.set(hash, password);
  return hashes.get(hash) ?? hash;
};

// Ids of rows by their order, random ids, and when a row is looked at next: none of that is the same twice.
const LEFT_OUT: Record<string, string[]> = {
  users: ['last_act'],
  outbox: ['id', 'due_at'],
  events: ['seq'],
  audit_events: ['id', 'request_id'],
  room_participations: ['id'],
  mail_requests: ['id'],
  // Made anew each time: of codes a hash, of an app a secret under a random nonce.
  recovery_codes: ['hash'],
  authenticators: ['secret'],
};

// Rows whose order says what happened when.
const IN_ORDER = ['outbox', 'events', 'audit_events'];

type Row = Record<string, unknown>;

const withoutIds = (table: string, row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !(LEFT_OUT[table] ?? []).includes(column)));

/** The place of an event among those there are, instead of its number. */
const withPlaces = (tables: Record<string, Row[]>): Record<string, Row[]> => {
  const seqs = (tables['events'] ?? []).map(({ seq }) => seq);
  const placed = (rows: Row[] = []) => rows.map((row) => ({ ...row, event_seq: seqs.indexOf(row['event_seq']) }));
  return { ...tables, erasures: placed(tables['erasures']), receipts: placed(tables['receipts']) };
};

/** A counter that has counted nothing says what none says. */
const isEmptyCounter = (table: string, row: Row): boolean =>
  table === 'login_attempts' && row['failures'] === 0 && row['under_way'] === 0 && row['locked_until'] === null;

const sortedIds = (text: string): string =>
  text.replace(/\[\\"(?:[\w-]{22}|\*)\\"(?:,\\"(?:[\w-]{22}|\*)\\")+\]/g, (ids) =>
    JSON.stringify(JSON.stringify(JSON.parse(JSON.parse(`"${ids}"`)).toSorted())).slice(1, -1),
  );

/** Everything there is, as one text that is the same for the same state; a random id that was not there before is a star. */
const normalForm = async (stored: Rows, known: string): Promise<string> => {
  const tables = withPlaces(stored);
  for (const row of tables['users'] ?? []) row['password_hash'] = await passwordOf(String(row['password_hash']));
  // Which records an act tells the bucket of at once, and which the scheduled run, is a matter of what else waits.
  const { record_outbox: _, ...compared } = tables;
  const lines = Object.entries(compared).map(([table, found]) => {
    const texts = found
      .filter((row) => !isEmptyCounter(table, row))
      .map((row) => JSON.stringify(withoutIds(table, row)))
      .map((text) => sortedIds(text.replace(/[\w-]{22}/g, (id) => (known.includes(id) ? id : '*'))));
    return `${table}\n${(IN_ORDER.includes(table) ? texts : texts.toSorted()).join('\n')}`;
  });
  return lines.join('\n');
};

/** How it all ends: everything stored, and how many pictures no row names, or are not where a row names them. */
export const outcomeOf = async (snapshot: Snapshot): Promise<string> => {
  const [tables, pictures] = await Promise.all([readRows(), storedPictures()]);
  const named = (tables['users'] ?? []).flatMap(({ avatar_key }) => avatar_key ?? []);
  const astray = [...pictures.filter((key) => !named.includes(key)), ...named.filter((key) => !pictures.includes(key))];
  return `${await normalForm(tables, JSON.stringify(snapshot))}\npictures astray: ${astray.length}`;
};
