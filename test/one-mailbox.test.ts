import { describe, expect, it } from 'vitest';
import { adminOf, insertUser, userRow } from './admin-client.ts';
import { call, login, mailToken, newAccount, PASSWORD, rows, signUp } from './client.ts';
import { MINUTE, passTime } from './clock.ts';

// One mailbox is one account, however its address is spelt: as people write it, as Chrome's field for addresses sends
// it, as macOS decomposes it, as an input method for Japanese writes it, and in capitals.
const spellingsOf = (local: string): string[] => [
  `${local}@bücher.example`,
  `${local}@xn--bcher-kva.example`,
  `${local}@bu\u0308cher.example`,
  `${local}@ｂüｃｈｅｒ．ｅｘａｍｐｌｅ`,
  `${local.toUpperCase()}@BÜCHER.Example`,
];

const admin = adminOf();
const post = (path: string, json: object) => call('POST', `/api/v1/auth/${path}`, { json });
const usersOf = (local: string) => rows<{ email: string }>('SELECT email FROM users WHERE email LIKE ?', `${local}@%`);
const kindsOf = async (email: string): Promise<string[]> =>
  (
    await rows(
      'SELECT kind FROM outbox JOIN users ON users.id = user_id WHERE users.email = ? ORDER BY outbox.id',
      email,
    )
  ).map(({ kind }) => kind);

/** An account that has verified its address, which is stored as people write it. */
const verified = async (local: string): Promise<string> => {
  const [email = '', sent = ''] = spellingsOf(local);
  await signUp(sent);
  expect((await post('verify-email', { token: await mailToken(email, 'verify-email') })).status).toBe(200);
  return email;
};

describe('every spelling of an address', () => {
  it('signs one account up, and starts it over until it is verified', async () => {
    for (const spelling of spellingsOf('ida')) {
      passTime(61 * MINUTE);
      expect((await signUp(spelling)).status).toBe(201);
    }
    expect(await usersOf('ida')).toEqual([{ email: 'ida@bücher.example' }]);
    expect(await kindsOf('ida@bücher.example')).toEqual(Array(5).fill('verify-email'));
  });

  it('is told that it is taken once it is verified', async () => {
    const email = await verified('taken');
    for (const spelling of spellingsOf('taken').slice(0, 3)) await signUp(spelling);
    expect(await usersOf('taken')).toEqual([{ email }]);
    expect(await kindsOf(email)).toEqual(['verify-email', ...Array(3).fill('already-registered')]);
  });

  it('makes one account where all sign up at once', async () => {
    const answers = await Promise.all(spellingsOf('race').map((spelling) => signUp(spelling)));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(201));
    expect(await usersOf('race')).toEqual([{ email: 'race@bücher.example' }]);
  });

  it('signs in, and the profile shows the address in letters', async () => {
    const email = await verified('signs-in');
    for (const spelling of spellingsOf('signs-in')) {
      const { status, body } = await login(spelling);
      expect(status, spelling).toBe(200);
      expect((await call('GET', '/api/v1/users/me', { token: body.access_token })).body.email).toBe(email);
    }
  });

  it('resets the password, and is sent the verification once more', async () => {
    const [email = '', ...others] = spellingsOf('resets');
    await signUp(email);
    for (const spelling of others.slice(0, 2)) await post('resend-verification', { email: spelling });
    expect(await kindsOf(email)).toEqual(Array(3).fill('verify-email'));
    await post('verify-email', { token: await mailToken(email, 'verify-email') });
    for (const spelling of others.slice(1)) await post('forgot-password', { email: spelling });
    const token = await mailToken(email, 'reset-password');
    expect((await post('reset-password', { token, new_password: 'another good one' })).status).toBe(200);
    expect((await login(others[0] ?? '', { password: 'another good one' })).status).toBe(200);
  });

  // Threat mail-flood
  it('shares the three mails of a kind an hour', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (const spelling of spellingsOf('capped')) await signUp(spelling);
    }
    expect(await kindsOf('capped@bücher.example')).toEqual(Array(3).fill('verify-email'));
    expect(await rows('SELECT count(DISTINCT email) AS n FROM users WHERE email LIKE ?', 'capped@%')).toEqual([
      { n: 1 },
    ]);
  });

  it('shares the lock-out, whether or not there is an account', async () => {
    await verified('locked');
    for (const local of ['locked', 'nobody-at-all']) {
      for (const spelling of spellingsOf(local)) {
        expect((await login(spelling, { password: 'a wrong guess' })).body.code).toBe('INVALID_CREDENTIALS');
      }
      for (const spelling of spellingsOf(local)) {
        expect((await login(spelling)).body.code, spelling).toBe('ACCOUNT_LOCKED');
      }
    }
  });

  it('names the user to scripts, and no other address can be given that is the same', async () => {
    const email = await verified('scripted');
    const other = await insertUser();
    for (const spelling of spellingsOf('scripted')) {
      const shown = await admin.showUser({ user: spelling });
      expect(shown, spelling).toMatchObject({ ok: true, value: { user: { email } } });
      expect(await admin.setEmail({ user: String(other), email: spelling, as: 'operator' })).toMatchObject({
        ok: false,
        code: 'ADDRESS_TAKEN',
      });
    }
    await admin.setEmail({ user: String(other), email: 'new@xn--bcher-kva.example', as: 'operator' });
    expect((await userRow(other)).email).toBe('new@bücher.example');
  });

  it('is found by administrators, whole or by its beginning', async () => {
    const email = await verified('found');
    const { id, token } = await newAccount();
    await rows("UPDATE users SET role = 'admin' WHERE id = ?", id);
    const beginnings = ['found@xn--bcher-kva', 'found@xn--bcher-kva.ex', 'found@bu\u0308', 'FOUND@Bü', 'found@ｂ'];
    for (const q of [...spellingsOf('found'), ...beginnings]) {
      const { body } = await call('GET', `/api/v1/users?q=${encodeURIComponent(q)}`, { token });
      expect(
        body.data.users.map((user: { email: string }) => user.email),
        q,
      ).toEqual([email]);
      expect(await admin.listUsers({ q })).toMatchObject({ ok: true, value: { users: [{ email }] } });
    }
  });
});

describe('an address', () => {
  it.each([
    ['नीता@क्\u200dष.example', 'नीता@xn--11b2ezcw70k.example'],
    ['ida@نامه\u200cای.example', 'ida@xn--mgba3gch31f060k.example'],
    ['ida@paral·lel.cat', 'ida@xn--parallel-koa.cat'],
  ])('%s is taken in letters, as its A-label is', async (letters, ascii) => {
    expect((await signUp(letters)).status).toBe(201);
    await post('verify-email', { token: await mailToken(letters, 'verify-email') });
    expect((await login(ascii)).status).toBe(200);
  });

  it.each([
    'a@xn--0.example',
    'a@ab\u200dc.example',
    'a@b\u3002',
    'a@b%41.example',
    'a@１.2.3.4',
    '=?utf-8?q?a?=@b.example',
  ])('%j is none', async (email) => {
    for (const path of ['signup', 'login', 'forgot-password', 'resend-verification']) {
      const { status, body } = await post(path, { email, password: PASSWORD, accepted_terms: true });
      expect([status, body.data.errors]).toEqual([
        400,
        [{ field: 'body.email', message: 'must be a valid e-mail address' }],
      ]);
    }
  });
});
