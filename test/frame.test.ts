import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { DrizzleQueryError } from 'drizzle-orm';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseUnavailable } from '../drizzle/binding.ts';
import { app } from '../src/api/app.ts';
import type { AppEnv } from '../src/api/http/env.ts';
import { AppError, type ErrorCode } from '../src/api/http/error.ts';
import { isAdminPath, refuse } from '../src/api/http/refusals.ts';
import { faultOf, log } from '../src/workers/log.ts';
import { appRoutes, serviceRoutes } from './app-routes.ts';
import {
  type Account,
  type Answer,
  type Call,
  call,
  failing,
  newAccount,
  ORIGIN,
  PASSWORD,
  rows,
  signUp,
} from './client.ts';
import { waitForNothing } from './clock.ts';
import { newService } from './service.ts';

const LOGIN = '/api/v1/auth/login';
const ME = '/api/v1/users/me';
const DEACTIVATE = '/api/v1/users/deactivate';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const BODY_MAX_BYTES = 64 * 1024;

const refusing: RateLimit = { limit: async () => ({ success: false }) };
const limitReached: Call = {
  env: { RATE_LIMITS: 'on', RATE_LIMIT_10: refusing, RATE_LIMIT_300: refusing },
};

let lines: string[] = [];

beforeEach(() => {
  lines = [];
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(parts.join(' ')));
  }
});
afterEach(() => vi.restoreAllMocks());

const requestLines = () =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ event }) => event === 'request');

const expectRefusal = (answer: Answer, status: number, code: ErrorCode): void => {
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(Object.keys(answer.body)).toEqual(['status', 'status_code', 'code', 'message', 'data']);
  expect(answer.body).toMatchObject({ status: 'error', status_code: status, message: expect.stringMatching(/\w/) });
  expect(answer.headers.get('Content-Type')).toBe('application/json');
};

/** A body of so many bytes that is JSON, and that no schema takes. */
const jsonOfSize = (bytes: number): string => `{"email":"${'x'.repeat(bytes - '{"email":""}'.length)}"}`;

const chunked = (text: string): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < text.length; at += 1000) {
        controller.enqueue(new TextEncoder().encode(text.slice(at, at + 1000)));
      }
      controller.close();
    },
  });

const asJson = { 'Content-Type': 'application/json' };
const login: Call = { json: { email: 'frame@example.com', password: PASSWORD } };

/** One request for each kind of answer that the frame can give. */
const ANSWERS: [string, number, ErrorCode | undefined, method: string, path: string, Call][] = [
  ['a success', 200, undefined, 'GET', '/health', {}],
  ['a HEAD request', 200, undefined, 'HEAD', '/health', {}],
  ['the key set', 200, undefined, 'GET', '/.well-known/jwks.json', {}],
  ['a field that is wrong', 400, 'VALIDATION_ERROR', 'POST', LOGIN, { json: {} }],
  ['JSON that does not end', 400, 'MALFORMED_JSON', 'POST', LOGIN, { body: '{"email":', headers: asJson }],
  ['an empty JSON body', 400, 'MALFORMED_JSON', 'POST', LOGIN, { body: '', headers: asJson }],
  ['no credentials', 401, 'INVALID_CREDENTIALS', 'GET', ME, {}],
  ['a path that nobody knows', 404, 'NOT_FOUND', 'GET', '/api/v1/nothing', {}],
  ['another method', 405, 'METHOD_NOT_ALLOWED', 'DELETE', LOGIN, {}],
  ['a large body', 413, 'PAYLOAD_TOO_LARGE', 'POST', LOGIN, { body: jsonOfSize(BODY_MAX_BYTES + 1), headers: asJson }],
  ['a text body', 415, 'UNSUPPORTED_MEDIA_TYPE', 'POST', LOGIN, { body: 'email=a' }],
  ['a client over its limit', 429, 'RATE_LIMIT_EXCEEDED', 'POST', LOGIN, { ...login, ...limitReached }],
  ['a bug', 500, 'INTERNAL_SERVER_ERROR', 'POST', LOGIN, { ...login, env: { TOKEN_KEYS: 'no JSON' } }],
  ['storage that is away', 503, 'SERVICE_UNAVAILABLE', 'POST', LOGIN, { ...login, env: { DB: failing() } }],
];

const expectFrame = (answer: Answer): void => {
  const header = (name: string) => answer.headers.get(name);
  expect(header('Strict-Transport-Security')).toBe('max-age=31536000; includeSubDomains');
  expect(header('X-Content-Type-Options')).toBe('nosniff');
  expect(header('X-Frame-Options')).toBe('DENY');
  expect(header('Content-Security-Policy')).toMatch(/./);
  expect(header('Referrer-Policy')).toBe('no-referrer');
  expect(header('Cross-Origin-Opener-Policy')).toBe('same-origin');
  expect(header('Cross-Origin-Resource-Policy')).toBe('same-origin');
  expect(header('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(header('X-Powered-By')).toBeNull();
};

describe('every answer', () => {
  beforeEach(waitForNothing);

  // ASVS 16.2.1, 16.2.4, 16.3.3
  it.each(ANSWERS)(
    'has its shape, its headers and one line in the log: %s',
    async (_, status, code, method, path, sent) => {
      const answer = await call(method, path, sent);
      expect(answer.status).toBe(status);
      if (code) expectRefusal(answer, status, code);
      expectFrame(answer);
      const [line, ...others] = requestLines();
      expect(others).toEqual([]);
      expect(line).toEqual({
        level: 'info',
        event: 'request',
        method,
        route: status === 404 || status === 405 ? 'none' : path,
        status,
        ...(code ? { code } : {}),
        duration_ms: expect.any(Number),
        request_id: answer.headers.get('X-Request-Id'),
      });
    },
  );

  // ASVS 3.4.1, 3.4.4, 3.4.5, 3.4.8, 3.5.8
  it.each(appRoutes())('carries the headers of the frame: $method $pattern', async ({ method, path }) => {
    expectFrame(await call(method, path));
    expect(requestLines()).toHaveLength(1);
  });

  // ASVS 4.1.1
  // JSON is UTF-8 and has no such parameter (RFC 8259 §8.1, §11).
  it.each(appRoutes())('says what it is, and of text how it is encoded: $method $pattern', async ({ method, path }) => {
    for (const { headers, bytes } of [await call(method, path), await call('PUT', path)]) {
      const type = headers.get('Content-Type');
      expect(type !== null, 'a type').toBe(bytes.length > 0);
      if (/^text\/|[/+]xml\b/.test(type ?? '')) expect(type).toMatch(/; ?charset=utf-8$/i);
    }
  });

  // ASVS 4.1.2, 12.2.1
  // Threat wire-tap
  it('over an unencrypted connection is a refusal and no redirect, but for development and the machine itself', async () => {
    const at = async (origin: string, ENVIRONMENT: string) =>
      app.request(`${origin}/health`, {}, { ...env, ENVIRONMENT }, createExecutionContext());
    for (const environment of ['production', 'staging', '']) {
      const refused = await at('http://api.example.com', environment);
      expect([refused.status, refused.headers.get('Location')]).toEqual([403, null]);
      expect(await refused.json()).toMatchObject({ status: 'error', code: 'HTTPS_REQUIRED', data: {} });
      for (const origin of ['http://localhost.example.com', 'http://127.0.0.1.example.com', 'http://192.0.2.1:8787']) {
        expect((await at(origin, environment)).status, origin).toBe(403);
      }
      for (const origin of ['https://api.example.com', 'http://localhost:8787', 'http://127.0.0.1', 'http://[::1]']) {
        expect((await at(origin, environment)).status, origin).toBe(200);
      }
    }
    expect((await at('http://192.0.2.1:8787', 'development')).status).toBe(200);
  });

  it('has an id of its own, whatever the client sends', async () => {
    const headers = { 'X-Request-Id': 'chosen-by-the-client' };
    const [one, other] = [await call('GET', '/health', { headers }), await call('GET', '/health', { headers })];
    expect(one.headers.get('X-Request-Id')).not.toBe(other.headers.get('X-Request-Id'));
    expect(lines.join()).not.toContain('chosen-by-the-client');
  });

  // ASVS 14.2.2, 14.2.5, 14.3.2
  it('is stored by no cache where it is about accounts, refusals included', async () => {
    for (const { method, path } of appRoutes().filter(({ path }) => path.startsWith('/api/v1/'))) {
      expect((await call(method, path)).headers.get('Cache-Control'), path).toBe('no-store');
    }
    expect((await call('GET', '/api/v1/nothing')).headers.get('Cache-Control')).toBe('no-store');
    const failed = await call('POST', LOGIN, { ...login, env: { DB: failing() } });
    expect(failed.headers.get('Cache-Control')).toBe('no-store');
  });

  // ASVS 3.2.1, 3.4.3, 3.4.6
  // Threat foreign-page
  it('lets a page run, load, frame or post nothing, unless the route says otherwise', async () => {
    const policy = (await call('GET', '/api/v1/nothing')).headers.get('Content-Security-Policy') ?? '';
    expect(policy.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });
});

describe('a path', () => {
  // ASVS 14.2.5
  it.each(appRoutes())('with a slash at its end is another one: $method $pattern', async ({ method, path }) => {
    expectRefusal(await call(method, `${ORIGIN}${path}/`), 404, 'NOT_FOUND');
  });

  const UNKNOWN = [
    ...['/api', '/api/v1', '/API/v1/auth/login', '/api/v1/auth', `${ME}/nothing`, `${ORIGIN}//health`, '/api/v2/users'],
    ...['/.git/config', '/.dev.vars', '/wrangler.toml', '/src/index.ts', '/index.html', '/avatars', '/avatars/'],
  ];

  // ASVS 13.4.1, 13.4.3, 13.4.5
  it.each(UNKNOWN)(
    'that nobody knows is refused before it is asked who calls, and before a body is read: %s',
    async (path) => {
      for (const method of ['GET', 'POST', 'OPTIONS']) expectRefusal(await call(method, path), 404, 'NOT_FOUND');
      const large = { body: jsonOfSize(BODY_MAX_BYTES + 1), headers: asJson };
      expectRefusal(await call('POST', path, large), 404, 'NOT_FOUND');
    },
  );

  // ASVS 3.5.3, 4.1.4, 13.4.4
  it('refuses every method that it does not take, and names those that it does', async () => {
    const taken = new Map<string, string[]>();
    for (const { method, path } of appRoutes()) {
      taken.set(path, [...(taken.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
    }
    for (const [path, methods] of taken) {
      for (const method of METHODS.filter((name) => !methods.includes(name))) {
        const answer = await call(method, path);
        expect([answer.status, answer.headers.get('Allow')?.split(', ').sort()], `${method} ${path}`).toEqual([
          405,
          methods.sort(),
        ]);
        if (method !== 'HEAD' && !isAdminPath(path)) expectRefusal(answer, 405, 'METHOD_NOT_ALLOWED');
      }
    }
  });
});

describe('a body', () => {
  it.each([
    ['a list', '[]'],
    ['a string', '"text"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
  ])('that is %s and no object is refused as a whole', async (_, body) => {
    const answer = await call('POST', LOGIN, { body, headers: asJson });
    expectRefusal(answer, 400, 'VALIDATION_ERROR');
    expect(answer.body.data.errors.map(({ field }: { field: string }) => field)).toEqual(['body']);
  });

  // ASVS 2.2.1, 2.2.2, 15.3.5
  it('is held against a schema by every route that takes one', async () => {
    const { id, token } = await newAccount();
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", id);
    const withoutBody = /\/(?:refresh-token|logout|options|passkey-options|recovery-codes)$/;
    const routes = appRoutes().filter(({ method, path }) => !/GET|DELETE/.test(method) && !withoutBody.test(path));
    expect(routes.length).toBeGreaterThan(8);
    const ofServices = serviceRoutes().map(({ path }) => path);
    const { token: serviceToken } = await newService();
    for (const { method, path } of routes) {
      const sent = ofServices.includes(path) ? serviceToken : token;
      for (const body of ['[]', '{"email":{},"token":[],"user_id":"1 OR 1","full_name":7,"current_password":null}']) {
        const answer = await call(method, path, { token: sent, body, headers: asJson });
        expect([answer.status, answer.body.message], path).toEqual([400, expect.stringContaining('validation failed')]);
      }
    }
  });

  // ASVS 3.5.2
  it.each([
    ['a text', { body: 'email=a&password=b' }],
    ['a form', { body: new URLSearchParams({ email: 'a', password: 'b' }) }],
    ['another kind of JSON', { body: '{}', headers: { 'Content-Type': 'application/merge-patch+json' } }],
    ['bytes of no type at all', { body: new TextEncoder().encode('{}') }],
    ['chunks of no type at all', { body: chunked('{}') }],
  ] satisfies [string, Call][])('of another type is refused: %s', async (_, sent) => {
    expectRefusal(await call('POST', LOGIN, sent), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'is read where its type is %s',
    async (type) => {
      const answer = await call('POST', LOGIN, { ...login, headers: { 'Content-Type': type } });
      expectRefusal(answer, 401, 'INVALID_CREDENTIALS');
    },
  );

  it.each([
    ['with its length', (text: string) => ({ body: text, headers: { ...asJson, 'Content-Length': `${text.length}` } })],
    ['in chunks, without a length', (text: string) => ({ body: chunked(text), headers: asJson })],
  ])('of 64 KiB passes and one byte more does not, sent %s', async (_, sent) => {
    expectRefusal(await call('POST', LOGIN, sent(jsonOfSize(BODY_MAX_BYTES))), 400, 'VALIDATION_ERROR');
    expectRefusal(await call('POST', LOGIN, sent(jsonOfSize(BODY_MAX_BYTES + 1))), 413, 'PAYLOAD_TOO_LARGE');
  });

  // ASVS 1.5.2, 15.3.6
  it('may have keys that nobody knows: they are ignored, and never reach the database', async () => {
    const hostile =
      '{"__proto__":{"role":"admin"},"constructor":1,"role":"admin","is_active":false,"email":"keys@example.com",';
    const body = `${hostile}"password":"${PASSWORD}","accepted_terms":true}`;
    expect((await call('POST', '/api/v1/auth/signup', { body, headers: asJson })).status).toBe(201);
    expect(await rows('SELECT role, is_active FROM users WHERE email = ?', 'keys@example.com')).toEqual([
      { role: 'user', is_active: 1 },
    ]);
  });

  it('that is wrong in several fields is answered with each of them, in one shape', async () => {
    const answer = await call('POST', LOGIN, { json: { email: 7 } });
    expectRefusal(answer, 400, 'VALIDATION_ERROR');
    expect(answer.body.message).toBe('Request validation failed');
    expect(answer.body.data).toEqual({
      errors: [
        { field: 'body.email', message: 'must be a string' },
        { field: 'body.password', message: 'is required' },
      ],
    });
  });
});

/** What a value becomes that is thrown at a path. */
const refusalAt = async (path: string, thrown: unknown): Promise<Response> =>
  new Hono<AppEnv>().all('*', (c) => refuse(c, thrown)).request(`https://api.example.com${path}`);

describe('a failure', () => {
  beforeEach(waitForNothing);

  let account: Account | undefined;

  // As Cloudflare's documentation, its source and its users tell of them; what counts is where they come from.
  const WORDS = [
    'D1_ERROR: Network connection lost.',
    'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
    'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
    'D1_ERROR: database or disk is full: SQLITE_FULL',
    'D1_ERROR: no such table: users: SQLITE_ERROR',
    'Network connection lost.',
    'internal error; reference = 0123456789abcdef',
    'Durable Object is overloaded. Too many requests queued.',
    "Durable Object's isolate exceeded its memory limit, which caused object to be reset.",
    'Cannot resolve D1 DB due to transient issue on remote node.',
    'Too many subrequests.',
    'Too many API requests by single Worker invocation.',
    'fetch failed',
    'words that nobody has heard before',
  ];

  /** The real database, but for its batches. */
  const withoutBatches = (message: string): D1Database =>
    new Proxy(env.DB, {
      get: (target, name) =>
        name === 'batch' ? () => Promise.reject(new Error(message)) : Reflect.get(target, name).bind(target),
    });

  // ASVS 16.5.2
  it.each(WORDS)('of storage is 503 and says when to come back: %s', async (message) => {
    account ??= await newAccount();
    const { token, cookie } = account;
    const [email, password] = ['frame@example.com', PASSWORD];
    for (const [method, path, sent] of [
      ['GET', ME, { token }],
      ['PATCH', ME, { token, json: { full_name: 'Ada' } }],
      ['DELETE', ME, { token }],
      ['GET', `${ME}/export`, { token }],
      ['POST', LOGIN, login],
      ['POST', '/api/v1/auth/signup', { json: { email, password, accepted_terms: true } }],
      ['POST', '/api/v1/auth/forgot-password', { json: { email } }],
      ['POST', '/api/v1/auth/refresh-token', { cookie }],
      ['GET', `/avatars/1/${'a'.repeat(22)}.webp`, {}],
    ] satisfies [string, string, Call][]) {
      const answer = await call(method, path, { ...sent, env: { DB: failing(message) } });
      expectRefusal(answer, 503, 'SERVICE_UNAVAILABLE');
      expect(Number(answer.headers.get('Retry-After')), `${method} ${path}`).toBeGreaterThan(0);
    }
    for (const [method, path, sent] of [
      ['DELETE', ME, { token }],
      ['GET', `${ME}/export`, { token }],
      ['POST', '/api/v1/auth/forgot-password', { json: { email } }],
    ] satisfies [string, string, Call][]) {
      const answer = await call(method, path, { ...sent, env: { DB: withoutBatches(message) } });
      expectRefusal(answer, 503, 'SERVICE_UNAVAILABLE');
    }
    const faults = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'fault');
    expect(new Set(faults.map(({ fault }) => fault))).toEqual(new Set([`DatabaseUnavailable: ${message}`]));
  });

  it.each(WORDS)("of storage is 500 on an administrator's route: %s", async (message) => {
    const { id, token } = await newAccount();
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", id);
    const answer = await call('PATCH', DEACTIVATE, {
      token,
      json: { user_id: id },
      env: { DB: failing<D1Database>(message) },
    });
    expect(answer.text).toBe(
      '{"status":"error","status_code":500,"message":"An unexpected error occurred.","data":{}}',
    );
    expect(requestLines().at(-1)).toMatchObject({ status: 500, code: 'SERVICE_UNAVAILABLE' });
  });

  // ASVS 16.5.1, 16.5.4
  it.each([
    ['a secret that cannot be read', { TOKEN_KEYS: '{"1":"hunter2' }],
    ...[
      'D1_ERROR: UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT',
      "D1_TYPE_ERROR: Type 'undefined' not supported",
      'D1_ERROR: near "SELEC": syntax error at offset 0: SQLITE_ERROR',
      'D1_ERROR: too many SQL variables at offset 500: SQLITE_ERROR',
      'D1_ERROR: datatype mismatch: SQLITE_MISMATCH',
      'D1_ERROR: string or blob too big: SQLITE_TOOBIG',
    ].map((words): [string, Partial<Env>] => [words, { DB: failing<D1Database>(words) }]),
  ] satisfies [string, Partial<Env>][])('of our own making is 500 and one generic sentence: %s', async (_, broken) => {
    const answer = await call('POST', LOGIN, { ...login, env: broken });
    expectRefusal(answer, 500, 'INTERNAL_SERVER_ERROR');
    expect(answer.text).toBe(
      '{"status":"error","status_code":500,"code":"INTERNAL_SERVER_ERROR","message":"An unexpected error occurred.","data":{}}',
    );
    expect(answer.headers.get('Retry-After')).toBeNull();
  });

  // ASVS 16.3.4, 16.5.1
  // Threat hostile-input
  it('shows no stack, SQL, parameter, secret or message of a library, in the body or in the log', async () => {
    const { id, token } = await newAccount();
    const [{ id: sessionId }] = (await rows('SELECT id FROM sessions WHERE user_id = ?', id)) as [{ id: string }];
    lines = [];
    const answers = [
      await call('GET', ME, { token, env: { DB: failing('D1_ERROR: some words of D1') } }),
      await call('POST', LOGIN, { ...login, env: { DB: failing('D1_ERROR: some words of D1') } }),
      await call('POST', LOGIN, { ...login, env: { TOKEN_KEYS: '{"1":"hunter2' } }),
      await call('POST', LOGIN, { body: '{"password":"hunter2"', headers: asJson }),
    ];
    const bodies = answers.map(({ text }) => text).join('\n');
    expect(bodies).not.toMatch(/D1|SQL|select|Unexpected|token '|JSON at|at \w+ \(|\.ts|\.js/);
    for (const text of [bodies, lines.join('\n')]) {
      expect(text).not.toMatch(/select |insert |from "?users|hunter2|\n {4}at /i);
      expect(text).not.toContain(sessionId);
      expect(text).not.toContain('frame@example.com');
    }
    const faults = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'fault');
    expect(faults.map(({ fault }) => fault)).toEqual([
      'DatabaseUnavailable: D1_ERROR: some words of D1',
      'DatabaseUnavailable: D1_ERROR: some words of D1',
      'SyntaxError',
    ]);
    expect(faults.map(({ request_id }) => request_id)).toEqual(
      answers.slice(0, 3).map(({ headers }) => headers.get('X-Request-Id')),
    );
  });
});

describe('the log', () => {
  // ASVS 14.2.4, 16.2.5
  it('names the user and the route, and holds no token, password, address, name or query', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    lines = [];
    const answers = [
      await signUp('another@example.com', { full_name: 'Grace Hopper' }),
      await call('POST', LOGIN, { json: { email: account.email, password: PASSWORD } }),
      await call('POST', LOGIN, { json: { email: account.email, password: 'another password' } }),
      await call('GET', `${ME}?token=in-the-query`, { token: account.token, cookie: account.cookie }),
      await call('GET', '/api/v1/nothing/in-the-path?token=in-the-query'),
      await call('POST', '/api/v1/auth/verify-email', { json: { token: '1.in-the-body.1.1.x' } }),
    ];
    const [, , , me] = requestLines();
    expect(me).toMatchObject({ method: 'GET', route: ME, status: 200, user_id: account.id });
    const text = lines.join('\n');
    const secrets = [account.token, account.email, PASSWORD, 'another password', 'Lovelace', 'Hopper', 'another@'];
    for (const secret of [...secrets, 'in-the-query', 'in-the-path', 'in-the-body', '__Secure-']) {
      expect(text).not.toContain(secret);
    }
    for (const cookie of account.cookie.split('; ')) expect(text).not.toContain(cookie.split('=')[1]);
    expect(requestLines().map(({ request_id }) => request_id)).toEqual(
      answers.map(({ headers }) => headers.get('X-Request-Id')),
    );
  });

  // ASVS 16.3.2
  it('names by id who asked for what only administrators may', async () => {
    const { id, token } = await newAccount();
    lines = [];
    for (const { method, path } of appRoutes().filter(({ path }) => isAdminPath(path))) {
      await call(method, path, { token, json: method === 'GET' ? undefined : {} });
    }
    expect(requestLines().length).toBeGreaterThan(3);
    for (const line of requestLines()) expect(line).toMatchObject({ status: 403, code: 'FORBIDDEN', user_id: id });
  });

  // ASVS 16.4.1
  // Threat injection
  it('is one line, whatever a value contains', () => {
    const hostile = 'x\n{"level":"info","event":"request","user_id":1}\r\u2028%s\u001b[2J';
    log('warn', 'fault', { fault: faultOf(new Error(hostile)), hostile });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(lines[0] ?? '')).toEqual({ level: 'warn', event: 'fault', fault: `Error: ${hostile}`, hostile });
  });

  it('writes the pattern of a route and not the path, which may hold an id', async () => {
    const withParameter = appRoutes().find(({ pattern }) => pattern.includes(':'));
    expect(withParameter).toBeDefined();
    await call(withParameter?.method ?? '', withParameter?.path ?? '');
    expect(requestLines()).toMatchObject([{ route: withParameter?.pattern }]);
  });

  // ASVS 16.2.5
  it('is told of a thrown value what holds neither parameters nor quotations nor addresses', () => {
    const cause = new Error('D1_ERROR: no such table: users: SQLITE_ERROR');
    const wrapped = new DrizzleQueryError('select * from users where email = ?', ['a@example.com'], cause);
    expect(faultOf(wrapped)).toBe('Error: D1_ERROR: no such table: users: SQLITE_ERROR');
    expect(faultOf(new DrizzleQueryError('select ?', ['a@example.com'], undefined as never))).toBe('query failed');
    expect(faultOf(new Error('outer', { cause: wrapped }))).toBe('query failed');
    expect(faultOf(new TypeError('mail to <ada.b@example.com>, refused'))).toBe(
      'TypeError: mail to <(address)>, refused',
    );
    expect(faultOf(new SyntaxError('Unexpected token in "hunter2"'))).toBe('SyntaxError');
    expect(faultOf('hunter2')).toBe('string');
    expect(faultOf(new Error('x'.repeat(1000)))).toHaveLength(300);
  });
});

describe('a page of another origin', () => {
  const APP = 'https://app.example.com';
  const allowed: Call = { env: { ALLOWED_ORIGINS: `https://other.example.com, ${APP}` } };
  const from = (origin: string, more: Record<string, string> = {}) => ({ headers: { Origin: origin, ...more } });
  const preflight = { 'Access-Control-Request-Method': 'PATCH', 'Access-Control-Request-Headers': 'authorization' };

  const corsHeadersOf = (answer: Answer) =>
    [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));

  // ASVS 3.4.2
  it.each([
    ['none is allowed by default', APP, {}],
    ['it is not on the list', 'https://evil.example.com', allowed],
    ['it only begins like one that is', `${APP}.evil.example`, allowed],
    ['it is one by another scheme', 'http://app.example.com', allowed],
    ['it has no origin to speak of', 'null', allowed],
  ] satisfies [string, string, Call][])('reads no answer when %s', async (_, origin, settings) => {
    for (const [method, path] of [
      ['POST', LOGIN],
      ['GET', ME],
      ['GET', '/api/v1/nothing'],
    ] as const) {
      expect(corsHeadersOf(await call(method, path, { ...settings, ...from(origin) })), path).toEqual([]);
    }
    const asked = await call('OPTIONS', ME, { ...settings, ...from(origin, preflight) });
    expect([asked.status, corsHeadersOf(asked)]).toEqual([405, []]);
  });

  // ASVS 3.4.2
  // Threat foreign-page
  it('calls with credentials when it is on the list, and reads refusals too', async () => {
    for (const [method, path, status] of [
      ['GET', ME, 401],
      ['GET', '/api/v1/nothing', 404],
    ] as const) {
      const answer = await call(method, path, { ...allowed, ...from(APP) });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(APP);
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe('true');
      expect(answer.headers.get('Access-Control-Expose-Headers')?.split(',')).toEqual([
        'Content-Disposition',
        'Retry-After',
        'X-Request-Id',
      ]);
      expect(answer.headers.get('Vary')).toMatch(/\bOrigin\b/);
    }
  });

  it('is told before it asks, when it is on the list', async () => {
    const answer = await call('OPTIONS', ME, { ...allowed, ...from(APP, preflight) });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(APP);
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe('true');
    expect(answer.headers.get('Access-Control-Allow-Methods')?.split(',')).toEqual(
      expect.arrayContaining(['GET', 'POST', 'PATCH', 'DELETE']),
    );
    expect(answer.headers.get('Access-Control-Allow-Headers')?.split(',')).toEqual(['Authorization', 'Content-Type']);
    expectFrame(answer);
  });

  it.each([
    ['https://APP.Example.com', 'https://app.example.com'],
    ['HTTPS://app.example.com:443/', 'https://app.example.com'],
    ['https://app.example.com:8443', 'https://app.example.com:8443'],
    ['http://localhost:80', 'http://localhost'],
    ['http://tauri.localhost', 'http://tauri.localhost'],
    ['https://b\u00fccher.example', 'https://xn--bcher-kva.example'],
    ['http://[0:0:0:0:0:0:0:1]:3000', 'http://[::1]:3000'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['tauri://localhost', 'tauri://localhost'],
    ['Ionic://LocalHost', 'ionic://localhost'],
    ['app://com.example.desk:1420', 'app://com.example.desk:1420'],
    ['chrome-extension://abcdefghijklmnop', 'chrome-extension://abcdefghijklmnop'],
  ])('is on the list in any spelling: %s is %s', async (ALLOWED_ORIGINS, origin) => {
    const settings = { env: { ENVIRONMENT: 'production', ALLOWED_ORIGINS } };
    const answer = await call('GET', ME, { ...settings, ...from(origin) });
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(origin);
    const asked = await call('OPTIONS', ME, { ...settings, ...from(origin, preflight) });
    expect([asked.status, asked.headers.get('Access-Control-Allow-Origin')]).toEqual([204, origin]);
    expect(lines.join()).not.toContain('origin-refused');
  });

  const LOCAL = [
    ...['http://localhost', 'http://localhost:3000', 'https://localhost:5173', 'http://app.localhost:4200'],
    ...['http://127.0.0.1:8080', 'http://[::1]:3000', 'http://tauri.localhost', 'capacitor://localhost'],
  ];

  // ASVS 3.4.2
  it.each(LOCAL)('on this machine may call in development, without a setting, and only there: %s', async (origin) => {
    for (const [ENVIRONMENT, isAllowed] of [
      ['development', true],
      ['production', false],
      ['staging', false],
    ] as const) {
      const answer = await call('GET', ME, { env: { ENVIRONMENT }, ...from(origin) });
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(isAllowed ? origin : null);
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe(isAllowed ? 'true' : null);
      const asked = await call('OPTIONS', ME, { env: { ENVIRONMENT }, ...from(origin, preflight) });
      expect(asked.status).toBe(isAllowed ? 204 : 405);
    }
  });

  it.each([
    ...['http://localhost.evil.example', 'http://evil-localhost', 'http://127.0.0.1.evil.example', 'null'],
    ...['http://127.0.0.2:3000', 'http://192.168.1.5:3000', 'http://localhost:3000/', 'http://evil@localhost'],
  ])('elsewhere may not, in development neither: %s', async (origin) => {
    expect(corsHeadersOf(await call('GET', ME, from(origin)))).toEqual([]);
  });

  const refusedOrigins = () => lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'origin-refused');

  it.each(['development', 'production'])(
    'is named in the log where it is refused, once a request: %s',
    async (name) => {
      const settings = { env: { ENVIRONMENT: name, ALLOWED_ORIGINS: APP } };
      const answers = [
        await call('OPTIONS', ME, { ...settings, ...from('https://front.example', preflight) }),
        await call('POST', '/api/v1/auth/refresh-token', { ...settings, ...from('https://front.example') }),
      ];
      expect(refusedOrigins()).toEqual(
        answers.map(({ headers }) => ({
          level: 'warn',
          event: 'origin-refused',
          origin: 'https://front.example',
          request_id: headers.get('X-Request-Id'),
        })),
      );
    },
  );

  it.each([
    ['HTTPS://Front.Example:443', 'https://front.example'],
    ['null', 'null'],
    ['https://ada:hunter2@front.example', 'unreadable'],
    ['https://front.example/reset?token=hunter2', 'unreadable'],
    ['ada@example.com', 'unreadable'],
    [`https://${'a'.repeat(60)}.${'b'.repeat(60)}.example`, `https://${'a'.repeat(60)}.${'b'.repeat(31)}`],
    ['moz-extension://0a1b2c3d-4e5f-6789-abcd-ef0123456789', 'moz-extension:'],
    ['capacitor://phone', 'capacitor://phone'],
  ])('is named by nothing but an origin, and no more of it than helps: %s is %s', async (origin, named) => {
    await call('GET', ME, from(origin));
    expect(refusedOrigins().map(({ origin }) => origin)).toEqual([named]);
    expect(lines.join()).not.toMatch(/hunter2|ada@/);
  });

  it('is not named where it is our own, or allowed, or none at all', async () => {
    await call('GET', ME, { ...allowed, ...from(APP) });
    await call('GET', ME, from(ORIGIN));
    await call('GET', ME);
    expect(refusedOrigins()).toEqual([]);
  });

  it('changes what a cache may keep, whoever asks', async () => {
    expect((await call('GET', ME)).headers.get('Vary')).toMatch(/\bOrigin\b/);
  });

  it('may always read the key set, which is public', async () => {
    const answer = await call('GET', '/.well-known/jwks.json', from('https://anybody.example'));
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
  });
});

describe("an administrator's route", () => {
  it.each([
    ['/api/v1/users', true],
    [DEACTIVATE, true],
    ['/api/v1/users/reactivate', true],
    ['/api/v1/users/12', true],
    ['/api/v1/users/men', true],
    ['/api/v1/users/12/access', true],
    ['/api/v1/users/12/audit', true],
    ['/api/v1/users/me/access', false],
    ['/api/v1/users/12/other', false],
    ['/api/v1/operations/numbers', true],
    ['/api/v1/operationsx', false],
    ['/api/v1/users/me', false],
    ['/api/v1/users/me/avatar', false],
    ['/api/v1/users/me/sessions/1', false],
    ['/api/v1/usersx', false],
    ['/api/v1/auth/login', false],
  ])('is told by its path: %s is %s', (path, isAdmin) => expect(isAdminPath(path)).toBe(isAdmin));

  const told = (status: number, message: string) => ({ status: 'error', status_code: status, message, data: {} });
  const errors = [
    { field: 'body.user_id', message: 'must be a positive integer' },
    { field: 'body.reason', message: 'must be a string' },
  ];
  const CREDENTIALS = told(401, 'Could not validate admin credentials');
  const UNEXPECTED = told(500, 'An unexpected error occurred.');

  it.each([
    ['no credentials', new AppError('INVALID_CREDENTIALS'), CREDENTIALS],
    ['an ended session', new AppError('TOKEN_REVOKED'), CREDENTIALS],
    ['a deleted administrator', new AppError('ACCOUNT_DELETED'), CREDENTIALS],
    ['a suspended administrator', new AppError('ACCOUNT_DEACTIVATED'), CREDENTIALS],
    ['somebody else', new AppError('FORBIDDEN'), told(403, 'You do not have permission to access this resource')],
    [
      'a wrong field',
      new AppError('VALIDATION_ERROR', { data: { errors } }),
      told(400, 'Request validation failed: user_id must be a positive integer'),
    ],
    ['a sentence of its own', new AppError('NOT_FOUND', { message: 'User not found' }), told(404, 'User not found')],
    ['malformed JSON', new AppError('MALFORMED_JSON'), told(400, 'The request body is not valid JSON.')],
    ['another method', new AppError('METHOD_NOT_ALLOWED'), told(405, 'This method is not allowed here.')],
    ['a large body', new AppError('PAYLOAD_TOO_LARGE'), told(413, 'The request body is too large.')],
    [
      'another type',
      new AppError('UNSUPPORTED_MEDIA_TYPE'),
      told(415, 'The request body has a type that is not supported here.'),
    ],
    ['the limit', new AppError('RATE_LIMIT_EXCEEDED'), told(429, 'Too many requests. Please try again later.')],
    ['a bug', new TypeError('x is not a function'), UNEXPECTED],
    ['storage that is away', new DatabaseUnavailable('Network connection lost.'), UNEXPECTED],
  ])('tells in four keys of %s', async (_, thrown, body) => {
    const answer = await refusalAt(DEACTIVATE, thrown);
    expect(answer.status).toBe(body.status_code);
    const text = await answer.text();
    expect(text).toBe(JSON.stringify(body));
    expect(answer.headers.get('WWW-Authenticate')).toBe(body.status_code === 401 ? 'Bearer' : null);
    expect(answer.headers.get('Retry-After')).toBeNull();
  });

  it('keeps the headers of a refusal', async () => {
    const limited = new AppError('RATE_LIMIT_EXCEEDED', { headers: { 'Retry-After': '60' } });
    expect((await refusalAt(DEACTIVATE, limited)).headers.get('Retry-After')).toBe('60');
  });

  const adminRoutes = appRoutes().filter(({ path }) => isAdminPath(path));

  it.each(adminRoutes)('tells in four keys of whatever refuses $method $pattern', async ({ method, path }) => {
    const account = await newAccount();
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", account.id);
    const { token } = account;
    const withBody: Call[] = [
      { token, body: jsonOfSize(BODY_MAX_BYTES + 1), headers: asJson },
      { token, body: 'user_id=1' },
      { token, body: '{"user_id":', headers: asJson },
      { token, body: '{"user_id":{}}', headers: asJson },
    ];
    const answers = [
      await call(method, path),
      await call('PUT', path, { token }),
      await call(method, path, { token, ...limitReached }),
      await call(method, path, { token, env: { DB: failing() } }),
    ];
    const takesBody = method !== 'GET';
    for (const sent of takesBody ? withBody : []) answers.push(await call(method, path, sent));
    expect(answers.map(({ status }) => status)).toEqual([
      401,
      405,
      429,
      500,
      ...(takesBody ? [413, 415, 400, 400] : []),
    ]);
    for (const { status, body } of answers) {
      expect(Object.keys(body)).toEqual(['status', 'status_code', 'message', 'data']);
      expect(body).toMatchObject({ status: 'error', status_code: status, message: expect.stringMatching(/\w/) });
      expect(body.data).toEqual({});
    }
  });

  it('is known: there are some', () => {
    expect(adminRoutes.map(({ method, path }) => `${method} ${path}`)).toEqual(
      expect.arrayContaining([`PATCH ${DEACTIVATE}`, 'PATCH /api/v1/users/reactivate', 'GET /api/v1/users']),
    );
  });
});
