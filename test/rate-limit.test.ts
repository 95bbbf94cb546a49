import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { clientOf } from '../src/api/http/rate-limit.ts';
import { appRoutes } from './app-routes.ts';
import { type Answer, type Call, call, failing } from './client.ts';

// Requests a minute, as the contract prints them.
const NUMBERS: Record<string, number> = {
  '/api/v1/auth/signup': 10,
  '/api/v1/auth/login': 10,
  '/api/v1/auth/login/second-factor': 10,
  '/api/v1/auth/login/passkey': 10,
  '/api/v1/auth/login/passkey-options': 30,
  '/api/v1/auth/refresh-token': 30,
  '/api/v1/auth/logout': 20,
  '/api/v1/auth/verify-email': 10,
  '/api/v1/auth/resend-verification': 3,
  '/api/v1/auth/forgot-password': 5,
  '/api/v1/auth/reset-password': 5,
  '/api/v1/auth/change-password': 10,
  '/api/v1/auth/prove': 10,
  '/api/v1/auth/confirm-email': 10,
  '/api/v1/auth/undo-email': 10,
  '/api/v1/users/me/email': 5,
};
const EVERYTHING_ELSE = 300;

const limited = (address: string): Call => ({
  env: { RATE_LIMITS: 'on' },
  headers: { 'CF-Connecting-IP': address },
});

let addresses = 0;
const newAddress = (): string => {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
};

/** How often a client may ask within a minute. The windows are minutes of the clock, so a count that saw one begin is made anew. */
const countAllowed = async (method: string, path: string): Promise<{ allowed: number; refusal: Answer }> => {
  for (;;) {
    const sent = limited(newAddress());
    const minute = Math.floor(Date.now() / 60_000);
    for (let allowed = 0; Math.floor(Date.now() / 60_000) === minute; allowed += 1) {
      const answer = await call(method, path, sent);
      if (answer.status === 429) return { allowed, refusal: answer };
    }
  }
};

describe('a client may ask a route', () => {
  // ASVS 2.3.2, 6.6.3
  it.each(Object.entries(NUMBERS))('%s %i times a minute', async (path, number) => {
    // Counted before anything else is looked at: another method, which costs nothing, counts too.
    const { allowed, refusal } = await countAllowed('GET', path);
    expect(allowed).toBe(number);
    expect(refusal.body).toEqual({
      status: 'error',
      status_code: 429,
      code: 'RATE_LIMIT_EXCEEDED',
      message: 'Too many requests. Please try again later.',
      data: {},
    });
    expect(refusal.headers.get('Retry-After')).toBe('60');
  });

  it('of no number of its own, known or not, 300 times a minute together', async () => {
    const { allowed } = await countAllowed('GET', '/api/v1/nothing');
    expect(allowed).toBe(EVERYTHING_ELSE);
  });

  // ASVS 2.4.1
  // Threat guessed-password
  it('by the number that the contract gives it, and by no other', async () => {
    const asked: { number: number; key: string }[] = [];
    const recording = (number: number): RateLimit => ({
      limit: async ({ key }) => {
        asked.push({ number, key });
        return { success: false };
      },
    });
    const env: Partial<Env> = {
      RATE_LIMITS: 'on',
      RATE_LIMIT_3: recording(3),
      RATE_LIMIT_5: recording(5),
      RATE_LIMIT_10: recording(10),
      RATE_LIMIT_20: recording(20),
      RATE_LIMIT_30: recording(30),
      RATE_LIMIT_300: recording(300),
    };
    for (const { method, path } of appRoutes()) {
      asked.length = 0;
      const answer = await call(method, path, { env, headers: { 'CF-Connecting-IP': '192.0.2.7' } });
      expect([answer.status, asked], `${method} ${path}`).toEqual([
        429,
        [{ number: NUMBERS[path] ?? EVERYTHING_ELSE, key: `${path in NUMBERS ? path : '*'} 192.0.2.7` }],
      ]);
    }
    expect(appRoutes().map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(NUMBERS)));
  });

  it('without taking from another route, or from another client', async () => {
    const path = '/api/v1/auth/resend-verification';
    for (;;) {
      const [mine, theirs] = [limited(newAddress()), limited(newAddress())];
      const minute = Math.floor(Date.now() / 60_000);
      const statuses: number[] = [];
      for (let n = 0; n < 4; n += 1) statuses.push((await call('GET', path, mine)).status);
      statuses.push((await call('GET', '/api/v1/auth/forgot-password', mine)).status);
      statuses.push((await call('GET', '/health', mine)).status);
      statuses.push((await call('GET', path, theirs)).status);
      if (Math.floor(Date.now() / 60_000) !== minute) continue;
      expect(statuses).toEqual([405, 405, 405, 429, 405, 200, 405]);
      return;
    }
  });

  // ASVS 1.1.1
  it.each(['/api/v1/auth/%72esend-verification', '/api/v1/auth/resend-verification?again=1'])(
    'no more often by another spelling of its path: %s',
    async (path) => expect((await countAllowed('GET', path)).allowed).toBe(3),
  );
});

describe('the limits', () => {
  const refusing: RateLimit = { limit: async () => ({ success: false }) };

  // ASVS 13.4.2
  it.each([
    ['off', 'development', 200],
    ['on', 'development', 429],
    ['', 'development', 429],
    ['OFF', 'development', 429],
    ['off', 'production', 429],
    ['off', 'staging', 429],
    ['off', '', 429],
  ])('that are "%s" in the environment "%s" answer %i', async (RATE_LIMITS, ENVIRONMENT, status) => {
    const answer = await call('GET', '/health', { env: { RATE_LIMITS, ENVIRONMENT, RATE_LIMIT_300: refusing } });
    expect(answer.status).toBe(status);
  });

  const throwing: RateLimit = {
    limit: () => {
      throw new Error('internal error; reference = k1');
    },
  };

  // ASVS 16.5.2
  it.each([
    ['rejects', failing<RateLimit>('internal error; reference = k1')],
    ['throws', throwing],
  ])('let everybody pass where the limiter %s, and say so in one line of the log', async (_, limiter) => {
    const env: Partial<Env> = Object.fromEntries([3, 5, 10, 20, 30, 300].map((n) => [`RATE_LIMIT_${n}`, limiter]));
    for (const { method, path } of appRoutes()) {
      const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      const free = await call(method, path);
      warned.mockClear();
      const answer = await call(method, path, { env: { ...env, RATE_LIMITS: 'on' } });
      const lines = warned.mock.calls.map(([line]) => JSON.parse(line));
      vi.restoreAllMocks();
      expect(answer.status, `${method} ${path}`).toBe(free.status);
      expect(lines).toEqual([
        {
          level: 'warn',
          event: 'rate-limit-unanswered',
          route: path in NUMBERS ? path : '*',
          request_id: answer.headers.get('X-Request-Id'),
          fault: 'Error: internal error; reference = k1',
        },
      ]);
    }
  });
});

describe('a client', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const groups = fc.tuple(group, group, group, group, group, group, group, group);
  const isMapped = (address: readonly number[]) => address.slice(0, 6).join() === '0,0,0,0,0,65535';

  const hex = (value: number) => value.toString(16);
  const dotted = (high: number, low: number) => [high >> 8, high & 255, low >> 8, low & 255].join('.');

  /** Every way to leave a run of zero groups out, in the spelling that `write` gives the others. */
  const spellings = (address: readonly number[], write: (value: number) => string): string[] => {
    const parts = address.map(write);
    const found = [parts.join(':'), `${parts.slice(0, 6).join(':')}:${dotted(address[6] ?? 0, address[7] ?? 0)}`];
    for (let from = 0; from < 8; from += 1) {
      for (let to = from + 1; to <= 8 && address[to - 1] === 0; to += 1) {
        found.push(`${parts.slice(0, from).join(':')}::${parts.slice(to).join(':')}`);
      }
    }
    return found;
  };

  it('is one IPv4 address', () => {
    expect(clientOf('203.0.113.9')).toBe('203.0.113.9');
    expect(clientOf('203.0.113.9')).not.toBe(clientOf('203.0.113.10'));
  });

  it('is the same in every spelling of its IPv6 address', () => {
    const sparse = fc.tuple(...Array.from({ length: 8 }, () => fc.oneof(fc.constant(0), group)));
    fc.assert(
      fc.property(sparse, (address) => {
        const padded = (value: number) => hex(value).padStart(4, '0');
        const upper = (value: number) => hex(value).toUpperCase();
        const found = [hex, padded, upper].flatMap((write) => spellings(address, write)).map(clientOf);
        expect([...new Set(found)]).toHaveLength(1);
      }),
    );
  });

  // ASVS 15.3.4
  it('is its whole /64, and no address outside of it', () => {
    fc.assert(
      fc.property(groups, groups, (one, other) => {
        fc.pre(!isMapped(one));
        const write = (address: readonly number[]) => clientOf(address.map(hex).join(':'));
        const neighbour = [...one.slice(0, 4), ...other.slice(4)];
        fc.pre(!isMapped(neighbour) && !isMapped(other));
        expect(write(neighbour)).toBe(write(one));
        expect(write(one) === write(other)).toBe(one.slice(0, 4).join() === other.slice(0, 4).join());
      }),
    );
  });

  it('is the IPv4 address where that came in the dress of IPv6, and not the /64 of all of them', () => {
    fc.assert(
      fc.property(group, group, (high, low) => {
        const mapped = [0, 0, 0, 0, 0, 0xffff, high, low];
        for (const spelling of spellings(mapped, hex)) expect(clientOf(spelling)).toBe(dotted(high, low));
      }),
    );
    expect(clientOf('::FFFF:192.0.2.1')).toBe('192.0.2.1');
  });

  it.each([
    ['2001:db8::1', '2001:0DB8:0000:0000:ffff::'],
    ['2001:db8:1:2::', '2001:db8:1:2:3:4:5:6'],
    ['::1', '::'],
    ['fe80::1', 'fe80:0:0:0:1::1'],
  ])('of %s is the client of %s', (one, other) => expect(clientOf(one)).toBe(clientOf(other)));

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['1::', '::1'],
    ['::ffff:192.0.2.1', '::192.0.2.1'],
  ])('of %s is not the client of %s', (one, other) => expect(clientOf(one)).not.toBe(clientOf(other)));

  it('is never nobody, whatever stands in the header', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof clientOf(text) === 'string'));
  });

  // ASVS 4.1.3, 15.3.4
  it('is told by the address that the platform saw, and by no header of its own choice', async () => {
    const keys: string[] = [];
    const recording: RateLimit = {
      limit: async ({ key }) => {
        keys.push(key);
        return { success: true };
      },
    };
    for (const chosen of ['192.0.2.1', '192.0.2.2']) {
      const headers = {
        ...Object.fromEntries(['X-Forwarded-For', 'X-Real-IP', 'True-Client-IP', 'Client-IP'].map((n) => [n, chosen])),
        Forwarded: `for=${chosen}`,
        'CF-Connecting-IP': '198.51.100.7',
      };
      await call('GET', '/health', { env: { RATE_LIMITS: 'on', RATE_LIMIT_300: recording }, headers });
    }
    expect(keys).toEqual(['* 198.51.100.7', '* 198.51.100.7']);
  });

  it('is asked by its /64 over HTTP', async () => {
    const path = '/api/v1/auth/resend-verification';
    for (;;) {
      const net = `2001:db8:${hex(Math.floor(Math.random() * 0xffff))}:1`;
      const minute = Math.floor(Date.now() / 60_000);
      const statuses: number[] = [];
      for (const host of ['::1', '::2', ':ffff:1:2:3', ':9::']) {
        statuses.push((await call('GET', path, limited(net + host))).status);
      }
      if (Math.floor(Date.now() / 60_000) !== minute) continue;
      expect(statuses).toEqual([405, 405, 405, 429]);
      return;
    }
  });
});
