import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneTimeTokenText, readOneTimeToken } from '../src/accounts/tokens/one-time-token.ts';
import {
  everyAddressHash,
  hashAddress,
  macSlotToRotate,
  newMacKeys,
  nextMacVersion,
  openToken,
  type Purpose,
  randomId,
  readMacKeys,
  signToken,
} from '../src/accounts/tokens/signed-token.ts';
import { anyCharacter } from './any-character.ts';
import { times } from './depth.ts';

const PURPOSES: Purpose[] = ['refresh', 'verify-email', 'reset-password', 'device', 'cursor'];
const keyOf = (fill: string, bytes = 32): string => Buffer.alloc(bytes, fill).toString('base64url');
const keysOf = (record: Record<string, string>) => readMacKeys(JSON.stringify(record));
const ONE = { 1: keyOf('one') };
const TWO = { 1: keyOf('one'), 2: keyOf('two') };

const part = fc.oneof(
  fc.nat().map(String),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
);
const parts = fc.array(part, { minLength: 1, maxLength: 5 });

describe('a signed token', () => {
  // ASVS 11.4.1
  it('gives back the parts it was made of', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom(...PURPOSES), (made, purpose) => {
        expect(openToken(keysOf(ONE), purpose, signToken(keysOf(ONE), purpose, made))).toEqual(made);
      }),
    );
  });

  it('is the same each time, so a mail that is rendered twice carries one link', () => {
    expect(signToken(keysOf(ONE), 'refresh', ['a', 1])).toBe(signToken(keysOf(ONE), 'refresh', ['a', 1]));
  });

  // ASVS 9.2.2
  // Threat forged-token
  it('of one purpose is none of another', () => {
    for (const made of PURPOSES) {
      for (const asked of PURPOSES) {
        const opened = openToken(keysOf(ONE), asked, signToken(keysOf(ONE), made, ['id', 1]));
        expect(opened, `${made} as ${asked}`).toEqual(made === asked ? ['id', '1'] : undefined);
      }
    }
  });

  // ASVS 6.6.3, 9.1.1
  it('with any character changed, added or taken away is none', () => {
    const token = signToken(keysOf(ONE), 'refresh', [42, 'session', 7]);
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= é'];
    for (let at = 0; at <= token.length; at += 1) {
      const [head, tail] = [token.slice(0, at), token.slice(at + 1)];
      expect(openToken(keysOf(ONE), 'refresh', head + tail) !== undefined && at < token.length).toBe(false);
      for (const character of alphabet) {
        if (character !== token[at]) expect(openToken(keysOf(ONE), 'refresh', head + character + tail)).toBeUndefined();
      }
    }
  });

  // ASVS 11.4.3
  it('has one spelling: the spare bits of its last character are not free', () => {
    const token = signToken(keysOf(ONE), 'refresh', ['a']);
    const bytes = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
    const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((character) => token.slice(0, -1) + character)
      .filter((other) => other !== token)
      .filter((other) => Buffer.from(other.slice(other.lastIndexOf('.') + 1), 'base64url').equals(bytes));
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) expect(openToken(keysOf(ONE), 'refresh', other)).toBeUndefined();
  });

  it('cannot be put together from the parts of others', () => {
    const [one, other] = [signToken(keysOf(ONE), 'refresh', ['a', 'b']), signToken(keysOf(ONE), 'refresh', ['a.b'])];
    // Parts have no dots: where one had, the token would read as another.
    expect(one).toBe(other);
    expect(openToken(keysOf(ONE), 'refresh', one)).toEqual(['a', 'b']);
  });

  // ASVS 1.5.2, 11.2.5
  it('may be anything at all: what is not ours is undefined, and nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: anyCharacter, maxLength: 700 })), (text) => {
        expect(openToken(keysOf(ONE), 'refresh', text)).toBeUndefined();
      }),
      { numRuns: times(100, 5000) },
    );
    for (const text of ['', '.', '1.', '1..', '01.a.b', '1e0.a.b', '0x1.a.b', '-1.a.b', 'NaN.a', '1.a'.repeat(400)]) {
      expect(openToken(keysOf(ONE), 'refresh', text)).toBeUndefined();
    }
  });

  it('longer than any of ours is not even looked at', () => {
    const long = signToken(keysOf(ONE), 'refresh', ['x'.repeat(2100)]);
    expect(openToken(keysOf(ONE), 'refresh', long)).toBeUndefined();
  });
});

describe('a MAC key', () => {
  it('is replaced by version: the newest signs, every one verifies', () => {
    const before = signToken(keysOf(ONE), 'refresh', ['a']);
    const since = signToken(keysOf(TWO), 'refresh', ['a']);
    expect([before.split('.')[0], since.split('.')[0]]).toEqual(['1', '2']);
    expect(openToken(keysOf(TWO), 'refresh', before)).toEqual(['a']);
    expect(openToken(keysOf(TWO), 'refresh', since)).toEqual(['a']);
    expect(openToken(keysOf(ONE), 'refresh', since)).toBeUndefined();
    expect(openToken(keysOf({ 2: TWO[2] }), 'refresh', before)).toBeUndefined();
  });

  it('that a rotation made signs from one to two hours later, and verifies at once, in either of two secrets', () => {
    const made = new Date('2026-11-20T12:59:00Z');
    const version = nextMacVersion([JSON.stringify(ONE), undefined], made);
    const second = newMacKeys(version);
    const keysAt = (time: string) => readMacKeys(JSON.stringify(ONE), second, new Date(time));
    const signsAt = (time: string) => Number(signToken(keysAt(time), 'refresh', ['a']).split('.')[0]);
    expect(new Date(version * 60 * 60 * 1000).toISOString()).toBe('2026-11-20T12:00:00.000Z');
    expect(['12:59:30', '13:59:59', '14:00:00'].map((time) => signsAt(`2026-11-20T${time}Z`))).toEqual([1, 1, version]);
    const since = signToken(readMacKeys(second), 'refresh', ['a']);
    expect(openToken(keysAt('2026-11-20T12:59:30Z'), 'refresh', since)).toEqual(['a']);
    // Alone it signs at once: there is none to wait for.
    expect(signToken(readMacKeys(second, '', made), 'refresh', ['a'])).toBe(since);
    expect(nextMacVersion([second, undefined], made)).toBe(version + 1);
  });

  it('goes into the empty slot, or over the older one once nothing that one has signed is still good', () => {
    const [DAY, now] = [24 * 60 * 60 * 1000, new Date('2026-11-20T12:30:00Z')];
    const made = (ago: number) => newMacKeys(Math.floor((now.getTime() - ago) / (DAY / 24)));
    const rotation = (a: string, b?: string) => macSlotToRotate([a, b], 7 * DAY, now);
    const [young, week, old] = [made(DAY), made(7 * DAY + DAY / 8), newMacKeys()];
    expect(rotation(old)).toEqual({ outcome: 'rotates', slot: 1 });
    expect(rotation(young, '')).toEqual({ outcome: 'rotates', slot: 1 });
    expect(rotation(old, week)).toEqual({ outcome: 'rotates', slot: 0 });
    expect(rotation(week, old)).toEqual({ outcome: 'rotates', slot: 1 });
    const refused = { outcome: 'KEY_TOO_YOUNG', until: new Date('2026-11-26T14:00:00Z') };
    expect([rotation(old, young), rotation(young, old)]).toEqual([refused, refused]);
    // The same key in both, as after a leak: one of the two ends nothing.
    expect(rotation(young, young)).toEqual({ outcome: 'rotates', slot: 0 });
  });

  it('is the newest by number and not by alphabet or order', () => {
    const keys = keysOf({ 10: keyOf('ten'), 9: keyOf('nine'), 2: keyOf('two') });
    expect(signToken(keys, 'refresh', ['a'])).toMatch(/^10\./);
  });

  it('signs for itself only: a token under the name of another version is none', () => {
    const token = signToken(keysOf(ONE), 'refresh', ['a']);
    expect(openToken(keysOf({ ...TWO, 2: ONE[1] }), 'refresh', token.replace(/^1/, '2'))).toBeUndefined();
  });

  // ASVS 11.2.3
  it.each([
    ['nothing', ''],
    ['no JSON', 'secret'],
    ['null', 'null'],
    ['no key', '{}'],
    ['a list', JSON.stringify([keyOf('a')])],
    ['a version 0', JSON.stringify({ 0: keyOf('a') })],
    ['a version that is no number', JSON.stringify({ v1: keyOf('a') })],
    ['a key of 31 bytes', JSON.stringify({ 1: keyOf('a', 31) })],
    ['one good key and one bad', JSON.stringify({ 1: keyOf('a'), 2: '' })],
    ['a key that is no text', '{"1":12345}'],
  ])('is read from a secret, and not from %s', (_, secret) => {
    expect(() => readMacKeys(secret)).toThrow();
  });
});

describe('a random id', () => {
  // ASVS 6.5.3, 6.5.4, 7.2.3, 11.5.1
  it('has 128 bits and never comes twice', () => {
    const ids = Array.from({ length: 1000 }, randomId);
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(16);
    expect(ids.every((id) => /^[\w-]{22}$/.test(id))).toBe(true);
  });
});

describe('the hash of an address', () => {
  it('tells addresses apart, needs the key, and holds nothing of the address', () => {
    const hash = hashAddress(keysOf(ONE), 'ada@example.com');
    expect(hash).toMatch(/^[\w-]{43}$/);
    expect(hashAddress(keysOf(ONE), 'ada@example.com')).toBe(hash);
    expect(hashAddress(keysOf(ONE), 'bob@example.com')).not.toBe(hash);
    expect(hashAddress(keysOf({ 1: keyOf('other') }), 'ada@example.com')).not.toBe(hash);
  });

  it('is found again after the key was replaced', () => {
    const hash = hashAddress(keysOf(ONE), 'ada@example.com');
    expect(hashAddress(keysOf(TWO), 'ada@example.com')).not.toBe(hash);
    expect(everyAddressHash(keysOf(TWO), 'ada@example.com')).toEqual([
      hash,
      hashAddress(keysOf(TWO), 'ada@example.com'),
    ]);
  });
});

describe('the token of a mail link', () => {
  const keys = keysOf(ONE);
  const token = { id: randomId(), userId: 42, expiresAt: new Date('2026-11-20T12:00:00.123Z') };

  it('names its row, its user and its end', () => {
    for (const purpose of ['verify-email', 'reset-password'] as const) {
      expect(readOneTimeToken(keys, purpose, oneTimeTokenText(keys, purpose, token))).toEqual(token);
    }
  });

  it('verifies no address where it was to reset a password, and the other way round', () => {
    const text = oneTimeTokenText(keys, 'verify-email', token);
    expect(readOneTimeToken(keys, 'reset-password', text)).toBeUndefined();
    expect(readOneTimeToken(keys, 'verify-email', oneTimeTokenText(keys, 'reset-password', token))).toBeUndefined();
  });

  // Threat taken-mailer
  it('is read by its own key alone', () => {
    const text = oneTimeTokenText(keys, 'verify-email', token);
    expect(readOneTimeToken(keysOf({ 1: keyOf('other') }), 'verify-email', text)).toBeUndefined();
    expect(readOneTimeToken(keysOf(TWO), 'verify-email', text)).toEqual(token);
  });

  // ASVS 1.2.2
  it('fits into an address without being escaped', () => {
    expect(encodeURIComponent(oneTimeTokenText(keys, 'verify-email', token))).toBe(
      oneTimeTokenText(keys, 'verify-email', token),
    );
  });

  it('with fewer parts than ours is none', () => {
    const text = signToken(keys, 'verify-email', ['id', 42]);
    expect(readOneTimeToken(keys, 'verify-email', text)).toBeUndefined();
  });
});
