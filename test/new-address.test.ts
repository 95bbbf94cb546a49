import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import { linkKeys, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { hashAddress, tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import { runSchedule } from '../src/api/cron.ts';
import { claimMail } from '../src/outbox/outbox.ts';
import { adminOf } from './admin-client.ts';
import { type Account, type Answer, call, login, mailToken, newAccount, PASSWORD, rows, signUp } from './client.ts';
import { DAY, HOUR, MINUTE, passTime, SECOND } from './clock.ts';
import { times } from './depth.ts';

const AUTH = '/api/v1/auth';
const ME = '/api/v1/users/me';

let addresses = 0;
const newAddress = (): string => {
  addresses += 1;
  return `new-${addresses}-${crypto.randomUUID().slice(0, 8)}@example.com`;
};

const ask = (token: string, email: string): Promise<Answer> => call('POST', `${ME}/email`, { token, json: { email } });
const confirm = (token: string): Promise<Answer> => call('POST', `${AUTH}/confirm-email`, { json: { token } });
const undo = (token: string): Promise<Answer> => call('POST', `${AUTH}/undo-email`, { json: { token } });
const me = (token: string): Promise<Answer> => call('GET', ME, { token });

type Kind = 'email-change' | 'email-change-notice' | 'email-changed';

/** The mails of a kind about an account, oldest first: where each goes, and the token of its link. */
const mailsOf = async ({ id }: Pick<Account, 'id'>, kind: Kind): Promise<{ to: string; token: string }[]> => {
  const mails = await rows('SELECT email, data FROM outbox WHERE user_id = ? AND kind = ? ORDER BY id', id, kind);
  return mails.map(({ email, data }) => {
    const { token, expiresAt } = JSON.parse(data);
    const purpose = kind === 'email-change' ? 'confirm-email' : 'undo-email';
    const link = { id: token, userId: id, expiresAt: new Date(expiresAt) };
    return { to: email, token: oneTimeTokenText(linkKeys(env), purpose, link) };
  });
};

const linkOf = async (account: Pick<Account, 'id'>, kind: Kind): Promise<string> =>
  (await mailsOf(account, kind)).at(-1)?.token ?? 'none';

const kindsOf = async (id: number): Promise<string[]> =>
  (await rows('SELECT kind FROM outbox WHERE user_id = ? ORDER BY id', id)).map(({ kind }) => kind);

const addressOf = async (id: number): Promise<string> =>
  (await rows('SELECT email FROM users WHERE id = ?', id))[0].email;

const eventsOf = async (id: number): Promise<string[]> =>
  (await rows('SELECT type FROM events WHERE user_id = ? ORDER BY seq', id)).map(({ type }) => type);

/** An account that has asked for another address, and has confirmed it. */
const moved = async (account: Account, email: string): Promise<void> => {
  expect((await ask(account.token, email)).status).toBe(202);
  expect((await confirm(await linkOf(account, 'email-change'))).status).toBe(200);
};

/** A session of an account under the address that it has now. */
const signedIn = async (account: Account, email: string): Promise<Account> => {
  const answer = await login(email);
  expect(answer.status).toBe(200);
  return { ...account, email, token: answer.body.access_token };
};

afterEach(() => vi.restoreAllMocks());

describe('another address', () => {
  // ASVS 6.3.7, 7.4.3
  it('is confirmed by the link of a mail to it; the one before is told at once, and when it is done', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    const email = newAddress();
    const answer = await ask(account.token, email.toUpperCase());
    expect([answer.status, answer.body]).toEqual([
      202,
      { status: 'ok', message: 'If the address can be used, a mail with a link is on its way to it.' },
    ]);
    expect((await mailsOf(account, 'email-change')).map(({ to }) => to)).toEqual([email]);
    expect((await mailsOf(account, 'email-change-notice')).map(({ to }) => to)).toEqual([account.email]);
    expect((await me(account.token)).body.email).toBe(account.email);
    const done = await confirm(await linkOf(account, 'email-change'));
    expect([done.status, done.body]).toEqual([
      200,
      { status: 'ok', message: 'Email address changed. You can now log in with it.' },
    ]);
    expect((await mailsOf(account, 'email-changed')).map(({ to }) => to)).toEqual([account.email]);
    expect((await me(account.token)).body.code).toBe('TOKEN_REVOKED');
    expect((await login(account.email)).status).toBe(401);
    const { token } = await signedIn(account, email);
    expect((await me(token)).body).toMatchObject({ id: account.id, email, full_name: 'Ada Lovelace' });
    expect((await eventsOf(account.id)).filter((type) => type !== 'user.created')).toEqual(['user.email_changed']);
  });

  // ASVS 7.5.1
  // Threat stolen-access-token
  it('is asked for by whoever has proved who they are within ten minutes', async () => {
    const account = await newAccount();
    passTime(10 * MINUTE + SECOND);
    expect((await ask(account.token, newAddress())).body).toEqual({
      ...{ status: 'error', status_code: 403, code: 'FRESH_PROOF_REQUIRED' },
      ...{ message: 'Prove once more that it is you.', data: {} },
    });
    expect(await kindsOf(account.id)).toEqual(['verify-email']);
    expect(await rows('SELECT * FROM email_changes WHERE user_id = ?', account.id)).toEqual([]);
    await call('POST', `${AUTH}/prove`, { token: account.token, json: { password: PASSWORD } });
    expect((await ask(account.token, newAddress())).status).toBe(202);
  });

  it('is another: not the own one in whatever spelling', async () => {
    const account = await newAccount();
    const answer = await ask(account.token, ` ${account.email.toUpperCase()} `);
    expect(answer.body).toMatchObject({ status_code: 400, code: 'SAME_ADDRESS' });
    expect((await ask(account.token, 'nobody')).body.code).toBe('VALIDATION_ERROR');
    expect(await kindsOf(account.id)).toEqual(['verify-email']);
  });

  // ASVS 6.3.8
  // Threat probed-address
  it('is answered the same whether or not it is taken, by as many rows; only its mailbox hears the difference', async () => {
    const [verified, suspended, deleted] = [await newAccount(), await newAccount(), await newAccount()];
    await rows('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', suspended.id);
    await rows('UPDATE users SET is_active = 0, deleted_at = 1 WHERE id = ?', deleted.id);
    const unverified = newAddress();
    await signUp(unverified);
    const answers = new Set<string>();
    for (const email of [verified.email, suspended.email, deleted.email, unverified, newAddress()]) {
      const account = await newAccount();
      await rows('DELETE FROM outbox');
      const { status, text } = await ask(account.token, email);
      answers.add(`${status} ${text}`);
      const mails = await rows(
        'SELECT kind, coalesce(outbox.email, users.email) AS email FROM outbox JOIN users ON users.id = user_id ORDER BY outbox.id',
      );
      const isTaken = [verified, suspended, deleted].some((known) => known.email === email);
      expect(mails).toEqual([
        { kind: 'email-change-notice', email: account.email },
        { kind: isTaken ? 'already-registered' : 'email-change', email },
      ]);
      const { body } = await call('GET', `${ME}/export`, { token: account.token });
      expect(body.email_changes).toMatchObject([{ email, former_email: account.email, confirmed_at: null }]);
    }
    expect(answers.size).toBe(1);
  });

  it('is not confirmed where somebody has verified it meanwhile, and whoever has its mailbox hears so', async () => {
    const account = await newAccount();
    const email = newAddress();
    await ask(account.token, email);
    await signUp(email);
    await call('POST', `${AUTH}/verify-email`, { json: { token: await mailToken(email, 'verify-email') } });
    const answer = await confirm(await linkOf(account, 'email-change'));
    expect(answer.body).toMatchObject({
      status_code: 409,
      code: 'ADDRESS_TAKEN',
      message: 'Another account has this address.',
    });
    expect((await me(account.token)).body.email).toBe(account.email);
    expect((await login(email)).status).toBe(200);
  });

  it('is not kept from its mailbox by who signs up with it and never verifies it', async () => {
    const account = await newAccount();
    const email = newAddress();
    await ask(account.token, email);
    await signUp(email);
    const link = await mailToken(email, 'verify-email');
    expect((await confirm(await linkOf(account, 'email-change'))).status).toBe(200);
    expect(await rows('SELECT id FROM users WHERE email = ?', email)).toEqual([{ id: account.id }]);
    expect((await call('POST', `${AUTH}/verify-email`, { json: { token: link } })).body.code).toBe('INVALID_TOKEN');
    await signedIn(account, email);
  });

  // ASVS 6.5.1, 15.4.2
  it('is confirmed once by ten clicks at once', async () => {
    const account = await newAccount();
    await ask(account.token, newAddress());
    const link = await linkOf(account, 'email-change');
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(link)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await mailsOf(account, 'email-changed')).toHaveLength(1);
    expect((await eventsOf(account.id)).filter((type) => type === 'user.email_changed')).toHaveLength(1);
  });

  // ASVS 6.5.5
  // Threat read-link
  it('has one link that works: that of the newest wish, for a day', async () => {
    const account = await newAccount();
    const [first, second] = [newAddress(), newAddress()];
    await ask(account.token, first);
    const old = await linkOf(account, 'email-change');
    await ask(account.token, second);
    expect((await confirm(old)).body).toMatchObject({ status_code: 400, code: 'INVALID_TOKEN' });
    expect((await mailsOf(account, 'email-change')).map(({ to }) => to)).toEqual([second]);
    const link = await linkOf(account, 'email-change');
    passTime(DAY + SECOND);
    expect((await confirm(link)).body).toMatchObject({ status_code: 400, code: 'TOKEN_EXPIRED' });
    expect(await addressOf(account.id)).toBe(account.email);
  });

  it('takes no link of another kind, and none of another account', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    await ask(account.token, newAddress());
    await ask(other.token, newAddress());
    const notice = await linkOf(account, 'email-change-notice');
    expect((await confirm(notice)).body.code).toBe('INVALID_TOKEN');
    expect((await undo(await linkOf(account, 'email-change'))).body.code).toBe('INVALID_TOKEN');
    const [{ id }] = (await rows('SELECT id FROM email_changes WHERE user_id = ?', account.id)) as [{ id: string }];
    const forged = { id, userId: other.id, expiresAt: new Date(Date.now() + DAY) };
    expect((await confirm(oneTimeTokenText(linkKeys(env), 'confirm-email', forged))).body.code).toBe('INVALID_TOKEN');
    expect((await undo(oneTimeTokenText(linkKeys(env), 'undo-email', forged))).body.code).toBe('INVALID_TOKEN');
  });

  it.each([
    ['suspended', 'UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?'],
    ['deleted', 'UPDATE users SET is_active = 0, deleted_at = 1 WHERE id = ?'],
    ['erased', 'DELETE FROM users WHERE id = ?'],
  ])('is neither confirmed nor undone for an account that was %s meanwhile', async (_, becomes) => {
    const [asking, done] = [await newAccount(), await newAccount()];
    await ask(asking.token, newAddress());
    await moved(done, newAddress());
    const links = [await linkOf(asking, 'email-change'), await linkOf(asking, 'email-change-notice')] as const;
    const last = await linkOf(done, 'email-changed');
    for (const { id } of [asking, done]) await rows(becomes, id);
    const before = await rows('SELECT * FROM users');
    expect((await confirm(links[0])).body.code).toBe('INVALID_TOKEN');
    expect((await undo(links[1])).body.code).toBe('INVALID_TOKEN');
    expect((await undo(last)).body.code).toBe('INVALID_TOKEN');
    expect(await rows('SELECT * FROM users')).toEqual(before);
  });

  it('kills the links that went to the one before, and forgets what was counted under it', async () => {
    const account = await newAccount();
    const email = newAddress();
    await call('POST', `${AUTH}/forgot-password`, { json: { email: account.email } });
    const reset = await mailToken(account.email, 'reset-password');
    for (let n = 0; n < 3; n += 1) await login(account.email, { password: 'a wrong guess' });
    for (let n = 0; n < 4; n += 1) await login(email, { password: 'a wrong guess' });
    await moved(account, email);
    expect((await kindsOf(account.id)).includes('reset-password')).toBe(false);
    const json = { token: reset, new_password: 'quite another password' };
    expect((await call('POST', `${AUTH}/reset-password`, { json })).body.code).toBe('INVALID_RESET_TOKEN');
    const counted = await rows('SELECT address_hash, failures FROM login_attempts WHERE user_id = ?', account.id);
    expect(counted).toEqual([{ address_hash: hashAddress(tokenKeys(env), email), failures: 4 }]);
  });

  // Threat borrowed-voice
  it('is told to nobody by name: neither mailbox is known to be that of the user', async () => {
    const account = await newAccount({ full_name: 'Ada Lovelace' });
    await rows('DELETE FROM outbox');
    await ask(account.token, newAddress());
    const [{ id }] = (await rows('SELECT id FROM outbox ORDER BY id LIMIT 1')) as [{ id: number }];
    const mail = await claimMail(database(env.DB), { id, userId: null }, { id: 'lease', ms: 1000 });
    expect(mail).toMatchObject({ kind: 'email-change-notice', email: account.email, fullName: null });
  });

  it('is told to the address that the account had when it was asked for, though it left later', async () => {
    const account = await newAccount();
    await rows('DELETE FROM outbox');
    await moved(account, newAddress());
    expect((await mailsOf(account, 'email-change-notice')).map(({ to }) => to)).toEqual([account.email]);
  });

  // ASVS 6.3.1
  // Threat mail-flood
  it('is asked for at most three times an hour at one mailbox, whichever account asks, and as often told to one', async () => {
    const email = newAddress();
    const answers = new Set<string>();
    const asking = [];
    for (let n = 0; n < 5; n += 1) asking.push(await newAccount());
    for (const { token } of asking) answers.add((await ask(token, email)).text);
    expect(await rows("SELECT id FROM outbox WHERE kind = 'email-change' AND email = ?", email)).toHaveLength(3);
    // Where nothing is sent there, nothing is told at the address before either.
    const told = await Promise.all(asking.map((account) => mailsOf(account, 'email-change-notice')));
    expect(told.map((mails) => mails.length)).toEqual([1, 1, 1, 0, 0]);
    const account = await newAccount();
    for (let n = 0; n < 5; n += 1) answers.add((await ask(account.token, newAddress())).text);
    expect(answers.size).toBe(1);
    expect(
      await rows("SELECT id FROM mail_requests WHERE kind = 'email-change-notice' AND user_id = ?", account.id),
    ).toHaveLength(3);
    // What is asked for beyond that changes nothing: the third wish can still be confirmed.
    expect((await confirm(await linkOf(account, 'email-change'))).status).toBe(200);
  });

  it('is set by a script all the same, which leaves nothing to be confirmed or undone', async () => {
    const [asking, done] = [await newAccount(), await newAccount()];
    await ask(asking.token, newAddress());
    await moved(done, newAddress());
    const links = [await linkOf(asking, 'email-change'), await linkOf(asking, 'email-change-notice')] as const;
    const last = await linkOf(done, 'email-changed');
    for (const { id } of [asking, done])
      expect(await adminOf().setEmail({ as: 'grace', user: id, email: newAddress() })).toMatchObject({ ok: true });
    expect((await confirm(links[0])).body.code).toBe('INVALID_TOKEN');
    for (const link of [links[1], last]) expect((await undo(link)).body.code).toBe('INVALID_TOKEN');
    for (const { id } of [asking, done]) {
      expect(await rows('SELECT * FROM email_changes WHERE user_id = ?', id)).toEqual([]);
      expect((await kindsOf(id)).filter((kind) => kind.startsWith('email-'))).toEqual([]);
    }
  });

  // ASVS 16.2.1
  it('is noted in the audit, in the log and for the private bucket, without the address', async () => {
    const lines: string[] = [];
    for (const level of ['info', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(line));
    const account = await newAccount();
    const email = newAddress();
    await moved(account, email);
    await undo(await linkOf(account, 'email-changed'));
    const audited = await rows(
      'SELECT action, actor_id, origin FROM audit_events WHERE subject_id = ? ORDER BY id',
      account.id,
    );
    expect(audited).toEqual(
      ['user.ask-email', 'user.change-email', 'user.undo-email'].map((action) => ({
        ...{ action, actor_id: account.id, origin: 'http' },
      })),
    );
    const acts = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'act');
    expect(acts).toMatchObject([
      { act: 'email-requested', subject_id: account.id, mails: 2, kind: 'email-change-notice' },
      { act: 'email-changed', subject_id: account.id, ended_sessions: 1, kind: 'email-changed' },
      { act: 'email-undone', subject_id: account.id, kind: 'reset-password' },
    ]);
    const records = await rows('SELECT kind, data FROM record_outbox WHERE user_id = ? ORDER BY id', account.id);
    expect(records.slice(-3)).toEqual(
      ['email-changed', 'email-changed', 'password-changed'].map((kind) => ({ kind, data: null })),
    );
    expect(lines.join()).not.toContain(email);
    expect(lines.join()).not.toContain(account.email);
  });
});

describe('a change of address that somebody else has asked for', () => {
  // ASVS 6.3.7, 7.4.3
  it('is called off by the link to the address before, with every session and the password', async () => {
    const account = await newAccount();
    await ask(account.token, newAddress());
    const link = await linkOf(account, 'email-change');
    const answer = await undo(await linkOf(account, 'email-change-notice'));
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 'ok', message: 'The change is undone. A mail with a link to a new password is on its way.' },
    ]);
    expect((await confirm(link)).body.code).toBe('INVALID_TOKEN');
    expect((await me(account.token)).body.code).toBe('TOKEN_REVOKED');
    expect((await login(account.email)).status).toBe(401);
    expect((await kindsOf(account.id)).slice(1)).toEqual(['reset-password']);
    expect((await eventsOf(account.id)).at(-1)).toBe('user.signed_out');
    const json = { token: await mailToken(account.email, 'reset-password'), new_password: 'quite another password' };
    expect((await call('POST', `${AUTH}/reset-password`, { json })).status).toBe(200);
    expect((await login(account.email, { password: json.new_password })).status).toBe(200);
  });

  // Threat moved-away
  it('is undone for 72 hours after it was confirmed, by the link of either mail', async () => {
    for (const kind of ['email-change-notice', 'email-changed'] as const) {
      const account = await newAccount();
      const email = newAddress();
      await moved(account, email);
      const thief = await signedIn(account, email);
      passTime(72 * HOUR - MINUTE);
      expect((await undo(await linkOf(account, kind))).status).toBe(200);
      expect(await addressOf(account.id)).toBe(account.email);
      expect((await me(thief.token)).status).toBe(401);
      expect((await login(account.email)).status).toBe(401);
      expect((await eventsOf(account.id)).slice(-2)).toEqual(['user.email_changed', 'user.email_changed']);
      const json = { token: await mailToken(account.email, 'reset-password'), new_password: 'quite another password' };
      expect((await call('POST', `${AUTH}/reset-password`, { json })).status).toBe(200);
      vi.useRealTimers();
    }
  });

  it('stays after those 72 hours', async () => {
    const account = await newAccount();
    const email = newAddress();
    await moved(account, email);
    const links = [await linkOf(account, 'email-change-notice'), await linkOf(account, 'email-changed')] as const;
    passTime(72 * HOUR + SECOND);
    expect((await undo(links[0])).body).toMatchObject({ status_code: 400, code: 'INVALID_TOKEN' });
    expect((await undo(links[1])).body).toMatchObject({ status_code: 400, code: 'TOKEN_EXPIRED' });
    expect(await addressOf(account.id)).toBe(email);
  });

  // Threat moved-away
  it('is undone with all that came after it: a second change does not keep the first one', async () => {
    const account = await newAccount();
    const [first, second] = [newAddress(), newAddress()];
    await moved(account, first);
    const owner = await linkOf(account, 'email-changed');
    const thief = await signedIn(account, first);
    await moved(thief, second);
    const third = await signedIn(account, second);
    await ask(third.token, newAddress());
    const waiting = await linkOf(account, 'email-change');
    expect((await undo(owner)).status).toBe(200);
    expect(await addressOf(account.id)).toBe(account.email);
    expect((await confirm(waiting)).body.code).toBe('INVALID_TOKEN');
    expect(await rows('SELECT * FROM email_changes WHERE user_id = ?', account.id)).toEqual([]);
    expect((await kindsOf(account.id)).filter((kind) => kind.startsWith('email-'))).toEqual([]);
  });

  it('is undone up to the one that the link is about, and the one before that can be undone still', async () => {
    const account = await newAccount();
    const [first, second] = [newAddress(), newAddress()];
    await moved(account, first);
    const [, owner] = [await linkOf(account, 'email-change-notice'), await linkOf(account, 'email-changed')];
    passTime(SECOND);
    await moved(await signedIn(account, first), second);
    expect((await undo(await linkOf(account, 'email-changed'))).status).toBe(200);
    expect(await addressOf(account.id)).toBe(first);
    expect((await undo(owner)).status).toBe(200);
    expect(await addressOf(account.id)).toBe(account.email);
  });

  // ASVS 6.5.1
  it('is undone once', async () => {
    const account = await newAccount();
    await moved(account, newAddress());
    const link = await linkOf(account, 'email-changed');
    const answers = await Promise.all(Array.from({ length: times(4, 10) }, () => undo(link)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await undo(link)).body.code).toBe('INVALID_TOKEN');
    expect((await kindsOf(account.id)).filter((kind) => kind === 'reset-password')).toHaveLength(1);
  });

  it('is undone also where it is confirmed in the same moment', async () => {
    for (let round = 0; round < times(4, 20); round += 1) {
      const account = await newAccount();
      await ask(account.token, newAddress());
      const [link, notice] = [await linkOf(account, 'email-change'), await linkOf(account, 'email-change-notice')];
      const [, undone] = await Promise.all([confirm(link), undo(notice)]);
      expect(undone.status).toBe(200);
      expect(await addressOf(account.id)).toBe(account.email);
      expect((await me(account.token)).body.code).toBe('TOKEN_REVOKED');
    }
  });

  it('is not undone by the address where somebody else has verified it since', async () => {
    const account = await newAccount();
    await moved(account, newAddress());
    await signUp(account.email);
    await call('POST', `${AUTH}/verify-email`, { json: { token: await mailToken(account.email, 'verify-email') } });
    expect((await undo(await linkOf(account, 'email-changed'))).body).toMatchObject({
      status_code: 409,
      code: 'ADDRESS_TAKEN',
    });
  });

  // Threat moved-away
  it('is undone where a thief has signed the address up again, and never verified it', async () => {
    const account = await newAccount();
    await moved(account, newAddress());
    await signUp(account.email);
    expect((await undo(await linkOf(account, 'email-changed'))).status).toBe(200);
    expect(await rows('SELECT id FROM users WHERE email = ?', account.email)).toEqual([{ id: account.id }]);
  });
});

describe('a change of address', () => {
  it('is removed by the scheduled run when it can be neither confirmed nor undone', async () => {
    const [asking, done] = [await newAccount(), await newAccount()];
    await ask(asking.token, newAddress());
    await moved(done, newAddress());
    const left = async () =>
      (await rows('SELECT user_id FROM email_changes WHERE user_id IN (?, ?)', asking.id, done.id)).map(
        ({ user_id }) => user_id,
      );
    passTime(DAY - MINUTE);
    await runSchedule(env, new Date());
    expect((await left()).sort()).toEqual([asking.id, done.id].sort());
    passTime(DAY + MINUTE);
    await runSchedule(env, new Date());
    expect(await left()).toEqual([done.id]);
    passTime(72 * HOUR + MINUTE);
    await runSchedule(env, new Date());
    expect(await left()).toEqual([]);
  });
});
