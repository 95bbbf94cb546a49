import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { adminOf } from './admin-client.ts';
import { call, login, mailToken, newAccount, PASSWORD, rows, signUp } from './client.ts';
import { DAY, MINUTE, passTime, SECOND } from './clock.ts';

const CHECK_INBOX = { status: 'ok', message: 'Check your inbox to verify your email address.' };

const verify = (token: string) => call('POST', '/api/v1/auth/verify-email', { json: { token } });
const resend = (email: string) => call('POST', '/api/v1/auth/resend-verification', { json: { email } });

/** The kinds of the mails that wait for an address, oldest first. */
const mailsTo = async (email: string): Promise<string[]> =>
  (
    await rows(
      'SELECT kind FROM outbox JOIN users ON users.id = user_id WHERE users.email = ? ORDER BY outbox.id',
      email,
    )
  ).map(({ kind }) => kind);

describe('signing up', () => {
  it('queues the verification mail in the batch that makes the user, and answers nothing of either', async () => {
    const answer = await signUp('New@Example.com', { full_name: ' Ada Lovelace ', listening_language: 'EN-us' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual(CHECK_INBOX);
    const [user] = await rows('SELECT * FROM users WHERE email = ?', 'new@example.com');
    expect(user).toMatchObject({
      full_name: 'Ada Lovelace',
      full_name_folded: 'ada lovelace',
      speaking_language: 'en',
      listening_language: 'en-US',
      is_verified: 0,
      role: 'user',
    });
    expect(user.accepted_terms_at).toBeGreaterThan(0);
    expect(await mailsTo('new@example.com')).toEqual(['verify-email']);
  });

  // ASVS 14.2.4
  // Threat read-store
  it('stores neither the password nor the token of the mail', async () => {
    await signUp('secret@example.com');
    const token = await mailToken('secret@example.com', 'verify-email');
    const dump = JSON.stringify([
      await rows('SELECT * FROM users'),
      await rows('SELECT * FROM outbox'),
      await rows('SELECT * FROM verification_tokens'),
    ]);
    expect(dump).not.toContain(PASSWORD);
    expect(dump).not.toContain(token);
    expect(dump).not.toContain(token.split('.').at(-1));
    expect(dump).toMatch(/\$scrypt\$ln=14,r=8,p=5\$/);
  });

  // ASVS 6.3.8
  // Threat probed-address
  it('answers a taken address by the same body and the same steps, tells its owner by mail, and changes nothing', async () => {
    const account = await newAccount();
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: account.email } });
    const before = await rows('SELECT * FROM users WHERE id = ?', account.id);
    const batches = vi.spyOn(env.DB, 'batch');
    const sends = vi.spyOn(env.MAIL, 'sendBatch');
    const taken = await signUp(account.email, { password: 'another password 1', full_name: 'Somebody Else' });
    const [takenBatches, takenSends] = [
      batches.mock.calls.map(([b]) => b.length),
      sends.mock.calls.map(([m]) => [...m].length),
    ];
    batches.mockClear();
    sends.mockClear();
    const fresh = await signUp('quite-new@example.com', { password: 'another password 1', full_name: 'Somebody Else' });
    expect([taken.status, taken.body]).toEqual([fresh.status, fresh.body]);
    expect([...taken.headers.keys()]).toEqual([...fresh.headers.keys()]);
    expect(takenBatches).toEqual(batches.mock.calls.map(([b]) => b.length));
    expect(takenSends).toEqual(sends.mock.calls.map(([m]) => [...m].length));
    vi.restoreAllMocks();
    expect(await rows('SELECT * FROM users WHERE id = ?', account.id)).toEqual(before);
    expect(await mailsTo(account.email)).toEqual(['verify-email', 'reset-password', 'already-registered']);
    expect((await login(account.email, { password: 'another password 1' })).status).toBe(401);
    const json = { token: await mailToken(account.email, 'reset-password'), new_password: 'a third password' };
    expect((await call('POST', '/api/v1/auth/reset-password', { json })).status).toBe(200);
  });

  // Threat early-sign-up
  it('starts an address over that never verified: the newest password holds, earlier links die, a new mail goes out', async () => {
    await signUp('again@example.com', { password: 'the first password', full_name: 'Mallory' });
    const first = await mailToken('again@example.com', 'verify-email');
    await signUp('again@example.com', { password: 'the second password' });
    const second = await mailToken('again@example.com', 'verify-email');
    expect((await verify(first)).body.code).toBe('INVALID_TOKEN');
    expect((await verify(second)).status).toBe(200);
    expect((await login('again@example.com', { password: 'the first password' })).status).toBe(401);
    const answer = await login('again@example.com', { password: 'the second password' });
    expect(answer.status).toBe(200);
    const me = await call('GET', '/api/v1/users/me', { token: answer.body.access_token });
    expect(me.body.full_name).toBeNull();
  });

  // ASVS 2.4.1
  // Threat mail-flood
  it('sends three mails of a kind an hour to an address; a sign-up beyond that answers the same and changes nothing', async () => {
    for (const n of [1, 2, 3]) await signUp('capped@example.com', { password: `password number ${n}` });
    const third = await mailToken('capped@example.com', 'verify-email');
    const beyond = await signUp('capped@example.com', { password: 'password number 4' });
    expect(beyond.body).toEqual(CHECK_INBOX);
    expect(await mailsTo('capped@example.com')).toHaveLength(3);
    expect((await verify(third)).status).toBe(200);
    expect((await login('capped@example.com', { password: 'password number 3' })).status).toBe(200);
    passTime(61 * MINUTE);
    await signUp('capped@example.com');
    expect(await mailsTo('capped@example.com')).toEqual([...Array(3).fill('verify-email'), 'already-registered']);
  });

  // ASVS 2.3.2
  // Threat mail-flood
  it('sends ten mails a day to an address at the most', async () => {
    for (let hour = 0; hour < 5; hour += 1) {
      for (let n = 0; n < 3; n += 1) {
        await signUp('daily@example.com');
        await resend('daily@example.com');
      }
      passTime(61 * MINUTE);
    }
    expect(await mailsTo('daily@example.com')).toHaveLength(10);
    passTime(DAY);
    await resend('daily@example.com');
    expect(await mailsTo('daily@example.com')).toHaveLength(11);
  });

  // ASVS 2.3.4
  // Threat early-sign-up
  it('makes one user of one address that signs up many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => signUp('race@example.com')));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(await rows('SELECT id FROM users WHERE email = ?', 'race@example.com')).toHaveLength(1);
    expect((await verify(await mailToken('race@example.com', 'verify-email'))).status).toBe(200);
  });

  it('lower-cases addresses as Unicode does, not only ASCII', async () => {
    await signUp('ÄRGER@BÜCHER.example');
    await signUp('ärger@bücher.example');
    expect(await rows('SELECT email FROM users WHERE email LIKE ?', '%rger@b%')).toEqual([
      { email: 'ärger@bücher.example' },
    ]);
  });

  // ASVS 2.2.2, 6.2.4
  it.each([
    ['no e-mail address', { email: 'nobody' }, 'body.email'],
    ['an address with a line break', { email: 'a@example.com\nBcc: b@example.com' }, 'body.email'],
    ['a short password', { password: 'seven77' }, 'body.password'],
    ['a password of 129 characters', { password: 'x'.repeat(129) }, 'body.password'],
    ['a common password', { password: 'Password1' }, 'body.password'],
    ['terms that are not accepted', { accepted_terms: false }, 'body.accepted_terms'],
    ['terms accepted in words', { accepted_terms: 'true' }, 'body.accepted_terms'],
    ['an empty name', { full_name: '  ' }, 'body.full_name'],
    ['a name that turns the line around', { full_name: 'abc\u202etxt' }, 'body.full_name'],
  ])('refuses %s', async (_, fields, field) => {
    const answer = await signUp('refused@example.com', fields);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      status: 'error',
      status_code: 400,
      code: 'VALIDATION_ERROR',
      message: 'Request validation failed',
    });
    expect(answer.body.data.errors.map((error: { field: string }) => error.field)).toEqual([field]);
    expect(await rows('SELECT id FROM users WHERE email = ?', 'refused@example.com')).toEqual([]);
  });

  it('names every field that is wrong, and calls it a language where one of them is', async () => {
    const answer = await call('POST', '/api/v1/auth/signup', {
      json: { email: 'x', speaking_language: 'klingonese-please' },
    });
    expect(answer.body.code).toBe('INVALID_LANGUAGE_CODE');
    expect(answer.body.data.errors.map((error: { field: string }) => error.field).sort()).toEqual([
      'body.accepted_terms',
      'body.email',
      'body.password',
      'body.speaking_language',
    ]);
  });

  // ASVS 6.2.9
  it('takes a password of 8 and of 128 characters of any kind, and one password however it was typed', async () => {
    await signUp('eight@example.com', { password: '👩‍🚀 ñ 🌍x'.normalize('NFD') });
    await verify(await mailToken('eight@example.com', 'verify-email'));
    expect((await login('eight@example.com', { password: '👩‍🚀 ñ 🌍x'.normalize('NFC') })).status).toBe(200);
    expect((await signUp('long@example.com', { password: '长'.repeat(128) })).status).toBe(201);
  });

  // ASVS 15.3.3
  // Threat gained-role
  it('ignores keys that it does not know', async () => {
    await signUp('mass@example.com', { role: 'admin', is_verified: true, id: 77 });
    expect(await rows('SELECT role, is_verified FROM users WHERE email = ?', 'mass@example.com')).toEqual([
      { role: 'user', is_verified: 0 },
    ]);
  });
});

describe('verifying an address', () => {
  // ASVS 6.4.1, 6.5.1
  // Threat read-link
  it('works once', async () => {
    await signUp('once@example.com');
    const token = await mailToken('once@example.com', 'verify-email');
    const answer = await verify(token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'ok', message: 'Email successfully verified. You can now log in.' });
    expect((await verify(token)).body).toMatchObject({ status_code: 400, code: 'INVALID_TOKEN' });
  });

  // ASVS 6.4.1, 6.5.5
  it('keeps a link that is refused because the account is suspended, for when it is back', async () => {
    const email = 'suspended@example.com';
    await signUp(email);
    const token = await mailToken(email, 'verify-email');
    const [{ id }] = await rows('SELECT id FROM users WHERE email = ?', email);
    await adminOf().deactivateUser({ as: 'operator', user: id });
    expect(await verify(token)).toMatchObject({ status: 400, body: { code: 'INVALID_TOKEN' } });
    await adminOf().reactivateUser({ as: 'operator', user: id });
    expect((await verify(token)).status).toBe(200);
    expect((await verify(token)).status).toBe(400);
    expect(await rows('SELECT 1 FROM verification_tokens WHERE user_id = ?', id)).toEqual([]);
  });

  it('refuses a link after 24 hours', async () => {
    await signUp('late@example.com');
    const token = await mailToken('late@example.com', 'verify-email');
    passTime(DAY + SECOND);
    expect((await verify(token)).body).toMatchObject({ status_code: 400, code: 'TOKEN_EXPIRED' });
  });

  // ASVS 6.5.4
  it('refuses a token with one character changed, wherever it is', async () => {
    await signUp('tampered@example.com');
    const token = await mailToken('tampered@example.com', 'verify-email');
    for (let at = 0; at < token.length; at += 3) {
      const tampered = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect((await verify(tampered)).body.code, tampered).toBe('INVALID_TOKEN');
    }
    expect((await verify(token)).status).toBe(200);
  });

  // ASVS 6.6.2
  it('sends a new link on request, and only the newest works', async () => {
    await signUp('resend@example.com');
    const first = await mailToken('resend@example.com', 'verify-email');
    const answer = await resend('resend@example.com');
    expect(answer.status).toBe(200);
    expect((await verify(first)).body.code).toBe('INVALID_TOKEN');
    expect((await verify(await mailToken('resend@example.com', 'verify-email'))).status).toBe(200);
    expect((await resend('resend@example.com')).body).toEqual(answer.body);
    expect((await resend('nobody@example.com')).body).toEqual(answer.body);
    expect(await mailsTo('resend@example.com')).toEqual(['verify-email', 'verify-email']);
  });
});
