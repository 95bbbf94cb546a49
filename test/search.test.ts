import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import { users } from '../drizzle/schema.ts';
import type { AccountState } from '../src/accounts/users/account-state.ts';
import { writeOutdatedTerms } from '../src/accounts/users/outdated-terms.ts';
import { searchPrefix, termsOf, termsWithEmail, termsWithName } from '../src/accounts/users/search-terms.ts';
import { listUsers, type Place } from '../src/accounts/users/user-list.ts';
import { runSchedule } from '../src/api/cron.ts';
import { adminOf } from './admin-client.ts';
import { databaseBefore } from './around.ts';
import { type Account, type Answer, call, newAccount, rows, signUp } from './client.ts';
import { times } from './depth.ts';
import { operationsOf } from './operations.ts';

const USERS = '/api/v1/users';
let admin: Account;

type Query = Record<string, string | number>;
const pathOf = (query: Query): string =>
  `${USERS}?${new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))}`;
const list = (query: Query, env: Partial<Env> = {}): Promise<Answer> =>
  call('GET', pathOf(query), { token: admin.token, env });

/** What stands before the `@` of whom a query finds. */
const found = async (q: string, more: Query = {}): Promise<string[]> => {
  const { status, body } = await list({ q, limit: 100, ...more });
  expect([q, status]).toEqual([q, 200]);
  return body.data.users.map(({ email }: { email: string }) => email.slice(0, email.lastIndexOf('@')));
};

/** The pages of a list, each as the ids on it. */
const pagesOf = async (query: Query): Promise<number[][]> => {
  const pages: number[][] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { status, body } = await list({ ...query, ...(cursor ? { cursor } : {}) });
    expect(status).toBe(200);
    pages.push(body.data.users.map(({ id }: { id: number }) => id));
    cursor = body.data.next_cursor;
  }
  return pages;
};

type Person = { email: string; full_name?: string | null; state?: AccountState };

/** Adds people as code that knows nothing of terms does, and has the terms written; answers their ids. */
const addPeople = async (people: readonly Person[]): Promise<number[]> => {
  const added = await rows<{ id: number }>(
    `INSERT INTO users (email, password_hash, full_name, is_active, deactivated_at, deleted_at, is_verified, accepted_terms_at, created_at, updated_at)
     SELECT value ->> 'email', '', value ->> 'full_name', value ->> 'state' = 'active', iif(value ->> 'state' = 'deactivated', 1, NULL),
            iif(value ->> 'state' = 'deleted', 1, NULL), 1, 0, 0, 0 FROM json_each(?) RETURNING id`,
    JSON.stringify(people.map((person) => ({ state: 'active', ...person }))),
  );
  await writeOutdatedTerms(database(env.DB), 100_000);
  return added.map(({ id }) => id);
};

const termsOfUser = async (id: number): Promise<string[]> =>
  (await rows('SELECT term FROM user_terms WHERE user_id = ? ORDER BY section, term', id)).map(({ term }) => term);

beforeAll(async () => {
  admin = await newAccount();
  // Found by nothing that is looked for here.
  await rows("UPDATE users SET role = 'admin', email = 'zzz@zzz.zz' WHERE id = ?", admin.id);
  await writeOutdatedTerms(database(env.DB), 1);
});
beforeEach(async () => {
  await rows('DELETE FROM users WHERE id <> ?', admin.id);
});

describe('a search', () => {
  it('finds by the beginning of the address, of its domain and of any word of the name', async () => {
    await signUp('countess@analytical.example', { full_name: 'Ada King-Noel Lovelace' });
    for (const q of [
      'count',
      'countess@ana',
      'analyt',
      'ada',
      'ki',
      'noel',
      'lovelace',
      'king-noel lov',
      'noel l',
      'ADA  King',
    ])
      expect(await found(q), q).toEqual(['countess']);
    for (const q of ['ountess', 'nalytical', 'velace', 'ada lov', 'lovelace ada', 'ada king-noel lovelace x'])
      expect(await found(q), q).toEqual([]);
  });

  it.each([
    ['İbrahim Işık', ['ibrahim', 'İBRAHİM', 'IBRAHIM', 'ibrahım', 'isik', 'ışık', 'ISIK']],
    ['Jürgen Straße', ['strasse', 'STRASSE', 'straße', 'straẞe', 'jurgen', 'JÜRGEN', 'stras']],
    ['Οδυσσεύς', ['οδυσσευς', 'ΟΔΥΣΣΕΥΣ', 'Οδυσσεύσ', 'οδυσ']],
    ['José\u0301 Núñez', ['jose', 'JOSÉ', 'nunez', 'Nun\u0303ez']],
    ['山田太郎', ['山田', '太郎', '山田太郎']],
    ['김철수', ['김', '철수']],
    ['がくと', ['が', 'がく']],
    ['🎉 Stella 👩\u200d💻', ['🎉', '👩\u200d💻', '🎉 stel']],
    ["Siobhán O'Brien", ['siobhan', 'o’brien', 'brien']],
  ])('finds %s, whatever the case and the accents', async (full_name, queries) => {
    await addPeople([{ email: 'one@find.example', full_name }]);
    for (const q of queries) expect(await found(q), q).toEqual(['one']);
  });

  // ASVS 1.2.4
  it('takes every character as itself, and nothing as too much', async () => {
    await addPeople([
      { email: '100%_\\@find.example', full_name: `x%_' OR 1=1 "--` },
      { email: 'zoe@find.example', full_name: 'Zoe' },
    ]);
    for (const q of ['%', '_', 'z%', 'z_e', '\\', "'", '[a-z]', '*', '\u0000', '\u{10FFFF}', '\uFFFD', 'か', '\uD800'])
      expect(await found(q), q).toEqual([]);
    for (const q of ['100%', '100%_\\', "x%_'", `x%_' or 1=1 "`, '"--']) expect(await found(q), q).toEqual(['100%_\\']);
    expect(await found('z'.repeat(255))).toEqual([]);
    expect((await list({ q: 'z'.repeat(256) })).status).toBe(400);
    const unusual = await adminOf().listUsers({ q: '\uD800zoe' });
    expect(unusual).toMatchObject({ ok: true, value: { users: [] } });
    for (const q of ['', ' ', '\u0301']) expect((await list({ q })).body.data.users).toHaveLength(3);
  });

  it('finds who has a long name or address to the end', async () => {
    const long = `${'n'.repeat(120)} ${'m'.repeat(134)}`;
    const email = `${'l'.repeat(60)}@${'d'.repeat(60)}.${'e'.repeat(60)}.example`;
    await addPeople([
      { email, full_name: long },
      { email: `${'l'.repeat(59)}@x.example`, full_name: long.slice(0, -1) },
    ]);
    expect(await found(long)).toEqual(['l'.repeat(60)]);
    expect(await found('n'.repeat(120))).toHaveLength(2);
    expect(await found(email)).toEqual(['l'.repeat(60)]);
    expect(await found('l'.repeat(60))).toEqual(['l'.repeat(60)]);
  });

  it('shows who was found by a word first, then by the domain, then by the address; each once, by the first that fits', async () => {
    await addPeople([
      { email: 'old@a.example', full_name: 'John Old' },
      { email: 'x@johnson.example', full_name: 'Eve' },
      { email: 'john.smith@a.example', full_name: 'John Johnson' },
      { email: 'johnny@a.example', full_name: 'Jo Bell' },
      { email: 'new@johns.example', full_name: 'Mary John' },
      { email: 'john@a.example', full_name: null },
      { email: 'y@a.example', full_name: 'Boris Johnson' },
    ]);
    expect(await found('john')).toEqual(['new', 'john.smith', 'old', 'y', 'x', 'john', 'johnny']);
    expect(await found('johnso')).toEqual(['y', 'john.smith', 'x']);
    expect(await found('john.')).toEqual(['john.smith']);
  });
});

describe('the pages of a search', () => {
  const cursorOf = async (query: Query): Promise<string> => (await list(query)).body.data.next_cursor;

  it('are full or the last one, the newest first under one word, and stay while people come and go', async () => {
    const ids = await addPeople(
      Array.from({ length: 153 }, (_, n) => ({
        email: `john.${n}@many.example`,
        full_name: `John ${n % 3 ? 'Smith' : 'Jay'}`,
      })),
    );
    const newestFirst = ids.toReversed();
    for (const q of ['john', 'JÖHN', 'many.', 'john.']) {
      const pages = await pagesOf({ q, limit: 20 });
      expect(
        pages.map((page) => page.length),
        q,
      ).toEqual([...Array(7).fill(20), 13]);
      if (q !== 'john.') expect(pages.flat(), q).toEqual(newestFirst);
      expect(new Set(pages.flat()).size).toBe(153);
    }
    const [first, cursor] = [await list({ q: 'john', limit: 50 }), await cursorOf({ q: 'john', limit: 50 })];
    await rows('DELETE FROM users WHERE id IN (?, ?)', newestFirst[49], newestFirst[51]);
    await addPeople([{ email: 'new@many.example', full_name: 'John New' }]);
    const second = await list({ q: 'john', limit: 50, cursor });
    expect(first.body.data.users.map(({ id }: { id: number }) => id)).toEqual(newestFirst.slice(0, 50));
    expect(second.body.data.users.map(({ id }: { id: number }) => id)).toEqual(
      newestFirst.filter((_, n) => n === 50 || n > 51).slice(0, 50),
    );
  });

  it('are so with a state too, also where few have it', async () => {
    const states: AccountState[] = ['deactivated', 'deleted', 'active'];
    const people = Array.from({ length: 130 }, (_, n) => ({
      ...{
        email: `${n}@many.example`,
        full_name: 'John Smith',
        state: states[n % 10 === 0 ? 0 : n % 10 === 1 ? 1 : 2] ?? 'active',
      },
    }));
    const ids = await addPeople(people);
    for (const status of states) {
      const pages = await pagesOf({ q: 'john', status, limit: 5 });
      expect(pages.flat()).toEqual(ids.filter((_, n) => people[n]?.state === status).reverse());
      expect(pages.slice(0, -1).every((page) => page.length === 5)).toBe(true);
    }
  });

  it('go on only in the list that they are of', async () => {
    await addPeople(Array.from({ length: 5 }, (_, n) => ({ email: `${n}@many.example`, full_name: 'John Smith' })));
    const [search, all] = [await cursorOf({ q: 'john', limit: 2 }), await cursorOf({ limit: 2 })];
    const refused: Query[] = [
      { cursor: search },
      { q: 'smith', cursor: search },
      { q: 'john s', cursor: search },
      { q: 'john', cursor: all },
    ];
    for (const query of refused) {
      const answer = await list(query);
      expect([answer.status, answer.body.message]).toEqual([
        400,
        'Request validation failed: cursor is not a cursor of this list',
      ]);
    }
    // A place is one of a shorter beginning and of another state as well.
    for (const query of [{ q: 'JO' }, { q: 'john', status: 'active' }])
      expect((await list({ ...query, cursor: search })).body.data.users).toHaveLength(3);
    for (const cursor of [`${search}x`, search.replace(/^\d+/, '9'), search.split('.').slice(1).join('.')])
      expect((await list({ q: 'john', cursor })).status).toBe(400);
  });

  it('go on behind the longest name', async () => {
    const full_name = '\u{1F600}'.repeat(255);
    const ids = await addPeople(['a', 'b', 'c'].map((local) => ({ email: `${local}@many.example`, full_name })));
    expect(await pagesOf({ q: full_name.slice(0, 120), limit: 1 })).toEqual(ids.toReversed().map((id) => [id]));
  });

  it('are those of scripts as well', async () => {
    const ids = await addPeople(
      Array.from({ length: 5 }, (_, n) => ({ email: `${n}@many.example`, full_name: 'John Smith' })),
    );
    const read: number[][] = [];
    for (let before: number | string | null | undefined; before !== null; ) {
      const page = await adminOf().listUsers({ q: 'john', limit: 2, ...(before === undefined ? {} : { before }) });
      if (!page.ok) throw new Error(page.message);
      read.push(page.value.users.map(({ id }) => id));
      before = page.value.next;
    }
    expect(read).toEqual([ids.slice(3).toReversed(), ids.slice(1, 3).toReversed(), ids.slice(0, 1)]);
    expect(await adminOf().listUsers({ q: 'john', before: 7 })).toMatchObject({ ok: false, code: 'INVALID_INPUT' });
    expect(await adminOf().listUsers({ before: 'x' })).toMatchObject({ ok: false, code: 'INVALID_INPUT' });
  });

  it('hold whom they should, each once and in order, whoever there is and whatever is asked', async () => {
    const text = (maxLength: number) =>
      fc
        .string({ unit: fc.constantFrom(...'aabbßé. -\u{1F600}'), minLength: 1, maxLength })
        .filter((given) => given.trim() !== '');
    const local = fc.string({ unit: fc.constantFrom(...'aabbß'), minLength: 1, maxLength: 4 });
    const people = fc.array(
      fc.record({
        local,
        domain: local,
        full_name: fc.option(text(9)),
        state: fc.constantFrom<AccountState>('active', 'deactivated', 'deleted'),
      }),
      { minLength: 1, maxLength: 25 },
    );
    const status = fc.option(fc.constantFrom<AccountState>('active', 'deactivated', 'deleted'), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        people,
        fc.array(fc.record({ q: text(4), status }), { minLength: 5, maxLength: 5 }),
        async (given, queries) => {
          await rows('DELETE FROM users WHERE id <> ?', admin.id);
          const written = given.map((one, n) => ({ ...one, email: `${one.local}${n}@${one.domain}.example` }));
          const ids = await addPeople(written);
          for (const { q, status } of queries) {
            const prefix = searchPrefix(q);
            if (prefix === '') continue;
            const kinds = written.map((person) => {
              const terms = JSON.parse(termsOf({ email: person.email, fullName: person.full_name }));
              const kept: string[][] = [terms.words, terms.phrases].map((list: [string, number][]) =>
                list.map(([term]) => term),
              );
              const [words = [], phrases = []] = kept;
              return prefix.includes(' ') ? [phrases] : [words, [terms.domain], [terms.address]];
            });
            const first = kinds.map((lists) => {
              const kind = lists.findIndex((terms) => terms.some((term: string) => term.startsWith(prefix)));
              return { kind, term: lists[kind]?.find((term: string) => term.startsWith(prefix)) };
            });
            const wanted = ids.filter((_, n) => first[n]?.kind !== -1 && (!status || given[n]?.state === status));
            const got: number[] = [];
            for (let after: Place | undefined, more = true; more; ) {
              const page = await listUsers(database(env.DB), { q, status, limit: 3, after });
              got.push(...page.users.map(({ id }) => id));
              if (page.next) expect(page.users).toHaveLength(3);
              [after, more] = [page.next, page.next !== undefined];
            }
            expect(got.toSorted((a, b) => a - b)).toEqual(wanted);
            const places = got.map((id) => ({ id, ...first[ids.indexOf(id)] }));
            for (const [n, place] of places.entries()) {
              const before = places[n - 1];
              if (!before) continue;
              expect(place.kind).toBeGreaterThanOrEqual(before.kind ?? 0);
              if (place.kind !== before.kind || place.kind === 2) continue;
              const order = Buffer.compare(Buffer.from(place.term ?? ''), Buffer.from(before.term ?? ''));
              expect(order).toBeGreaterThanOrEqual(0);
              if (order === 0) expect(place.id).toBeLessThan(before.id);
            }
          }
        },
      ),
      { numRuns: times(40, 1_000) },
    );
  });
});

describe('what people are found by', () => {
  const patch = (token: string, json: unknown) => call('PATCH', `${USERS}/me`, { token, json });

  it('follows a new name, also none', async () => {
    const account = await newAccount({ full_name: 'Ada Byron' });
    const { id, token, email } = account;
    expect((await patch(token, { full_name: 'Ada King' })).status).toBe(200);
    expect([await found('byron'), await found('king')]).toEqual([[], [email.split('@')[0]]]);
    await patch(token, { speaking_language: 'fr' });
    expect(await found('king')).toHaveLength(1);
    await patch(token, { full_name: null });
    expect(await termsOfUser(id)).toEqual(['example.com', email]);
    expect(await writeOutdatedTerms(database(env.DB), 1)).toBe(0);
  });

  it('follows another address', async () => {
    const { id } = await newAccount({ full_name: 'Ada Byron' });
    await adminOf().setEmail({ user: id, email: 'byron@Büro.example', as: 'operator' });
    expect(await termsOfUser(id)).toEqual(['ada', 'byron', 'buro.example', 'byron@buro.example', 'ada byron']);
    expect([await found('buro'), await found('byron@'), await found('user')]).toEqual([['byron'], ['byron'], []]);
    expect(await writeOutdatedTerms(database(env.DB), 1)).toBe(0);
  });

  it('follows a sign-up over again', async () => {
    await signUp('again@find.example', { full_name: 'First Name' });
    await signUp('again@find.example', { full_name: 'Second Try' });
    expect([await found('first'), await found('second'), await found('again')]).toEqual([[], ['again'], ['again']]);
  });

  it('is written for whatever stands in the row, also for an address that is none', async () => {
    await addPeople([
      { email: 'no address', full_name: null },
      { email: 'ada@ada.example', full_name: 'ada@ada.example' },
      { email: 'x@', full_name: '\u0301' },
    ]);
    expect(await writeOutdatedTerms(database(env.DB), 1)).toBe(0);
    const { body } = await list({ q: 'no' });
    expect(body.data.users.map(({ email }: { email: string }) => email)).toEqual(['no address']);
    expect(await found('ada')).toEqual(['ada']);
  });

  it('is after any changes what it would be if it were written anew', async () => {
    const [id = 0] = await addPeople([{ email: 'first@first.example', full_name: 'First Name' }]);
    const text = fc.string({ unit: fc.constantFrom(...'aab. -'), minLength: 1, maxLength: 9 });
    const local = fc.string({ unit: fc.constantFrom(...'ab'), minLength: 1, maxLength: 6 });
    const change = fc.oneof(
      fc.option(text).map((full_name) => ({ full_name })),
      fc.tuple(local, local).map(([name, domain]) => ({ email: `${name}@${domain}.example` })),
    );
    const terms = () => rows('SELECT * FROM user_terms WHERE user_id = ?', id);
    await fc.assert(
      fc.asyncProperty(change, async (given) => {
        const set =
          'email' in given
            ? { email: given.email, terms: termsWithEmail(given.email) }
            : { fullName: given.full_name, terms: termsWithName(given.full_name) };
        await database(env.DB).update(users).set(set).where(eq(users.id, id));
        const kept = await terms();
        expect(await writeOutdatedTerms(database(env.DB), 1)).toBe(0);
        await rows('DELETE FROM user_terms WHERE user_id = ?', id);
        await rows('UPDATE users SET terms = terms WHERE id = ?', id);
        expect(await terms()).toEqual(kept);
      }),
      { numRuns: times(60, 2_000) },
    );
    await rows('UPDATE users SET terms = NULL WHERE id = ?', id);
    expect(await terms()).toEqual([]);
  });

  it('follows the state, and goes with the account', async () => {
    const account = await newAccount({ full_name: 'Grace Hopper' });
    const states = async () => rows('SELECT DISTINCT state FROM user_terms WHERE user_id = ?', account.id);
    expect(await states()).toEqual([{ state: 'active' }]);
    await call('PATCH', `${USERS}/deactivate`, { token: admin.token, json: { user_id: account.id } });
    expect([await states(), await found('hopper', { status: 'active' })]).toEqual([[{ state: 'deactivated' }], []]);
    await call('PATCH', `${USERS}/reactivate`, { token: admin.token, json: { user_id: account.id } });
    expect(await found('hopper', { status: 'active' })).toHaveLength(1);
    await adminOf().eraseUser({ user: account.id, as: 'operator' });
    expect(await termsOfUser(account.id)).toEqual([]);
  });

  it('is brought over by the scheduled run, whoever wrote without it, and left alone where it is right', async () => {
    const { id } = await newAccount({ full_name: 'Ada Byron' });
    await rows("UPDATE users SET full_name = 'Ada King' WHERE id = ?", id);
    await rows(
      `INSERT INTO users (email, password_hash, full_name, accepted_terms_at, created_at, updated_at) VALUES ('old@find.example', '', 'Old Code', 0, ?, 0)`,
      Date.now(),
    );
    await signUp('new@find.example', { full_name: 'New Code' });
    await rows("UPDATE users SET email = 'bob@xn--bcher-kva.example' WHERE email = 'new@find.example'");
    expect(await runSchedule(env, new Date())).toMatchObject({ terms_written: 3 });
    expect([await found('king'), await found('old'), await found('bob@')]).toEqual([
      expect.anything(),
      ['old'],
      ['bob'],
    ]);
    expect(await found('byron')).toEqual([]);
    expect(await runSchedule(env, new Date())).toMatchObject({ terms_written: 0 });
    expect(await writeOutdatedTerms(database(env.DB), 10)).toBe(0);
  });

  it.each([
    ["full_name = 'Ada Lovelace'", 'lovelace'],
    ["email = 'countess@find.example'", 'countess@find.example'],
  ])('is not that of before where it changes while it is brought over: %s', async (change, term) => {
    const { id } = await newAccount({ full_name: 'Ada Byron' });
    await rows("UPDATE users SET full_name = 'Ada King' WHERE id = ?", id);
    const DB = databaseBefore(2, () => rows(`UPDATE users SET ${change} WHERE id = ?`, id));
    expect(await writeOutdatedTerms(database(DB), 1)).toBe(0);
    expect(await writeOutdatedTerms(database(env.DB), 1)).toBe(1);
    expect(await termsOfUser(id)).toContain(term);
  });
});

describe('the rows that a list reads', () => {
  const many = (from: number, to: number): Promise<number[]> =>
    addPeople(
      Array.from({ length: to - from }, (_, n) => {
        const number = from + n;
        const isJohn = number < 153;
        return {
          email: isJohn ? `john.smith${number}@many.example` : `many-${number}@many.example`,
          full_name: isJohn ? `John Smith ${number}` : `Many Jo${number}`,
          state: number % 50 === 0 ? 'deactivated' : number % 2 ? 'active' : 'deleted',
        } satisfies Person;
      }),
    );

  const QUERIES: Query[] = [
    ...[
      {},
      { q: 'john' },
      { q: 'many' },
      { q: 'jo' },
      { q: 'm' },
      { q: 'many-' },
      { q: 'many.exam' },
      { q: 'john smith' },
    ],
    ...[{ q: 'nobody' }, { q: 'many-7@many.example' }],
  ];

  // ASVS 15.2.2
  // Threat exhaustion
  it('are at most four times the page and ten, however many people there are, on every page', async () => {
    const walk = async (query: Query, limit: number): Promise<number> => {
      let most = 0;
      let cursor: string | null | undefined;
      // The first pages, and those behind the last John.
      for (let page = 0; page < 12 && cursor !== null; page += 1) {
        const { rowsRead } = await operationsOf(async (bindings) => {
          const answer = await list({ ...query, limit, ...(cursor ? { cursor } : {}) }, bindings);
          expect(answer.status).toBe(200);
          cursor = answer.body.data.next_cursor;
          if (cursor) expect(answer.body.data.users).toHaveLength(limit);
        });
        most = Math.max(most, rowsRead);
      }
      return most;
    };
    const measure = async (): Promise<void> => {
      const queries = QUERIES.flatMap((one) => [one, { ...one, status: 'active' }, { ...one, status: 'deactivated' }]);
      for (const query of queries) {
        for (const limit of inject('isDeep') ? [10, 20, 100] : [20])
          expect(await walk(query, limit), JSON.stringify({ ...query, limit })).toBeLessThanOrEqual(4 * limit + 10);
      }
    };
    await many(0, 1_000);
    await measure();
    const count = inject('isDeep') ? 100_000 : 4_000;
    for (let from = 1_000; from < count; from += 5_000) await many(from, Math.min(from + 5_000, count));
    await measure();
  }, 600_000);
});
