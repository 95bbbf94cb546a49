import { env } from 'cloudflare:workers';
import { database } from '../drizzle/client.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';
import { deactivateUser } from '../src/accounts/administration/deactivation.ts';
import { demoteUser } from '../src/accounts/administration/role.ts';
import { softDeleteUser } from '../src/accounts/erasure/deletion.ts';
import { eraseUser } from '../src/accounts/erasure/erasure.ts';
import { hashPassword } from '../src/accounts/passwords/password.ts';
import { removeService } from '../src/accounts/services/service.ts';
import { endSessionsOfUser, refreshTokenText } from '../src/accounts/sessions/session.ts';
import { signAccessToken } from '../src/accounts/tokens/access-token.ts';
import { linkKeys, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { randomId, tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import { signingSlots, tokenNames } from '../src/api/http/authenticate.ts';
import { REFRESH_COOKIE } from '../src/api/http/cookies.ts';
import type { CallerKind } from '../src/api/openapi/access.ts';
import { callerOf, PASSWORD, rows } from './client.ts';
import { forgedToken } from './forged-token.ts';
import { actingOn, type NewService, newService } from './service.ts';

/** Somebody, and what their session has given them. */
export type Person = { id: number; email: string; token: string; refreshToken: string };

/** What a request shows of who sends it. */
export type Shown = { token?: string; cookie?: string };

/** A caller of some kind: whose account and whose service what is asked for belongs to, and what is shown. */
export type Caller = { person: Person; service: () => Promise<NewService>; shows: Shown };

export const SCRIPT: Actor = { origin: 'script', name: 'test', requestId: 'test' };

const db = () => database(env.DB);
let passwordHash: string | undefined;

const insertSession = (sessionId: string, of: { where: 'id' | 'email'; value: number | string }) => {
  const now = Date.now();
  return env.DB.prepare(
    `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at, proved_at)
     SELECT ?, id, ?, ?, ?, ?, ? FROM users WHERE ${of.where} = ? RETURNING user_id AS id`,
  ).bind(sessionId, now, now, now, now + 600_000, now, of.value);
};

/** A living session of a user that was just opened, written by SQL; none where there is no such user. Answers its id. */
export const newSession = async (userId: number): Promise<string> => {
  const sessionId = randomId();
  await insertSession(sessionId, { where: 'id', value: userId }).run();
  return sessionId;
};

/** Somebody in use who is signed in. */
export const newPerson = async (role: 'user' | 'admin' = 'user'): Promise<Person> => {
  const [email, sessionId] = [`${randomId().toLowerCase()}@example.com`, randomId()];
  passwordHash ??= await hashPassword(PASSWORD);
  const insertUser = env.DB.prepare(
    `INSERT INTO users (email, password_hash, role, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES (?, ?, ?, 1, 0, 0, 0)`,
  ).bind(email, passwordHash, role);
  const [, session] = await env.DB.batch<{ id: number }>([
    insertUser,
    insertSession(sessionId, { where: 'email', value: email }),
  ]);
  const userId = session?.results[0]?.id ?? 0;
  const token = await signAccessToken(signingSlots(env), tokenNames(env), { id: sessionId, userId });
  return {
    id: userId,
    email,
    token,
    refreshToken: refreshTokenText(tokenKeys(env), { userId, sessionId, counter: 0 }),
  };
};

const FORGOTTEN = [
  'users',
  'services',
  'events',
  'erasures',
  'receipts',
  'record_outbox',
  'blacklist_outbox',
  'used_challenges',
];

/** Begins anew with one administrator, so that nobody else is the last: what is looked at as a whole stays small. */
export const forgetEverybody = async (): Promise<void> => {
  const deletes = [...FORGOTTEN, 'audit_events', 'mail_requests', 'outbox'].map((table) => `DELETE FROM ${table}`);
  const statements = ['DROP TRIGGER IF EXISTS audit_events_kept', ...deletes];
  await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
  const { objects } = await env.AVATARS.list();
  if (objects.length > 0) await env.AVATARS.delete(objects.map(({ key }) => key));
  await newPerson('admin');
};

const deletes = (person: Person) => {
  const by = callerOf(person);
  const token = { sessionId: by.sessionId, jti: randomId(), expiresAt: new Date() };
  return softDeleteUser(db(), { token, grace: 1000 }, by);
};

const expires = async (person: Person): Promise<void> => {
  await rows('UPDATE sessions SET expires_at = ? WHERE user_id = ?', Date.now() - 1, person.id);
};

/** What makes another kind of caller of one whose session lives: acts that were answered, and time. */
export const BECOMES = {
  deactivated: ({ id }) => deactivateUser(db(), id, { reason: null }, SCRIPT),
  deleted: deletes,
  erased: ({ id }) => eraseUser(db(), id, { force: true }, SCRIPT),
  revoked: ({ id }) => endSessionsOfUser(db(), id, {}, SCRIPT),
  demoted: ({ id }) => demoteUser(db(), id, {}, SCRIPT),
} satisfies Partial<Record<CallerKind, (person: Person) => Promise<unknown>>>;

const inSeconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow;
const cookieOf = (refreshToken: string): string => `${REFRESH_COOKIE}=${refreshToken}`;
const session = ({ token, refreshToken }: Person): Shown => ({ token, cookie: cookieOf(refreshToken) });

const linkOf = ({ id }: Person): string =>
  oneTimeTokenText(linkKeys(env), 'verify-email', {
    id: randomId(),
    userId: id,
    expiresAt: new Date(Date.now() + 1e6),
  });

/** Somebody in use who shows something, and whose what is asked for is; and a service of which the same is so. */
const somebody = async (
  shows: (person: Person) => Shown | Promise<Shown>,
  before: (person: Person) => Promise<unknown> = async () => undefined,
  role: 'user' | 'admin' = 'user',
): Promise<Caller> => {
  const person = await newPerson(role);
  await before(person);
  return { person, service: newService, shows: await shows(person) };
};

const neverVerified = async ({ id }: Person): Promise<void> => {
  await rows('DELETE FROM sessions WHERE user_id = ?', id);
  await rows('UPDATE users SET is_verified = 0 WHERE id = ?', id);
};

const aService = async (shown: (service: NewService) => NewService | Promise<NewService>): Promise<Caller> => {
  const service = await newService();
  return { person: await newPerson(), service: async () => service, shows: { token: (await shown(service)).token } };
};

const removed = async (service: NewService): Promise<NewService> => {
  await removeService(actingOn(service.name));
  return service;
};

/** Makes a caller of each kind. */
export const newCaller: Readonly<Record<CallerKind, () => Promise<Caller>>> = {
  nobody: () => somebody(() => ({})),
  unverified: () => somebody((person) => ({ token: linkOf(person) }), neverVerified),
  user: () => somebody(session),
  'another user': async () => somebody(async () => session(await newPerson())),
  administrator: () => somebody(session, undefined, 'admin'),
  demoted: () => somebody(session, BECOMES.demoted, 'admin'),
  deactivated: () => somebody(session, BECOMES.deactivated),
  deleted: () => somebody(session, BECOMES.deleted),
  erased: () => somebody(session, BECOMES.erased),
  expired: () =>
    somebody(async (person) => {
      const claims = { iat: inSeconds(-901), exp: inSeconds(-1) };
      return { ...session(person), token: await forgedToken(person.token, { claims }) };
    }, expires),
  revoked: () => somebody(session, BECOMES.revoked),
  'refresh token as bearer': () => somebody(({ refreshToken }) => ({ token: refreshToken })),
  'access token as cookie': () => somebody(({ token }) => ({ cookie: cookieOf(token) })),
  service: () => aService((own) => own),
  // It hears of other things.
  'another service': () => aService(() => newService({ types: ['user.updated'] })),
  'removed service': () => aService(removed),
};
