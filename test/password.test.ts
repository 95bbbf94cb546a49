import { scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hashPassword,
  needsRehash,
  normalizePassword,
  parsePasswordHash,
  passwordWeakness,
  verifyPassword,
} from '../src/accounts/passwords/password.ts';
import { times } from './depth.ts';
import { hashAtFullCost } from './password-cost.ts';
import './learnt-passwords.ts';

hashAtFullCost();

const SALT = 'A'.repeat(22);
const KEY = 'A'.repeat(43);
const stored = (ln: number | string, r: number | string, p: number | string) =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${SALT}$${KEY}`;

/** A hash as an earlier release with other parameters would have stored it. */
const hashWith = (password: string, ln: number, r: number, p: number): string => {
  const salt = Buffer.alloc(16, 7);
  const key = scryptSync(password, salt, 32, { N: 2 ** ln, r, p, maxmem: 128 * 1024 * 1024 });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
};

describe('a password', () => {
  it('is checked against its own hash, and no other password passes', async () => {
    const hash = await hashPassword('correct horse battery');
    expect(await verifyPassword('correct horse battery', hash)).toBe(true);
    for (const wrong of ['', 'correct horse batter', 'correct horse battery ', 'Correct horse battery']) {
      expect(await verifyPassword(wrong, hash), wrong).toBe(false);
    }
  });

  // ASVS 11.4.1, 11.4.2
  it('is stored as scrypt with N = 2^14, r = 8 and p = 5, which stand beside it', async () => {
    const hash = await hashPassword('correct horse battery');
    expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w-]{22}\$[\w-]{43}$/);
    const { salt, key } = parsePasswordHash(hash) ?? {};
    expect(salt).toHaveLength(16);
    const options = { N: 16_384, r: 8, p: 5, maxmem: 64 * 1024 * 1024 };
    expect(scryptSync('correct horse battery', salt ?? '', 32, options).equals(key ?? Buffer.of())).toBe(true);
  });

  // ASVS 11.4.2
  it('never has the same hash twice', async () => {
    expect(await hashPassword('correct horse battery')).not.toBe(await hashPassword('correct horse battery'));
  });

  // ASVS 6.2.8
  it('is taken whole: what differs only beyond 72 bytes, or after a NUL, is another password', async () => {
    const long = 'long '.repeat(25);
    const hash = await hashPassword(`${long}a`);
    expect(await verifyPassword(`${long}a`, hash)).toBe(true);
    expect(await verifyPassword(`${long}b`, hash)).toBe(false);
    expect(await verifyPassword('nul\0one', await hashPassword('nul\0two'))).toBe(false);
  });

  // ASVS 6.3.8
  it('of nobody is wrong, after the same work', async () => {
    expect(await verifyPassword('', undefined)).toBe(false);
    expect(await verifyPassword('correct horse battery', undefined)).toBe(false);
    const hash = await hashPassword('another password');
    const time = async (stored: string | undefined) => {
      const started = performance.now();
      await verifyPassword('correct horse battery', stored);
      return performance.now() - started;
    };
    // Other processes may slow either down, so the slowest of one is compared with the fastest of the other.
    const known = Math.min(await time(hash), await time(hash), await time(hash));
    const unknown = Math.max(await time(undefined), await time(undefined));
    expect(unknown).toBeGreaterThan(known / 3);
  });

  // ASVS 6.2.8
  it('is one password however it was typed (NFKC)', () => {
    expect(normalizePassword('e\u0301')).toBe('\u00e9');
    expect(normalizePassword('\ufb01sh \u2460 \uff21')).toBe('fish 1 A');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const form of ['NFC', 'NFD'] as const) {
          expect(normalizePassword(text.normalize(form))).toBe(normalizePassword(text));
        }
        expect(normalizePassword(normalizePassword(text))).toBe(normalizePassword(text));
      }),
    );
  });

  // ASVS 6.2.8
  it('keeps the spaces at its ends', () => {
    expect(normalizePassword(' \tspaces ')).toBe(' \tspaces ');
  });
});

describe('a password that somebody chooses', () => {
  // ASVS 6.2.1
  it('has 8 to 128 characters, counted as code points', () => {
    expect(passwordWeakness('\u{1f600}'.repeat(7))).toBe('must have at least 8 characters');
    expect(passwordWeakness('\u{1f600}'.repeat(8))).toBeUndefined();
    expect(passwordWeakness('\u{1f600}'.repeat(128))).toBeUndefined();
    expect(passwordWeakness('\u{1f600}'.repeat(129))).toBe('must have at most 128 characters');
  });

  // ASVS 6.2.5
  it('may consist of anything (ASVS 6.2.5)', () => {
    for (const password of ['        ', 'zvtxqjwk', '\0\0\0\0\0\0\0\0', 'пароль-из-головы']) {
      expect(passwordWeakness(password)).toBeUndefined();
    }
  });

  it('is none of the common ones', () => {
    expect(passwordWeakness('Password1')).toBe('is one of the most common passwords');
  });
});

describe('a stored hash', () => {
  // ASVS 11.2.2
  it('of other parameters is still checked, and made anew at the next login', async () => {
    for (const [ln, r, p] of [
      [13, 8, 10],
      [15, 8, 3],
      [14, 8, 1],
      [14, 4, 5],
      [10, 8, 16],
    ] as const) {
      const hash = hashWith('correct horse battery', ln, r, p);
      expect(await verifyPassword('correct horse battery', hash)).toBe(true);
      expect(await verifyPassword('wrong', hash)).toBe(false);
      expect(needsRehash(hash)).toBe(true);
    }
  });

  it('of today is left as it is', async () => {
    expect(needsRehash(await hashPassword('correct horse battery'))).toBe(false);
    expect(needsRehash(stored(14, 8, 5))).toBe(false);
  });

  it('that cannot be read is made anew, and nobody passes by it', async () => {
    expect(needsRehash('')).toBe(true);
    await expect(verifyPassword('correct horse battery', 'plain text')).rejects.toThrow('not readable');
  });

  it('is read back as it was written', () => {
    expect(parsePasswordHash(stored(14, 8, 5))).toEqual({
      ln: 14,
      r: 8,
      p: 5,
      salt: Buffer.alloc(16),
      key: Buffer.alloc(32),
    });
  });

  it.each([
    ['nothing', ''],
    ['another algorithm', `$argon2id$ln=14,r=8,p=5$${SALT}$${KEY}`],
    ['a cost of nothing', stored(0, 8, 5)],
    ['blocks of nothing', stored(14, 0, 5)],
    ['no lanes', stored(14, 8, 0)],
    ['a negative cost', stored(-1, 8, 5)],
    ['a cost with a fraction', stored('1.5', 8, 5)],
    ['a cost in another notation', stored('1e1', 8, 5)],
    ['more work than a Worker can do', stored(18, 8, 1)],
    ['more memory than a Worker has', stored(17, 8, 1)],
    ['all of the memory it may use', stored(19, 1, 1)],
    ['a cost beyond what its blocks allow', stored(16, 1, 1)],
    ['the greatest numbers', stored(99, 99, 99)],
    ['a short salt', `$scrypt$ln=14,r=8,p=5$${SALT.slice(1)}$${KEY}`],
    ['a long salt', `$scrypt$ln=14,r=8,p=5$${'A'.repeat(65)}$${KEY}`],
    ['no key', `$scrypt$ln=14,r=8,p=5$${SALT}$`],
    ['a short key', `$scrypt$ln=14,r=8,p=5$${SALT}$${KEY.slice(1)}`],
    ['a long key', `$scrypt$ln=14,r=8,p=5$${SALT}$${KEY}A`],
    ['a line break at its end', `${stored(14, 8, 5)}\n`],
    ['something before it', ` ${stored(14, 8, 5)}`],
    ['a parameter too many', `$scrypt$ln=14,r=8,p=5,x=1$${SALT}$${KEY}`],
    ['its parameters in another order', `$scrypt$r=8,ln=14,p=5$${SALT}$${KEY}`],
  ])('with %s is not read', (_, text) => {
    expect(parsePasswordHash(text)).toBeUndefined();
    expect(needsRehash(text)).toBe(true);
  });

  it('may be anything at all: what is no hash is undefined, and nothing throws', () => {
    const piece = fc.oneof(fc.constantFrom('$', 'scrypt', 'ln=', ',r=', ',p=', '14', '8', '5', SALT, KEY), fc.string());
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const hash = parsePasswordHash(pieces.join(''));
        if (hash) expect(hash.key).toHaveLength(32);
      }),
    );
  });

  it('that is read can be computed: no parameters make a login fail', async () => {
    const numbers = [0, 1, 2, 3, 4, 5, 7, 8, 14, 15, 16, 17, 18, 19, 20, 32, 64, 99];
    const readable = numbers.flatMap((ln) =>
      numbers.flatMap((r) =>
        numbers.map((p) => stored(ln, r, p)).filter((text) => parsePasswordHash(text) !== undefined),
      ),
    );
    expect(readable.length).toBeGreaterThan(100);
    // The dearest take a quarter of a second each, so chance picks some of those that are read at all.
    const dearest = ['$scrypt$ln=15,r=16', '$scrypt$ln=18,r=1,', '$scrypt$ln=15,r=1,'].flatMap((start) =>
      readable.filter((text) => text.startsWith(start)).slice(-1),
    );
    const sample = fc.sample(fc.constantFrom(...readable), times(4, 12));
    for (const text of [...dearest, ...sample]) expect(await verifyPassword('x', text), text).toBe(false);
  });
});
