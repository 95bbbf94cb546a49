import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as z from 'zod';
import { BODY_DEADLINE_MS } from '../src/api/http/body.ts';
import { isAdminPath } from '../src/api/http/refusals.ts';
import { type AppRoute, appRoutes, routesWithBody, serviceRoutes } from './app-routes.ts';
import { type Account, type Answer, call, newAccount, rows } from './client.ts';
import { type NewService, newService } from './service.ts';

const routes = routesWithBody();

/** Each route with each of the types that it takes. */
const bodies = routes.flatMap(({ bodies, ...route }) =>
  bodies.map(({ mediaType, schema }) => ({ ...route, mediaType, schema })),
);

const BEGINNING: Record<string, string> = {
  'application/json': '{"email":"a@example.com",',
  'multipart/form-data': '--X\r\nContent-Disposition: form-data; name="full_name"\r\n\r\nAda',
};

const contentType = (mediaType: string): string =>
  mediaType === 'multipart/form-data' ? `${mediaType}; boundary=X` : mediaType;

/** A body of which the beginning comes and then nothing more; what became of it. */
const heldBack = (beginning: string) => {
  const waits = Promise.withResolvers<void>();
  const cancel = vi.fn();
  let pulls = 0;
  const body = new ReadableStream(
    {
      pull: (controller) => {
        pulls += 1;
        if (pulls === 1) return controller.enqueue(new TextEncoder().encode(beginning));
        waits.resolve();
        return new Promise(() => undefined);
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
  return { body, cancel, waits: waits.promise, pulls: () => pulls };
};

let admin: Account;
let service: NewService;

const ofServices = serviceRoutes().map(({ pattern }) => pattern);
const tokenFor = ({ pattern }: AppRoute): string => (ofServices.includes(pattern) ? service : admin).token;

beforeAll(async () => {
  admin = await newAccount();
  await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
  service = await newService();
});

afterEach(() => vi.useRealTimers());

const expectRefusal = ({ path }: AppRoute, answer: Answer, status: number, code: string): void => {
  const keys = ['status', 'status_code', ...(isAdminPath(path) ? [] : ['code']), 'message', 'data'];
  expect([answer.status, Object.keys(answer.body)]).toEqual([status, keys]);
  if (!isAdminPath(path)) expect(answer.body.code).toBe(code);
};

it('is taken by some routes, of either kind', () => {
  const names = bodies.map(({ method, path, mediaType }) => `${method} ${path} ${mediaType}`);
  expect(names).toEqual(
    expect.arrayContaining([
      'POST /api/v1/auth/login application/json',
      'PATCH /api/v1/users/me multipart/form-data',
      'PATCH /api/v1/users/deactivate application/json',
    ]),
  );
  expect(names.length).toBeGreaterThan(10);
});

describe('a body that does not arrive', () => {
  // ASVS 15.2.2
  // Threat exhaustion
  it.each(bodies)(
    'within 30 seconds is refused, and read no further: $method $pattern, $mediaType',
    async ({ mediaType, ...route }) => {
      const { body, cancel, waits } = heldBack(BEGINNING[mediaType] ?? '');
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const headers = { 'Content-Type': contentType(mediaType), 'Content-Length': '1000' };
      const answered = vi.fn();
      const asked = call(route.method, route.path, { token: tokenFor(route), body, headers });
      asked.then(answered, answered);
      await waits;
      await vi.advanceTimersByTimeAsync(BODY_DEADLINE_MS - 1);
      expect(answered).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expectRefusal(route, await asked, 408, 'REQUEST_TIMEOUT');
      expect(BODY_DEADLINE_MS).toBe(30_000);
      expect(cancel).toHaveBeenCalledOnce();
    },
  );

  it('in time leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await call('PATCH', '/api/v1/users/me', { token: admin.token, json: {} });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('because its client has gone is malformed', async () => {
    const gone = () =>
      new ReadableStream({ pull: (controller) => controller.error(new Error('Network connection lost.')) });
    for (const [mediaType, code] of [
      ['application/json', 'MALFORMED_JSON'],
      ['multipart/form-data', 'MALFORMED_BODY'],
    ] as const) {
      const headers = { 'Content-Type': contentType(mediaType) };
      const answer = await call('PATCH', '/api/v1/users/me', { token: admin.token, body: gone(), headers });
      expect([answer.status, answer.body.code]).toEqual([400, code]);
    }
  });
});

describe('a body that is too long', () => {
  it('is read no further', async () => {
    const cancel = vi.fn();
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(16 * 1024)),
      cancel,
    });
    const headers = { 'Content-Type': 'application/json' };
    const answer = await call('PATCH', '/api/v1/users/me', { token: admin.token, body, headers });
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(cancel).toHaveBeenCalledOnce();
  });
});

describe('a body that nobody reads', () => {
  const unread = appRoutes().filter(({ method }) => method !== 'GET');

  it.each(unread)('is let go with the answer: $method $pattern', async ({ method, path }) => {
    const { body, cancel, pulls } = heldBack('x');
    expect((await call(method, path, { body })).status).toBeLessThan(500);
    expect([cancel.mock.calls.length, pulls()]).toEqual([1, 0]);
  });

  it('is let go where nothing is, and where its length is too large', async () => {
    const [nowhere, large] = [heldBack('x'), heldBack('x')];
    expect((await call('POST', '/api/v1/nothing', { body: nowhere.body })).status).toBe(404);
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '70000' };
    expect((await call('POST', '/api/v1/auth/login', { body: large.body, headers })).status).toBe(413);
    for (const { cancel, pulls } of [nowhere, large]) expect([cancel.mock.calls.length, pulls()]).toEqual([1, 0]);
  });
});

describe('a body of another type', () => {
  const acceptHeader = (method: string): string => ({ POST: 'Accept-Post', PATCH: 'Accept-Patch' })[method] ?? '';

  it.each(routes)('is told which ones are taken: $method $pattern', async ({ bodies, ...route }) => {
    const types = bodies.map(({ mediaType }) => mediaType);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      const { body, pulls } = heldBack('x');
      const answer = await call(route.method, route.path, {
        token: tokenFor(route),
        body,
        headers: { 'Content-Type': type },
      });
      expectRefusal(route, answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
      expect(answer.headers.get(acceptHeader(route.method))).toBe(types.join(', '));
      expect(answer.headers.get('Accept-Encoding')).toBeNull();
      for (const taken of types) expect(answer.body.message).toContain(taken);
      expect(pulls()).toBe(0);
    }
  });

  it.each(bodies)('is one with a content coding too: $method $pattern, $mediaType', async ({ mediaType, ...route }) => {
    for (const coding of ['gzip', 'br', 'GZIP', 'identity, deflate', 'aes128gcm']) {
      const { body, pulls } = heldBack('x');
      const headers = { 'Content-Type': contentType(mediaType), 'Content-Encoding': coding };
      const answer = await call(route.method, route.path, { token: tokenFor(route), body, headers });
      expectRefusal(route, answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
      expect(answer.body.message).toContain('Content-Encoding');
      expect(answer.headers.get('Accept-Encoding')).toBe('identity');
      expect(answer.headers.get(acceptHeader(route.method))).toContain(mediaType);
      expect(pulls()).toBe(0);
    }
  });

  it('is none that says it has no coding', async () => {
    for (const coding of ['identity', '', 'Identity']) {
      const headers = { 'Content-Encoding': coding };
      expect((await call('PATCH', '/api/v1/users/me', { token: admin.token, json: {}, headers })).status).toBe(200);
    }
  });
});

describe('JSON', () => {
  const byJson = bodies.filter(({ mediaType }) => mediaType === 'application/json');
  const headers = { 'Content-Type': 'application/json' };
  const toldTo = ({ path }: AppRoute, { body }: Answer): string[] =>
    isAdminPath(path)
      ? [body.message.replace('Request validation failed: ', '')]
      : body.data.errors.map(({ field, message }: Record<string, string>) => `${field} ${message}`);

  it.each(byJson)('that is no object is refused as a whole, in our words: $method $pattern', async (route) => {
    for (const body of ['null', '1', '-0.5e3', '"text"', 'true', '[]', '[{"email":"a@example.com"}]', ' \n null ']) {
      const answer = await call(route.method, route.path, { token: tokenFor(route), body, headers });
      expectRefusal(route, answer, 400, 'VALIDATION_ERROR');
      expect(toldTo(route, answer), body).toEqual(['body must be an object']);
    }
  });

  it.each(byJson)('that is no UTF-8 is malformed: $method $pattern', async (route) => {
    const letters = new TextEncoder().encode('{"email":"a@example.com","full_name":"?"}');
    const body = letters.with(letters.indexOf(0x3f), 0xff);
    expectRefusal(
      route,
      await call(route.method, route.path, { token: tokenFor(route), body, headers }),
      400,
      'MALFORMED_JSON',
    );
  });

  // Threat hostile-input
  it.each(byJson)('with any value in any field is answered in our words: $method $pattern', async (route) => {
    const fields = Object.keys((route.schema as z.ZodObject).shape);
    expect(fields).not.toEqual([]);
    for (const value of [undefined, null, 1, 1.5, true, '', [], {}, 'x'.repeat(5000), '\u0000', '\ud800']) {
      const json = Object.fromEntries(fields.map((field) => [field, value]));
      const answer = await call(route.method, route.path, { token: tokenFor(route), json });
      // Zod's own sentences.
      expect(answer.text).not.toMatch(/Invalid (?:input|option|string)|expected|Too (?:big|small)|Unrecognized/i);
    }
  });
});
