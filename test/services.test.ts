import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { removeService, rotateService } from '../src/accounts/services/service.ts';
import { serviceKeys } from '../src/accounts/tokens/service-secret.ts';
import { type AppRoute, serviceRoutes } from './app-routes.ts';
import { newPerson } from './callers.ts';
import { call, failing, newAccount, rows } from './client.ts';
import { DAY } from './clock.ts';
import { accessTo } from './decided.ts';
import { sentBy } from './sent.ts';
import { actingOn, type NewService, newService, pairOf } from './service.ts';

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const rotate = (service: NewService, leaked = false, now?: Date) =>
  rotateService(actingOn(service.name, now), serviceKeys(env), leaked);

/** What is sent to a route of services so that it would be done for one of them, and the status that says so. */
const sentTo = async (route: AppRoute, service: NewService) => {
  const [{ path = route.path, json }] = await sentBy(route, {
    person: await newPerson(),
    service: async () => service,
  });
  return { method: route.method, path, ...(json ? { json } : {}), done: accessTo(route).done };
};

const everything = async (): Promise<unknown[]> =>
  Promise.all(['receipts', 'room_participations'].map((table) => rows(`SELECT * FROM ${table}`)));

describe('every route of services', () => {
  const routes = serviceRoutes();

  beforeEach(async () => {
    await rows('DELETE FROM services');
  });

  // Threat rogue-service
  it.each(routes)('is opened by the token of a service and by nothing else: $method $pattern', async (route) => {
    const administrator = await newPerson('admin');
    const service = await newService();
    const { method, path, json, done } = await sentTo(route, service);
    const [start = '', mac = ''] = service.token.split(/\.(?=[^.]*$)/);
    const wrong = [
      undefined,
      '',
      'a',
      administrator.token,
      `${start}.${mac.slice(1)}`,
      service.secret,
      `${service.token}=`,
    ];
    const before = await everything();
    for (const token of wrong) {
      const answer = await call(method, path, { token, json });
      expect([answer.status, answer.body.code, answer.body.message]).toEqual([
        ...[401, 'INVALID_CREDENTIALS', 'Could not validate credentials.'],
      ]);
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
    }
    expect(await everything()).toEqual(before);
    expect((await call(method, path, { token: service.token, json })).status).toBe(done);
    expect((await call('GET', '/api/v1/users/me', { token: service.token })).status).toBe(401);
    expect((await call('GET', '/api/v1/users', { token: service.token })).status).toBe(401);
  });

  it.each(routes)(
    'takes the token before a rotation for another day, and none of a service that was removed: $method $pattern',
    async (route) => {
      const service = await newService();
      const { method, path, json, done } = await sentTo(route, service);
      const status = async (token: string) => (await call(method, path, { token, json })).status;
      const rotated = await rotate(service);
      const next = rotated.outcome === 'rotated' ? pairOf(rotated.identity) : service;
      expect([await status(service.token), await status(next.token)]).toEqual([done, done]);
      await rows('UPDATE services SET former_until = ?', Date.now() - 1);
      expect([await status(service.token), await status(next.token)]).toEqual([401, done]);
      await removeService(actingOn(service.name));
      const before = await everything();
      expect([await status(service.token), await status(next.token)]).toEqual([401, 401]);
      expect(await everything()).toEqual(before);
    },
  );

  it.each(routes.filter(({ method }) => method !== 'GET'))(
    'says of a wrong body nothing to a service that was removed, also while the body is held back: $method $pattern',
    async ({ method, path }) => {
      const service = await newService();
      expect((await call(method, path, { token: service.token, json: { nonsense: 1 } })).status).toBe(400);
      const gate = Promise.withResolvers<void>();
      const held = new ReadableStream({
        start: async (controller) => {
          controller.enqueue(new TextEncoder().encode('{'));
          await gate.promise;
          controller.enqueue(new TextEncoder().encode('"nonsense":1}'));
          controller.close();
        },
      });
      const headers = { 'Content-Type': 'application/json' };
      const asked = call(method, path, { token: service.token, body: held, headers });
      await removeService(actingOn(service.name));
      gate.resolve();
      expect((await asked).status).toBe(401);
    },
  );

  it.each(routes)('says 503 where the database does not answer: $method $pattern', async (route) => {
    const service = await newService();
    const { method, path, json } = await sentTo(route, service);
    const answer = await call(method, path, { token: service.token, json, env: { DB: failing() } });
    expect([answer.status, answer.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(answer.headers.get('Retry-After')).not.toBeNull();
  });

  it.each(routes)(
    'counts the requests of a service, whatever its address, and not those of another: $method $pattern',
    async (route) => {
      const [one, other] = [await newService(), await newService()];
      const { method, path, json } = await sentTo(route, one);
      const keys: string[] = [];
      const RATE_LIMIT_300 = {
        limit: async ({ key }: { key: string }) => {
          keys.push(key);
          return { success: !key.includes(one.id) };
        },
      };
      const limited = { RATE_LIMITS: 'on', RATE_LIMIT_300 } as unknown as Partial<Env>;
      const headers = { 'CF-Connecting-IP': '203.0.113.7' };
      const ask = (token: string) => call(method, path, { token, json, headers, env: limited });
      expect([(await ask(one.token)).status, (await ask(other.token)).status]).not.toContain(503);
      expect((await ask(one.token)).status).toBe(429);
      await ask('forged.token');
      expect(keys).toEqual([`* service ${one.id}`, `* service ${other.id}`, `* service ${one.id}`, '* 203.0.113.7']);
    },
  );
});

describe('a rotation', () => {
  it('is refused a second time within a day, so that no pair ends early, unless the pair has leaked', async () => {
    const service = await newService();
    expect((await rotate(service)).outcome).toBe('rotated');
    expect((await rotate(service)).outcome).toBe('ROTATED_RECENTLY');
    expect((await rotate(service, false, new Date(Date.now() + DAY))).outcome).toBe('rotated');
    const leaked = await rotate(service, true);
    const { token } = leaked.outcome === 'rotated' ? pairOf(leaked.identity) : service;
    const status = async (text: string) => (await call('GET', '/api/v1/events', { token: text })).status;
    expect([await status(service.token), await status(token)]).toEqual([401, 200]);
    expect(
      await rows(
        "SELECT action, service FROM audit_events WHERE action = 'service.rotate' AND service = ?",
        service.name,
      ),
    ).toEqual(Array(3).fill({ action: 'service.rotate', service: service.name }));
  });
});

describe('GET /api/v1/profiles', () => {
  // ASVS 8.3.3
  it('answers the public fields of who is there, in the order asked, each once', async () => {
    const { token } = await newService();
    const [ada, bob, gone, suspended] = [
      await newAccount({ full_name: 'Ada', speaking_language: 'en', listening_language: 'pt-BR' }),
      ...[await newAccount(), await newAccount(), await newAccount()],
    ];
    await rows("UPDATE users SET avatar_key = '1/abc.webp' WHERE id = ?", ada.id);
    await rows('UPDATE users SET is_verified = 0 WHERE id = ?', gone?.id);
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', suspended?.id);
    const ids = [bob?.id, ada.id, gone?.id, suspended?.id, 999_999, ada.id].join(',');
    const { status, body } = await call('GET', `/api/v1/profiles?ids=${ids}`, { token });
    expect([status, body]).toEqual([
      200,
      {
        profiles: [
          { id: bob?.id, full_name: null, avatar_url: null, speaking_language: 'en', listening_language: 'en' },
          {
            ...{ id: ada.id, full_name: 'Ada', avatar_url: 'https://api.example.com/avatars/1/abc.webp' },
            ...{ speaking_language: 'en', listening_language: 'pt-BR' },
          },
        ],
      },
    ]);
    expect(Object.keys(body.profiles[1])).toEqual([
      ...['id', 'full_name', 'avatar_url', 'speaking_language', 'listening_language'],
    ]);
  });

  it('reads the service and those who are asked for, in one trip', async () => {
    const { token } = await newService();
    const { id } = await newAccount();
    const batch = vi.spyOn(env.DB, 'batch');
    const prepare = vi.spyOn(env.DB, 'prepare');
    await call('GET', `/api/v1/profiles?ids=${id}`, { token });
    expect([batch.mock.calls.length, batch.mock.calls[0]?.[0].length]).toEqual([1, 2]);
    expect(prepare.mock.calls.length).toBe(2);
  });

  it.each(['', 'a', '0', '01', '1,', '1,,2', '1 2', '-1', '1.5', '9007199254740992', Array(101).fill('1').join(',')])(
    'refuses ids=%s',
    async (ids) => {
      const { token } = await newService();
      const answer = await call('GET', `/api/v1/profiles?ids=${encodeURIComponent(ids)}`, { token });
      expect([answer.status, answer.body.data.errors]).toEqual([
        400,
        [{ field: 'query.ids', message: 'must be 1 to 100 ids of users, separated by commas' }],
      ]);
    },
  );

  it('refuses to be asked for nobody', async () => {
    const { token } = await newService();
    expect((await call('GET', '/api/v1/profiles', { token })).status).toBe(400);
  });
});

describe('POST /api/v1/events/{id}/receipt', () => {
  const newEvent = async (type = 'user.erased'): Promise<string> => {
    const [row] = await rows("INSERT INTO events (type, user_id, data, at) VALUES (?, 1, '{}', 0) RETURNING seq", type);
    return `evt_${row.seq}`;
  };
  const confirm = async (id: string, token: string, outcome = 'erased') =>
    (await call('POST', `/api/v1/events/${id}/receipt`, { token, json: { outcome } })).status;
  const receipts = (id: string) =>
    rows('SELECT service, outcome FROM receipts WHERE event_seq = ? ORDER BY service', Number(id.slice(4)));

  it('stands as it was given first, for each service', async () => {
    const [one, other] = [await newService(), await newService()];
    const id = await newEvent();
    expect(await confirm(id, one.token)).toBe(204);
    expect(await confirm(id, one.token, 'nothing-held')).toBe(204);
    expect(await confirm(id, other.token, 'nothing-held')).toBe(204);
    expect(await receipts(id)).toEqual(
      [
        { service: one.name, outcome: 'erased' },
        { service: other.name, outcome: 'nothing-held' },
      ].toSorted((a, b) => (a.service < b.service ? -1 : 1)),
    );
    await removeService(actingOn(one.name));
    expect(await receipts(id)).toHaveLength(2);
  });

  it('is refused for what is no event of the service', async () => {
    const { token } = await newService({ types: ['user.erased'] });
    const other = await newEvent('user.updated');
    for (const id of [other, 'evt_999999', 'evt_0', 'evt_01', 'evt_', '1', 'evt_1x', 'evt_9999999999999999']) {
      expect(await confirm(id, token), id).toBe(404);
    }
    expect(await receipts(other)).toEqual([]);
    expect(await confirm(await newEvent(), token)).toBe(204);
  });
});

describe('room participations', () => {
  const note = (token: string, json: unknown) => call('POST', '/api/v1/room-participations', { token, json });
  const end = (token: string, id: unknown, json: unknown) =>
    call('PATCH', `/api/v1/room-participations/${id}`, { token, json });

  it('are noted, ended, exported and erased with the account', async () => {
    const { token } = await newService();
    const user = await newAccount();
    const noted = await note(token, {
      user_id: String(user.id),
      room_id: 'standup',
      joined_at: '2026-11-28T13:00:00+01:00',
    });
    expect([noted.status, Object.keys(noted.body)]).toEqual([201, ['id']]);
    const whole = {
      user_id: user.id,
      room_id: 'retro',
      joined_at: '2026-11-28T12:00:00Z',
      left_at: '2026-11-28T12:00:00Z',
    };
    expect((await note(token, whole)).status).toBe(201);
    expect(await end(token, noted.body.id, { left_at: '2026-11-28T12:30:00Z' })).toMatchObject({
      ...{ status: 200, body: { id: noted.body.id } },
    });
    const exported = await call('GET', '/api/v1/users/me/export', { token: user.token });
    expect(exported.body.room_participations).toMatchObject([
      { room_id: 'standup', joined_at: '2026-11-28T12:00:00Z', left_at: '2026-11-28T12:30:00Z' },
      { room_id: 'retro', joined_at: '2026-11-28T12:00:00Z', left_at: '2026-11-28T12:00:00Z' },
    ]);
    await call('DELETE', '/api/v1/users/me?hard=true', { token: user.token });
    expect(await rows('SELECT 1 FROM room_participations WHERE user_id = ?', user.id)).toEqual([]);
    expect((await end(token, noted.body.id, { left_at: '2026-11-28T13:00:00Z' })).status).toBe(404);
  });

  it('are one where the same is told once more, and of each user and each service one of its own', async () => {
    const [one, other] = [await newService(), await newService()];
    const [ada, bob] = [await newAccount(), await newAccount()];
    const was = { room_id: 'standup', joined_at: '2026-11-28T12:00:00Z', left_at: '2026-11-28T12:30:00Z' };
    const told = async (service: { token: string }, { id }: { id: number }, fields = {}) => {
      const { status, body } = await note(service.token, { user_id: id, ...was, ...fields });
      expect(status).toBe(201);
      return body.id as number;
    };
    const first = await told(one, ada);
    expect(await told(one, ada)).toBe(first);
    const others = [
      await told(one, bob),
      await told(other, ada),
      await told(one, ada, { room_id: 'retro' }),
      await told(one, ada, { joined_at: '2026-11-28T12:00:01Z' }),
      await told(one, ada, { left_at: null }),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
  });

  it('begin now where nothing is said', async () => {
    const { token } = await newService();
    const { id } = await newAccount();
    const before = Date.now();
    const { body } = await note(token, { user_id: id, room_id: '🚪'.repeat(128), left_at: null });
    const [row] = await rows('SELECT joined_at, left_at FROM room_participations WHERE id = ?', body.id);
    expect(row.left_at).toBeNull();
    expect(row.joined_at).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['suspended', 'is_active = 0, deactivated_at = 1'],
    ['deleted', 'is_active = 0, deleted_at = 1'],
    ['not verified', 'is_verified = 0'],
  ])('are noted of nobody who is %s', async (_, state) => {
    const { token } = await newService();
    const { id } = await newAccount();
    await rows(`UPDATE users SET ${state} WHERE id = ?`, id);
    const answer = await note(token, { user_id: id, room_id: 'standup' });
    expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    expect((await note(token, { user_id: 999_999, room_id: 'standup' })).status).toBe(404);
  });

  // ASVS 2.2.3, 8.2.2
  // Threat rogue-service
  it('are ended by the service that has noted them, and by no other', async () => {
    const [one, other] = [await newService(), await newService()];
    const { id } = await newAccount();
    const { body } = await note(one.token, { user_id: id, room_id: 'standup', joined_at: '2026-11-28T12:00:00Z' });
    const left = { left_at: '2026-11-28T12:30:00Z' };
    expect((await end(other.token, body.id, left)).status).toBe(404);
    for (const unknown of [999_999, 0, 'a', '01']) expect((await end(one.token, unknown, left)).status).toBe(404);
    const early = await end(one.token, body.id, { left_at: '2026-11-28T11:59:59Z' });
    expect([early.status, early.body.data]).toEqual([
      400,
      { errors: [{ field: 'body.left_at', message: 'must not lie before joined_at' }] },
    ]);
    expect(await rows('SELECT left_at FROM room_participations WHERE id = ?', body.id)).toEqual([{ left_at: null }]);
  });

  it.each([
    [{ room_id: 'r' }, 'body.user_id'],
    [{ user_id: 1 }, 'body.room_id'],
    [{ user_id: 1, room_id: '' }, 'body.room_id'],
    [{ user_id: 1, room_id: 'x'.repeat(129) }, 'body.room_id'],
    [{ user_id: 1, room_id: 'a\u0007' }, 'body.room_id'],
    [{ user_id: 1, room_id: 'r', joined_at: 'now' }, 'body.joined_at'],
    [{ user_id: 1, room_id: 'r', joined_at: '2026-11-28T12:00:00' }, 'body.joined_at'],
    [{ user_id: 1, room_id: 'r', joined_at: '2026-11-28T12:00:00Z', left_at: '2026-11-28T11:00:00Z' }, 'body.left_at'],
  ])('are refused where a field is wrong: %j', async (json, field) => {
    const { token } = await newService();
    const answer = await note(token, json);
    expect([answer.status, answer.body.data.errors.map((error: { field: string }) => error.field)]).toEqual([
      400,
      [field],
    ]);
  });
});
