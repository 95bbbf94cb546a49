import { env } from 'cloudflare:workers';
import { SignJWT } from 'jose';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  newSigningKey,
  publicKeySet,
  type SigningSlots,
  signAccessToken,
} from '../src/accounts/tokens/access-token.ts';
import {
  AccountsError,
  type AccountsServiceOptions,
  accountsService,
  type Blacklist,
  EventsExpired,
  PushError,
  VerificationUnavailable,
} from '../src/client/service.ts';

// What services install, against answers as the contract words them.

const MINUTE = 60 * 1000;
const TOKEN = 'the service';
const NOW = new Date('2026-03-14T12:00:00Z');

type Asked = { method: string; path: string; headers: Headers; body: unknown };
type Answer = (asked: Asked) => Response | Promise<Response>;

let services = 0;

/** A service of an API that nobody has asked before, which answers what is given. */
const newService = (answer: Answer = () => new Response(null, { status: 500 }), options: object = {}) => {
  services += 1;
  const origin = `https://accounts-${services}.example.com`;
  const asked: Asked[] = [];
  const send: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    expect(url.origin).toBe(origin);
    const body = init?.body ? JSON.parse(String(init.body)) : undefined;
    const request = { method: init?.method ?? 'GET', path: decodeURIComponent(url.pathname + url.search), body };
    asked.push({ ...request, headers: new Headers(init?.headers) });
    return answer(asked.at(-1) as Asked);
  };
  const make = (more: Partial<AccountsServiceOptions> = {}) =>
    accountsService({ origin, token: TOKEN, fetch: send, ...options, ...more });
  return { origin, asked, make, ...make() };
};

const paths = (asked: Asked[]): string[] => asked.map(({ method, path }) => `${method} ${path}`);
const errorOf = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => expect.unreachable('It was not refused.'),
    (error) => error,
  );
const refusal = (status: number, code: string, data: object = {}, headers: Record<string, string> = {}) =>
  Response.json({ status: 'error', status_code: status, code, message: `It is ${code}.`, data }, { status, headers });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const later = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

describe('An access token', () => {
  const session = { id: 'session-1', userId: 12 };

  /** A service of an API with these keys, which can be exchanged, and the tokens that this API issues. */
  const withKeys = async (options: object = {}) => {
    const ages = [2 * 60 * MINUTE, 24 * 60 * MINUTE];
    const [a = '', b = ''] = await Promise.all(ages.map((age) => newSigningKey(new Date(Date.now() - age))));
    const keys = { slots: [a, b] as SigningSlots, answer: undefined as Response | Error | undefined };
    const service = newService(() => {
      if (keys.answer instanceof Error) throw keys.answer;
      return keys.answer?.clone() ?? Response.json(publicKeySet(keys.slots));
    }, options);
    const { origin } = service;
    const sign = (slots: SigningSlots = keys.slots, names: object = {}, whose: object = {}) =>
      signAccessToken(slots, { issuer: origin, audience: origin, ...names }, { ...session, ...whose });
    return { ...service, keys, a, b, sign };
  };

  it('is taken from either key of the API, which is asked once in ten minutes however many services are made', async () => {
    const { a, b, sign, make, asked } = await withKeys();
    for (const slot of [a, b]) {
      expect(await make().verifyToken(await sign([slot, '']))).toEqual({
        userId: 12,
        sessionId: 'session-1',
        jti: expect.stringMatching(/^[\w-]{22}$/),
        expiresAt: new Date(NOW.getTime() + 15 * MINUTE),
      });
    }
    later(9 * MINUTE);
    expect(await make().verifyToken(await sign())).toBeDefined();
    expect(paths(asked)).toEqual(['GET /.well-known/jwks.json']);
    later(2 * MINUTE);
    expect(await make().verifyToken(await sign())).toBeDefined();
    expect(asked).toHaveLength(2);
    expect(asked.every(({ headers }) => !headers.has('Authorization'))).toBe(true);
  });

  it('runs out by the second, and is for its own audience from its own issuer, which can be named', async () => {
    const { sign, make, origin, verifyToken } = await withKeys();
    const token = await sign();
    later(15 * MINUTE - 1000);
    expect(await verifyToken(token)).toBeDefined();
    later(1000);
    expect(await verifyToken(token)).toBeUndefined();

    const names = { issuer: 'https://issuer.example', audience: 'meetings' };
    const named = make(names);
    for (const [issuer, audience] of [
      [origin, names.audience],
      [names.issuer, origin],
      [`${names.issuer}/`, names.audience],
    ]) {
      expect(await named.verifyToken(await sign(undefined, { issuer, audience }))).toBeUndefined();
    }
    expect(await named.verifyToken(await sign(undefined, names))).toBeDefined();
    expect(await verifyToken(await sign(undefined, names))).toBeUndefined();
    expect(await make({ origin: `${origin}/` }).verifyToken(await sign())).toBeDefined();
  });

  // Threat forged-token
  it('is no token of another kind, key, algorithm or spelling, nor one that lacks a claim', async () => {
    const { a, keys, sign, origin, verifyToken } = await withKeys();
    const { kid, d, x } = JSON.parse(a);
    const key = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', d, x }, 'Ed25519', false, ['sign']);
    const token = (claims: object = {}, header: object = {}, signer: CryptoKey | Uint8Array = key) =>
      new SignJWT({ iss: origin, aud: origin, sub: '12', sid: 's', jti: 'j', exp: Date.now() / 1000 + 60, ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header })
        .sign(signer);
    expect(await verifyToken(await token())).toMatchObject({ userId: 12, sessionId: 's', jti: 'j' });

    for (const sub of [undefined, '', '0', '-1', '1.5', '012', 'abc', '9007199254740993'])
      expect(await verifyToken(await token({ sub })), String(sub)).toBeUndefined();
    for (const claim of ['sid', 'jti', 'exp', 'iss', 'aud'])
      expect(await verifyToken(await token({ [claim]: undefined })), claim).toBeUndefined();
    expect(await verifyToken(await token({ sid: 5 }))).toBeUndefined();
    for (const typ of ['JWT', undefined]) expect(await verifyToken(await token({}, { typ }))).toBeUndefined();
    const secret = new TextEncoder().encode(x);
    expect(await verifyToken(await token({}, { alg: 'HS256' }, secret))).toBeUndefined();

    const foreign = await newSigningKey(NOW);
    expect(await verifyToken(await sign([foreign, '']))).toBeUndefined();
    const sameName = JSON.stringify({ ...JSON.parse(foreign), kid });
    expect(await verifyToken(await sign([sameName, '']))).toBeUndefined();
    // Two keys fit: the token has to say which.
    expect(keys.slots.every(Boolean)).toBe(true);
    expect(await verifyToken(await token({}, { kid: undefined }))).toBeUndefined();

    // The last character of 64 bytes has four spare bits.
    const good = await token();
    const next: Record<string, string> = { A: 'B', Q: 'R', g: 'h', w: 'x' };
    const respelt = good.slice(0, -1) + next[good.at(-1) ?? ''];
    expect(await verifyToken(respelt)).toBeUndefined();
    for (const none of [undefined, '', '.', '..', 'a.b.c', `${good}=`, `${good} `, `Bearer ${good}`])
      expect(await verifyToken(none)).toBeUndefined();
  });

  it('may have a key that is new: it is asked for, but not twice within half a minute', async () => {
    const { b, keys, sign, verifyToken, asked } = await withKeys();
    expect(await verifyToken(await sign())).toBeDefined();
    const fresh = await newSigningKey(new Date(Date.now() - 60 * MINUTE));
    const token = await sign([fresh, b]);
    for (let tries = 0; tries < 3; tries += 1) expect(await verifyToken(token)).toBeUndefined();
    expect(asked).toHaveLength(1);

    keys.slots = [fresh, b];
    later(MINUTE / 2);
    const old = await sign([keys.slots[1], '']);
    expect(await verifyToken(old)).toBeDefined();
    expect(asked).toHaveLength(1);
    expect(await verifyToken(token)).toMatchObject({ userId: 12 });
    expect(asked).toHaveLength(2);
  });

  // ASVS 11.2.5
  it('is neither taken nor refused while the keys cannot be read', async () => {
    const { keys, sign, verifyToken, origin } = await withKeys();
    const token = await sign();
    for (const answer of [
      new TypeError('fetch failed'),
      new Response('No.', { status: 503 }),
      Response.json({ keys: publicKeySet(keys.slots).keys }, { status: 404 }),
      new Response('<!doctype html>'),
      Response.json({}),
    ]) {
      keys.answer = answer;
      const error = await errorOf(verifyToken(token));
      expect(error).toBeInstanceOf(VerificationUnavailable);
      expect(error.message).toBe(`The keys at ${origin}/.well-known/jwks.json cannot be read.`);
      if (answer instanceof Error) expect(error.cause).toBe(answer);
    }
    // What is no token needs no key.
    expect(await verifyToken('a.b.c')).toBeUndefined();
    keys.answer = undefined;
    expect(await verifyToken(token)).toBeDefined();
    // The keys that are known serve for ten minutes.
    keys.answer = new TypeError('fetch failed');
    expect(await verifyToken(await sign())).toBeDefined();
  });

  it('is refused once its session or itself is on the blacklist, which is asked once for both', async () => {
    const get = vi.fn((keys: string[]) => env.REVOKED_TOKENS.get(keys));
    const { make, sign, asked } = await withKeys();
    // The namespace itself has the type that is asked for.
    const bound: Blacklist = env.REVOKED_TOKENS;
    const token = await sign(undefined, {}, { id: 'ended' });
    const plain = make();
    const { jti = '' } = (await plain.verifyToken(token)) ?? {};
    const checked = make({ blacklist: { get } });
    expect(await checked.verifyToken(token)).toMatchObject({ jti });
    expect(get.mock.calls).toEqual([[['sid:ended', `jti:${jti}`]]]);

    await env.REVOKED_TOKENS.put('sid:ended', '1', { expirationTtl: 900 });
    expect(await checked.verifyToken(token)).toBeUndefined();
    expect(await make({ blacklist: bound }).verifyToken(token)).toBeUndefined();
    expect(await plain.verifyToken(token)).toMatchObject({ jti });

    const [back, other] = [await sign(), await sign()];
    const { jti: handedBack } = (await checked.verifyToken(back)) ?? {};
    await env.REVOKED_TOKENS.put(`jti:${handedBack}`, '1', { expirationTtl: 60 });
    expect(await checked.verifyToken(back)).toBeUndefined();
    expect(await checked.verifyToken(other)).toBeDefined();

    // Nobody's token costs a call.
    get.mockClear();
    await checked.verifyToken(`${other}x`);
    expect(get).not.toHaveBeenCalled();
    expect(asked).toHaveLength(1);
  });

  it('is neither taken nor refused while the blacklist does not answer, unless its caller says so', async () => {
    const fault = new Error('KV GET_BULK failed: 500 Internal Server Error');
    const { make, sign } = await withKeys();
    const get = () => Promise.reject(fault);
    const error = await errorOf(make({ blacklist: { get } }).verifyToken(await sign()));
    expect(error).toBeInstanceOf(VerificationUnavailable);
    expect(error).toMatchObject({ message: 'The blacklist does not answer.', cause: fault });
    const lenient = { get: () => get().catch(() => new Map()) };
    expect(await make({ blacklist: lenient }).verifyToken(await sign())).toBeDefined();
  });
});

describe('A push', () => {
  const secretOf = (fill: number): string => `whsec_${btoa(String.fromCharCode(...Array(32).fill(fill)))}`;
  const [OWN, FORMER, FOREIGN] = [secretOf(1), secretOf(2), secretOf(3)];
  const EVENT = {
    id: 'evt_123',
    seq: 123,
    type: 'user.erased',
    timestamp: '2026-03-14T11:59:58Z',
    data: { user_id: 12 },
  };

  /** A push of a body, signed with each of the secrets. */
  const push = (body: BodyInit, secrets: string[] = [OWN], text = String(body), at = NOW): Request => {
    const signatures = secrets.map((secret) => new Webhook(secret).sign('evt_123', at, text));
    const headers = {
      'Content-Type': 'application/json',
      'Webhook-Id': 'evt_123',
      'Webhook-Timestamp': String(at.getTime() / 1000),
      'Webhook-Signature': signatures.join(' '),
    };
    return new Request('https://meetings.example.com/events', { method: 'POST', headers, body });
  };
  const { receive } = newService(undefined, { signingSecret: OWN, token: undefined });
  const refused = async (request: Request): Promise<{ code: string; status: number }> => {
    const error = await errorOf(receive(request));
    expect(error).toBeInstanceOf(PushError);
    return { code: error.code, status: error.status };
  };
  const WRONG_SIGNATURE = { code: 'WRONG_SIGNATURE', status: 401 };

  it('is an event if it is signed, before or after the secret is rotated', async () => {
    for (const secrets of [[OWN], [OWN, FORMER], [FORMER, OWN]])
      expect(await receive(push(JSON.stringify(EVENT), secrets))).toEqual(EVENT);
    expect(await refused(push(JSON.stringify(EVENT), [FOREIGN, FORMER]))).toEqual(WRONG_SIGNATURE);
  });

  it('is signed to the byte, also where its letters could be spelt otherwise', async () => {
    const text = ` ${JSON.stringify({ ...EVENT, note: '\ufeffZoë 👋' }, null, 2)}\n`;
    const slowly = new TransformStream<Uint8Array, Uint8Array>();
    const writer = slowly.writable.getWriter();
    const written = (async () => {
      for (const byte of new TextEncoder().encode(text)) await writer.write(Uint8Array.of(byte));
      await writer.close();
    })();
    expect(await receive(push(slowly.readable, [OWN], text))).toMatchObject(EVENT);
    await written;
    expect(await refused(push(text.trim(), [OWN], text))).toEqual(WRONG_SIGNATURE);
    expect(await refused(push(`\ufeff${text}`, [OWN], text))).toEqual(WRONG_SIGNATURE);
    expect(await refused(push(new Uint8Array([0xff]), [OWN], '\ufffe'))).toEqual(WRONG_SIGNATURE);
  });

  // ASVS 4.1.5
  // Threat forged-push
  it('is refused without its headers, under another id, and with a signature that is none', async () => {
    for (const [name, value] of [
      ['Webhook-Id', ''],
      ['Webhook-Id', 'evt_124'],
      ['Webhook-Timestamp', ''],
      ['Webhook-Timestamp', 'now'],
      ['Webhook-Timestamp', String(NOW.getTime() / 1000 - 1)],
      ['Webhook-Signature', ''],
      ['Webhook-Signature', 'v1'],
      ['Webhook-Signature', 'v1,'],
    ] as const) {
      const request = push(JSON.stringify(EVENT));
      request.headers.set(name, value);
      expect(await refused(request), `${name}: ${value}`).toEqual(WRONG_SIGNATURE);
    }
  });

  // Threat forged-push
  it('is refused when it was signed more than five minutes ago, or ahead', async () => {
    const signed = (seconds: number) =>
      push(JSON.stringify(EVENT), [OWN], undefined, new Date(NOW.getTime() + seconds * 1000));
    for (const seconds of [-300, 300]) expect(await receive(signed(seconds))).toEqual(EVENT);
    for (const seconds of [-301, 301])
      expect(await refused(signed(seconds))).toEqual({ code: 'WRONG_TIME', status: 401 });
  });

  it('is refused when what is signed is no event', async () => {
    for (const body of ['', 'null', '5', '[]', '{}', '{"id":', '"evt_123"', JSON.stringify([EVENT])])
      expect(await refused(push(body)), body).toEqual({ code: 'NO_EVENT', status: 400 });
    for (const [key, value] of [
      ['id', 5],
      ['seq', '123'],
      ['seq', 1.5],
      ['type', null],
      ['timestamp', 0],
      ['data', null],
      ['data', 'x'],
    ] as const) {
      const body = JSON.stringify({ ...EVENT, [key]: value });
      expect(await refused(push(body)), body).toEqual({ code: 'NO_EVENT', status: 400 });
    }
  });

  it('may have a type and keys that are not known here', async () => {
    const told = { ...EVENT, type: 'user.merged', data: { into: 13 }, version: 2 };
    expect(await receive(push(JSON.stringify(told)))).toEqual(told);
  });

  it('is read no further than an event can be long', async () => {
    const longest = JSON.stringify({ ...EVENT, padding: '' });
    const text = JSON.stringify({ ...EVENT, padding: 'x'.repeat(64 * 1024 - longest.length) });
    expect(text).toHaveLength(64 * 1024);
    expect(await receive(push(text))).toMatchObject(EVENT);
    expect(await refused(push(`${text} `))).toEqual({ code: 'TOO_LARGE', status: 413 });

    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled += 1;
          controller.enqueue(new Uint8Array(16 * 1024));
        },
      },
      { highWaterMark: 0 },
    );
    expect(await refused(push(endless, [OWN], ''))).toEqual({ code: 'TOO_LARGE', status: 413 });
    expect(pulled).toBe(5);
  });

  it('cannot be told from another request without the signing secret', async () => {
    for (const signingSecret of [undefined, '']) {
      const { receive: blindly } = newService().make({ signingSecret });
      expect((await errorOf(blindly(push(JSON.stringify(EVENT))))).message).toBe(
        'The signing secret is missing: accountsService({ origin, signingSecret }).',
      );
    }
  });
});

describe('The feed', () => {
  const event = (seq: number) => ({
    id: `evt_${seq}`,
    seq,
    type: 'user.created',
    timestamp: '2026-03-14T12:00:00Z',
    data: { user_id: seq },
  });

  /** A feed of the events 2, 4, 6 … up to 10; what is filtered away ends with 11. */
  const feedOf = ({ path }: Asked): Response => {
    const query = new URL(path, 'https://example.com').searchParams;
    const [after, limit] = [Number(query.get('after')), Number(query.get('limit') ?? 100)];
    const left = [2, 4, 6, 8, 10].filter((seq) => seq > after);
    const events = left.slice(0, limit).map(event);
    const more = left.length > limit;
    return Response.json({ events, next: more ? events.at(-1)?.seq : 11, more });
  };
  const through = async (feed: AsyncIterable<{ seq: number }>): Promise<number[]> => {
    const seen: number[] = [];
    for await (const { seq } of feed) seen.push(seq);
    return seen;
  };

  it('is gone through page by page, in order, to its end, and further on when more has happened', async () => {
    const { events, asked } = newService(feedOf);
    const feed = events({ after: 3, types: ['user.created', 'user.erased'], pageSize: 2 });
    expect(await through(feed)).toEqual([4, 6, 8, 10]);
    expect(feed.after).toBe(11);
    expect(paths(asked)).toEqual([
      'GET /api/v1/events?after=3&types=user.created,user.erased&limit=2',
      'GET /api/v1/events?after=6&types=user.created,user.erased&limit=2',
    ]);
    expect(asked[0]?.headers.get('Authorization')).toBe(`Bearer ${TOKEN}`);
    expect(await through(feed)).toEqual([]);
    expect(paths(asked).at(-1)).toMatch(/after=11&/);
    expect(await through(events())).toEqual([2, 4, 6, 8, 10]);
    expect(paths(asked).at(-1)).toBe('GET /api/v1/events?after=0');
  });

  it('says where to go on when it was left, which is before the event that was not dealt with', async () => {
    const { events } = newService(feedOf);
    const feed = events();
    await errorOf(
      (async () => {
        for await (const { seq } of feed) if (seq === 6) throw new Error('The receiver died.');
      })(),
    );
    expect(feed.after).toBe(4);
    expect(await through(feed)).toEqual([6, 8, 10]);
  });

  it('tells what is the oldest where it no longer has what came after', async () => {
    const { events, asked } = newService(() => refusal(410, 'EVENTS_EXPIRED', { oldest: 5000 }));
    const error = await errorOf(through(events({ after: 12 })));
    expect(error).toBeInstanceOf(EventsExpired);
    expect(error).toBeInstanceOf(AccountsError);
    expect(error).toMatchObject({ name: 'EventsExpired', status: 410, code: 'EVENTS_EXPIRED', oldest: 5000 });
    expect(asked).toHaveLength(1);
  });

  it('waits as long as the API says when it is busy, or longer each time, and goes on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const busy = [
      refusal(429, 'RATE_LIMIT_EXCEEDED', {}, { 'Retry-After': '60' }),
      new Response('Try again.', { status: 503 }),
      refusal(503, 'SERVICE_UNAVAILABLE', {}, { 'Retry-After': '1' }),
    ];
    const { events, asked } = newService((request) => busy.shift() ?? feedOf(request));
    const gone = through(events());
    const askedAfter = async (seconds: number): Promise<number> => {
      await vi.advanceTimersByTimeAsync(seconds * 1000);
      return asked.length;
    };
    expect(await askedAfter(59.9)).toBe(1);
    expect(await askedAfter(0.1)).toBe(2);
    expect(await askedAfter(1.9)).toBe(2);
    expect(await askedAfter(0.1)).toBe(3);
    expect(await askedAfter(1)).toBe(4);
    expect(await gone).toEqual([2, 4, 6, 8, 10]);
    expect(new Set(paths(asked))).toEqual(new Set(['GET /api/v1/events?after=0']));
  });

  it('gives up after five tries, or at once where it has to wait for more than a minute or waiting is of no use', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const tries = async (answer: Answer) => {
      const { events, asked } = newService(answer);
      const error = errorOf(through(events()));
      await vi.advanceTimersByTimeAsync(10 * MINUTE);
      return [(await error).status, asked.length];
    };
    expect(await tries(() => new Response(null, { status: 503 }))).toEqual([503, 5]);
    expect(await tries(() => refusal(429, 'RATE_LIMIT_EXCEEDED', {}, { 'Retry-After': '61' }))).toEqual([429, 1]);
    expect(await tries(() => refusal(401, 'INVALID_CREDENTIALS'))).toEqual([401, 1]);
    expect(await tries(() => new Response(null, { status: 500 }))).toEqual([500, 1]);
  });
});

describe('Profiles', () => {
  const profile = (id: number) => ({ id, full_name: `User ${id}`, avatar_url: null, speaking_language: 'en' });
  const idsIn = ({ path }: Asked): number[] => path.split('ids=')[1]?.split(',').map(Number) ?? [];

  it('are looked up a hundred at a time, a few requests at once, each once, in the order that was asked', async () => {
    let [running, most] = [0, 0];
    const { profiles, asked } = newService(async (request) => {
      running += 1;
      most = Math.max(most, running);
      // The first pages come last.
      await new Promise((resolve) => setTimeout(resolve, 20 - asked.length));
      running -= 1;
      return Response.json({
        profiles: idsIn(request)
          .filter((id) => id % 7 !== 0)
          .map(profile),
      });
    });
    const ids = Array.from({ length: 950 }, (_, index) => 2000 - index);
    const found = await profiles([...ids, 1500, 1500]);
    expect(found.map(({ id }) => id)).toEqual(ids.filter((id) => id % 7 !== 0));
    expect(asked.map((request) => idsIn(request).length)).toEqual([...Array(9).fill(100), 50]);
    expect(asked.every(({ path }) => path.startsWith('/api/v1/profiles?ids='))).toBe(true);
    expect(most).toBe(4);
  });

  it('of nobody ask nobody', async () => {
    const { profiles, asked } = newService();
    expect(await profiles([])).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('are not told in part: what the API refuses is thrown, with when to try again', async () => {
    const { profiles, asked } = newService((request) =>
      idsIn(request).includes(150)
        ? refusal(429, 'RATE_LIMIT_EXCEEDED', {}, { 'Retry-After': '17', 'X-Request-Id': 'req-1' })
        : Response.json({ profiles: [] }),
    );
    const error = await errorOf(profiles(Array.from({ length: 200 }, (_, id) => id + 1)));
    expect(error).toBeInstanceOf(AccountsError);
    expect(error).toMatchObject({ status: 429, retryAfterSeconds: 17, requestId: 'req-1', name: 'AccountsError' });
    expect(asked).toHaveLength(2);
  });
});

describe('A service tells', () => {
  it('that it erased, and who was in which room', async () => {
    const { confirm, joined, left, asked } = newService(({ method, path }) =>
      path.endsWith('/receipt')
        ? new Response(null, { status: 204 })
        : Response.json({ id: 34 }, { status: method === 'POST' ? 201 : 200 }),
    );
    expect(await confirm('evt_123', 'erased')).toBeUndefined();
    await confirm('evt/../123', 'nothing-held');
    const [joinedAt, leftAt] = [new Date('2026-03-14T11:00:00.999Z'), new Date('2026-03-14T11:30:00Z')];
    expect(await joined(12, 'room 7')).toBe(34);
    await joined(12, 'room 7', { joinedAt, leftAt });
    expect(await left(34)).toBeUndefined();
    await left(34, leftAt);
    expect(asked.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      { method: 'POST', path: '/api/v1/events/evt_123/receipt', body: { outcome: 'erased' } },
      { method: 'POST', path: '/api/v1/events/evt/../123/receipt', body: { outcome: 'nothing-held' } },
      {
        method: 'POST',
        path: '/api/v1/room-participations',
        body: { user_id: 12, room_id: 'room 7', joined_at: '2026-03-14T12:00:00Z' },
      },
      {
        method: 'POST',
        path: '/api/v1/room-participations',
        body: {
          user_id: 12,
          room_id: 'room 7',
          joined_at: '2026-03-14T11:00:00Z',
          left_at: '2026-03-14T11:30:00Z',
        },
      },
      { method: 'PATCH', path: '/api/v1/room-participations/34', body: { left_at: '2026-03-14T12:00:00Z' } },
      { method: 'PATCH', path: '/api/v1/room-participations/34', body: { left_at: '2026-03-14T11:30:00Z' } },
    ]);
    for (const { headers } of asked) {
      expect(headers.get('Authorization')).toBe(`Bearer ${TOKEN}`);
      expect(headers.get('Content-Type')).toBe('application/json');
    }
  });

  it('what was wrong with it, and repeats nothing by itself', async () => {
    const errors = [{ field: 'body.room_id', message: 'It is too long.' }];
    const { joined, asked } = newService(() => refusal(400, 'VALIDATION_ERROR', { errors }));
    expect(await errorOf(joined(12, 'x'.repeat(200)))).toMatchObject({ code: 'VALIDATION_ERROR', errors });
    const { confirm, asked: askedOnce } = newService(() => refusal(503, 'SERVICE_UNAVAILABLE'));
    expect(await errorOf(confirm('evt_1', 'erased'))).toMatchObject({ status: 503 });
    expect([asked.length, askedOnce.length]).toEqual([1, 1]);
    for (const body of ['', 'null', '"No."', '<h1>No.</h1>']) {
      const { left } = newService(() => new Response(body, { status: 502 }));
      expect(await errorOf(left(1))).toMatchObject({ status: 502, message: 'The API answered 502.', errors: [] });
    }
  });

  it('nothing to an API that hangs: after 15 seconds it is told so', async () => {
    const gone = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(gone));
    const hanging: typeof fetch = async (_, init) => {
      init?.signal?.throwIfAborted();
      return new Promise(() => undefined);
    };
    expect(await errorOf(newService().make({ fetch: hanging }).profiles([1]))).toBe(gone);
    expect(timeout).toHaveBeenCalledWith(15_000);
  });

  it('nobody anything without its token, in a sentence', async () => {
    for (const token of [undefined, '']) {
      const { make, asked } = newService();
      const { profiles, confirm, joined, left, events } = make({ token });
      const tries = [profiles([1]), confirm('evt_1', 'erased'), joined(1, 'a'), left(1)];
      for (const tried of [...tries, events()[Symbol.asyncIterator]().next()]) {
        expect((await errorOf(tried)).message).toBe(
          "The service's token is missing: accountsService({ origin, token }).",
        );
      }
      expect(asked).toEqual([]);
    }
  });

  it('the API of an origin, which has to be one', () => {
    expect(() => accountsService({ origin: 'accounts' })).toThrow(TypeError);
  });
});
