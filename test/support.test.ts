import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import { readAccess } from '../src/accounts/administration/access.ts';
import { sendReset, sendVerification } from '../src/accounts/administration/link-mail.ts';
import { unlockUser } from '../src/accounts/administration/lock.ts';
import { createUser, foreseeUser } from '../src/accounts/administration/new-user.ts';
import { linkKeys, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { randomId, tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import { runSchedule } from '../src/api/cron.ts';
import { adminOf } from './admin-client.ts';
import { newPerson, type Person, SCRIPT } from './callers.ts';
import {
  type Account,
  type Answer,
  type Call,
  call,
  everyRow,
  login,
  mailToken,
  newAccount,
  PASSWORD,
  rows,
  signUp,
} from './client.ts';
import { DAY, HOUR, MINUTE, passTime, SECOND } from './clock.ts';
import { operationsOf } from './operations.ts';
import { ADMINISTRATED_KEYS } from './profile-keys.ts';
import { storeApp, storePasskey, storeRecoveryCodes } from './stored-factors.ts';

// What support does every day, over HTTP and by script: getting people back in, and making accounts for them.

const USERS = '/api/v1/users';
const NEXT = 'another battery staple';
const AS = { as: 'grace' };
const db = () => database(env.DB);

/** A body as the text that it is: key order included. */
const text = (status: string, status_code: number, message: string, data: object = {}): string =>
  JSON.stringify({ status, status_code, message, data });
const refusal = (status: number, message: string): string => text('error', status, message);

let admin: Person;
beforeEach(async () => {
  admin = await newPerson('admin');
});

const patch = (act: string, user_id: unknown, options: Call = {}): Promise<Answer> =>
  call('PATCH', `${USERS}/${act}`, { token: admin.token, ...options, json: { user_id } });
const create = (json: object, options: Call = {}): Promise<Answer> =>
  call('POST', USERS, { token: admin.token, ...options, json });
const get = (path: string, token = admin.token): Promise<Answer> => call('GET', `${USERS}/${path}`, { token });
const verifyEmail = (token: string): Promise<Answer> => call('POST', '/api/v1/auth/verify-email', { json: { token } });
const reset = (token: string, new_password = NEXT): Promise<Answer> =>
  call('POST', '/api/v1/auth/reset-password', { json: { token, new_password } });

const newEmail = (): string => `${randomId().toLowerCase()}@example.com`;
const mailsOf = (id: number) =>
  rows<{ kind: string; data: string }>('SELECT kind, data FROM outbox WHERE user_id = ? ORDER BY id', id);
const auditOf = (id: number) =>
  rows('SELECT action, actor_id, actor_name, origin FROM audit_events WHERE subject_id = ? ORDER BY id', id);
const eventsOf = async (id: number): Promise<string[]> =>
  (await rows<{ type: string }>('SELECT type FROM events WHERE user_id = ? ORDER BY seq', id)).map(({ type }) => type);
const byAdmin = (action: string) => ({ action, actor_id: admin.id, actor_name: null, origin: 'http' });

/** The link of the newest mail that tells somebody of an account. */
const firstLink = async (id: number): Promise<string> => {
  const { data } = (await mailsOf(id)).findLast(({ kind }) => kind === 'account-created') ?? { data: '{}' };
  const { token, expiresAt } = JSON.parse(data);
  return oneTimeTokenText(linkKeys(env), 'reset-password', { id: token, userId: id, expiresAt: new Date(expiresAt) });
};

/** A stranger guesses until the account is locked. */
const lockOut = async ({ email }: { email: string }): Promise<void> => {
  for (let guess = 0; guess < 6; guess += 1) await login(email, { password: 'not the one' });
};

const ACTS = ['unlock', 'end-sessions', 'send-verification', 'send-reset'];

describe.each(ACTS)('%s', (act) => {
  it('is for administrators, on somebody else who is there, and says so in bodies that are whole', async () => {
    const user = await newPerson();
    const before = await everyRow();
    expect((await patch(act, user.id, { token: user.token })).text).toBe(
      refusal(403, 'You do not have permission to access this resource'),
    );
    const nobody = await call('PATCH', `${USERS}/${act}`, { json: { user_id: user.id } });
    expect(nobody.text).toBe(refusal(401, 'Could not validate admin credentials'));
    expect((await patch(act, 999_999)).text).toBe(refusal(404, 'User not found'));
    expect((await patch(act, 'x')).text).toBe(
      refusal(400, 'Request validation failed: user_id must be a positive integer'),
    );
    expect((await patch(act, admin.id)).text).toBe(refusal(400, 'You cannot do this to your own account'));
    expect(await everyRow()).toEqual(before);
  });

  it('finds no deleted account', async () => {
    const user = await newPerson();
    await rows('UPDATE users SET is_active = 0, deleted_at = 1 WHERE id = ?', user.id);
    const before = await everyRow();
    expect((await patch(act, user.id)).text).toBe(refusal(404, 'User not found'));
    expect(await everyRow()).toEqual(before);
  });

  it('takes no other method on its path, which is no id', async () => {
    const answer = await get(act);
    expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'PATCH']);
  });
});

describe('unlocking an account', () => {
  it('lets the owner in at once, of whom it is noted by whom', async () => {
    const user = await newAccount();
    await lockOut(user);
    expect((await login(user.email)).body.code).toBe('ACCOUNT_LOCKED');
    expect((await patch('unlock', String(user.id))).text).toBe(
      text('success', 200, 'User account unlocked successfully'),
    );
    expect((await login(user.email)).status).toBe(200);
    expect(await auditOf(user.id)).toEqual([byAdmin('user.unlock')]);
    expect((await patch('unlock', user.id)).text).toBe(refusal(400, 'User is not locked'));
  });

  it('forgets what was counted for every browser and at second factors, and nothing of others', async () => {
    const [user, other] = [await newPerson(), await newPerson()];
    const now = Date.now();
    for (const [device, failures, until] of [
      ['', 6, now + HOUR],
      ['known', 2, null],
      ['factor known', 5, now + MINUTE],
    ])
      for (const { id } of [user, other])
        await rows(
          `INSERT INTO login_attempts (address_hash, device, failures, under_way, locked_until, attempted_at, user_id)
           VALUES (?, ?, ?, 0, ?, ?, ?)`,
          ...[String(id), device, failures, until, now, id],
        );
    expect(await unlockUser(db(), user.id, {}, SCRIPT)).toMatchObject({ outcome: 'unlocked' });
    const counted = async ({ id }: Person) => (await rows('SELECT 1 FROM login_attempts WHERE user_id = ?', id)).length;
    expect([await counted(user), await counted(other)]).toEqual([0, 3]);
  });

  it('is refused where nothing is locked: before the fifth failure, and when the lock has run out', async () => {
    const user = await newAccount();
    await login(user.email, { password: 'not the one' });
    expect((await patch('unlock', user.id)).status).toBe(400);
    await lockOut(user);
    passTime(16 * MINUTE);
    admin = await newPerson('admin');
    expect((await patch('unlock', user.id)).text).toBe(refusal(400, 'User is not locked'));
    expect(await rows('SELECT 1 FROM login_attempts WHERE user_id = ?', user.id)).toHaveLength(1);
  });

  it('is done to a suspended account too, which stays suspended', async () => {
    const user = await newAccount();
    await lockOut(user);
    await patch('deactivate', user.id);
    expect((await patch('unlock', user.id)).status).toBe(200);
    expect((await login(user.email)).body.code).toBe('ACCOUNT_DEACTIVATED');
  });

  it('is foreseen and done by a script', async () => {
    const user = await newAccount();
    const unlock = (more: object = {}) => adminOf().unlockUser({ user: user.email, ...AS, ...more });
    expect(await unlock()).toMatchObject({ ok: false, code: 'NOT_LOCKED' });
    await lockOut(user);
    expect(await unlock({ dry_run: true })).toMatchObject({ value: { outcome: 'unlocked', dry_run: true } });
    expect((await login(user.email)).body.code).toBe('ACCOUNT_LOCKED');
    expect(await unlock()).toMatchObject({ value: { outcome: 'unlocked', dry_run: false, mails: 0 } });
    expect((await login(user.email)).status).toBe(200);
    expect(await auditOf(user.id)).toEqual([
      { action: 'user.unlock', actor_id: null, actor_name: 'grace', origin: 'script' },
    ]);
  });
});

describe('signing somebody out everywhere', () => {
  it('ends every session at that moment and leaves the account in use, also where there was none', async () => {
    const user = await newAccount();
    expect((await patch('end-sessions', user.id)).text).toBe(
      text('success', 200, 'User signed out everywhere successfully'),
    );
    expect((await call('GET', `${USERS}/me`, { token: user.token })).body.code).toBe('TOKEN_REVOKED');
    expect(await eventsOf(user.id)).toEqual(['user.created', 'user.signed_out']);
    expect((await patch('end-sessions', user.id)).status).toBe(200);
    expect((await login(user.email)).status).toBe(200);
    expect(await auditOf(user.id)).toEqual([byAdmin('user.end-sessions'), byAdmin('user.end-sessions')]);
  });
});

describe('sending the verification link again', () => {
  it('gives a fresh link that verifies; the one before is dead', async () => {
    const email = newEmail();
    await signUp(email);
    const former = await mailToken(email, 'verify-email');
    const [{ id }] = await rows('SELECT id FROM users WHERE email = ?', email);
    expect((await patch('send-verification', id)).text).toBe(
      text('success', 200, 'Verification mail sent successfully'),
    );
    expect((await verifyEmail(former)).body.code).toBe('INVALID_TOKEN');
    expect((await verifyEmail(await mailToken(email, 'verify-email'))).status).toBe(200);
    expect((await patch('send-verification', id)).text).toBe(refusal(400, 'User is already verified'));
    expect(await auditOf(id)).toEqual([byAdmin('user.send-verification')]);
  });

  it('knows no cap on mails, and leaves that of strangers as it is', async () => {
    const email = newEmail();
    await signUp(email);
    const [{ id }] = await rows('SELECT id FROM users WHERE email = ?', email);
    for (let times = 0; times < 12; times += 1) expect((await patch('send-verification', id)).status).toBe(200);
    expect((await mailsOf(id)).length).toBe(13);
    expect(await rows('SELECT 1 FROM mail_requests WHERE user_id = ?', id)).toHaveLength(1);
  });

  it('is refused of a suspended account, and by a script of a deleted one', async () => {
    const user = await newPerson();
    await rows('UPDATE users SET is_verified = 0, is_active = 0, deactivated_at = 1 WHERE id = ?', user.id);
    expect((await patch('send-verification', user.id)).text).toBe(refusal(400, 'User is deactivated'));
    await rows('UPDATE users SET deleted_at = 1 WHERE id = ?', user.id);
    expect(await sendVerification(db(), user.id, {}, SCRIPT)).toEqual({ outcome: 'ACCOUNT_DELETED' });
    expect(await mailsOf(user.id)).toEqual([]);
  });
});

describe('sending a link that sets a new password', () => {
  it('gives a fresh link; the password stays until it is used, and the one before is dead', async () => {
    const user = await newAccount();
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: user.email } });
    const former = await mailToken(user.email, 'reset-password');
    expect((await patch('send-reset', user.id)).text).toBe(
      text('success', 200, 'Password reset mail sent successfully'),
    );
    expect((await reset(former)).body.code).toBe('INVALID_RESET_TOKEN');
    expect((await login(user.email)).status).toBe(200);
    expect((await reset(await mailToken(user.email, 'reset-password'))).status).toBe(200);
    expect((await login(user.email, { password: NEXT })).status).toBe(200);
    expect(await auditOf(user.id)).toEqual([byAdmin('user.send-reset')]);
  });

  it('is refused of an account that was never verified, and of a suspended one', async () => {
    const [unverified, suspended] = [await newPerson(), await newPerson()];
    await rows('UPDATE users SET is_verified = 0 WHERE id = ?', unverified.id);
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', suspended.id);
    expect((await patch('send-reset', unverified.id)).text).toBe(refusal(400, 'User is not verified'));
    expect((await patch('send-reset', suspended.id)).text).toBe(refusal(400, 'User is deactivated'));
    expect(await sendReset(db(), suspended.id, {}, SCRIPT)).toEqual({ outcome: 'USER_DEACTIVATED' });
    expect([await mailsOf(unverified.id), await mailsOf(suspended.id)]).toEqual([[], []]);
  });
});

describe('an account that an administrator makes', () => {
  const FIELDS = { full_name: ' Ada Lovelace ', speaking_language: 'EN-us', listening_language: 'FR' };

  it('is answered whole, in use and not verified, and its owner gets one mail in the language of the account', async () => {
    const email = newEmail();
    const answer = await create({ email: email.toUpperCase(), ...FIELDS, role: 'admin', is_verified: true });
    const { user } = answer.body.data;
    expect(answer.status).toBe(201);
    expect(answer.text).toBe(text('success', 201, 'User created successfully', { user }));
    expect(Object.keys(user)).toEqual(ADMINISTRATED_KEYS);
    expect(user).toMatchObject({
      ...{ email, full_name: 'Ada Lovelace', avatar_url: null },
      ...{ speaking_language: 'en-US', listening_language: 'fr', is_active: true, is_verified: false },
      ...{ created_at: expect.stringMatching(/Z$/), role: 'user', deactivated_at: null, deactivation_reason: null },
      deleted_at: null,
    });
    expect((await get(String(user.id))).body.data).toEqual({ user });
    expect((await mailsOf(user.id)).map(({ kind }) => kind)).toEqual(['account-created']);
    expect(await auditOf(user.id)).toEqual([byAdmin('user.create')]);
    // Services hear of it when somebody has verified it.
    expect(await eventsOf(user.id)).toEqual([]);
  });

  it('is found by its name and address, like any', async () => {
    const word = randomId()
      .toLowerCase()
      .replace(/[^a-z]/g, '');
    const { body } = await create({ email: newEmail(), full_name: `Zoë ${word}` });
    const found = await call('GET', `${USERS}?q=${word.slice(0, 6)}`, { token: admin.token });
    expect(found.body.data.users.map(({ id }: { id: number }) => id)).toEqual([body.data.user.id]);
  });

  it('opens for no password before its owner has set one, which verifies the address and tells the services once', async () => {
    const email = newEmail();
    const { id } = (await create({ email })).body.data.user;
    for (const password of [PASSWORD, '', '\0'.repeat(32)])
      expect((await login(email, { password })).body.code).not.toBeUndefined();
    const link = await firstLink(id);
    expect((await reset(link)).status).toBe(200);
    expect(await eventsOf(id)).toEqual(['user.created']);
    expect((await reset(link, 'a third battery staple')).body.code).toBe('INVALID_RESET_TOKEN');
    const answer = await login(email, { password: NEXT });
    const own = await call('GET', `${USERS}/me`, { token: answer.body.access_token });
    expect(own.body).toMatchObject({ id, is_verified: true });
    // What the private bucket is told, so that a restored database knows that somebody is there.
    const records = await rows('SELECT kind FROM record_outbox WHERE user_id = ? ORDER BY id', id);
    expect(records.map(({ kind }) => kind).toSorted()).toEqual(['password-changed', 'verified']);
    await call('POST', '/api/v1/auth/forgot-password', { json: { email } });
    await reset(await mailToken(email, 'reset-password'), 'a third battery staple');
    expect((await eventsOf(id)).filter((type) => type === 'user.created')).toHaveLength(1);
  });

  it('has terms that nobody has accepted, and says so in the export', async () => {
    const email = newEmail();
    const { id } = (await create({ email })).body.data.user;
    await reset(await firstLink(id));
    const { access_token } = (await login(email, { password: NEXT })).body;
    const { body } = await call('GET', `${USERS}/me/export`, { token: access_token });
    expect(body.account.accepted_terms_at).toBeNull();
    expect(body.account.last_sign_in_at).toMatch(/Z$/);
  });

  it('keeps its link for the week that an account is kept which nobody verifies, and not longer', async () => {
    const [soon, never] = [newEmail(), newEmail()];
    const ids = [];
    for (const email of [soon, never]) ids.push((await create({ email })).body.data.user.id);
    const links = [await firstLink(ids[0]), await firstLink(ids[1])] as const;
    passTime(7 * DAY - MINUTE);
    await runSchedule(env, new Date());
    expect((await reset(links[0])).status).toBe(200);
    passTime(2 * MINUTE);
    expect((await reset(links[1])).body.code).toBe('RESET_TOKEN_EXPIRED');
    await runSchedule(env, new Date());
    const left = await rows('SELECT email FROM users WHERE email IN (?, ?)', soon, never);
    expect(left).toEqual([{ email: soon }]);
  });

  it('is refused where any account has the address, in whatever state, in every spelling', async () => {
    const [used, unverified, deleted] = [await newPerson(), await newPerson(), await newPerson()];
    await rows('UPDATE users SET is_verified = 0 WHERE id = ?', unverified.id);
    await rows('UPDATE users SET is_active = 0, deleted_at = 1 WHERE id = ?', deleted.id);
    const before = await everyRow();
    for (const { email } of [used, unverified, deleted])
      expect((await create({ email: ` ${email.toUpperCase()}` })).text).toBe(refusal(400, 'User already exists'));
    expect(await everyRow()).toEqual(before);
  });

  it('is refused by the first field that is wrong, and to whoever is no administrator before anything is said of it', async () => {
    const { token } = await newPerson();
    expect((await create({})).text).toBe(refusal(400, 'Request validation failed: email is required'));
    expect((await create({ email: newEmail(), full_name: '' })).body).toMatchObject({ status_code: 400, data: {} });
    expect((await create({ email: newEmail(), listening_language: 'x' })).text).toBe(
      refusal(400, 'The language code is not valid.'),
    );
    expect((await create({}, { token })).text).toBe(refusal(403, 'You do not have permission to access this resource'));
    expect((await call('POST', USERS, { json: {} })).text).toBe(refusal(401, 'Could not validate admin credentials'));
  });

  it('begins anew when its owner signs up instead: the link of the administrator dies', async () => {
    const email = newEmail();
    const { id } = (await create({ email, full_name: 'Ada' })).body.data.user;
    const link = await firstLink(id);
    expect((await signUp(email)).status).toBe(201);
    expect((await reset(link)).body.code).toBe('INVALID_RESET_TOKEN');
    await verifyEmail(await mailToken(email, 'verify-email'));
    expect((await login(email)).body.user_id).toBe(id);
  });

  it('gets the link that sets the first password once more, and not one that only verifies', async () => {
    const { id } = (await create({ email: newEmail() })).body.data.user;
    const former = await firstLink(id);
    passTime(DAY);
    admin = await newPerson('admin');
    expect((await patch('send-verification', id)).status).toBe(200);
    expect((await mailsOf(id)).map(({ kind }) => kind)).toEqual(['account-created', 'account-created']);
    const [first, second] = (await mailsOf(id)).map(({ data }) => JSON.parse(data).expiresAt);
    expect(second).toBe(first);
    expect((await reset(former)).body.code).toBe('INVALID_RESET_TOKEN');
    expect((await reset(await firstLink(id))).status).toBe(200);
  });

  it('has what was counted for its address while that was nobody’s', async () => {
    const email = newEmail();
    await lockOut({ email });
    const { id } = (await create({ email })).body.data.user;
    expect(await rows('SELECT failures FROM login_attempts WHERE user_id = ?', id)).toEqual([{ failures: 5 }]);
    expect((await patch('unlock', id)).status).toBe(200);
  });

  it('is made once, by whichever of many asks first', async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create({ email })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(9).fill(400)]);
    const [{ id }] = await rows('SELECT id FROM users WHERE email = ?', email);
    expect([(await mailsOf(id)).length, (await auditOf(id)).length]).toEqual([1, 1]);
  });

  it('is not made by an administrator who was suspended meanwhile', async () => {
    const email = newEmail();
    await newPerson('admin');
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', admin.id);
    const made = { email, fullName: null, speakingLanguage: 'en', listeningLanguage: 'en' };
    const sessions = await rows('SELECT id FROM sessions WHERE user_id = ?', admin.id);
    const by = { origin: 'http' as const, userId: admin.id, sessionId: sessions[0].id, requestId: 'r' };
    expect(await createUser(db(), tokenKeys(env), made, by)).toEqual({ outcome: 'ACCOUNT_DEACTIVATED' });
    expect(await foreseeUser(db(), made, by)).toEqual({ outcome: 'ACCOUNT_DEACTIVATED' });
    expect(await rows('SELECT 1 FROM users WHERE email = ?', email)).toEqual([]);
    // The id of what was not made is not used up.
    expect((await create({ email })).text).toBe(refusal(401, 'Could not validate admin credentials'));
  });

  it('is foreseen and made by a script', async () => {
    const email = newEmail();
    const make = (more: object = {}) => adminOf().createUser({ email, listening_language: 'de', ...AS, ...more });
    const before = await everyRow();
    expect(await make({ dry_run: true })).toEqual({
      ok: true,
      value: { outcome: 'created', user: { id: null, email }, dry_run: true, mails: 0 },
    });
    expect(await everyRow()).toEqual(before);
    const made = await make();
    expect(made).toMatchObject({ ok: true, value: { outcome: 'created', user: { email }, dry_run: false, mails: 1 } });
    for (const dry_run of [true, false])
      expect(await make({ dry_run })).toMatchObject({ ok: false, code: 'ADDRESS_TAKEN' });
    const [row] = await rows('SELECT id, listening_language FROM users WHERE email = ?', email);
    expect(row.listening_language).toBe('de');
    expect(await auditOf(row.id)).toEqual([
      { action: 'user.create', actor_id: null, actor_name: 'grace', origin: 'script' },
    ]);
  });
});

describe('what support sees of an account', () => {
  const EMPTY = { passkeys: 0, authenticators: 0, recovery_codes: 0 };

  it('is the last sign-in, also when every session has ended, and a session each', async () => {
    const user: Account = await newAccount();
    const first = (await get(`${user.id}/access`)).body;
    expect(Object.keys(first)).toEqual(['status', 'status_code', 'message', 'data']);
    expect(first).toMatchObject({ status_code: 200, message: 'User access retrieved successfully' });
    const [{ id, created_at }] = first.data.sessions;
    expect(first.data).toEqual({
      ...{ last_sign_in_at: created_at, locks: [], second_factors: EMPTY },
      sessions: [{ id, created_at, last_used_at: created_at, user_agent: null }],
    });
    passTime(HOUR);
    admin = await newPerson('admin');
    await call('POST', '/api/v1/auth/login', {
      headers: { 'User-Agent': 'Telephone' },
      json: { email: user.email, password: PASSWORD },
    });
    await patch('end-sessions', user.id);
    const later = (await get(`${user.id}/access`)).body.data;
    expect(later.sessions).toEqual([]);
    // Times are told in whole seconds.
    const passed = Date.parse(later.last_sign_in_at) - Date.parse(created_at);
    expect([passed >= HOUR, passed < HOUR + MINUTE]).toEqual([true, true]);
  });

  it('is what somebody has guessed, of strangers and of the own browser, and what is locked at this moment', async () => {
    const user = await newAccount();
    await lockOut(user);
    const now = Date.now();
    await rows(
      `INSERT INTO login_attempts (address_hash, device, failures, under_way, locked_until, attempted_at, user_id)
       VALUES ('x', 'factor known', 2, 0, NULL, ?, ?)`,
      ...[now, user.id],
    );
    await storeApp(user.id);
    await storePasskey(user.id);
    await storeRecoveryCodes(user.id);
    const { locks, second_factors } = (await get(`${user.id}/access`)).body.data;
    expect(locks).toEqual([
      { kind: 'password', known_device: false, failures: 5, locked_until: expect.stringMatching(/Z$/) },
      { kind: 'second_factor', known_device: true, failures: 2, locked_until: null },
    ]);
    const codes = await rows('SELECT 1 FROM recovery_codes WHERE user_id = ?', user.id);
    expect(second_factors).toEqual({ passkeys: 1, authenticators: 1, recovery_codes: codes.length });
    passTime(16 * MINUTE);
    expect((await readAccess(db(), user.id))?.locks[0]).toMatchObject({ failures: 5, lockedUntil: null });
  });

  it('is a hundred browsers that guessed at the most, those that guessed most', async () => {
    const user = await newAccount();
    const guesses = Array.from({ length: 101 }, (_, n) => n + 1);
    await rows(
      `INSERT INTO login_attempts (address_hash, device, failures, under_way, attempted_at, user_id)
       SELECT 'many', value, value, 0, ?, ? FROM json_each(?)`,
      ...[Date.now(), user.id, JSON.stringify(guesses)],
    );
    const { locks } = (await get(`${user.id}/access`)).body.data;
    expect(locks.map(({ failures }: { failures: number }) => failures)).toEqual(guesses.slice(1).toReversed());
  });

  it('is nothing of somebody who is not there, and for administrators alone', async () => {
    const user = await newPerson();
    for (const path of ['999999/access', 'x/access', '999999/audit', 'x/audit'])
      expect((await get(path)).text).toBe(refusal(404, 'User not found'));
    for (const path of [`${user.id}/access`, `${user.id}/audit`]) {
      expect((await get(path, user.token)).text).toBe(
        refusal(403, 'You do not have permission to access this resource'),
      );
      expect((await call('GET', `${USERS}/${path}`)).text).toBe(refusal(401, 'Could not validate admin credentials'));
    }
    expect((await get('me/access')).body.code).toBe('NOT_FOUND');
  });

  it('is what was done to it, newest first, page by page, with who did it', async () => {
    const user = await newAccount();
    await patch('deactivate', user.id);
    await adminOf().reactivateUser({ user: user.id, ...AS });
    await patch('send-reset', user.id);
    const first = (await get(`${user.id}/audit?limit=2`)).body;
    expect(first).toMatchObject({ status_code: 200, message: 'Audit records retrieved successfully' });
    expect(first.data.records).toMatchObject([
      { action: 'user.send-reset', origin: 'http', actor: { user_id: admin.id } },
      { action: 'user.reactivate', origin: 'script', actor: { name: 'grace' } },
    ]);
    expect(Object.keys(first.data.records[0])).toEqual(['id', 'action', 'at', 'origin', 'actor', 'request_id']);
    const second = (await get(`${user.id}/audit?limit=2&cursor=${first.data.next_cursor}`)).body.data;
    expect(second).toMatchObject({ records: [{ action: 'user.deactivate' }], next_cursor: null });
    expect((await get(`${user.id}/audit?limit=3`)).body.data.next_cursor).toBeNull();
    for (const wrong of ['limit=0', 'limit=101', 'cursor=x', 'cursor=0', 'cursor=1&cursor=2'])
      expect((await get(`${user.id}/audit?${wrong}`)).body).toMatchObject({ status_code: 400, data: {} });
  });

  it('is what was done to it also when it is erased, and by the schedule by nobody', async () => {
    const user = await newPerson();
    await rows('UPDATE users SET is_active = 0, deleted_at = ? WHERE id = ?', Date.now() - 31 * DAY, user.id);
    await runSchedule(env, new Date(Date.now() + SECOND));
    expect((await get(String(user.id))).status).toBe(404);
    expect((await get(`${user.id}/audit`)).body.data.records).toMatchObject([
      { action: 'user.erase', origin: 'schedule', actor: null },
    ]);
  });
});

describe('what administrators see of the service', () => {
  const operations = (path: string, token = admin.token): Promise<Answer> =>
    call('GET', `/api/v1/operations/${path}`, { token });
  const failMail = async (): Promise<void> => {
    await rows(
      `INSERT INTO outbox (user_id, kind, data, attempts, due_at, failed_at, failure, created_at)
       VALUES (?, 'already-registered', '{}', 10, 0, 86400000, 'E_X', 0)`,
      (await newPerson()).id,
    );
  };

  it('are the mails that failed, which scripts are told alike, page by page', async () => {
    for (let mail = 0; mail < 3; mail += 1) await failMail();
    const told = await adminOf().failedMails({ limit: 2 });
    const first = (await operations('failed-mails?limit=2')).body;
    expect(first).toMatchObject({ status: 'success', message: 'Failed mails retrieved successfully' });
    expect(told).toMatchObject({ ok: true, value: { mails: first.data.mails } });
    const second = (await operations(`failed-mails?limit=2&cursor=${first.data.next_cursor}`)).body.data;
    expect(second).toMatchObject({ mails: [{ kind: 'already-registered', failure: 'E_X' }], next_cursor: null });
  });

  it('are the mails that failed, without a look at those that wait, however many', async () => {
    await failMail();
    const read = async (): Promise<number> => {
      const path = '/api/v1/operations/failed-mails?limit=1';
      const { rowsRead } = await operationsOf((env) => call('GET', path, { token: admin.token, env }));
      return rowsRead;
    };
    const alone = await read();
    await rows(
      `INSERT INTO outbox (user_id, kind, data, due_at, created_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
       SELECT ?, 'already-registered', '{}', 0, 0 FROM n`,
      admin.id,
    );
    expect(await read()).toBe(alone);
  });

  it('are the services and what waits for each, which scripts are told alike', async () => {
    await adminOf().addService({ name: 'captions', url: 'https://captions.example.com/', ...AS });
    const { body } = await operations('services');
    expect(body).toMatchObject({
      message: 'Services retrieved successfully',
      data: { services: [{ name: 'captions' }] },
    });
    expect(await adminOf().listServices({})).toEqual({ ok: true, value: body.data });
    expect(JSON.stringify(body)).not.toMatch(/token|secret/);
  });

  it('are the erasures that a service has yet to confirm, which scripts are told alike', async () => {
    const { id } = await newPerson();
    await adminOf().eraseUser({ user: id, ...AS });
    const { body } = await operations('erasures?unconfirmed=true&limit=5');
    expect(body.message).toBe('Erasures retrieved successfully');
    expect(body.data.erasures[0]).toMatchObject({ user_id: id, services: [{ name: 'captions', outcome: null }] });
    const told = await adminOf().listErasures({ unconfirmed: true, limit: 5 });
    expect(told).toMatchObject({ ok: true, value: { erasures: body.data.erasures } });
    expect((await operations('erasures?older_than_days=1')).body.data).toEqual({ erasures: [], next_cursor: null });
    for (const wrong of ['unconfirmed=yes', 'older_than_days=0', 'older_than_days=x', 'limit=0'])
      expect((await operations(`erasures?${wrong}`)).body).toMatchObject({ status_code: 400, data: {} });
  });

  it.each(['failed-mails', 'services', 'erasures', 'numbers'])('are for administrators alone: %s', async (path) => {
    const { token } = await newPerson();
    expect((await operations(path, token)).text).toBe(
      refusal(403, 'You do not have permission to access this resource'),
    );
    const nobody = await call('GET', `/api/v1/operations/${path}`);
    expect(nobody.text).toBe(refusal(401, 'Could not validate admin credentials'));
    const broken = { prepare: () => ({ bind: () => ({ all: () => Promise.reject(new Error('D1_ERROR: x')) }) }) };
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const failed = await call('GET', `/api/v1/operations/${path}`, {
      ...{ token: admin.token, env: { DB: broken as unknown as D1Database } },
    });
    expect(failed.text).toBe(refusal(500, 'An unexpected error occurred.'));
  });
});
