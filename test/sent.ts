import { env } from 'cloudflare:workers';
import { database } from '../drizzle/client.ts';
import { deactivateUser } from '../src/accounts/administration/deactivation.ts';
import { linkKeys, type OneTimePurpose, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { randomId } from '../src/accounts/tokens/signed-token.ts';
import type { CallerKind } from '../src/api/openapi/access.ts';
import type { AppRoute } from './app-routes.ts';
import { type Caller, newCaller, newPerson, newSession, SCRIPT } from './callers.ts';
import { ORIGIN, PASSWORD, rows } from './client.ts';
import { picture } from './picture.ts';
import { codeOf } from './soft-factors.ts';
import { begunApp, begunPasskey, passkeyDemand, storeApp, storedDemand, storePasskey } from './stored-factors.ts';

/** What is sent to a route; `name` is that which docs/cost.md has for it, `path` stands where it is not the route's own. */
export type Sent = {
  name?: string;
  path?: string;
  json?: Record<string, unknown>;
  form?: FormData;
  /** Beside the cookies of the caller. */
  cookie?: string;
  headers?: Record<string, string>;
};

/** Whose what is asked for is. */
export type Owner = Pick<Caller, 'person' | 'service'>;

const ME = '/api/v1/users/me';
const FACTORS = `${ME}/factors`;
const A_FACTOR = ':id{(?!passkeys$|authenticators$|recovery-codes$)[^/]+}';
const OF_ID = ':id{(?!me/)[^/]+}';
const NEW_PASSWORD = 'another battery staple';

const withPicture = (): FormData => {
  const form = withText();
  form.set('avatar', new File([picture('columns.png')], 'a.png'));
  return form;
};

const withText = (): FormData => {
  const form = new FormData();
  form.set('full_name', 'Changed Meanwhile');
  return form;
};

/** The token of a link of a mail, which nobody has used; of an account that is gone, the link is too. */
const link = async ({ person: { id } }: Owner, purpose: OneTimePurpose): Promise<string> => {
  const [token, expiresAt] = [randomId(), new Date(Date.now() + 600_000)];
  const table = purpose === 'verify-email' ? 'verification_tokens' : 'reset_tokens';
  await rows(
    `INSERT OR REPLACE INTO ${table} (id, user_id, expires_at) SELECT ?, id, ? FROM users WHERE id = ?`,
    ...[token, expiresAt.getTime(), id],
  );
  return oneTimeTokenText(linkKeys(env), purpose, { id: token, userId: id, expiresAt });
};

/** The token of a link about another address, which nobody has used; of an account that is gone, the link is too. */
const addressLink = async ({ person: { id } }: Owner, purpose: OneTimePurpose): Promise<string> => {
  const [token, now] = [randomId(), Date.now()];
  const expiresAt = new Date(now + 600_000);
  await rows(
    `INSERT OR REPLACE INTO email_changes (id, user_id, email, former_email, requested_at, expires_at)
     SELECT ?, id, ?, email, ?, ? FROM users WHERE id = ?`,
    ...[token, `${randomId().toLowerCase()}@example.com`, now, expiresAt.getTime(), id],
  );
  return oneTimeTokenText(linkKeys(env), purpose, { id: token, userId: id, expiresAt });
};

/** An account has a picture; answers its key. */
const storePicture = async (id: number): Promise<string> => {
  const key = `${id}/${randomId()}.webp`;
  await env.AVATARS.put(key, 'a picture');
  await rows('UPDATE users SET avatar_key = ? WHERE id = ?', key, id);
  return key;
};

/** Strangers have guessed at the password of an account until it was locked. */
const lockOut = (id: number) =>
  rows(
    `INSERT INTO login_attempts (address_hash, device, failures, under_way, locked_until, attempted_at, user_id)
     VALUES (?, '', 5, 0, ?, ?, ?)`,
    ...[randomId(), Date.now() + 900_000, Date.now(), id],
  );

/** The id of a participation that a service has told of. */
const participation = async ({ service }: Owner): Promise<number> => {
  const [told] = await rows<{ id: number }>(
    "INSERT INTO room_participations (user_id, room_id, joined_at, service_id) VALUES (?, 'r', 0, ?) RETURNING id",
    ...[(await newPerson()).id, (await service()).id],
  );
  return told?.id ?? 0;
};

const erasureEvent = async (): Promise<number> => {
  const [event] = await rows<{ seq: number }>(
    "INSERT INTO events (type, user_id, data, at) VALUES ('user.erased', 1, '{}', ?) RETURNING seq",
    Date.now(),
  );
  return event?.seq ?? 0;
};

/** What is sent to each route, so that it would do what it is there for; a route of the app that is not here takes nothing. */
const SENT: Record<string, (owner: Owner) => Promise<Sent[]>> = {
  'GET /': async () => [{ headers: { Accept: 'text/html' } }],
  'POST /api/v1/auth/signup': async ({ person }) => [
    { json: { email: person.email, password: PASSWORD, accepted_terms: true } },
  ],
  'POST /api/v1/auth/verify-email': async (owner) => {
    await rows('UPDATE users SET is_verified = 0 WHERE id = ?', owner.person.id);
    return [{ json: { token: await link(owner, 'verify-email') } }];
  },
  'POST /api/v1/auth/resend-verification': async ({ person: { email } }) => [{ json: { email } }],
  'POST /api/v1/auth/login': async ({ person: { email } }) => [{ json: { email, password: PASSWORD } }],
  'POST /api/v1/auth/logout': async () => [{ name: 'POST /auth/logout' }],
  'POST /api/v1/auth/forgot-password': async ({ person: { email } }) => [{ json: { email } }],
  'POST /api/v1/auth/reset-password': async (owner) => [
    { json: { token: await link(owner, 'reset-password'), new_password: NEW_PASSWORD } },
  ],
  'POST /api/v1/auth/change-password': async () => [
    { name: 'POST /auth/change-password', json: { current_password: PASSWORD, new_password: NEW_PASSWORD } },
  ],
  'POST /api/v1/auth/prove': async () => [{ name: 'POST /auth/prove', json: { password: PASSWORD } }],
  'POST /api/v1/auth/login/second-factor': async ({ person: { id } }) => {
    const { secret } = await storeApp(id);
    const { challenge, cookie } = await storedDemand(id);
    return [{ json: { challenge, code: codeOf(secret) }, cookie }];
  },
  'POST /api/v1/auth/login/passkey': async ({ person }) => {
    const { passkey } = await storePasskey(person.id);
    const { id, challenge, cookie } = passkeyDemand();
    return [{ json: { challenge, passkey: passkey.get({ challenge: id }) }, cookie }];
  },
  [`POST ${FACTORS}/passkeys`]: async ({ person }) => [
    { name: 'POST /users/me/factors/passkeys', json: { name: 'Laptop', ...begunPasskey(person) } },
  ],
  [`POST ${FACTORS}/authenticators`]: async ({ person }) => {
    const { setup, secret } = begunApp(person);
    const json = { name: 'Telephone', setup, code: codeOf(secret) };
    return [{ name: 'POST /users/me/factors/authenticators', json }];
  },
  [`POST ${FACTORS}/recovery-codes`]: async ({ person }) => {
    await storeApp(person.id);
    return [{ name: 'POST /users/me/factors/recovery-codes' }];
  },
  [`PATCH ${FACTORS}/${A_FACTOR}`]: async ({ person }) => {
    const { id } = await storeApp(person.id);
    return [{ name: 'PATCH /users/me/factors/…', path: `${FACTORS}/${id}`, json: { name: 'Tablet' } }];
  },
  [`DELETE ${FACTORS}/${A_FACTOR}`]: async ({ person }) => {
    const { id } = await storeApp(person.id);
    return [{ name: 'DELETE /users/me/factors/…', path: `${FACTORS}/${id}` }];
  },
  'POST /api/v1/auth/confirm-email': async (owner) => [{ json: { token: await addressLink(owner, 'confirm-email') } }],
  'POST /api/v1/auth/undo-email': async (owner) => [{ json: { token: await addressLink(owner, 'undo-email') } }],
  'POST /api/v1/users/me/email': async () => [
    { name: 'POST /users/me/email', json: { email: `${randomId().toLowerCase()}@example.com` } },
  ],
  'DELETE /api/v1/users/me/sessions/:id': async ({ person }) => [
    { name: 'DELETE /users/me/sessions/…', path: `${ME}/sessions/${await newSession(person.id)}` },
  ],
  'PATCH /api/v1/users/me': async () => [
    { name: 'PATCH /users/me, texts', json: { full_name: 'Changed Meanwhile' } },
    { name: 'PATCH /users/me, texts', form: withText() },
    { name: 'PATCH /users/me, a picture', form: withPicture() },
  ],
  'DELETE /api/v1/users/me/avatar': async ({ person }) => {
    await storePicture(person.id);
    return [{ name: 'DELETE /users/me/avatar' }];
  },
  'DELETE /api/v1/users/me': async () => [
    { name: 'DELETE /users/me?hard=true', path: `${ME}?hard=true` },
    { name: 'DELETE /users/me' },
  ],
  'GET /avatars/:key{.+\\.webp}': async () => [{ path: `/avatars/${await storePicture((await newPerson()).id)}` }],
  'PATCH /api/v1/users/deactivate': async () => [
    { name: 'PATCH /users/deactivate', json: { user_id: (await newPerson()).id, reason: 'Spam.' } },
  ],
  'PATCH /api/v1/users/reactivate': async () => {
    const { id } = await newPerson();
    await deactivateUser(database(env.DB), id, { reason: null }, SCRIPT);
    return [{ name: 'PATCH /users/reactivate', json: { user_id: id } }];
  },
  'GET /api/v1/users/:id{(?!((de|re)activate|unlock|end-sessions|send-(reset|verification))$)[^/]+}': async () => [
    { path: `/api/v1/users/${(await newPerson()).id}` },
  ],
  'POST /api/v1/users': async () => [
    { name: 'POST /users', json: { email: `${randomId().toLowerCase()}@example.com` } },
  ],
  'PATCH /api/v1/users/unlock': async () => {
    const { id } = await newPerson();
    await lockOut(id);
    return [{ name: 'PATCH /users/unlock', json: { user_id: id } }];
  },
  'PATCH /api/v1/users/end-sessions': async () => [
    { name: 'PATCH /users/end-sessions', json: { user_id: (await newPerson()).id } },
  ],
  'PATCH /api/v1/users/send-verification': async () => {
    const { id } = await newPerson();
    await rows('UPDATE users SET is_verified = 0 WHERE id = ?', id);
    return [{ name: 'PATCH /users/send-verification', json: { user_id: id } }];
  },
  'PATCH /api/v1/users/send-reset': async () => [
    { name: 'PATCH /users/send-reset', json: { user_id: (await newPerson()).id } },
  ],
  [`GET /api/v1/users/${OF_ID}/access`]: async () => [{ path: `/api/v1/users/${(await newPerson()).id}/access` }],
  [`GET /api/v1/users/${OF_ID}/audit`]: async () => [{ path: `/api/v1/users/${(await newPerson()).id}/audit` }],
  'GET /api/v1/profiles': async ({ person }) => [{ path: `/api/v1/profiles?ids=${person.id}` }],
  'POST /api/v1/events/:id/receipt': async () => [
    { path: `/api/v1/events/evt_${await erasureEvent()}/receipt`, json: { outcome: 'erased' } },
  ],
  'POST /api/v1/room-participations': async () => [{ json: { user_id: (await newPerson()).id, room_id: 'standup' } }],
  'PATCH /api/v1/room-participations/:id': async (owner) => [
    {
      path: `/api/v1/room-participations/${await participation(owner)}`,
      json: { left_at: '2026-11-28T12:00:00Z' },
    },
  ],
  'GET /pages/:file': async () => [{ path: '/pages/account.js' }],
  'GET /docs/:file': async () => [{ path: '/docs/reference.css' }],
};

/** Whether a route has to be sent something. */
export const takesSomething = ({ method, pattern }: AppRoute): boolean => `${method} ${pattern}` in SENT;

/** What is sent to a route, so that it would do what it is there for to what is somebody's; there is one at least. */
export const sentBy = async ({ method, pattern }: AppRoute, owner: Owner): Promise<[Sent, ...Sent[]]> => {
  const [first = {}, ...others] = (await SENT[`${method} ${pattern}`]?.(owner)) ?? [];
  return [first, ...others];
};

export type Attempt = { caller: Caller; sent: Sent };

/** Every request of a route that is to be tried, by a kind of caller: what makes each of them, with a caller of its own. */
export const attemptsAt = async (route: AppRoute, kind: CallerKind): Promise<(() => Promise<Attempt>)[]> => {
  const first = await newCaller[kind]();
  const all = await sentBy(route, first);
  let unused: Attempt | undefined = { caller: first, sent: all[0] };
  return all.map((_, index) => async () => {
    const made = index === 0 ? unused : undefined;
    unused = undefined;
    if (made) return made;
    const caller = await newCaller[kind]();
    return { caller, sent: (await sentBy(route, caller))[index] ?? {} };
  });
};

/** All cookies of a request. */
export const cookiesOf = ({ caller: { shows }, sent }: Attempt): { cookie?: string } => {
  const cookies = [shows.cookie, sent.cookie].filter((cookie) => cookie !== undefined);
  return cookies.length > 0 ? { cookie: cookies.join('; ') } : {};
};

/** The request of an attempt. */
export const requestOf = async (route: AppRoute, attempt: Attempt): Promise<Request> => {
  const {
    caller: { shows },
    sent,
  } = attempt;
  const whole = sent.form ? new Response(sent.form) : sent.json === undefined ? undefined : Response.json(sent.json);
  const headers = new Headers();
  if (shows.token !== undefined) headers.set('Authorization', `Bearer ${shows.token}`);
  const { cookie } = cookiesOf(attempt);
  if (cookie !== undefined) headers.set('Cookie', cookie);
  const type = whole?.headers.get('Content-Type');
  if (type) headers.set('Content-Type', type);
  const body = whole ? { body: await whole.arrayBuffer() } : {};
  return new Request(new URL(sent.path ?? route.path, ORIGIN), { method: route.method, headers, ...body });
};
