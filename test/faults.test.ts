import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { hashPassword } from '../src/accounts/passwords/password.ts';
import { refreshTokenText } from '../src/accounts/sessions/session.ts';
import { signAccessToken } from '../src/accounts/tokens/access-token.ts';
import { linkKeys, type OneTimePurpose, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { randomId, tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import { Admin } from '../src/api/admin/entrypoint.ts';
import { runSchedule } from '../src/api/cron.ts';
import { signingSlots, tokenNames } from '../src/api/http/authenticate.ts';
import { isAdminPath } from '../src/api/http/refusals.ts';
import worker from '../src/api/index.ts';
import { appRoutes } from './app-routes.ts';
import { ORIGIN, PASSWORD, rows } from './client.ts';
import { DAY, HOUR, MINUTE } from './clock.ts';
import { expectPromised } from './conformance.ts';
import { type Fault, faultsOf, faulty } from './faults.ts';
import { brokenInvariants, markOf } from './invariants.ts';
import { picture } from './picture.ts';
import { randomFrom } from './random.ts';
import { newService } from './service.ts';
import { codeOf } from './soft-factors.ts';
import {
  begunApp,
  begunPasskey,
  passkeyDemand,
  storeApp,
  storedDemand,
  storePasskey,
  storeRecoveryCodes,
} from './stored-factors.ts';

// Every route, every operation of scripts and the scheduled run: each is done once as it is, which tells the calls that it makes,
// and then afresh for a call that goes wrong. How often is chosen by the seed; in depth every call goes wrong in every manner.

type Person = { id: number; email: string; token: string; sessionId: string; name: string };

/** What is sent, how it is answered where all is well, and how where it has happened already. */
type Sent = {
  who?: Person;
  path?: string;
  json?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  done: number;
  /** What a repeat may hear instead, where the first had happened behind its answer. */
  again?: number[];
  /** What a repeat may leave twice. */
  doubles?: string[];
  /** The address that it is about, where nobody has it yet. */
  email?: string;
  /** Whether nothing of the person may be left. */
  erases?: boolean;
  /** Whether the token is worth nothing afterwards. */
  revokes?: boolean;
};

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

let passwordHash = '';
let addresses = 0;

const newPerson = async (fields: Record<string, string | number | null> = {}): Promise<Person> => {
  const [now, sessionId] = [Date.now(), randomId()];
  const name = `Name ${randomId()}`;
  const row = {
    ...{
      email: `${sessionId.toLowerCase()}@example.com`,
      password_hash: passwordHash,
      full_name: name,
      is_verified: 1,
    },
    ...{ accepted_terms_at: 0, created_at: now, updated_at: 0, ...fields },
  };
  const [user] = await rows<{ id: number; email: string }>(
    `INSERT INTO users (${Object.keys(row)}) VALUES (${Object.keys(row).map(() => '?')}) RETURNING id, email`,
    ...Object.values(row),
  );
  const id = user?.id ?? 0;
  await newSession(id, sessionId);
  const token = await signAccessToken(signingSlots(env), tokenNames(env), { id: sessionId, userId: id });
  return { id, email: user?.email ?? '', token, sessionId, name };
};

const newSession = async (userId: number, sessionId = randomId()): Promise<string> => {
  const now = Date.now();
  await rows(
    `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at, proved_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[sessionId, userId, now, now, now, now + 7 * DAY, now],
  );
  return sessionId;
};

const withPicture = async (person: Person): Promise<Person> => {
  const key = `${person.id}/${randomId()}.webp`;
  await env.AVATARS.put(key, 'a picture');
  await rows('UPDATE users SET avatar_key = ? WHERE id = ?', key, person.id);
  return person;
};

const newLink = async ({ id: userId }: Person, purpose: OneTimePurpose): Promise<string> => {
  const [id, expiresAt] = [randomId(), new Date(Date.now() + DAY)];
  const table = purpose === 'verify-email' ? 'verification_tokens' : 'reset_tokens';
  await rows(`INSERT INTO ${table} (id, user_id, expires_at) VALUES (?, ?, ?)`, id, userId, expiresAt.getTime());
  return oneTimeTokenText(linkKeys(env), purpose, { id, userId, expiresAt });
};

/** The link of a change of address, which waits, or was confirmed just now. */
const newChange = async (
  { id: userId, email }: Person,
  purpose: OneTimePurpose,
  isConfirmed = false,
): Promise<string> => {
  const [id, now] = [randomId(), Date.now()];
  const expiresAt = new Date(now + DAY);
  const other = `${randomId().toLowerCase()}@example.com`;
  const [next, former] = isConfirmed ? [email, other] : [other, email];
  await rows(
    'INSERT INTO email_changes (id, user_id, email, former_email, requested_at, confirmed_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ...[id, userId, next, former, now, isConfirmed ? now : null, expiresAt.getTime()],
  );
  return oneTimeTokenText(linkKeys(env), purpose, { id, userId, expiresAt });
};

/** Strangers have guessed at somebody's password until it was locked. */
const lockOut = async ({ id }: Person): Promise<void> => {
  await rows(
    `INSERT INTO login_attempts (address_hash, device, failures, under_way, locked_until, attempted_at, user_id)
     VALUES (?, '', 5, 0, ?, ?, ?)`,
    ...[randomId(), Date.now() + DAY, Date.now(), id],
  );
};

const cookieOf = ({ id, sessionId }: Person) => ({
  Cookie: `__Secure-refresh_token=${refreshTokenText(tokenKeys(env), { userId: id, sessionId, counter: 0 })}`,
});

const form = (): FormData => {
  const data = new FormData();
  data.set('full_name', 'Changed Meanwhile');
  data.set('avatar', new File([picture('columns.png')], 'a.png'));
  return data;
};

const asPerson = async (sent: Omit<Sent, 'who' | 'headers'>, person?: Person): Promise<Sent> => {
  const who = person ?? (await newPerson());
  return { who, headers: bearer(who.token), ...sent };
};

const asAdmin = async (sent: Omit<Sent, 'headers'>): Promise<Sent> => {
  const { token } = await newPerson({ role: 'admin' });
  return { headers: bearer(token), ...sent };
};

const asService = async (sent: Omit<Sent, 'headers'>): Promise<Sent> => {
  const { token } = await newService();
  return { headers: bearer(token), ...sent };
};

const read = async (path?: string): Promise<Sent> => ({ done: 200, ...(path ? { path } : {}) });
const ME = '/api/v1/users/me';
const AGAIN = 'another battery staple';
const RECOVERY_CODE = 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA';

const FACTORS = `${ME}/factors`;
const A_FACTOR = ':id{(?!passkeys$|authenticators$|recovery-codes$)[^/]+}';

/** The second half of a sign-in whose first was right. */
const completing = async (who: Person, given: object, sent: Omit<Sent, 'who' | 'json' | 'headers'>): Promise<Sent> => {
  const { challenge, cookie } = await storedDemand(who.id);
  return { who, json: { challenge, ...given }, headers: { Cookie: cookie }, ...sent };
};

/** What every route is sent, in each way in which it can be asked. */
const SENT: Record<string, (() => Promise<Sent>)[]> = {
  'POST /api/v1/auth/signup': [
    async () => {
      const email = `${randomId().toLowerCase()}@example.com`;
      return { email, json: { email, password: PASSWORD, accepted_terms: true }, done: 201, doubles: ['mails'] };
    },
    async () => {
      const who = await newPerson();
      const json = { email: who.email, password: PASSWORD, accepted_terms: true };
      return { who, json, done: 201, doubles: ['mails'] };
    },
  ],
  'POST /api/v1/auth/verify-email': [
    async () => {
      const who = await newPerson({ is_verified: 0 });
      await rows('DELETE FROM sessions WHERE user_id = ?', who.id);
      return { who, json: { token: await newLink(who, 'verify-email') }, done: 200, again: [400] };
    },
  ],
  'POST /api/v1/auth/resend-verification': [
    async () => {
      const who = await newPerson({ is_verified: 0 });
      await rows('DELETE FROM sessions WHERE user_id = ?', who.id);
      return { who, json: { email: who.email }, done: 200, doubles: ['mails'] };
    },
  ],
  'POST /api/v1/auth/login': [
    async () => {
      const who = await newPerson();
      return { who, json: { email: who.email, password: PASSWORD }, done: 200, doubles: ['sessions', 'attempts'] };
    },
    async () => {
      const who = await newPerson();
      return { who, json: { email: who.email, password: 'not this one' }, done: 401, doubles: ['attempts'] };
    },
  ],
  'POST /api/v1/auth/refresh-token': [
    async () => {
      const who = await newPerson();
      return { who, headers: cookieOf(who), done: 200 };
    },
  ],
  'POST /api/v1/auth/logout': [
    () => asPerson({ done: 200, again: [401], revokes: true }),
    async () => {
      const who = await newPerson();
      return { who, headers: cookieOf(who), done: 200, revokes: true };
    },
  ],
  'POST /api/v1/auth/forgot-password': [
    async () => {
      const who = await newPerson();
      return { who, json: { email: who.email }, done: 200, doubles: ['mails'] };
    },
  ],
  'POST /api/v1/auth/reset-password': [
    async () => {
      const who = await newPerson();
      const json = { token: await newLink(who, 'reset-password'), new_password: AGAIN };
      return { who, json, done: 200, again: [400], revokes: true };
    },
  ],
  'POST /api/v1/auth/change-password': [
    async () => {
      const who = await newPerson();
      await newSession(who.id);
      return asPerson({ json: { current_password: PASSWORD, new_password: AGAIN }, done: 200, again: [400] }, who);
    },
  ],
  'POST /api/v1/auth/prove': [
    () => asPerson({ json: { password: PASSWORD }, done: 200, doubles: ['attempts'] }),
    () => asPerson({ json: { password: 'not this one' }, done: 400, doubles: ['attempts'] }),
  ],
  'POST /api/v1/auth/prove/passkey-options': [() => asPerson({ done: 200 })],
  'POST /api/v1/auth/login/passkey-options': [() => read()],
  'POST /api/v1/auth/login/second-factor': [
    async () => {
      const who = await newPerson();
      const { secret } = await storeApp(who.id);
      return completing(who, { code: codeOf(secret) }, { done: 200, again: [400], doubles: ['attempts'] });
    },
    async () => {
      const who = await newPerson();
      const [code = ''] = await storeRecoveryCodes(who.id);
      await storeApp(who.id);
      return completing(who, { recovery_code: code }, { done: 200, again: [400], doubles: ['attempts'] });
    },
    async () => {
      const who = await newPerson();
      await storeApp(who.id);
      return completing(who, { recovery_code: RECOVERY_CODE }, { done: 401, doubles: ['attempts'] });
    },
  ],
  'POST /api/v1/auth/login/passkey': [
    async () => {
      const who = await newPerson();
      const { passkey } = await storePasskey(who.id);
      const { id, challenge, cookie } = passkeyDemand();
      const json = { challenge, passkey: passkey.get({ challenge: id }) };
      return { who, json, headers: { Cookie: cookie }, done: 200, again: [400] };
    },
  ],
  [`GET ${FACTORS}`]: [() => asPerson({ done: 200 })],
  [`POST ${FACTORS}/passkeys/options`]: [() => asPerson({ done: 200 })],
  [`POST ${FACTORS}/authenticators/options`]: [() => asPerson({ done: 200 })],
  [`POST ${FACTORS}/passkeys`]: [
    async () => {
      const who = await newPerson();
      return asPerson({ json: { name: 'Laptop', ...begunPasskey(who) }, done: 201, again: [400] }, who);
    },
  ],
  [`POST ${FACTORS}/authenticators`]: [
    async () => {
      const who = await newPerson();
      const { setup, secret } = begunApp(who);
      return asPerson({ json: { name: 'Telephone', setup, code: codeOf(secret) }, done: 201, again: [400] }, who);
    },
  ],
  [`POST ${FACTORS}/recovery-codes`]: [
    async () => {
      const who = await newPerson();
      await storeApp(who.id);
      return asPerson({ done: 201, doubles: ['mails', 'audits'] }, who);
    },
  ],
  [`PATCH ${FACTORS}/${A_FACTOR}`]: [
    async () => {
      const who = await newPerson();
      const { id } = await storeApp(who.id);
      return asPerson({ path: `${FACTORS}/${id}`, json: { name: 'Tablet' }, done: 200 }, who);
    },
  ],
  [`DELETE ${FACTORS}/${A_FACTOR}`]: [
    async () => {
      const who = await newPerson();
      const { id } = await storeApp(who.id);
      return asPerson({ path: `${FACTORS}/${id}`, done: 204, again: [404] }, who);
    },
  ],
  'POST /api/v1/users/me/email': [
    () =>
      asPerson({ json: { email: `${randomId().toLowerCase()}@example.com` }, done: 202, doubles: ['mails', 'audits'] }),
    async () => asPerson({ json: { email: (await newPerson()).email }, done: 202, doubles: ['mails', 'audits'] }),
  ],
  'POST /api/v1/auth/confirm-email': [
    async () => {
      const who = await newPerson();
      return { who, json: { token: await newChange(who, 'confirm-email') }, done: 200, again: [400], revokes: true };
    },
  ],
  'POST /api/v1/auth/undo-email': [
    async () => {
      const who = await newPerson();
      return { who, json: { token: await newChange(who, 'undo-email') }, done: 200, again: [400], revokes: true };
    },
    async () => {
      const who = await newPerson();
      return { who, json: { token: await newChange(who, 'undo-email', true) }, done: 200, again: [400], revokes: true };
    },
  ],
  'GET /api/v1/users/me/sessions': [() => asPerson({ done: 200 })],
  'DELETE /api/v1/users/me/sessions/:id': [
    async () => {
      const who = await newPerson();
      return asPerson({ path: `${ME}/sessions/${await newSession(who.id)}`, done: 204, again: [404] }, who);
    },
  ],
  'GET /api/v1/users/me': [() => asPerson({ done: 200 })],
  'PATCH /api/v1/users/me': [
    () => asPerson({ json: { full_name: 'Changed Meanwhile' }, done: 200 }),
    () => asPerson({ json: {}, done: 200 }),
    async () => asPerson({ form: form(), done: 200, doubles: ['events'] }, await withPicture(await newPerson())),
  ],
  'DELETE /api/v1/users/me/avatar': [async () => asPerson({ done: 200 }, await withPicture(await newPerson()))],
  'DELETE /api/v1/users/me': [
    () => asPerson({ done: 200, again: [403], revokes: true }),
    async () => {
      const who = await withPicture(await newPerson());
      return asPerson({ path: `${ME}?hard=true`, done: 200, again: [401], erases: true, revokes: true }, who);
    },
  ],
  'GET /api/v1/users/me/export': [async () => asPerson({ done: 200 }, await withPicture(await newPerson()))],
  'GET /avatars/:key{.+\\.webp}': [
    async () => {
      const who = await withPicture(await newPerson());
      const [row] = await rows<{ key: string }>('SELECT avatar_key AS key FROM users WHERE id = ?', who.id);
      return { who, path: `/avatars/${row?.key}`, done: 200 };
    },
  ],
  'PATCH /api/v1/users/deactivate': [
    async () => {
      const who = await newPerson();
      return asAdmin({ who, json: { user_id: who.id, reason: 'Spam.' }, done: 200, again: [400], revokes: true });
    },
  ],
  'PATCH /api/v1/users/reactivate': [
    async () => {
      const who = await newPerson({ is_active: 0, deactivated_at: 1 });
      await rows('DELETE FROM sessions WHERE user_id = ?', who.id);
      return asAdmin({ who, json: { user_id: who.id }, done: 200, again: [400] });
    },
  ],
  'GET /api/v1/users': [
    () => asAdmin({ done: 200 }),
    async () => asAdmin({ path: `/api/v1/users?q=${(await newPerson()).name.slice(5, 12)}`, done: 200 }),
  ],
  'GET /api/v1/users/:id{(?!((de|re)activate|unlock|end-sessions|send-(reset|verification))$)[^/]+}': [
    async () => asAdmin({ path: `/api/v1/users/${(await newPerson()).id}`, done: 200 }),
  ],
  'POST /api/v1/users': [
    () => {
      const email = `${randomId().toLowerCase()}@example.com`;
      return asAdmin({ email, json: { email }, done: 201, again: [400] });
    },
  ],
  'PATCH /api/v1/users/unlock': [
    async () => {
      const who = await newPerson();
      await lockOut(who);
      return asAdmin({ who, json: { user_id: who.id }, done: 200, again: [400] });
    },
  ],
  'PATCH /api/v1/users/end-sessions': [
    async () => {
      const who = await newPerson();
      return asAdmin({ who, json: { user_id: who.id }, done: 200, doubles: ['audits'], revokes: true });
    },
  ],
  'PATCH /api/v1/users/send-verification': [
    async () => {
      const who = await newPerson({ is_verified: 0 });
      await rows('DELETE FROM sessions WHERE user_id = ?', who.id);
      return asAdmin({ who, json: { user_id: who.id }, done: 200, doubles: ['audits', 'mails'] });
    },
  ],
  'PATCH /api/v1/users/send-reset': [
    async () => {
      const who = await newPerson();
      return asAdmin({ who, json: { user_id: who.id }, done: 200, doubles: ['audits', 'mails'] });
    },
  ],
  'GET /api/v1/users/:id{(?!me/)[^/]+}/access': [
    async () => asAdmin({ path: `/api/v1/users/${(await newPerson()).id}/access`, done: 200 }),
  ],
  'GET /api/v1/users/:id{(?!me/)[^/]+}/audit': [
    async () => asAdmin({ path: `/api/v1/users/${(await newPerson()).id}/audit`, done: 200 }),
  ],
  'GET /api/v1/operations/failed-mails': [() => asAdmin({ done: 200 })],
  'GET /api/v1/operations/services': [() => asAdmin({ done: 200 })],
  'GET /api/v1/operations/erasures': [() => asAdmin({ done: 200 })],
  'GET /api/v1/operations/numbers': [() => asAdmin({ done: 200 })],
  'GET /api/v1/profiles': [
    async () => asService({ path: `/api/v1/profiles?ids=${(await newPerson()).id}`, done: 200 }),
  ],
  'GET /api/v1/events': [() => asService({ done: 200 })],
  'POST /api/v1/events/:id/receipt': [
    async () => {
      const [event] = await rows<{ seq: number }>(
        "INSERT INTO events (type, user_id, data, at) VALUES ('user.reactivated', 0, '{}', ?) RETURNING seq",
        Date.now(),
      );
      await rows(
        "INSERT INTO audit_events (action, subject_id, origin, request_id, at) VALUES ('user.reactivate', 0, 'script', '', 0)",
      );
      return asService({ path: `/api/v1/events/evt_${event?.seq}/receipt`, json: { outcome: 'erased' }, done: 204 });
    },
  ],
  'POST /api/v1/room-participations': [
    async () => {
      const who = await newPerson();
      const json = { user_id: who.id, room_id: 'standup', joined_at: '2026-11-28T12:00:00Z' };
      return asService({ who, json, done: 201 });
    },
  ],
  'PATCH /api/v1/room-participations/:id': [
    async () => {
      const [who, { id: service, token }] = [await newPerson(), await newService()];
      const [row] = await rows<{ id: number }>(
        "INSERT INTO room_participations (user_id, room_id, joined_at, service_id) VALUES (?, 'r', 0, ?) RETURNING id",
        ...[who.id, service],
      );
      const path = `/api/v1/room-participations/${row?.id}`;
      return { who, headers: bearer(token), path, json: { left_at: '2026-11-28T12:00:00Z' }, done: 200 };
    },
  ],
  'GET /': [async () => ({ ...(await read()), headers: { Accept: 'text/html' } })],
  'GET /health': [() => read()],
  'GET /.well-known/jwks.json': [() => read()],
  'GET /openapi.json': [() => read()],
  'GET /docs': [() => read()],
  'GET /docs/:file': [() => read('/docs/account.js')],
  'GET /sign-up': [() => read()],
  'GET /sign-in': [() => read()],
  'GET /account': [() => read()],
  'GET /admin': [() => read()],
  'GET /admin/suspension-mails/:language{[a-z][a-z]}': [() => read('/admin/suspension-mails/en')],
  'GET /pages/:file': [() => read('/pages/account.js')],
  'GET /verify-email': [() => read()],
  'GET /reset-password': [() => read()],
  'GET /confirm-email': [() => read()],
  'GET /undo-email': [() => read()],
  'GET /pages/page.css': [() => read()],
  'GET /pages/page.js': [() => read()],
};

const AS = { as: 'test' };

/** What every operation of scripts is given; what it is about, and whether it may be refused where it has happened. */
type Given = { who?: Person; email?: string; input: object; again?: string[]; erases?: boolean; doubles?: string[] };

const onUser = async (
  fields: Record<string, string | number | null> = {},
  input: object = {},
  more: Partial<Given> = {},
) => {
  const who = await newPerson(fields);
  if (fields['is_active'] === 0 || fields['is_verified'] === 0)
    await rows('DELETE FROM sessions WHERE user_id = ?', who.id);
  return { who, input: { ...AS, user: who.id, ...input }, ...more };
};

const onService = async (input: object = {}, more: Partial<Given> = {}, url: string | null = null) => {
  const { name } = await newService({ url });
  return { input: { ...AS, name, ...input }, ...more };
};

const OPERATIONS: Record<string, () => Promise<Given>> = {
  listUsers: async () => ({ input: {} }),
  showUser: async () => ({ input: { user: (await newPerson()).email } }),
  exportUser: async () => {
    const who = await withPicture(await newPerson());
    return { who, input: { ...AS, user: who.id }, doubles: ['audits'] };
  },
  promoteUser: () => onUser({}, {}, { again: ['ALREADY_ADMINISTRATOR'] }),
  demoteUser: () => onUser({ role: 'admin' }, {}, { again: ['NO_ADMINISTRATOR'] }),
  deactivateUser: () => onUser({}, { reason: 'Spam.' }, { again: ['ALREADY_DEACTIVATED'] }),
  reactivateUser: () => onUser({ is_active: 0, deactivated_at: 1 }, {}, { again: ['ALREADY_ACTIVE'] }),
  restoreUser: () => onUser({ is_active: 0, deleted_at: Date.now() }, {}, { again: ['NOT_DELETED'] }),
  eraseUser: async () => {
    const who = await withPicture(await newPerson());
    return { who, input: { ...AS, user: who.id }, again: ['NO_USER'], erases: true };
  },
  setEmail: () => onUser({}, { email: `${randomId().toLowerCase()}@example.com` }, { again: ['SAME_ADDRESS'] }),
  endSessions: () => onUser({}, {}, { doubles: ['audits'] }),
  unlockUser: async () => {
    const given = await onUser({}, {}, { again: ['NOT_LOCKED'] });
    await lockOut(given.who);
    return given;
  },
  sendVerification: () => onUser({ is_verified: 0 }, {}, { doubles: ['audits', 'mails'] }),
  sendReset: () => onUser({}, {}, { doubles: ['audits', 'mails'] }),
  createUser: async () => {
    const email = `${randomId().toLowerCase()}@example.com`;
    return { email, input: { ...AS, email }, again: ['ADDRESS_TAKEN'] };
  },
  resetSecondFactor: async () => {
    const given = await onUser({}, {}, { again: ['NO_SECOND_FACTOR'] });
    await storeApp(given.who.id);
    await storePasskey(given.who.id);
    return given;
  },
  listServices: async () => ({ input: {} }),
  showService: async () => ({ input: { name: (await newService()).name } }),
  addService: async () => {
    const name = `s-${addresses++}-${Date.now()}`;
    return { input: { ...AS, name }, again: ['NAME_TAKEN'] };
  },
  rotateService: () => onService({}, { again: ['ROTATED_RECENTLY'] }),
  resumeService: () => onService({}, {}, 'https://example.com/'),
  removeService: () => onService({}, { again: ['NO_SERVICE'] }),
  failedMails: async () => ({ input: {} }),
  retryMails: async () => {
    const who = await newPerson();
    const [mail] = await rows<{ id: number }>(
      `INSERT INTO outbox (user_id, kind, data, due_at, created_at, failed_at) VALUES (?, 'password-changed', '{}', 0, 0, ?) RETURNING id`,
      ...[who.id, Date.now()],
    );
    return { who, input: { ...AS, mail: mail?.id }, again: ['NO_FAILED_MAIL'] };
  },
  listErasures: async () => ({ input: {} }),
  afterRestore: async () => {
    // Whom a restored database has brought back.
    const who = await newPerson();
    const [row] = await rows<{ created_at: number }>('SELECT created_at FROM users WHERE id = ?', who.id);
    const record = { kind: 'erased', userId: who.id, userCreatedAt: row?.created_at, at: 0 };
    await env.RECORDS.put(`erased/${who.id}`, JSON.stringify(record));
    return { who, input: { ...AS, from: { phase: 'erased' } }, erases: true };
  },
  runSchedule: async () => ({ input: AS }),
  planKeyRotation: async () => ({ input: { ...AS, keys: 'signing' }, again: ['KEY_TOO_YOUNG'] }),
  listAudit: async () => ({ input: {} }),
};

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => console.log(`${counted.tries} faults, of ${counted.calls} calls, SEED=${inject('seed')}`));

const random = randomFrom(inject('seed'));

// In depth one kind of work is done some hundred times.
const PATIENCE_MS = 15 * MINUTE;

// Parts that nobody is refused for: hints, courtesies and numbers.
const REFUSES_NOBODY = /^(?:RATE_LIMIT|REVOKED_TOKENS|MAIL|EVENTS|METRICS|RECORDS)/;

const requestOf = async (method: string, path: string, { json, form, headers }: Sent): Promise<Request> => {
  addresses += 1;
  const whole = form ? new Response(form) : json === undefined ? undefined : Response.json(json);
  const type = whole?.headers.get('Content-Type');
  const client = { 'CF-Connecting-IP': `198.19.${(addresses >> 8) & 255}.${addresses & 255}` };
  return new Request(new URL(path, ORIGIN), {
    method,
    headers: { ...client, ...headers, ...(type ? { 'Content-Type': type } : {}) },
    ...(whole ? { body: await whole.arrayBuffer() } : {}),
  });
};

type Told = { status: number; body: Record<string, unknown>; calls: string[] };

/** One request to its end, that of the work behind the answer too, with one call that goes wrong. */
const ask = async (method: string, path: string, sent: Sent, fault?: Fault): Promise<Told> => {
  const { bindings, calls, watch } = faulty({ ...env, RATE_LIMITS: 'on' }, fault);
  const request = await requestOf(method, path, sent);
  const work = async () => {
    const ctx = createExecutionContext();
    const answer = await worker.fetch(request as Request<unknown, IncomingRequestCfProperties>, bindings, ctx);
    const text = new TextDecoder().decode(await answer.arrayBuffer());
    await waitOnExecutionContext(ctx);
    expectPromised(method, request.url, { status: answer.status, headers: answer.headers, text });
    if (answer.status === 503) expect(answer.headers.get('Retry-After')).toMatch(/^\d+$/);
    const isJson = answer.headers.get('Content-Type')?.startsWith('application/json') && text !== '';
    return { status: answer.status, body: isJson ? JSON.parse(text) : {}, calls };
  };
  try {
    return await watch(work());
  } finally {
    vi.mocked(setTimeout).mockRestore();
  }
};

const isSet = (value: unknown): boolean => value !== null;

/** What has come of it for whoever it is about, without what is new each time. */
const effectOf = async (id: number, since: Record<string, number>) => {
  const list = async (sql: string, ...values: unknown[]) =>
    (await rows(sql, ...values)).map((row) => Object.values(row)[0]);
  const [user] = await rows('SELECT * FROM users WHERE id = ?', id);
  return {
    user: user && {
      ...{
        role: user.role,
        active: user.is_active,
        verified: user.is_verified,
        name: user.full_name?.startsWith('Name'),
      },
      ...{ picture: isSet(user.avatar_key), deleted: isSet(user.deleted_at), deactivated: isSet(user.deactivated_at) },
    },
    events: await list('SELECT type FROM events WHERE user_id = ? AND seq > ? ORDER BY seq', id, since['events'] ?? 0),
    mails: await list('SELECT kind FROM outbox WHERE user_id = ? ORDER BY id', id),
    audits: await list('SELECT action FROM audit_events WHERE subject_id = ? ORDER BY id', id),
    factors: await list(
      `SELECT 'passkey ' || name FROM passkeys WHERE user_id = ?
       UNION ALL SELECT 'app ' || name FROM authenticators WHERE user_id = ? ORDER BY 1`,
      ...[id, id],
    ),
    codes: await list('SELECT count(*) FROM recovery_codes WHERE user_id = ?', id),
    sessions: await list('SELECT refresh_counter FROM sessions WHERE user_id = ? ORDER BY 1', id),
    participations: await list('SELECT left_at FROM room_participations WHERE user_id = ? ORDER BY id', id),
    attempts: await list(
      'SELECT failures + under_way FROM login_attempts WHERE user_id = ? AND failures + under_way > 0',
      id,
    ),
    erasures: await list('SELECT 1 FROM erasures WHERE user_id = ?', id),
  };
};

type Effect = Awaited<ReturnType<typeof effectOf>>;

const expectEffect = (effect: Effect, clean: Effect, doubles: readonly string[]): void => {
  const single = Object.fromEntries(Object.entries(effect).filter(([name]) => !doubles.includes(name)));
  expect(single).toEqual(Object.fromEntries(Object.entries(clean).filter(([name]) => !doubles.includes(name))));
  for (const name of doubles) {
    const [found, once] = [effect[name as keyof Effect], clean[name as keyof Effect]] as unknown[][];
    expect([once?.length, (once?.length ?? 0) + 1], `${name} ${JSON.stringify(found)}`).toContain(found?.length);
  }
};

/** Somebody whom nothing of it is about, with something everywhere. */
const bystanderOf = async () => {
  const person = await withPicture(await newPerson());
  await newLink(person, 'reset-password');
  await storeApp(person.id);
  await storePasskey(person.id);
  await storeRecoveryCodes(person.id);
  await rows(
    "INSERT INTO outbox (user_id, kind, data, due_at, created_at) VALUES (?, 'password-changed', '{}', ?, 0)",
    ...[person.id, Date.now() + 365 * DAY],
  );
  await rows("INSERT INTO room_participations (user_id, room_id, joined_at) VALUES (?, 'r', 0)", person.id);
  await rows(
    "INSERT INTO login_attempts (address_hash, device, failures, under_way, attempted_at, user_id) VALUES ('b', '', 1, 0, ?, ?)",
    ...[Date.now() + DAY, person.id],
  );
  const tables = [
    'sessions',
    'reset_tokens',
    'outbox',
    'room_participations',
    'login_attempts',
    'passkeys',
    'authenticators',
    'recovery_codes',
    'user_terms',
    'events',
  ];
  return {
    /** All of it. */
    look: async () => ({
      rows: await Promise.all([
        rows('SELECT * FROM users WHERE id = ?', person.id),
        ...tables.map((table) => rows(`SELECT * FROM ${table} WHERE user_id = ? ORDER BY 1, 2`, person.id)),
      ]),
      pictures: (await env.AVATARS.list({ prefix: `${person.id}/` })).objects.map(({ key, etag }) => [key, etag]),
    }),
  };
};

const wipe = async (): Promise<void> => {
  const tables = [
    'users',
    'events',
    'erasures',
    'outbox',
    'record_outbox',
    'blacklist_outbox',
    'services',
    'receipts',
    'mail_requests',
    'login_attempts',
    'event_horizon',
  ];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  for (const [bucket, prefix] of [
    [env.AVATARS, ''],
    [env.RECORDS, 'erased/'],
  ] as const) {
    const { objects } = await bucket.list({ prefix });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
  }
};

/** A try with one fault: who it was about, and which it was, for the words of a failure. */
type Tried = {
  clean: Effect | undefined;
  id: number;
  person: Person | undefined;
  at: string;
  sent: { erases?: boolean; revokes?: boolean; doubles?: string[] };
};

const settle = async (): Promise<void> => {
  for (const later of [3 * MINUTE, 2 * HOUR, 3 * HOUR]) {
    const done = await runSchedule(env, new Date(Date.now() + later));
    expect(Object.entries(done).filter(([, result]) => result === null)).toEqual([]);
  }
};

const counted = { tries: 0, calls: 0 };

/** What holds of all tries of one kind when they are done, and when the scheduled run has had its turn. */
const expectAllWell = async (tried: readonly Tried[], since: Record<string, number>) => {
  const seen = {
    since,
    erased: tried.flatMap(({ id, person, sent }) =>
      sent.erases && person ? [{ id, words: [person.email, person.name] }] : [],
    ),
    revoked: tried.flatMap(({ person, sent }) => (sent.revokes && person ? [person.token] : [])),
    isAccepted: async (token: string) =>
      (
        await worker.fetch(
          new Request(`${ORIGIN}${ME}`, { headers: bearer(token) }) as Request<unknown, IncomingRequestCfProperties>,
          env,
          createExecutionContext(),
        )
      ).ok,
    hasAdministrator: true,
  };
  const which = tried.map(({ id, at }) => `user ${id}: ${at}`).join('\n');
  expect(await brokenInvariants(env, seen, { settled: false }), which).toEqual([]);
  await settle();
  expect(await brokenInvariants(env, seen, { settled: true }), which).toEqual([]);
  for (const { id, at, sent, clean } of tried)
    try {
      if (clean) expectEffect(await effectOf(id, since), clean, sent.doubles ?? []);
    } catch (error) {
      throw new Error(`${at}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
};

const subjectOf = async ({ who, email }: { who?: Person; email?: string }): Promise<number> => {
  if (who) return who.id;
  const [row] = email ? await rows<{ id: number }>('SELECT id FROM users WHERE email = ?', email) : [];
  return row?.id ?? 0;
};

const few = () => (inject('isDeep') ? undefined : 1);

/** What holds at every moment holds behind a fault too, before anything has been asked again. */
const expectUnbroken = async (since: Record<string, number>, at: string): Promise<void> =>
  expect(await brokenInvariants(env, { since, hasAdministrator: true }, { settled: false }), at).toEqual([]);

/** Makes a stage for some work, and has what happens on it looked at. */
const onStage = async (work: (since: Record<string, number>) => Promise<Tried[]>) => {
  await wipe();
  await newPerson({ role: 'admin' });
  const bystander = await bystanderOf();
  await settle();
  const [before, since] = [await bystander.look(), await markOf(env.DB)];
  const tried = await work(since);
  counted.tries += tried.length;
  expect(await bystander.look()).toEqual(before);
  await expectAllWell(tried, since);
  expect(await bystander.look()).toEqual(before);
};

const named = (fault: Fault, name: string, calls: readonly string[]): string =>
  `${name}, call ${fault.call} (${calls[fault.call]}) ${fault.manner}`;

/** To make a stage takes longer than one try: in depth each kind of work has its own, else some share one. */
const onStages = <Kind extends { name: string }>(
  kinds: readonly Kind[],
): { name: string; kinds: readonly Kind[] }[] => {
  const together = inject('isDeep') ? 1 : 24;
  const stages = Array.from({ length: Math.ceil(kinds.length / together) }, (_, at) =>
    kinds.slice(at * together, (at + 1) * together),
  );
  const nameOf = (kinds: readonly Kind[]) => [...new Set([kinds[0]?.name, kinds.at(-1)?.name])].join(' to ');
  return stages.map((kinds) => ({ name: nameOf(kinds), kinds }));
};

type Route = { name: string; method: string; path: string; make: () => Promise<Sent> };

const routes: Route[] = appRoutes().flatMap((route) => {
  const name = `${route.method} ${route.pattern}`;
  const makes = SENT[name];
  if (!makes) throw new Error(`What ${name} is sent has to be said here.`);
  return makes.map((make, at) => ({ ...route, make, name: makes.length > 1 ? `${name} (${at + 1})` : name }));
});

/** What a request may hear one call of which goes wrong. */
const expectPromisedStatus = (
  path: string,
  sent: Sent,
  { manner }: Fault,
  call: string,
  status: number,
  at: string,
) => {
  const isHint = REFUSES_NOBODY.test(call);
  const unavailable = isHint ? [] : [isAdminPath(path) ? 500 : 503];
  const twice = manner === 'works twice' ? (sent.again ?? []) : [];
  expect([sent.done, ...unavailable, ...twice], at).toContain(status);
};

const tryRoute = async ({ name, method, path, make }: Route, since: Record<string, number>): Promise<Tried[]> => {
  const first = await make();
  const { status, calls } = await ask(method, first.path ?? path, first);
  expect(status, name).toBe(first.done);
  const subject = await subjectOf(first);
  const clean = subject === 0 ? undefined : await effectOf(subject, since);
  counted.calls += calls.length;
  const tried: Tried[] = [];
  for (const fault of faultsOf(calls.length, few(), random)) {
    const [at, sent] = [named(fault, name, calls), await make()];
    const answer = await ask(method, sent.path ?? path, sent, fault);
    await expectUnbroken(since, at);
    expectPromisedStatus(path, sent, fault, calls[fault.call] ?? '', answer.status, at);
    if (answer.status === 500) expect(Object.keys(answer.body)).toEqual(['status', 'status_code', 'message', 'data']);
    if (answer.status !== sent.done) {
      const again = await ask(method, sent.path ?? path, sent);
      expect([sent.done, ...(sent.again ?? [])], `${at}, again`).toContain(again.status);
    }
    tried.push({ id: await subjectOf(sent), person: sent.who, at, sent, clean });
  }
  return tried;
};

describe(`every route, one call of which goes wrong (SEED=${inject('seed')})`, () => {
  // Threat failing-part
  it.each(onStages(routes))(
    'answers as is promised, and nothing is lost: $name',
    ({ kinds }) =>
      onStage(async (since) => {
        const tried: Tried[] = [];
        for (const route of kinds) tried.push(...(await tryRoute(route, since)));
        return tried;
      }),
    PATIENCE_MS,
  );
});

type Method = (input: object) => Promise<{ ok: true } | { ok: false; code: string }>;

/** One call of the entrypoint, one call of which goes wrong. */
const perform = async (name: string, input: object, fault?: Fault) => {
  const { bindings, calls, watch } = faulty({ ...env }, fault);
  const admin = new Admin(createExecutionContext(), bindings) as unknown as Record<string, Method>;
  try {
    return { calls, answer: await watch((admin[name] as Method)(input)) };
  } finally {
    vi.mocked(setTimeout).mockRestore();
  }
};

const tryOperation = async (name: string, since: Record<string, number>): Promise<Tried[]> => {
  const make = OPERATIONS[name] as () => Promise<Given>;
  const first = await make();
  const { answer, calls } = await perform(name, first.input);
  expect(answer, name).toMatchObject({ ok: true });
  counted.calls += calls.length;
  const clean = first.who ? await effectOf(first.who.id, since) : undefined;
  const tried: Tried[] = [];
  for (const fault of faultsOf(calls.length, few(), random)) {
    const [at, given] = [named(fault, name, calls), await make()];
    const { answer: told } = await perform(name, given.input, fault);
    await expectUnbroken(since, at);
    // A restored database is put right by the bucket: there it is no hint.
    const isHint = REFUSES_NOBODY.test(calls[fault.call] ?? '') && name !== 'afterRestore';
    if (!told.ok) expect(isHint ? [] : ['FAULT'], at).toContain(told.code);
    const again = told.ok ? told : (await perform(name, given.input)).answer;
    if (!again.ok) expect(given.again ?? [], `${at}, again`).toContain(again.code);
    tried.push({ id: given.who?.id ?? 0, person: given.who, at, sent: given, clean });
  }
  return tried;
};

describe(`every operation of scripts, one call of which goes wrong (SEED=${inject('seed')})`, () => {
  const names = Object.getOwnPropertyNames(Admin.prototype).filter((name) => name !== 'constructor');

  it('is one that is known here', () => {
    expect(names.toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  });

  it.each(onStages(names.map((name) => ({ name }))))(
    'answers as is promised, and nothing is lost: $name',
    ({ kinds }) =>
      onStage(async (since) => {
        const tried: Tried[] = [];
        for (const { name } of kinds) tried.push(...(await tryOperation(name, since)));
        return tried;
      }),
    PATIENCE_MS,
  );
});

describe(`the scheduled run, one call of which goes wrong (SEED=${inject('seed')})`, () => {
  /** Something to do for every step. */
  const leaveWork = async () => {
    const at = Date.now();
    const due = await withPicture(await newPerson({ is_active: 0, deleted_at: at - 31 * DAY }));
    const reminded = await newPerson({ is_active: 0, deleted_at: at - 28 * DAY });
    await rows('DELETE FROM sessions WHERE user_id IN (?, ?)', due.id, reminded.id);
    const forgotten = await newPerson({ terms: null });
    await newService({ url: 'https://example.com/' });
    await rows(
      "INSERT INTO outbox (user_id, kind, data, due_at, created_at) VALUES (?, 'password-changed', '{}', ?, 0)",
      ...[forgotten.id, at - HOUR],
    );
    await rows("INSERT INTO blacklist_outbox (entry, expires_at) VALUES ('jti:x', ?)", at + 10 * MINUTE);
    await rows(
      "INSERT INTO record_outbox (kind, user_id, user_created_at, at) VALUES ('deactivated', ?, 0, 0)",
      forgotten.id,
    );
    await rows('INSERT INTO reset_tokens (id, user_id, expires_at) VALUES (?, ?, 0)', randomId(), forgotten.id);
    await env.AVATARS.put(`${forgotten.id}/${randomId()}.webp`, 'an orphan');
    return { due, reminded, forgotten };
  };

  const run = async (fault?: Fault) => {
    const { bindings, calls, watch } = faulty({ ...env }, fault);
    try {
      return { calls, done: await watch(runSchedule(bindings)) };
    } finally {
      vi.mocked(setTimeout).mockRestore();
    }
  };

  it(
    'holds no other step up, and the next one finishes it',
    async () => {
      await onStage(async (since) => {
        const first = await leaveWork();
        const { calls, done } = await run();
        expect(Object.values(done)).not.toContain(null);
        counted.calls += calls.length;
        const clean = await effectOf(first.due.id, since);
        const tried: Tried[] = [];
        for (const fault of faultsOf(calls.length, inject('isDeep') ? undefined : 6, random)) {
          const at = named(fault, 'the run', calls);
          const { due, reminded } = await leaveWork();
          const told = (await run(fault)).done;
          await expectUnbroken(since, at);
          expect(Object.values(told).filter((result) => result === null).length, at).toBeLessThanOrEqual(1);
          expect(Object.values((await run()).done), `${at}, again`).not.toContain(null);
          const reminders = await rows(
            "SELECT 1 FROM outbox WHERE user_id = ? AND kind = 'erasure-reminder'",
            reminded.id,
          );
          expect(reminders, at).toHaveLength(1);
          tried.push({ id: due.id, person: due, at, sent: { erases: true }, clean });
        }
        return tried;
      });
    },
    PATIENCE_MS,
  );
});
