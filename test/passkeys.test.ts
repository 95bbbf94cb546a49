import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, cookiesOf, login, newAccount, PASSWORD, rows } from './client.ts';
import { MINUTE, passTime } from './clock.ts';
import { operationsOf } from './operations.ts';
import { AUTH, addApp, addPasskey, begin, complete, FACTORS } from './second-factor.ts';
import { clonedFrom, type Said, SoftPasskey } from './soft-factors.ts';
import { storePasskey } from './stored-factors.ts';

const SITE = new URL(env.APP_URL).hostname;

beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** Asks for any passkey, in a browser that has these cookies. */
const ask = async (cookie?: string) => {
  const answer = await call('POST', `${AUTH}/login/passkey-options`, cookie === undefined ? {} : { cookie });
  return { answer, cookie: [cookie, cookiesOf(answer)].filter(Boolean).join('; '), ...answer.body };
};

const signIn = async (passkey: SoftPasskey, said: Said = {}, asked?: Awaited<ReturnType<typeof ask>>) => {
  const { challenge, cookie, passkey_options } = asked ?? (await ask());
  const json = { challenge, passkey: passkey.get(passkey_options, said) };
  return call('POST', `${AUTH}/login/passkey`, { cookie, json });
};

describe('a passkey', () => {
  it('is asked for without a look at those of anybody else, however many the site has', async () => {
    const [{ token }, other] = [await newAccount(), await newAccount()];
    await addPasskey({ token });
    const read = async (path: string): Promise<number> => {
      const { rowsRead } = await operationsOf((env) => call('POST', path, { token, env }));
      expect(rowsRead).toBeGreaterThan(0);
      return rowsRead;
    };
    const paths = [`${FACTORS}/passkeys/options`, `${AUTH}/prove/passkey-options`];
    const alone = await Promise.all(paths.map(read));
    for (let n = 0; n < 50; n += 1) await storePasskey(other.id);
    // Where the own ones end, the next row is looked at.
    for (const [at, path] of paths.entries()) expect(await read(path)).toBeLessThanOrEqual((alone[at] ?? 0) + 1);
  });

  // ASVS 6.3.3
  // Threat known-password
  it('is added by what the browser makes of our options, for the host of APP_URL, with its user verified', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    const { token, email, id } = account;
    const { body } = await call('POST', `${FACTORS}/passkeys/options`, { token });
    expect(body).toEqual({
      challenge: expect.any(String),
      expires_in: 300,
      passkey_options: expect.objectContaining({
        challenge: expect.stringMatching(/^[\w-]{22}$/),
        rp: { id: SITE, name: SITE },
        user: { id: Buffer.from(String(id)).toString('base64url'), name: email, displayName: 'Ada Lovelace' },
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
        attestation: 'none',
        excludeCredentials: [],
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      }),
    });
    const { answer, codes, passkey } = await addPasskey(account);
    expect(answer.status).toBe(201);
    expect(answer.body.factor).toMatchObject({ kind: 'passkey', name: 'Laptop', last_used_at: null, backed_up: true });
    expect(codes).toHaveLength(10);
    expect((await call('GET', FACTORS, { token })).body.factors).toEqual([answer.body.factor]);
    const again = await call('POST', `${FACTORS}/passkeys/options`, { token });
    expect(again.body.passkey_options.excludeCredentials).toEqual([
      { id: passkey.made?.id, type: 'public-key', transports: ['internal'] },
    ]);
    // The codes of before still hold, so there are no others to show.
    const tablet = await addPasskey(account);
    expect([tablet.answer.status, tablet.answer.body.recovery_codes]).toEqual([201, null]);
    // One of another host is none to this one.
    await rows("UPDATE passkeys SET rp_id = 'former.example.net' WHERE user_id = ?", id);
    const elsewhere = await call('POST', `${FACTORS}/passkeys/options`, { token });
    expect(elsewhere.body.passkey_options.excludeCredentials).toEqual([]);
  });

  it.each<[string, Said]>([
    ['for another site', { rpId: 'example.net' }],
    ['in a page of another origin', { origin: 'https://phishing.example.net' }],
    ['for another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['without its user verified', { isVerified: false }],
    // The library would fetch whatever address their certificates name.
    ['with certificates that nobody asked for', { format: 'packed' }],
    ['with a statement of a kind that nobody asked for', { format: 'tpm' }],
  ])('is not added that was made %s, and nothing is fetched', async (_, said) => {
    const { token } = await newAccount();
    const { body } = await call('POST', `${FACTORS}/passkeys/options`, { token });
    const passkey = new SoftPasskey(env.APP_URL).create(body.passkey_options, said);
    const json = { challenge: body.challenge, name: 'Laptop', passkey };
    const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('Nothing is fetched.'));
    expect(await call('POST', `${FACTORS}/passkeys`, { token, json })).toMatchObject({
      ...{ status: 400, body: { code: 'INVALID_PASSKEY' } },
    });
    expect(fetched).not.toHaveBeenCalled();
    expect((await call('GET', FACTORS, { token })).body.factors).toEqual([]);
  });

  it('is not added twice, by what is no passkey, or with a challenge that was used or was another session’s', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    const { passkey, json } = await addPasskey(account);
    const add = async (fields: object, token = account.token) =>
      (await call('POST', `${FACTORS}/passkeys`, { token, json: { ...json, ...fields } })).body.code;
    expect(await add({})).toBe('CHALLENGE_EXPIRED');
    const fresh = async (token: string) => (await call('POST', `${FACTORS}/passkeys/options`, { token })).body;
    const asked = await fresh(other.token);
    const made = passkey.create(asked.passkey_options);
    expect(await add({ challenge: asked.challenge, passkey: made })).toBe('CHALLENGE_EXPIRED');
    expect(await add({ challenge: asked.challenge, passkey: { ...made, id: 'A' } }, other.token)).toBe(
      'INVALID_PASSKEY',
    );
    expect(await add({ challenge: asked.challenge, passkey: made }, other.token)).toBeUndefined();
    for (const none of ['x', {}, { ...made, type: 'password' }, { ...made, response: { clientDataJSON: '!' } }])
      expect(await add({ challenge: asked.challenge, passkey: none }, other.token)).toBe('VALIDATION_ERROR');
  });

  it('is one that nobody else has', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    const { passkey } = await addPasskey(account);
    const { body } = await call('POST', `${FACTORS}/passkeys/options`, { token: other.token });
    const json = { challenge: body.challenge, name: 'Copy', passkey: passkey.create(body.passkey_options) };
    await rows('UPDATE passkeys SET credential_id = ? WHERE user_id = ?', passkey.made?.id ?? '', account.id);
    expect(await call('POST', `${FACTORS}/passkeys`, { token: other.token, json })).toMatchObject({
      ...{ status: 409, body: { code: 'PASSKEY_EXISTS' } },
    });
  });
});

describe('a sign-in with a passkey alone', () => {
  it('names nobody, writes nothing while it asks, and opens a session that counts as one of two factors', async () => {
    const account = await newAccount();
    const { passkey } = await addPasskey(account);
    const before = await rows('SELECT count(*) AS n FROM used_challenges');
    const asked = await ask();
    expect(asked.answer.body).toEqual({
      ...{ challenge: expect.any(String), expires_in: 300 },
      passkey_options: {
        ...{ challenge: expect.stringMatching(/^[\w-]{22}$/), rpId: SITE, timeout: 300_000 },
        userVerification: 'required',
      },
    });
    expect(await rows('SELECT count(*) AS n FROM used_challenges')).toEqual(before);
    const answer = await signIn(passkey, {}, asked);
    expect([answer.status, answer.body]).toEqual([
      200,
      { access_token: expect.any(String), token_type: 'bearer', expires_in: 900, user_id: account.id },
    ]);
    expect(cookiesOf(answer)).toMatch(/__Secure-refresh_token=[^;]+; __Secure-device=[^;]+; __Secure-challenge=$/);
    expect((await call('GET', '/api/v1/users/me', { token: answer.body.access_token })).body.id).toBe(account.id);
    const sessions = await rows('SELECT second_factor FROM sessions WHERE user_id = ?', account.id);
    expect(sessions).toEqual([{ second_factor: 1 }, { second_factor: 1 }]);
    expect((await call('GET', FACTORS, { token: account.token })).body.factors[0].last_used_at).toMatch(/Z$/);
  });

  it.each<[string, Said]>([
    ['another site', { rpId: 'example.net' }],
    ['a page of another origin', { origin: 'https://phishing.example.net' }],
    ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['a user who was not verified', { isVerified: false }],
    ['another user', { userHandle: 'OTk5OTk5' }],
  ])('is refused for %s', async (_, said) => {
    const { passkey } = await addPasskey(await newAccount());
    expect(await signIn(passkey, said)).toMatchObject({ status: 401, body: { code: 'INVALID_SECOND_FACTOR' } });
    expect((await signIn(passkey)).status).toBe(200);
  });

  it('is refused where the signature is of another key, or the passkey is nobody’s', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    const [mine, theirs] = [await addPasskey(account), await addPasskey(other)];
    const forged = clonedFrom(mine.passkey);
    if (forged.made && theirs.passkey.made) forged.made.key = theirs.passkey.made.key;
    expect(await signIn(forged)).toMatchObject({ status: 401 });
    await call('DELETE', `${FACTORS}/${mine.id}`, { token: account.token });
    expect(await signIn(mine.passkey)).toMatchObject({ status: 401, body: { code: 'INVALID_SECOND_FACTOR' } });
  });

  // ASVS 6.6.2
  it('takes each challenge once, for five minutes, and of the browser that asked', async () => {
    const { passkey } = await addPasskey(await newAccount());
    const expired = { status: 400, body: { code: 'CHALLENGE_EXPIRED' } };
    const asked = await ask();
    expect(await signIn(passkey, {}, { ...asked, cookie: '' })).toMatchObject(expired);
    const other = await ask();
    expect(await signIn(passkey, {}, { ...asked, cookie: other.cookie })).toMatchObject(expired);
    const both = await Promise.all([signIn(passkey, {}, asked), signIn(passkey, {}, asked)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    expect(await signIn(passkey, {}, asked)).toMatchObject(expired);
    const late = await ask();
    passTime(5 * MINUTE);
    expect(await signIn(passkey, {}, late)).toMatchObject(expired);
  });

  it('is no half of one that has begun with a password, nor the other way round', async () => {
    const account = await newAccount();
    const { passkey } = await addPasskey(account);
    const begun = await begin(account.email);
    const asked = await ask(begun.cookie);
    const answered = { challenge: asked.challenge, cookie: asked.cookie };
    expect(await complete(answered, { passkey: passkey.get(asked.passkey_options) })).toMatchObject({ status: 400 });
    expect(await signIn(passkey, {}, { ...asked, challenge: begun.challenge })).toMatchObject({ status: 400 });
  });

  it('says behind the signature alone in what state the account is', async () => {
    const account = await newAccount();
    const { passkey } = await addPasskey(account);
    for (const [set, code] of [
      ['is_active = 0, deactivated_at = 1', 'ACCOUNT_DEACTIVATED'],
      ['deactivated_at = NULL, deleted_at = 1', 'ACCOUNT_DELETED'],
    ] as const) {
      await rows(`UPDATE users SET ${set} WHERE id = ?`, account.id);
      expect(await signIn(passkey)).toMatchObject({ status: 403, body: { code } });
      expect(await signIn(passkey, { isVerified: false })).toMatchObject({ status: 401 });
    }
  });

  it('is refused to a clone whose counter does not come after the one that is known', async () => {
    const passkey = new SoftPasskey(env.APP_URL, { counts: true });
    await addPasskey(await newAccount(), passkey);
    expect((await signIn(passkey)).status).toBe(200);
    const clone = clonedFrom(passkey);
    expect((await signIn(passkey)).status).toBe(200);
    expect(await signIn(clone)).toMatchObject({ status: 401 });
    expect((await signIn(passkey)).status).toBe(200);
    const asked = [await ask(), await ask()];
    const same = await Promise.all(asked.map((one) => signIn(passkey, { counter: 9 }, one)));
    expect(same.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });
});

describe('a passkey as a second factor', () => {
  it('completes a sign-in by one of those that the account has', async () => {
    const account = await newAccount();
    const [first, second] = [await addPasskey(account), await addPasskey(account)];
    await addApp(account);
    const { answer, ...browser } = await begin(account.email);
    expect(answer.body.factors).toEqual(['passkey', 'authenticator', 'recovery_code']);
    const { passkey_options } = answer.body;
    expect(passkey_options.allowCredentials.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      [first.passkey.made?.id, second.passkey.made?.id].toSorted(),
    );
    const stranger = await addPasskey(await newAccount());
    expect(await complete(browser, { passkey: stranger.passkey.get(passkey_options) })).toMatchObject({ status: 401 });
    expect((await complete(browser, { passkey: second.passkey.get(passkey_options) })).status).toBe(200);
  });

  it('is asked for no more where the site has another host', async () => {
    const account = await newAccount();
    await addPasskey(account);
    await rows("UPDATE passkeys SET rp_id = 'old.example.com' WHERE user_id = ?", account.id);
    const { answer } = await begin(account.email);
    expect(answer.body.factors).toEqual(['recovery_code']);
    expect(answer.body).not.toHaveProperty('passkey_options');
  });

  it('is a fresh proof, for the session that was asked', async () => {
    const account = await newAccount();
    const { passkey } = await addPasskey(account);
    const other = (await login(account.email)).body;
    expect(other.status).toBe('second_factor_required');
    passTime(11 * MINUTE);
    const { token } = account;
    const { body } = await call('POST', `${AUTH}/prove/passkey-options`, { token });
    expect(body.passkey_options.allowCredentials).toHaveLength(1);
    const prove = (json: object) => call('POST', `${AUTH}/prove`, { token, json });
    const answered = () => ({ challenge: body.challenge, passkey: passkey.get(body.passkey_options) });
    expect(await prove({ passkey: answered().passkey })).toMatchObject({ body: { code: 'CHALLENGE_EXPIRED' } });
    expect(
      await prove({ ...answered(), passkey: passkey.get(body.passkey_options, { isVerified: false }) }),
    ).toMatchObject({
      ...{ status: 400, body: { code: 'INVALID_PASSKEY' } },
    });
    expect((await prove(answered())).status).toBe(200);
    expect(await prove(answered())).toMatchObject({ status: 400, body: { code: 'CHALLENGE_EXPIRED' } });
    expect((await addApp(account)).answer.status).toBe(201);
    expect((await prove({ password: PASSWORD })).status).toBe(200);
  });
});
