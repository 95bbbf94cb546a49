import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import { type User, users } from '../drizzle/schema.ts';
import { updateProfile } from '../src/accounts/profile/profile.ts';
import { fullNameFlaw, normalizeFullName } from '../src/accounts/users/full-name.ts';
import { canonicalLanguageTag } from '../src/accounts/users/language.ts';
import { profileOf } from '../src/api/wire/user.ts';
import { type Account, type Answer, call, callerOf, failing, newAccount, ORIGIN, rows } from './client.ts';
import { PROFILE_KEYS } from './profile-keys.ts';
import { tripsOf } from './trips.ts';

const ME = '/api/v1/users/me';

const read = ({ token }: Account) => call('GET', ME, { token });
const change = ({ token }: Account, json: unknown) => call('PATCH', ME, { token, json });

const formOf = (parts: [name: string, value: string | File][]): FormData => {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return form;
};

const submit = ({ token }: Account, ...parts: [name: string, value: string | File][]) =>
  call('PATCH', ME, { token, body: formOf(parts) });

/** A form as its bytes. */
const submitRaw = ({ token }: Account, body: BodyInit, type = 'multipart/form-data; boundary=X') =>
  call('PATCH', ME, { token, body, headers: { 'Content-Type': type } });

const rowOf = async ({ id }: Account) => (await rows('SELECT * FROM users WHERE id = ?', id))[0];

const userOf = async ({ id }: Account): Promise<User> => {
  const user = await database(env.DB).select().from(users).where(eq(users.id, id)).get();
  if (!user) throw new Error('There is no such user.');
  return user;
};

const expectErrors = (answer: Answer, code: string, errors: Record<string, string>): void => {
  expect([answer.status, answer.body.code]).toEqual([400, code]);
  const told = answer.body.data.errors.map(({ field, message }: { field: string; message: string }) => [
    field,
    message,
  ]);
  expect(Object.fromEntries(told)).toEqual(errors);
};

// One account for all; each test finds it as the first did.
let account: Account;

beforeAll(async () => {
  account = await newAccount();
});

const reset = () =>
  env.DB.prepare(
    `UPDATE users SET full_name = 'Ada', full_name_folded = 'ada', speaking_language = 'fr', listening_language = 'it',
     updated_at = 1 WHERE id = ?`,
  )
    .bind(account.id)
    .run();

beforeEach(reset);

const CONTROL = 'must not contain control or invisible characters';
const LANGUAGE = 'must be a valid language tag (BCP 47)';

describe('the profile', () => {
  // ASVS 15.3.1
  it('has exactly its keys, in their order', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace', listening_language: 'fr' });
    const answer = await read(account);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body)).toEqual(PROFILE_KEYS);
    expect(answer.body).toMatchObject({
      id: account.id,
      email: account.email,
      full_name: 'Ada Lovelace',
      avatar_url: null,
      speaking_language: 'en',
      listening_language: 'fr',
      is_active: true,
      is_verified: true,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  // ASVS 8.2.3, 15.3.1
  it('tells nothing of a column that is added later', async () => {
    const user = { ...(await userOf(account)), shoeSize: 41, twoFactorSecret: 'hidden' };
    expect(Object.keys(profileOf(user, ORIGIN))).toEqual(PROFILE_KEYS);

    await env.DB.exec("ALTER TABLE users ADD COLUMN recovery_code TEXT DEFAULT 'hidden'");
    try {
      for (const answer of [await read(account), await change(account, { full_name: 'Ada' })]) {
        expect(Object.keys(answer.body)).toEqual(PROFILE_KEYS);
        expect(answer.text).not.toContain('hidden');
      }
    } finally {
      await env.DB.exec('ALTER TABLE users DROP COLUMN recovery_code');
    }
  });

  it('is answered by a change as it is read afterwards', async () => {
    const changed = await change(account, { full_name: 'Ada', speaking_language: 'de' });
    expect(changed.status).toBe(200);
    expect(Object.keys(changed.body)).toEqual(PROFILE_KEYS);
    expect((await read(account)).body).toEqual(changed.body);
  });
});

describe('changing the profile', () => {
  it.each([
    [
      'full_name',
      { full_name: 'Grace Hopper' },
      {
        ...{ full_name: 'Grace Hopper', full_name_folded: 'grace hopper' },
        terms: expect.stringContaining('"phrases":[["grace hopper",0]]'),
      },
    ],
    ['speaking_language', { speaking_language: 'de-ch' }, { speaking_language: 'de-CH' }],
    ['listening_language', { listening_language: 'IW' }, { listening_language: 'he' }],
  ])('changes what is sent and nothing else: %s', async (field, sent, stored) => {
    for (const answer of [change, (who: Account) => submit(who, [field, Object.values(sent)[0] ?? ''])]) {
      await reset();
      const before = await rowOf(account);
      expect((await answer(account, sent)).status).toBe(200);
      const after = await rowOf(account);
      expect(after).toEqual({ ...before, ...stored, updated_at: expect.any(Number) });
      expect(after.updated_at).toBeGreaterThan(1);
    }
  });

  it('changes nothing when nothing is sent, whichever way', async () => {
    const before = await rowOf(account);
    const profile = (await read(account)).body;
    const nothing = [
      await change(account, {}),
      await call('PATCH', ME, { token: account.token }),
      await submit(account, ['unknown', 'x']),
      await submitRaw(account, '--X--\r\n'),
      await submit(account, ['avatar', new File([], '')]),
    ];
    for (const answer of nothing) expect([answer.status, answer.body]).toEqual([200, profile]);
    expect(await rowOf(account)).toEqual(before);
  });

  it('clears the name with null, and only the name', async () => {
    expect((await change(account, { full_name: null })).body.full_name).toBeNull();
    expect(await rowOf(account)).toMatchObject({ full_name: null, full_name_folded: null });
  });

  // ASVS 8.2.3, 15.3.3
  // Threat gained-role
  it('ignores keys that it does not know, and those that nobody may change', async () => {
    const before = await rowOf(account);
    const sent = {
      id: 1,
      email: 'other@example.com',
      role: 'admin',
      is_active: false,
      is_verified: false,
      avatar_url: 'https://evil.example/',
      avatar_key: 'x',
      avatar: 'x',
      deleted_at: 1,
      password_hash: 'x',
      ['__proto__']: { full_name: 'x' },
    };
    expect((await change(account, sent)).status).toBe(200);
    const { avatar: _, ...texts } = sent;
    expect(
      (await submit(account, ...Object.entries(texts).map(([k, v]): [string, string] => [k, String(v)]))).status,
    ).toBe(200);
    expect(await rowOf(account)).toEqual(before);
  });

  it('trims and composes a name', async () => {
    expect((await change(account, { full_name: '  Jose\u0301 \u3000' })).body.full_name).toBe('José');
    expect((await submit(account, ['full_name', ' Zoe\u0308 '])).body.full_name).toBe('Zoë');
  });

  it.each([
    ['empty', '', 'must not be empty'],
    ['of white space', ' \n\t ', 'must not be empty'],
    ['too long', 'a'.repeat(256), 'must have at most 255 characters'],
    ['very long', 'a'.repeat(30_000), 'must have at most 255 characters'],
    ['with a control character', 'Ada\u0007', CONTROL],
    ['with an override', 'Ada\u202Etxt.exe', CONTROL],
    ['with a letter that is blank', 'Ada\u3164', CONTROL],
    ['of nothing that can be seen', '\u0301', 'must contain a visible character'],
  ])('refuses a name %s, in JSON and in a form', async (_, name, message) => {
    const before = await rowOf(account);
    expectErrors(await change(account, { full_name: name }), 'VALIDATION_ERROR', { 'body.full_name': message });
    expectErrors(await submit(account, ['full_name', name]), 'VALIDATION_ERROR', { 'body.full_name': message });
    expect(await rowOf(account)).toEqual(before);
  });

  it.each([[1], [true], [{}], [['Ada']]])('refuses a name that is no text: %j', async (name) => {
    const errors = { 'body.full_name': 'must be a string or null' };
    expectErrors(await change(account, { full_name: name }), 'VALIDATION_ERROR', errors);
  });

  // ASVS 1.3.3
  it('refuses a name with half a character, which JSON can carry', async () => {
    const body = '{"full_name":"Ada\\ud800"}';
    const answer = await submitRaw(account, body, 'application/json');
    expectErrors(answer, 'VALIDATION_ERROR', { 'body.full_name': CONTROL });
  });

  it.each(['xx', 'english', 'en_US', '', 'und', 'x-klingon', 'a'.repeat(5000), null, 1, {}, ['en']])(
    'refuses a language that is none, and changes nothing at all: %j',
    async (tag) => {
      const before = await rowOf(account);
      const json = { full_name: 'Grace', speaking_language: 'de', listening_language: tag };
      expectErrors(await change(account, json), 'INVALID_LANGUAGE_CODE', { 'body.listening_language': LANGUAGE });
      if (typeof tag === 'string') {
        const answer = await submit(account, ['full_name', 'Grace'], ['speaking_language', tag]);
        expectErrors(answer, 'INVALID_LANGUAGE_CODE', { 'body.speaking_language': LANGUAGE });
      }
      expect(await rowOf(account)).toEqual(before);
    },
  );

  it('names every field that is wrong; where a language is among them the code says so', async () => {
    expectErrors(
      await change(account, { full_name: '', speaking_language: 'xx', listening_language: null }),
      'INVALID_LANGUAGE_CODE',
      {
        'body.full_name': 'must not be empty',
        'body.speaking_language': LANGUAGE,
        'body.listening_language': LANGUAGE,
      },
    );
  });

  it.each(['null', '[]', '"text"', '1', 'true'])('refuses JSON that is no object: %s', async (body) => {
    expectErrors(await submitRaw(account, body, 'application/json'), 'VALIDATION_ERROR', { body: 'must be an object' });
  });

  it('refuses JSON that does not end, and JSON too large', async () => {
    expect((await submitRaw(account, '{"full_name":', 'application/json')).body.code).toBe('MALFORMED_JSON');
    const large = JSON.stringify({ full_name: 'a'.repeat(70_000) });
    const answer = await submitRaw(account, large, 'application/json');
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/mixed; boundary=X', 'image/png'])(
    'takes no other type: %s',
    async (type) => {
      const answer = await submitRaw(account, 'full_name=Ada', type);
      expect([answer.status, answer.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  it('takes either type in any spelling', async () => {
    const form = '--X\r\nContent-Disposition: form-data; name="full_name"\r\n\r\nGrace\r\n--X--\r\n';
    expect((await submitRaw(account, form, 'Multipart/Form-Data; Boundary="X"')).body.full_name).toBe('Grace');
    const json = '{"full_name":"Ada"}';
    expect((await submitRaw(account, json, 'Application/JSON; charset=utf-8')).body.full_name).toBe('Ada');
  });
});

describe('a form', () => {
  it.each([
    ['has no boundary', 'x', 'multipart/form-data'],
    ['is empty', '', 'multipart/form-data; boundary=X'],
    ['is none', 'hello', 'multipart/form-data; boundary=X'],
    ['does not end', '--X\r\nContent-Disposition: form-data; name="full_name"\r\n\r\nAda', undefined],
    ['has a part without a name', '--X\r\nContent-Disposition: form-data\r\n\r\nAda\r\n--X--\r\n', undefined],
  ])('that %s is refused, and the parser is not quoted', async (_, body, type) => {
    const answer = await submitRaw(account, body, type);
    expect([answer.status, answer.body.code]).toEqual([400, 'MALFORMED_BODY']);
    expect(answer.body.message).toBe('The request body cannot be read.');
  });

  // ASVS 15.3.7
  it('with a part that is there twice is refused', async () => {
    const before = await rowOf(account);
    expectErrors(await submit(account, ['full_name', 'Ada'], ['full_name', 'Grace']), 'VALIDATION_ERROR', {
      'body.full_name': 'must be a string or null',
    });
    expectErrors(
      await submit(account, ['speaking_language', 'de'], ['speaking_language', 'de']),
      'INVALID_LANGUAGE_CODE',
      {
        'body.speaking_language': LANGUAGE,
      },
    );
    const file = new File(['x'], 'x.png');
    expectErrors(await submit(account, ['avatar', file], ['avatar', file]), 'VALIDATION_ERROR', {
      'body.avatar': 'must be one file',
    });
    expect((await submit(account, ['unknown', '1'], ['unknown', '2'])).status).toBe(200);
    expect(await rowOf(account)).toEqual(before);
  });

  it('with a file where text belongs, or text where a file belongs, is refused', async () => {
    const file = new File(['Ada'], 'name.txt');
    expectErrors(await submit(account, ['full_name', file]), 'VALIDATION_ERROR', {
      'body.full_name': 'must be a string or null',
    });
    expectErrors(await submit(account, ['speaking_language', file]), 'INVALID_LANGUAGE_CODE', {
      'body.speaking_language': LANGUAGE,
    });
    expectErrors(await submit(account, ['avatar', 'text']), 'VALIDATION_ERROR', { 'body.avatar': 'must be one file' });
  });

  it('with text that is no UTF-8 is refused', async () => {
    const head = '--X\r\nContent-Disposition: form-data; name="full_name"\r\n\r\n';
    const body = Buffer.concat([Buffer.from(head), Buffer.from([0x41, 0xff, 0xc3]), Buffer.from('\r\n--X--\r\n')]);
    expectErrors(await submitRaw(account, body), 'VALIDATION_ERROR', { 'body.full_name': CONTROL });
  });
});

describe('whatever is accepted', () => {
  // ASVS 1.2.3, 1.2.4
  it('can be read back and sent again: names', async () => {
    const name = fc
      .oneof(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
        fc.constantFrom("'; DROP TABLE users;--", '%_\\', '<b>&amp;"'),
      )
      .map(normalizeFullName)
      .filter((text) => fullNameFlaw(text) === undefined);
    await fc.assert(
      fc.asyncProperty(name, fc.boolean(), async (full_name, inForm) => {
        const answer = inForm ? await submit(account, ['full_name', full_name]) : await change(account, { full_name });
        expect([answer.status, answer.body.full_name]).toEqual([200, full_name]);
        expect((await read(account)).body).toEqual(answer.body);
      }),
      { numRuns: 60 },
    );
  });

  it('can be read back and sent again: languages', async () => {
    const subtag = fc.constantFrom(
      'en',
      'EN',
      'iw',
      'zh',
      'cmn',
      'Latn',
      'hant',
      'us',
      '419',
      '1996',
      'u',
      'co',
      'phonebk',
      'x',
      'foo',
      'i',
      'klingon',
    );
    const tag = fc.array(subtag, { minLength: 1, maxLength: 5 }).map((subtags) => subtags.join('-'));
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(tag, async (sent) => {
        const answer = await change(account, { speaking_language: sent });
        const canonical = canonicalLanguageTag(sent);
        if (canonical === undefined) {
          expect(answer.body.code).toBe('INVALID_LANGUAGE_CODE');
          return;
        }
        accepted += 1;
        expect(answer.body.speaking_language).toBe(canonical);
        const again = await change(account, { speaking_language: canonical });
        expect([again.status, again.body]).toEqual([200, answer.body]);
        expect((await read(account)).body).toEqual(answer.body);
      }),
      { numRuns: 80 },
    );
    expect(accepted).toBeGreaterThan(5);
  });
});

describe('storage', () => {
  it('is asked once for a change of text: the change itself asks who asks', async () => {
    const json = { full_name: 'Ada', speaking_language: 'de', listening_language: 'fr' };
    const trips = await tripsOf((bindings) => call('PATCH', ME, { token: account.token, json, env: bindings }));
    expect(trips).toEqual(['DB.batch']);
    const body = new FormData();
    body.set('full_name', 'Ada');
    const form = await tripsOf((bindings) => call('PATCH', ME, { token: account.token, body, env: bindings }));
    expect(form).toEqual(['DB.batch']);
    const nothing = await tripsOf((bindings) => call('PATCH', ME, { token: account.token, json: {}, env: bindings }));
    expect(nothing).toEqual(['DB.all']);
  });

  it('that does not answer changes nothing', async () => {
    const before = await rowOf(account);
    const answer = await call('PATCH', ME, {
      token: account.token,
      json: { full_name: 'Grace' },
      env: { DB: failing() },
    });
    expect([answer.status, answer.body.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(await rowOf(account)).toEqual(before);
  });
});

describe('an account that goes out of use while it is changed', () => {
  const cases = [
    ['suspended', 'UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', 'ACCOUNT_DEACTIVATED'],
    ['deleted', 'UPDATE users SET is_active = 0, deleted_at = 1 WHERE id = ?', 'ACCOUNT_DELETED'],
    ['erased', 'DELETE FROM users WHERE id = ?', 'INVALID_CREDENTIALS'],
  ] as const;

  it.each(cases)('is not changed any more: %s', async (_, sql, outcome) => {
    const account = await newAccount();
    const by = callerOf(account);
    await env.DB.prepare(sql).bind(account.id).run();
    const before = await rowOf(account);
    const result = await updateProfile(database(env.DB), env.AVATARS, by, { fullName: 'Grace' });
    expect(result).toEqual({ outcome });
    expect(await rowOf(account)).toEqual(before);
  });
});

describe('updateProfile', () => {
  it('answers the row as it is afterwards', async () => {
    const now = new Date(Date.now() + 1000);
    const result = await updateProfile(database(env.DB), env.AVATARS, callerOf(account), { fullName: 'GRACE' }, now);
    expect(result).toMatchObject({
      outcome: 'updated',
      user: await userOf(account),
      event: { seq: expect.any(Number) },
    });
    expect(await userOf(account)).toMatchObject({ fullName: 'GRACE', fullNameFolded: 'grace', updatedAt: now });
  });

  it('writes nothing where nothing changes', async () => {
    const user = await userOf(account);
    const later = new Date(Date.now() + 1000);
    for (const change of [{}, { fullName: undefined, avatar: null }]) {
      const result = await updateProfile(database(env.DB), env.AVATARS, callerOf(account), change, later);
      expect(result).toEqual({ outcome: 'updated', user });
      expect(await userOf(account)).toEqual(user);
    }
  });
});

describe('the name of a profile', () => {
  const SCOTLAND = '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}';

  it('is stored without what nobody sees, and with what it is spelt with', async () => {
    const account = await newAccount({ full_name: '\u200EAda\u200B\u00AD' });
    const change = (full_name: string) =>
      call('PATCH', '/api/v1/users/me', { token: account.token, json: { full_name } });
    const stored = async () => (await rows('SELECT full_name FROM users WHERE id = ?', account.id))[0]?.['full_name'];

    expect(await stored()).toBe('Ada');
    for (const [sent, kept] of [
      ['\u2068മോഹന്\u200Dലാല്\u200D\u2069', 'മോഹന്\u200Dലാല്\u200D'],
      [`\u061C${SCOTLAND}`, SCOTLAND],
      ['A\u0378', 'A\u0378'],
    ] as const) {
      const answer = await change(sent);
      expect([answer.status, answer.body.full_name]).toEqual([200, kept]);
      expect(await stored()).toBe(kept);
    }
  });
});
