import { env } from 'cloudflare:workers';
import { generateKeyPair } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { publicKeySet, signAccessToken } from '../src/accounts/tokens/access-token.ts';
import { linkKeys, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { randomId, readMacKeys, signToken } from '../src/accounts/tokens/signed-token.ts';
import { signingSlots, tokenNames } from '../src/api/http/authenticate.ts';
import type { ErrorCode } from '../src/api/http/error.ts';
import { isAdminPath } from '../src/api/http/refusals.ts';
import { type AppRoute, appRoutes, protectedRoutes, serviceRoutes } from './app-routes.ts';
import { type Answer, type Call, call, failing, rows } from './client.ts';
import { type Forgery, forgedToken, unsignedToken } from './forged-token.ts';
import { tripsOf } from './trips.ts';

const ME = '/api/v1/users/me';

type Caller = { id: number; sessionId: string; token: string };

/** A user in use with one session, written by SQL: this file is about what is found there. */
const newCaller = async (): Promise<Caller> => {
  const [now, sessionId] = [Date.now(), randomId()];
  const [user] = await rows<{ id: number }>(
    `INSERT INTO users (email, password_hash, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES (?, '', 1, 0, 0, 0) RETURNING id`,
    `${sessionId}@example.com`,
  );
  const id = user?.id ?? 0;
  await rows(
    `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at, proved_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[sessionId, id, now, now, now, now + 60_000, now],
  );
  return {
    id,
    sessionId,
    token: await signAccessToken(signingSlots(env), tokenNames(env), { id: sessionId, userId: id }),
  };
};

/** A caller whom a route lets in: an administrator where only those may. */
const newCallerFor = async ({ path }: AppRoute): Promise<Caller> => {
  const caller = await newCaller();
  if (isAdminPath(path)) await rows("UPDATE users SET role = 'admin' WHERE id = ?", caller.id);
  return caller;
};

/** A caller to whom something has happened since the token was issued. */
const afterwards = async (...happened: ((caller: Caller) => Promise<unknown>)[]): Promise<Call> => {
  const caller = await newCaller();
  for (const happen of happened) await happen(caller);
  return { token: caller.token };
};

const deleted = ({ id }: Caller) => rows('UPDATE users SET deleted_at = 1, is_active = 0 WHERE id = ?', id);
const deactivated = ({ id }: Caller) => rows('UPDATE users SET deactivated_at = 1, is_active = 0 WHERE id = ?', id);
const erased = ({ id }: Caller) => rows('DELETE FROM users WHERE id = ?', id);
const sessionEnded = ({ sessionId }: Caller) => rows('DELETE FROM sessions WHERE id = ?', sessionId);
const sessionRanOut = ({ sessionId }: Caller) =>
  rows('UPDATE sessions SET expires_at = ? WHERE id = ?', Date.now() - 1, sessionId);

const forged = async (forgery: Forgery): Promise<Call> => ({
  token: await forgedToken((await newCaller()).token, forgery),
});

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;
const bearer = (value: string): Call => ({ headers: { Authorization: value } });
const publicKey = (): { x: string; kid: string } =>
  publicKeySet(signingSlots(env)).keys[0] as { x: string; kid: string };
const HS256 = { header: { alg: 'HS256' } };

/** Everything that opens no protected route, with the refusal that it gets on each of them. */
const REFUSALS: Record<string, [ErrorCode, () => Call | Promise<Call>]> = {
  'no token': ['INVALID_CREDENTIALS', () => ({})],
  'an empty header': ['INVALID_CREDENTIALS', () => bearer('')],
  'a scheme without a token': ['INVALID_CREDENTIALS', () => bearer('Bearer')],
  'another scheme': ['INVALID_CREDENTIALS', async () => bearer(`Basic ${(await newCaller()).token}`)],
  'a token without its scheme': ['INVALID_CREDENTIALS', async () => bearer((await newCaller()).token)],
  'two tokens': ['INVALID_CREDENTIALS', async () => bearer(`Bearer ${(await newCaller()).token} x`)],
  'a word': ['INVALID_CREDENTIALS', () => ({ token: 'token' })],
  'three words': ['INVALID_CREDENTIALS', () => ({ token: 'a.b.c' })],
  'a long word': ['INVALID_CREDENTIALS', () => ({ token: 'a'.repeat(10_000) })],
  'a token cut short': ['INVALID_CREDENTIALS', async () => ({ token: (await newCaller()).token.slice(0, -1) })],
  'a token that has expired': [
    'INVALID_CREDENTIALS',
    () => forged({ claims: { iat: seconds(-901), exp: seconds(-1) } }),
  ],
  'a token that never expires': ['INVALID_CREDENTIALS', () => forged({ claims: { exp: undefined } })],
  'a token that lives longer than ours': ['INVALID_CREDENTIALS', () => forged({ claims: { exp: seconds(960) } })],
  'a token that expires beyond all time': ['INVALID_CREDENTIALS', () => forged({ claims: { exp: 1e300 } })],
  'a token from the future': ['INVALID_CREDENTIALS', () => forged({ claims: { iat: seconds(60), exp: seconds(960) } })],
  'a token not valid yet': ['INVALID_CREDENTIALS', () => forged({ claims: { nbf: seconds(60) } })],
  'another issuer': ['INVALID_CREDENTIALS', () => forged({ claims: { iss: 'https://evil.example' } })],
  'no issuer': ['INVALID_CREDENTIALS', () => forged({ claims: { iss: undefined } })],
  'another audience': ['INVALID_CREDENTIALS', () => forged({ claims: { aud: 'https://other.example' } })],
  'no audience': ['INVALID_CREDENTIALS', () => forged({ claims: { aud: undefined } })],
  'another type': ['INVALID_CREDENTIALS', () => forged({ header: { typ: 'JWT' } })],
  'no type': ['INVALID_CREDENTIALS', () => forged({ header: { typ: undefined } })],
  'no id': ['INVALID_CREDENTIALS', () => forged({ claims: { jti: undefined } })],
  'no session': ['INVALID_CREDENTIALS', () => forged({ claims: { sid: undefined } })],
  'no subject': ['INVALID_CREDENTIALS', () => forged({ claims: { sub: undefined } })],
  'a subject that is no id': ['INVALID_CREDENTIALS', () => forged({ claims: { sub: '1 OR 1=1' } })],
  'a user that never was': ['INVALID_CREDENTIALS', () => forged({ claims: { sub: '9007199254740991' } })],
  'no key': ['INVALID_CREDENTIALS', () => forged({ header: { kid: undefined } })],
  'an unknown key': ['INVALID_CREDENTIALS', () => forged({ header: { kid: '2026-01-01-nobody' } })],
  'a foreign key under our name': [
    'INVALID_CREDENTIALS',
    async () => forged({ key: (await generateKeyPair('EdDSA', { crv: 'Ed25519' })).privateKey }),
  ],
  'alg none': ['INVALID_CREDENTIALS', async () => ({ token: unsignedToken((await newCaller()).token, 'none') })],
  'our key under another name of its algorithm': ['INVALID_CREDENTIALS', () => forged({ header: { alg: 'Ed25519' } })],
  'our algorithm without a signature': [
    'INVALID_CREDENTIALS',
    async () => ({ token: unsignedToken((await newCaller()).token, 'EdDSA') }),
  ],
  'the bytes of the public key as a shared secret': [
    'INVALID_CREDENTIALS',
    () => forged({ ...HS256, key: Buffer.from(publicKey().x, 'base64url') }),
  ],
  'the text of the public key as a shared secret': [
    'INVALID_CREDENTIALS',
    () => forged({ ...HS256, key: Buffer.from(JSON.stringify(publicKey())) }),
  ],
  'a refresh token': [
    'INVALID_CREDENTIALS',
    async () => {
      const { id, sessionId } = await newCaller();
      return { token: signToken(readMacKeys(env.TOKEN_KEYS), 'refresh', [id, sessionId, 0]) };
    },
  ],
  'the token of a mail': [
    'INVALID_CREDENTIALS',
    async () => {
      const link = { id: randomId(), userId: (await newCaller()).id, expiresAt: new Date(Date.now() + 60_000) };
      return { token: oneTimeTokenText(linkKeys(env), 'reset-password', link) };
    },
  ],
  'an erased user': ['INVALID_CREDENTIALS', () => afterwards(erased)],
  'a deleted account': ['ACCOUNT_DELETED', () => afterwards(deleted)],
  'a deactivated account': ['ACCOUNT_DEACTIVATED', () => afterwards(deactivated)],
  'an account deactivated and then deleted': ['ACCOUNT_DELETED', () => afterwards(deactivated, deleted)],
  'a session that has ended': ['TOKEN_REVOKED', () => afterwards(sessionEnded)],
  'a session that has run out': ['TOKEN_REVOKED', () => afterwards(sessionRanOut)],
  "somebody else's session": ['TOKEN_REVOKED', async () => forged({ claims: { sid: (await newCaller()).sessionId } })],
  'a deleted account, signed out everywhere': ['ACCOUNT_DELETED', () => afterwards(deleted, sessionEnded)],
  'a deactivated account, signed out everywhere': ['ACCOUNT_DEACTIVATED', () => afterwards(deactivated, sessionEnded)],
};

const MESSAGES: Partial<Record<ErrorCode, [number, string]>> = {
  INVALID_CREDENTIALS: [401, 'Could not validate credentials.'],
  TOKEN_REVOKED: [401, 'This session has ended. Please log in again.'],
  ACCOUNT_DELETED: [403, 'This account has been deleted.'],
  ACCOUNT_DEACTIVATED: [403, 'This account has been deactivated.'],
};

/** What a refusal looks like on a route: an administrator's says 401 for all of them, in four keys. */
const refusalOn = ({ path }: AppRoute, code: ErrorCode): [number, object] => {
  if (isAdminPath(path)) {
    return [401, { status: 'error', status_code: 401, message: 'Could not validate admin credentials', data: {} }];
  }
  const [status, message] = MESSAGES[code] ?? [0, ''];
  return [status, { status: 'error', status_code: status, code, message, data: {} }];
};

// By the token, logging out is under the same rules; it asks for it in its handler, since the cookie opens it as well.
const routes: AppRoute[] = [
  ...protectedRoutes(),
  { method: 'POST', pattern: '/api/v1/auth/logout', path: '/api/v1/auth/logout' },
];

const expectRefused = (route: AppRoute, code: ErrorCode, answer: Answer): void => {
  const [status, body] = refusalOn(route, code);
  const name = `${route.method} ${route.path}`;
  expect([name, answer.status, answer.text]).toEqual([name, status, JSON.stringify(body)]);
  expect(answer.headers.get('WWW-Authenticate')).toBe(status === 401 ? 'Bearer' : null);
};

afterEach(() => vi.restoreAllMocks());

describe('every protected route', () => {
  it('is found by walking the routes', () => {
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
      expect.arrayContaining([`GET ${ME}`, 'POST /api/v1/auth/change-password', `GET ${ME}/sessions`]),
    );
  });

  // ASVS 6.3.4, 8.2.1
  it('is every route of the API but those that somebody needs to get in', () => {
    const names = (found: AppRoute[]) => found.map(({ method, path }) => `${method} ${path}`);
    const closed = names([...protectedRoutes(), ...serviceRoutes()]);
    const open = names(appRoutes()).filter((name) => !closed.includes(name));
    expect(open.filter((name) => name.includes(' /api/')).sort()).toEqual([
      'POST /api/v1/auth/confirm-email',
      'POST /api/v1/auth/forgot-password',
      'POST /api/v1/auth/login',
      'POST /api/v1/auth/login/passkey',
      'POST /api/v1/auth/login/passkey-options',
      'POST /api/v1/auth/login/second-factor',
      'POST /api/v1/auth/logout',
      'POST /api/v1/auth/refresh-token',
      'POST /api/v1/auth/resend-verification',
      'POST /api/v1/auth/reset-password',
      'POST /api/v1/auth/signup',
      'POST /api/v1/auth/undo-email',
      'POST /api/v1/auth/verify-email',
    ]);
  });

  // ASVS 7.2.1, 8.2.1, 8.3.1, 9.1.2, 9.1.3, 9.2.1, 9.2.2
  // Threat forged-token
  it.each(Object.entries(REFUSALS))('refuses %s', async (_, [code, prepare]) => {
    const sent = await prepare();
    for (const route of routes) expectRefused(route, code, await call(route.method, route.path, sent));
  });

  // ASVS 3.5.2, 14.2.1
  it('takes a token in the header and nowhere else', async () => {
    const { token } = await newCaller();
    for (const route of routes) {
      const elsewhere = `${route.path}?access_token=${token}&token=${token}`;
      const answer = await call(route.method, elsewhere, { cookie: `access_token=${token}` });
      expectRefused(route, 'INVALID_CREDENTIALS', answer);
    }
  });

  it('lets a caller in whom nothing of that is wrong with', async () => {
    for (const route of routes) {
      const { token } = await newCallerFor(route);
      const { status, body } = await call(route.method, route.path, { token });
      expect([401, 403], `${route.method} ${route.path}: ${JSON.stringify(body)}`).not.toContain(status);
    }
  });

  // ASVS 16.5.2
  it('decides by the database alone, and asks no blacklist: one that never answers holds nothing up', async () => {
    const answers = (name: unknown) =>
      name === 'get' ? new Promise(() => undefined) : Promise.reject(new Error('KV'));
    const away = { env: { REVOKED_TOKENS: new Proxy({}, { get: (_, name) => () => answers(name) }) as KVNamespace } };
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const [ended, suspended] = [await afterwards(sessionEnded), await afterwards(deactivated)];
    for (const route of routes) {
      expectRefused(route, 'TOKEN_REVOKED', await call(route.method, route.path, { ...ended, ...away }));
      expectRefused(route, 'ACCOUNT_DEACTIVATED', await call(route.method, route.path, { ...suspended, ...away }));
      const { token } = await newCallerFor(route);
      expect([401, 403, 500, 503]).not.toContain((await call(route.method, route.path, { token, ...away })).status);
    }
  });

  // ASVS 16.5.3
  // Threat failing-part
  it('lets nobody in while the database does not answer', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { token } = await newCaller();
    for (const { method, path } of routes) {
      const answer = await call(method, path, { token, env: { DB: failing() } });
      expect([answer.status, answer.headers.has('Retry-After')], `${method} ${path}`).toEqual(
        isAdminPath(path) ? [500, false] : [503, true],
      );
    }
  });

  // ASVS 7.4.1, 8.3.2
  // Threat outlived-right
  it('lets a ban, a deletion and a logout hold at the very next request', async () => {
    for (const [code, happen] of [
      ['ACCOUNT_DEACTIVATED', deactivated],
      ['ACCOUNT_DELETED', deleted],
      ['TOKEN_REVOKED', sessionEnded],
    ] as const) {
      const caller = await newCaller();
      expect((await call('GET', ME, { token: caller.token })).status).toBe(200);
      await happen(caller);
      expect((await call('GET', ME, { token: caller.token })).body.code).toBe(code);
    }
  });
});

describe('a token', () => {
  let caller: Caller;
  beforeAll(async () => {
    caller = await newCaller();
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'Bearer  '])(
    'is taken under the scheme %s (RFC 9110 §11.1)',
    async (scheme) => {
      expect((await call('GET', ME, bearer(`${scheme} ${caller.token}`))).status).toBe(200);
    },
  );

  it.each(['=', '==', '~', '+', '/'])('is not taken with %s at its end (RFC 7515 §2)', async (end) => {
    expect((await call('GET', ME, { token: `${caller.token}${end}` })).body.code).toBe('INVALID_CREDENTIALS');
  });

  it('is not taken in another spelling of the same signature', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(caller.token.at(-1) ?? '');
    // 64 bytes leave four spare bits in the last character.
    for (const spare of [1, 2, 4, 8]) {
      const token = caller.token.slice(0, -1) + alphabet[last ^ spare];
      expect((await call('GET', ME, { token })).body.code).toBe('INVALID_CREDENTIALS');
    }
  });

  const tripsWith = async (token: string, status: number): Promise<string[]> =>
    tripsOf(async (bindings) => expect((await call('GET', ME, { token, env: bindings })).status).toBe(status));

  it('costs one statement of the database, and nothing of the blacklist', async () => {
    expect(await tripsWith(caller.token, 200)).toEqual(['DB.all']);
  });

  // ASVS 9.1.1
  it('that is not ours costs not even that', async () => {
    expect(await tripsWith(`${caller.token}x`, 401)).toEqual([]);
  });
});
