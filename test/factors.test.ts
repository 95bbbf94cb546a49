import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hashRecoveryCode, newRecoveryCodes, readRecoveryCode } from '../src/accounts/factors/recovery-code.ts';
import { base32Of, stepOf, totpUri } from '../src/accounts/factors/totp.ts';
import { adminOf } from './admin-client.ts';
import { databaseBefore } from './around.ts';
import { call, cookiesOf, login, mailToken, newAccount, PASSWORD, rows } from './client.ts';
import { MINUTE, passTime, SECOND } from './clock.ts';
import { recordedMetrics } from './data-points.ts';
import { AUTH, addApp, addPasskey, begin, complete, FACTORS } from './second-factor.ts';
import { codeOf } from './soft-factors.ts';

const ME = '/api/v1/users/me';
const STEP = 30 * SECOND;

const mailsTo = async (id: number, kind: string): Promise<Record<string, unknown>[]> =>
  (await rows('SELECT data FROM outbox WHERE user_id = ? AND kind = ? ORDER BY id', id, kind)).map(({ data }) =>
    JSON.parse(data),
  );
const eventsOf = (id: number, type: string) =>
  rows("SELECT data ->> '$.kind' AS kind FROM events WHERE user_id = ? AND type = ? ORDER BY seq", id, type);
const auditsOf = async (id: number): Promise<string[]> =>
  (await rows('SELECT action FROM audit_events WHERE subject_id = ? ORDER BY id', id)).map(({ action }) => action);
const sessionsOf = (id: number) => rows('SELECT * FROM sessions WHERE user_id = ? ORDER BY created_at', id);

let logged: string[] = [];
beforeEach(() => {
  logged = [];
  for (const level of ['info', 'warn'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => vi.restoreAllMocks());

describe('the codes of an authenticator app', () => {
  const SECRET = Buffer.from('12345678901234567890');

  // RFC 6238, appendix B: the last six of its eight digits.
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('are those of the standard, at second %d', (seconds, code) => {
    const now = new Date(seconds * 1000);
    expect(stepOf(SECRET, code, 0, now)).toBe(Math.floor(seconds / 30));
    expect(codeOf(base32Of(SECRET), seconds * 1000)).toBe(code);
  });

  // ASVS 6.5.5
  it('are good half a minute early and late, and no longer', () => {
    const at = 2_000_000_000_000;
    const secret = base32Of(SECRET);
    const isTaken = (ms: number) => stepOf(SECRET, codeOf(secret, at + ms), 0, new Date(at)) !== undefined;
    expect([-2, -1, 0, 1, 2].map((steps) => isTaken(steps * STEP))).toEqual([false, true, true, true, false]);
  });

  // ASVS 6.5.1
  it('work once, and none that comes before one that was used', () => {
    const at = new Date(2_000_000_000_000);
    const step = Math.floor(at.getTime() / STEP);
    const code = codeOf(base32Of(SECRET), at.getTime());
    expect(stepOf(SECRET, code, step - 1, at)).toBe(step);
    expect(stepOf(SECRET, code, step, at)).toBeUndefined();
    expect(stepOf(SECRET, codeOf(base32Of(SECRET), at.getTime() - STEP), step, at)).toBeUndefined();
  });

  it('are what apps read from the address of the QR code', () => {
    const uri = new URL(totpUri(SECRET, { issuer: 'accounts.example.com', label: 'ada+x@example.com' }));
    expect(`${uri.protocol}//${uri.host}`).toBe('otpauth://totp');
    expect(decodeURIComponent(uri.pathname)).toBe('/accounts.example.com:ada+x@example.com');
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      ...{ issuer: 'accounts.example.com', secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' },
      ...{ algorithm: 'SHA1', digits: '6', period: '30' },
    });
  });
});

describe('recovery codes', () => {
  // ASVS 6.5.2, 6.5.3, 6.6.3
  it('are ten, of 120 random bits each, and are kept as hashes', () => {
    const codes = Array.from({ length: 50 }, newRecoveryCodes).flat();
    expect(new Set(codes).size).toBe(500);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$/);
    const letters = new Set(codes.join('').replaceAll('-', ''));
    expect(letters.size).toBe(32);
    expect(hashRecoveryCode(codes[0] ?? '')).toMatch(/^[\w-]{43}$/);
  });

  it('are the same however they are typed', () => {
    const [code = ''] = newRecoveryCodes();
    const plain = code.replaceAll('-', '');
    for (const typed of [code, plain, code.toLowerCase(), ` ${code.replaceAll('-', ' ')} `, code.replaceAll('-', '–')])
      expect([typed, readRecoveryCode(typed)]).toEqual([typed, plain]);
    expect(readRecoveryCode('oooo-iiii-llll-0000-1111-0000')).toBe('000011111111000011110000');
    for (const none of ['', 'AAAA', `${plain}A`, plain.replace(/^./, 'U')])
      expect(readRecoveryCode(none)).toBeUndefined();
    expect(hashRecoveryCode(code.toLowerCase())).toBe(hashRecoveryCode(code));
  });
});

describe('an authenticator app', () => {
  // ASVS 6.3.3
  // Threat known-password
  it('is added by its first code, and from then on the password alone opens nothing', async () => {
    const account = await newAccount();
    const { token, id, email } = account;
    expect((await call('GET', FACTORS, { token })).body).toEqual({ factors: [], recovery_codes_left: 0 });
    const { answer, codes, secret } = await addApp(account);
    expect(answer.status).toBe(201);
    expect(answer.body.factor).toEqual({
      ...{ id: expect.stringMatching(/^[\w-]{22}$/), kind: 'authenticator', name: 'Telephone', backed_up: null },
      ...{ created_at: expect.stringMatching(/Z$/), last_used_at: null },
    });
    expect(codes).toHaveLength(10);
    const listed = (await call('GET', FACTORS, { token })).body;
    expect(listed).toEqual({ factors: [answer.body.factor], recovery_codes_left: 10 });

    const before = await sessionsOf(id);
    const asked = await login(email);
    expect([asked.status, asked.body]).toEqual([
      200,
      {
        ...{ status: 'second_factor_required', expires_in: 300, challenge: expect.any(String) },
        factors: ['authenticator', 'recovery_code'],
      },
    ]);
    expect(cookiesOf(asked)).toMatch(/^__Secure-challenge=[\w-]{22}$/);
    expect(await sessionsOf(id)).toEqual(before);

    passTime(STEP);
    const browser = await begin(email);
    const done = await complete(browser, { code: codeOf(secret) });
    expect([done.status, done.body]).toEqual([
      200,
      { access_token: expect.any(String), token_type: 'bearer', expires_in: 900, user_id: id },
    ]);
    expect(cookiesOf(done)).toMatch(/__Secure-refresh_token=[^;]+; __Secure-device=[^;]+; __Secure-challenge=$/);
    expect((await call('GET', ME, { token: done.body.access_token })).status).toBe(200);
    expect((await sessionsOf(id)).map(({ second_factor }) => second_factor)).toEqual([1, 1]);
    const [{ last_used_at }] = (await call('GET', FACTORS, { token })).body.factors;
    expect(last_used_at).toMatch(/Z$/);
  });

  it('is told: one mail, one event, the audit, the log and the metrics', async () => {
    const account = await newAccount();
    const { METRICS, counted } = recordedMetrics();
    await addApp(account, 'Telephone', { METRICS });
    expect(await mailsTo(account.id, 'factor-added')).toEqual([{ factor: 'authenticator' }]);
    expect(await eventsOf(account.id, 'user.factor_added')).toEqual([{ kind: 'authenticator' }]);
    expect(await auditsOf(account.id)).toEqual(['user.add-factor']);
    expect(logged.filter((line) => line.includes('"act":"factor-added"'))).toHaveLength(1);
    expect(counted('act')).toEqual({ 'factor-added http': 1 });
  });

  it('is not added by a wrong code, by the setup of another session, by one that has run out, or twice', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    const { token } = account;
    const { body } = await call('POST', `${FACTORS}/authenticators/options`, { token });
    const json = { setup: body.setup, name: 'Telephone', code: codeOf(body.secret) };
    const add = async (fields: object, as = token) =>
      (await call('POST', `${FACTORS}/authenticators`, { token: as, json: { ...json, ...fields } })).body.code;
    expect(await add({ code: String((Number(json.code) + 1) % 1_000_000).padStart(6, '0') })).toBe('INVALID_CODE');
    expect(await add({ code: '12345' })).toBe('VALIDATION_ERROR');
    expect(await add({ name: ' ' })).toBe('VALIDATION_ERROR');
    expect(await add({ name: 'a\u202eb' })).toBe('VALIDATION_ERROR');
    expect(await add({}, other.token)).toBe('CHALLENGE_EXPIRED');
    const again = (await login(account.email)).body.access_token;
    expect(await add({}, again)).toBe('CHALLENGE_EXPIRED');
    expect(await add({ setup: `${body.setup}x` })).toBe('CHALLENGE_EXPIRED');
    expect(await add({})).toBeUndefined();
    expect(await add({})).toBe('CHALLENGE_EXPIRED');
    passTime(10 * MINUTE);
    await call('POST', `${AUTH}/prove`, { token, json: { password: PASSWORD } });
    expect(await add({ code: codeOf(body.secret) })).toBe('CHALLENGE_EXPIRED');
    expect((await call('GET', FACTORS, { token })).body.factors).toHaveLength(1);
  });

  // ASVS 7.5.1
  // Threat shed-factor
  it('is added and removed, and recovery codes are made, with a fresh proof only', async () => {
    const account = await newAccount();
    const { token } = account;
    const { id } = await addApp(account);
    passTime(11 * MINUTE);
    const refused = { status: 403, body: { code: 'FRESH_PROOF_REQUIRED' } };
    expect((await addApp(account)).answer).toMatchObject(refused);
    expect(await call('DELETE', `${FACTORS}/${id}`, { token })).toMatchObject(refused);
    expect(await call('POST', `${FACTORS}/recovery-codes`, { token })).toMatchObject(refused);
    expect((await call('GET', FACTORS, { token })).body).toMatchObject({ recovery_codes_left: 10 });
    await call('POST', `${AUTH}/prove`, { token, json: { password: PASSWORD } });
    expect((await call('DELETE', `${FACTORS}/${id}`, { token })).status).toBe(204);
  });

  it('is one of ten at the most', async () => {
    const account = await newAccount();
    for (let n = 0; n < 10; n += 1) expect((await addApp(account, `App ${n}`)).answer.status).toBe(201);
    expect((await addApp(account)).answer).toMatchObject({ status: 409, body: { code: 'TOO_MANY_FACTORS' } });
  });

  it('takes another name, and nobody else gives it one', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    const { id, answer } = await addApp(account);
    const rename = (token: string, of: string) =>
      call('PATCH', `${FACTORS}/${of}`, { token, json: { name: ' Tablet ' } });
    expect((await rename(account.token, id)).body).toEqual({ ...answer.body.factor, name: 'Tablet' });
    expect(await rename(other.token, id)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await rename(account.token, 'nobody')).toMatchObject({ status: 404 });
    expect(await call('DELETE', `${FACTORS}/${id}`, { token: other.token })).toMatchObject({ status: 404 });
    expect((await call('GET', FACTORS, { token: account.token })).body.factors).toMatchObject([{ name: 'Tablet' }]);
  });

  it('goes with the recovery codes where it is the last, and then the password is enough again', async () => {
    const account = await newAccount();
    const { token, email, id: userId } = account;
    const [first, second] = [await addApp(account), await addApp(account, 'Tablet')];
    expect([first.codes.length, second.codes.length]).toEqual([10, 0]);
    expect((await call('DELETE', `${FACTORS}/${first.id}`, { token })).status).toBe(204);
    expect((await call('GET', FACTORS, { token })).body).toMatchObject({ recovery_codes_left: 10 });
    expect((await sessionsOf(userId)).map(({ second_factor }) => second_factor)).toEqual([1]);
    expect((await login(email)).body.status).toBe('second_factor_required');
    expect((await call('DELETE', `${FACTORS}/${second.id}`, { token })).status).toBe(204);
    expect((await call('GET', FACTORS, { token })).body).toEqual({ factors: [], recovery_codes_left: 0 });
    expect((await login(email)).body.access_token).toBeDefined();
    expect(await call('DELETE', `${FACTORS}/${second.id}`, { token })).toMatchObject({ status: 404 });
    expect(await mailsTo(userId, 'factor-removed')).toEqual([{ factor: 'authenticator' }, { factor: 'authenticator' }]);
    expect(await eventsOf(userId, 'user.factor_removed')).toEqual([
      { kind: 'authenticator' },
      { kind: 'authenticator' },
    ]);
    expect((await auditsOf(userId)).filter((action) => action === 'user.remove-factor')).toHaveLength(2);
    expect((await sessionsOf(userId)).map(({ second_factor }) => second_factor)).toEqual([0, 0]);
  });
});

describe('a sign-in with a second factor', () => {
  const newHolder = async () => {
    const account = await newAccount();
    const app = await addApp(account);
    passTime(STEP);
    return { ...app, ...account };
  };

  // ASVS 6.5.1
  it('takes each code once, also where two sign-ins give it at the same moment', async () => {
    const { email, secret, id } = await newHolder();
    const browsers = [await begin(email), await begin(email), await begin(email)];
    const answers = await Promise.all(browsers.map((browser) => complete(browser, { code: codeOf(secret) })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401, 401]);
    for (const { body, status } of answers) if (status === 401) expect(body.code).toBe('INVALID_SECOND_FACTOR');
    expect(await sessionsOf(id)).toHaveLength(2);
  });

  // ASVS 6.6.2, 6.6.3
  // Threat known-password
  it('takes each challenge once, for five minutes, and of the browser that was asked', async () => {
    const { email, secret } = await newHolder();
    const browser = await begin(email);
    const code = codeOf(secret);
    const expired = { status: 400, body: { code: 'CHALLENGE_EXPIRED' } };
    const others = [
      { ...browser, cookie: '' },
      { ...browser, cookie: '__Secure-challenge=AAAAAAAAAAAAAAAAAAAAAA' },
      { ...browser, challenge: `${browser.challenge}x` },
    ];
    for (const other of others) expect(await complete(other, { code })).toMatchObject(expired);
    expect((await complete(browser, { code })).status).toBe(200);
    passTime(STEP);
    expect(await complete(browser, { code: codeOf(secret) })).toMatchObject(expired);
    const late = await begin(email);
    passTime(5 * MINUTE);
    expect(await complete(late, { code: codeOf(secret) })).toMatchObject(expired);
  });

  it('says of a challenge that was used so, and counts no guess of whoever asks again since the answer was lost', async () => {
    const { email, secret, id } = await newHolder();
    const browser = await begin(email);
    const code = codeOf(secret);
    expect((await complete(browser, { code })).status).toBe(200);
    for (let n = 0; n < 6; n += 1)
      expect(await complete(browser, { code })).toMatchObject({ status: 400, body: { code: 'CHALLENGE_EXPIRED' } });
    const counted = await rows('SELECT sum(failures) AS failures FROM login_attempts WHERE user_id = ?', id);
    expect(counted).toEqual([{ failures: 0 }]);
  });

  it('counts no wrong guess at a challenge that was used while it was checked', async () => {
    const { email, secret, id } = await newHolder();
    const browser = await begin(email);
    const DB = databaseBefore(3, async () => {
      expect((await complete(browser, { code: codeOf(secret) })).status).toBe(200);
    });
    const ofOthers = () => rows("SELECT under_way FROM login_attempts WHERE address_hash = 'of others'");
    await rows(
      "INSERT INTO login_attempts (address_hash, device, failures, under_way, attempted_at) VALUES ('of others', '', 0, 2, ?)",
      Date.now(),
    );
    const wrong = codeOf(secret, Date.now() - 60 * MINUTE);
    expect(await complete(browser, { code: wrong }, { DB })).toMatchObject({
      ...{ status: 400, body: { code: 'CHALLENGE_EXPIRED' } },
    });
    expect(
      await rows(
        'SELECT sum(failures) AS failures, sum(under_way) AS checks FROM login_attempts WHERE user_id = ?',
        id,
      ),
    ).toEqual([{ failures: 0, checks: 0 }]);
    expect(await ofOthers()).toEqual([{ under_way: 2 }]);
  });

  it('goes on in two tabs of one browser, which share the cookie', async () => {
    const { email, secret } = await newHolder();
    const first = await begin(email);
    const second = await begin(email, first.cookie);
    expect(second.cookie.split('; ')).toEqual([first.cookie, first.cookie]);
    expect((await complete(first, { code: codeOf(secret) })).status).toBe(200);
    passTime(STEP);
    expect((await complete(second, { code: codeOf(secret) })).status).toBe(200);
  });

  it('ends where the password or the state of the account changes meanwhile', async () => {
    const { email, secret, id, token } = await newHolder();
    const before = await begin(email);
    await call('POST', `${AUTH}/change-password`, {
      token,
      json: { current_password: PASSWORD, new_password: 'another battery' },
    });
    expect(await complete(before, { code: codeOf(secret) })).toMatchObject({
      status: 400,
      body: { code: 'CHALLENGE_EXPIRED' },
    });
    const again = await login(email, { password: 'another battery' });
    const browser = { challenge: again.body.challenge, cookie: cookiesOf(again) };
    for (const [set, code] of [
      ['is_active = 0, deactivated_at = 1', 'ACCOUNT_DEACTIVATED'],
      ['is_active = 0, deactivated_at = NULL, deleted_at = 1', 'ACCOUNT_DELETED'],
    ] as const) {
      await rows(`UPDATE users SET ${set} WHERE id = ?`, id);
      expect(await complete(browser, { code: codeOf(secret) })).toMatchObject({ status: 403, body: { code } });
    }
    await rows('UPDATE users SET is_active = 1, deleted_at = NULL WHERE id = ?', id);
    expect((await complete(browser, { code: codeOf(secret) })).status).toBe(200);
  });

  it('ends where the account moves to another address meanwhile, under which no guess stays counted', async () => {
    const { email, id } = await newHolder();
    const browser = await begin(email);
    const counted = () => rows("SELECT sum(failures) AS n FROM login_attempts WHERE device LIKE 'factor %'");
    const before = await counted();
    // Between the look at the account and the check.
    const DB = databaseBefore(2, () => rows('UPDATE users SET email = ? WHERE id = ?', `moved-${email}`, id));
    const answer = await complete(browser, { code: '000000' }, { DB });
    expect(answer).toMatchObject({ status: 400, body: { code: 'CHALLENGE_EXPIRED' } });
    expect(await counted()).toEqual(before);
  });

  it('takes exactly one proof', async () => {
    const { email, secret, codes } = await newHolder();
    const browser = await begin(email);
    const none = await complete(browser, {});
    expect(none.body.data).toEqual({ errors: [{ field: 'body.code', message: 'is required' }] });
    const two = await complete(browser, { code: codeOf(secret), recovery_code: codes[0] });
    expect(two.body.data).toEqual({
      errors: [{ field: 'body.recovery_code', message: 'must be left out beside code' }],
    });
    expect((await complete(browser, { code: ` ${codeOf(secret).replace(/^.{3}/, '$& ')} ` })).status).toBe(200);
  });

  // ASVS 6.3.1, 6.6.3
  // Threat guessed-password, known-password, locked-out-owner
  it('slows guesses like those at a password, without locking out a browser that has signed in before', async () => {
    const { email, secret, cookie } = await newHolder();
    const wrong = () => ({ code: String((Number(codeOf(secret)) + 1) % 1_000_000).padStart(6, '0') });
    const thief = await begin(email);
    for (let n = 0; n < 5; n += 1) expect((await complete(thief, wrong())).status).toBe(401);
    const locked = await complete(thief, { code: codeOf(secret) });
    expect(locked).toMatchObject({ status: 403, body: { code: 'ACCOUNT_LOCKED', data: { retry_after_seconds: 900 } } });
    expect(locked.headers.get('Retry-After')).toBe('900');
    const device = cookie.split('; ').find((pair) => pair.startsWith('__Secure-device')) ?? '';
    const owner = await begin(email, device);
    expect((await complete(owner, { code: codeOf(secret) })).status).toBe(200);
    passTime(15 * MINUTE);
    const later = await begin(email);
    expect((await complete(later, { code: codeOf(secret) })).status).toBe(200);
  });

  it('is not reached by who does not know the password, who therefore locks out nobody at it', async () => {
    const { email, secret, id } = await newHolder();
    for (let n = 0; n < 6; n += 1) await login(email, { password: 'not this one' });
    const [counted] = await rows(
      "SELECT count(*) AS n FROM login_attempts WHERE device LIKE 'factor %' AND user_id = ?",
      id,
    );
    passTime(15 * MINUTE);
    expect((await complete(await begin(email), { code: codeOf(secret) })).status).toBe(200);
    expect(counted.n).toBe(0);
  });

  it('gives no new guesses for a reset of the password', async () => {
    const { email, secret } = await newHolder();
    const thief = await begin(email);
    for (let n = 0; n < 5; n += 1) await complete(thief, { code: '000000' === codeOf(secret) ? '000001' : '000000' });
    await call('POST', `${AUTH}/forgot-password`, { json: { email } });
    const json = { token: await mailToken(email, 'reset-password'), new_password: 'a third battery' };
    expect((await call('POST', `${AUTH}/reset-password`, { json })).status).toBe(200);
    const answer = await login(email, { password: 'a third battery' });
    const again = { challenge: answer.body.challenge, cookie: cookiesOf(answer) };
    expect(await complete(again, { code: codeOf(secret) })).toMatchObject({ body: { code: 'ACCOUNT_LOCKED' } });
  });

  it('ends the session that the browser had, as any sign-in does', async () => {
    const { email, secret, cookie, token } = await newHolder();
    const browser = await begin(email, cookie);
    await complete(browser, { code: codeOf(secret) });
    expect(await call('GET', ME, { token })).toMatchObject({ status: 401, body: { code: 'TOKEN_REVOKED' } });
  });

  it('answers for an app whose key is gone that the code is not right', async () => {
    const { email, secret } = await newHolder();
    await rows('UPDATE authenticators SET key_version = 99');
    expect(await complete(await begin(email), { code: codeOf(secret) })).toMatchObject({ status: 401 });
  });
});

describe('a recovery code', () => {
  // ASVS 6.5.1
  it('works once in the place of the second factor, and is told by mail, audit, log and metrics', async () => {
    const account = await newAccount();
    const { codes } = await addApp(account);
    const { METRICS, counted } = recordedMetrics();
    const [one = '', two = ''] = codes;
    const answer = await complete(await begin(account.email), { recovery_code: one.toLowerCase() }, { METRICS });
    expect(answer.status).toBe(200);
    expect(await mailsTo(account.id, 'recovery-code-used')).toEqual([{ left: 9 }]);
    expect(await auditsOf(account.id)).toEqual(['user.add-factor', 'user.use-recovery-code']);
    expect(logged.filter((line) => line.includes('"by":"recovery_code"'))).toHaveLength(1);
    expect(counted('act')).toEqual({ 'recovery-code-used http': 1 });
    const again = await complete(await begin(account.email), { recovery_code: one });
    expect(again).toMatchObject({ status: 401, body: { code: 'INVALID_SECOND_FACTOR' } });
    const browsers = [await begin(account.email), await begin(account.email)];
    const both = await Promise.all(browsers.map((browser) => complete(browser, { recovery_code: two })));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    expect((await call('GET', FACTORS, { token: account.token })).body.recovery_codes_left).toBe(8);
  });

  it('is nobody else’s', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    const { codes } = await addApp(account);
    await addApp(other);
    expect(await complete(await begin(other.email), { recovery_code: codes[0] })).toMatchObject({ status: 401 });
    expect((await call('GET', FACTORS, { token: account.token })).body.recovery_codes_left).toBe(10);
  });

  it('gives way to new ones, which are shown once and told by mail', async () => {
    const account = await newAccount();
    const { token, id, email } = account;
    expect(await call('POST', `${FACTORS}/recovery-codes`, { token })).toMatchObject({
      ...{ status: 409, body: { code: 'NO_SECOND_FACTOR' } },
    });
    const { codes } = await addApp(account);
    const answer = await call('POST', `${FACTORS}/recovery-codes`, { token });
    expect([answer.status, answer.body.recovery_codes.length]).toEqual([201, 10]);
    expect(await mailsTo(id, 'factor-added')).toEqual([{ factor: 'authenticator' }, { factor: 'recovery_codes' }]);
    expect((await complete(await begin(email), { recovery_code: codes[0] })).status).toBe(401);
    expect((await complete(await begin(email), { recovery_code: answer.body.recovery_codes[0] })).status).toBe(200);
    const stored = await rows('SELECT hash FROM recovery_codes WHERE user_id = ?', id);
    for (const code of [...codes, ...answer.body.recovery_codes])
      expect(JSON.stringify(stored)).not.toContain(code.replaceAll('-', ''));
  });
});

describe('a fresh proof', () => {
  it('is a code of the authenticator app, once, or a recovery code', async () => {
    const account = await newAccount();
    const { token, id } = account;
    const { secret, codes } = await addApp(account);
    passTime(11 * MINUTE);
    const { METRICS, counted } = recordedMetrics();
    const prove = (json: object) => call('POST', `${AUTH}/prove`, { token, json, env: { METRICS } });
    expect((await addApp(account)).answer.status).toBe(403);
    const code = codeOf(secret);
    expect((await prove({ code })).status).toBe(200);
    expect((await addApp(account)).answer.status).toBe(201);
    expect(await prove({ code })).toMatchObject({ status: 400, body: { code: 'INVALID_CODE' } });
    expect((await prove({ recovery_code: codes[0] })).status).toBe(200);
    expect(await prove({ recovery_code: codes[0] })).toMatchObject({ status: 400, body: { code: 'INVALID_CODE' } });
    expect(await mailsTo(id, 'recovery-code-used')).toEqual([{ left: 9 }]);
    expect(counted('act')).toEqual({ 'recovery-code-used http': 1 });
  });

  it('slows guesses at the code, by the count of the sign-in', async () => {
    const account = await newAccount();
    const { secret } = await addApp(account);
    const wrong = String((Number(codeOf(secret)) + 1) % 1_000_000).padStart(6, '0');
    const prove = (json: object) => call('POST', `${AUTH}/prove`, { token: account.token, json });
    for (let n = 0; n < 5; n += 1) expect((await prove({ code: wrong })).body.code).toBe('INVALID_CODE');
    passTime(STEP);
    expect(await prove({ code: codeOf(secret) })).toMatchObject({ status: 403, body: { code: 'ACCOUNT_LOCKED' } });
    expect(await complete(await begin(account.email), { code: codeOf(secret) })).toMatchObject({ status: 403 });
    expect((await prove({ password: PASSWORD })).status).toBe(200);
  });

  it('is by the same count of one code for whoever asks at the same moment', async () => {
    const account = await newAccount();
    const { secret } = await addApp(account);
    passTime(STEP);
    const code = codeOf(secret);
    const prove = () => call('POST', `${AUTH}/prove`, { token: account.token, json: { code } });
    const answers = await Promise.all([prove(), prove(), prove()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400]);
  });
});

describe('who has lost every second factor', () => {
  const admin = adminOf();

  it('gets in again by a script, which is audited, mailed, told by an event each, and ends every session', async () => {
    const account = await newAccount();
    const { id, email, token } = account;
    const { codes } = await addApp(account);
    await addPasskey(account);
    const foreseen = await admin.resetSecondFactor({ user: email, as: 'grace', dry_run: true });
    expect(foreseen).toMatchObject({ ok: true, value: { dry_run: true, ended_sessions: 0 } });
    expect((await login(email)).body.status).toBe('second_factor_required');

    expect(await admin.resetSecondFactor({ user: id, as: 'grace' })).toMatchObject({
      ...{ ok: true, value: { outcome: 'second-factor-reset', ended_sessions: 1, mails: 1 } },
    });
    expect(await call('GET', ME, { token })).toMatchObject({ status: 401, body: { code: 'TOKEN_REVOKED' } });
    expect((await login(email)).body.access_token).toBeDefined();
    expect(await mailsTo(id, 'factor-removed')).toEqual([{ factor: 'all' }]);
    expect(await eventsOf(id, 'user.factor_removed')).toEqual([{ kind: 'passkey' }, { kind: 'authenticator' }]);
    expect((await auditsOf(id)).at(-1)).toBe('user.reset-second-factor');
    expect(await rows('SELECT 1 FROM recovery_codes WHERE user_id = ?', id)).toEqual([]);
    expect(codes).toHaveLength(10);
    expect(await admin.resetSecondFactor({ user: id, as: 'grace' })).toEqual({
      ...{ ok: false, code: 'NO_SECOND_FACTOR', message: 'The account has no second factor.' },
    });
  });
});
