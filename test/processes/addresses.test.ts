import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Miniflare } from 'miniflare';
import { describe, expect, it } from 'vitest';
import { canonicalEmail } from '../../src/accounts/users/email-address.ts';
import { bringAddressesOver, type Query, wordsOf } from '../../src/tools/migrations/addresses.ts';
import { ROOT } from '../../src/tools/root.ts';

// What a deployment does with addresses that are there already, against the real schema; that it does so is shown in
// deploy.test.ts and start.test.ts.

type Person = { id: number; email: string };

const NOBODY = { brought: [], doubles: [], unusable: [] };

/** A database with these addresses, whose ids are 1, 2, 3 and so on, and a way to ask it. */
const databaseWith = (emails: readonly string[]) => {
  const database = new DatabaseSync(':memory:');
  const folder = join(ROOT, 'migrations');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort())
    database.exec(readFileSync(join(folder, file), 'utf8'));
  const signUp = (email: string): void => {
    database
      .prepare(
        `INSERT INTO users (email, password_hash, full_name, accepted_terms_at, created_at, updated_at)
         VALUES (?, 'hash', 'Ada', 1, 2, 3)`,
      )
      .run(email);
  };
  for (const email of emails) signUp(email);
  const asked: { sql: string; values: string[] }[] = [];
  const query: Query = async <Row>(sql: string, ...values: string[]) => {
    asked.push({ sql, values });
    return database.prepare(sql).all(...values) as Row[];
  };
  const users = () => database.prepare('SELECT * FROM users ORDER BY id').all();
  return { database, query, asked, signUp, users, emails: () => users().map(({ email }) => email) };
};

describe('the addresses that are there already', () => {
  it('are brought into their canonical form, and nothing else of the accounts changes', async () => {
    const there = databaseWith([
      'ada@example.com',
      'ida@xn--bcher-kva.example',
      'жук@почта.рф',
      'zoe\u0308@example.com',
      'eve@ｂüｃｈｅｒ.example',
      'a@r3---sn.example',
    ]);
    const before = there.users();
    expect(await bringAddressesOver(there.query, true)).toEqual({ ...NOBODY, brought: [2, 4, 5] });
    expect(there.users()).toEqual(before);
    expect(await bringAddressesOver(there.query)).toEqual({ ...NOBODY, brought: [2, 4, 5] });
    const after = ['ida@bücher.example', 'zoë@example.com', 'eve@bücher.example'];
    expect(there.users()).toEqual(
      before.map((user) => ([2, 4, 5].includes(Number(user['id'])) ? { ...user, email: after.shift() } : user)),
    );
    expect(await bringAddressesOver(there.query)).toEqual(NOBODY);
  });

  it('stay where two accounts have one: both are named, each time, and neither is changed', async () => {
    const there = databaseWith([
      ...['ida@bücher.example', 'ida@xn--bcher-kva.example', 'ida@ｂüｃｈｅｒ.example'],
      // Neither of these has the canonical form.
      ...['zoe\u0308@bücher.example', 'zoe\u0308@xn--bcher-kva.example', 'eve@xn--bcher-kva.example'],
    ]);
    const before = there.emails();
    const told = {
      brought: [6],
      doubles: [
        [1, 2, 3],
        [4, 5],
      ],
      unusable: [],
    };
    expect(await bringAddressesOver(there.query, true)).toEqual(told);
    expect(await bringAddressesOver(there.query)).toEqual(told);
    expect(there.emails()).toEqual([...before.slice(0, 5), 'eve@bücher.example']);
    expect(await bringAddressesOver(there.query)).toEqual({ ...told, brought: [] });
    expect(await bringAddressesOver(there.query, true)).toEqual({ ...told, brought: [] });
  });

  it('are brought over once a person has settled which account is whose', async () => {
    const there = databaseWith(['zoe\u0308@example.com', 'zoe\u0308@ｅxample.com']);
    await bringAddressesOver(there.query);
    there.database.exec('DELETE FROM users WHERE id = 1');
    expect(await bringAddressesOver(there.query)).toEqual({ ...NOBODY, brought: [2] });
    expect(there.emails()).toEqual(['zoë@example.com']);
  });

  it('stay where they have no canonical form, and are named', async () => {
    const there = databaseWith([
      'a@xn--0.example',
      'b@xn--bcher-kva.example',
      'c@ab\u200dc.example',
      '=?d?=@example.com',
      'e@example.0x1',
    ]);
    const told = { brought: [2], doubles: [], unusable: [1, 3, 4, 5] };
    expect(await bringAddressesOver(there.query, true)).toEqual(told);
    expect(await bringAddressesOver(there.query)).toEqual(told);
    expect(await bringAddressesOver(there.query)).toEqual({ ...told, brought: [] });
    expect(there.emails().slice(0, 3)).toEqual(['a@xn--0.example', 'b@bücher.example', 'c@ab\u200dc.example']);
  });

  it('give way to who signs up, changes the address or is erased at the same moment', async () => {
    const there = databaseWith(['ida@xn--bcher-kva.example', 'eve@xn--bcher-kva.example', 'zoe\u0308@example.com']);
    const meanwhile: Query = async (sql, ...values) => {
      if (/^\s*UPDATE/.test(sql)) {
        there.signUp('ida@bücher.example');
        there.database.exec("UPDATE users SET email = 'eve@elsewhere.example' WHERE id = 2");
        there.database.exec('DELETE FROM users WHERE id = 3');
      }
      return there.query(sql, ...values);
    };
    expect(await bringAddressesOver(meanwhile)).toEqual({ brought: [], doubles: [[1, 4]], unusable: [] });
    expect(there.emails()).toEqual(['ida@xn--bcher-kva.example', 'eve@elsewhere.example', 'ida@bücher.example']);
  });

  it('may be asked for again where it was broken off at any moment', async () => {
    const spelt = Array.from({ length: 250 }, (_, n) => `ida-${n}@xn--bcher-kva.example`);
    const there = databaseWith([...spelt, 'ida-7@bücher.example']);
    for (let stops = 1; ; stops += 1) {
      let asked = 0;
      const breaking: Query = (sql, ...values) => {
        asked += 1;
        if (asked === stops) throw new Error('The line is dead.');
        return there.query(sql, ...values);
      };
      const isDone = await bringAddressesOver(breaking).then(
        () => true,
        () => false,
      );
      if (isDone) break;
    }
    expect(await bringAddressesOver(there.query)).toEqual({ ...NOBODY, doubles: [[8, 251]] });
    expect(there.emails().filter((email) => String(email).includes('xn--'))).toEqual([spelt[7]]);
  });

  it('are asked for in pages, and leave the database only where their spelling has to be looked at', async () => {
    const emails = Array.from({ length: 25_000 }, (_, n) => `user-${n}@example.com`);
    const there = databaseWith([...emails, 'ida@xn--bcher-kva.example']);
    const left: Person[] = [];
    const watched: Query = async <Row>(sql: string, ...values: string[]) => {
      const rows = await there.query<Row>(sql, ...values);
      left.push(...(rows as Person[]));
      return rows;
    };
    await bringAddressesOver(watched);
    expect(left.filter(({ email }) => typeof email === 'string')).toEqual([
      { id: 25_001, email: 'ida@xn--bcher-kva.example' },
    ]);
    const pages = there.asked.filter(({ sql }) => sql.includes('LIMIT'));
    expect(pages.map(({ values }) => values)).toEqual([['0'], ['10000'], ['20000'], ['25001']]);
    const plan = there.database.prepare(`EXPLAIN QUERY PLAN ${pages[0]?.sql}`).all('0');
    expect(plan.map(({ detail }) => detail)).toContain('SEARCH users USING INTEGER PRIMARY KEY (rowid>?)');
  });

  it('are changed and looked up by keys, however many accounts there are', () => {
    const there = databaseWith(['ida@xn--bcher-kva.example', 'ida@bücher.example']);
    return bringAddressesOver(there.query).then(() => {
      const plans = there.asked
        .filter(({ sql }) => sql.includes('json_each'))
        .map(({ sql, values }) => there.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values));
      expect(plans).toHaveLength(2);
      for (const plan of plans) expect(plan.map(({ detail }) => detail).join('\n')).not.toMatch(/SCAN users/);
    });
  });

  it('are none where the database is new', async () => {
    const database = new DatabaseSync(':memory:');
    const query: Query = async <Row>(sql: string, ...values: string[]) => database.prepare(sql).all(...values) as Row[];
    expect(await bringAddressesOver(query)).toEqual(NOBODY);
  });
});

describe('what an operator hears of addresses', () => {
  it('is one line where all is well, and names accounts by id alone', () => {
    expect(wordsOf(NOBODY)).toEqual(['Addresses: all are in their canonical form']);
    expect(wordsOf({ ...NOBODY, brought: [1, 2] }, true)).toEqual([
      'Addresses: 2 would be brought into canonical form',
    ]);
    expect(
      wordsOf({
        brought: [9],
        doubles: [
          [1, 2],
          [3, 4, 5],
        ],
        unusable: [6],
      }),
    ).toEqual([
      'Addresses: 1 brought into canonical form',
      '  The accounts 1 and 2 have one address in different spellings; they stay as they are.',
      '  The accounts 3, 4 and 5 have one address in different spellings; they stay as they are.',
      '  The account 6 has an address that nobody can be written to; it stays as it is.',
      '  What to do is in docs/administration.md, "One address, two accounts".',
    ]);
  });
});

// Every letter, sign and mark, but for ideographs and syllables of Hangul, which are alike among themselves.
const CODE_POINTS = [
  [0, 0x3500],
  [0x9ff0, 0xac10],
  [0xd790, 0x1ffff],
  [0xe0000, 0xe0200],
];

/** A digest of the canonical forms of addresses that have each code point in the local part and in a label. */
const digestOf = (
  codePoints: number[][],
  canonical: (text: string) => string | undefined,
  digest: (text: string) => string,
): string =>
  digest(
    codePoints
      .flatMap(([from = 0, to = 0]) => Array.from({ length: to - from }, (_, n) => String.fromCodePoint(from + n)))
      .flatMap((letter) => [canonical(`a${letter}b@example.com`), canonical(`a@l${letter}l.example`)])
      .join('\n'),
  );

describe('the canonical form', () => {
  it('is the same in Node, where a deployment makes it, as in the Workers, letter by letter', async () => {
    const source = stripTypeScriptTypes(readFileSync(join(ROOT, 'src/accounts/users/email-address.ts'), 'utf8'));
    const contents = `
      import { createHash } from 'node:crypto';
      import { canonicalEmail } from './email-address.js';
      const digest = (text) => createHash('sha256').update(text).digest('hex');
      const digestOf = ${digestOf.toString()};
      export default { fetch: () => new Response(digestOf(${JSON.stringify(CODE_POINTS)}, canonicalEmail, digest)) };`;
    const miniflare = new Miniflare({
      cf: false,
      telemetry: { enabled: false },
      workers: [
        {
          config: {
            name: 'canonical',
            compatibilityDate: '2026-11-01',
            compatibilityFlags: ['nodejs_compat'],
            manifest: {
              mainModule: 'index.js',
              modules: {
                'index.js': { type: 'esm', contents },
                'email-address.js': { type: 'esm', contents: source },
              },
            },
          },
        },
      ],
    });
    try {
      const there = await (await miniflare.dispatchFetch('http://localhost')).text();
      const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
      const here = digestOf(CODE_POINTS, canonicalEmail, digest);
      expect(there).toBe(here);
    } finally {
      await miniflare.dispose();
    }
  });
});
