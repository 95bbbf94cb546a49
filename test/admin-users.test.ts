import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { batch, database } from '../drizzle/client.ts';
import { openSession } from '../src/accounts/sessions/session.ts';
import { hashAddress, readMacKeys } from '../src/accounts/tokens/signed-token.ts';
import { writeOutdatedTerms } from '../src/accounts/users/outdated-terms.ts';
import type { Admin } from '../src/api/admin/entrypoint.ts';
import type { UserReference } from '../src/api/admin/input.ts';
import { runSchedule } from '../src/api/cron.ts';
import { adminOf, everything, insertUser, userRow } from './admin-client.ts';
import { call, failing, login, mailToken, newAccount, rows, signUp } from './client.ts';

const DAY = 24 * 60 * 60 * 1000;
const AS = { as: 'operator' };
const admin = adminOf();

const me = (token: string) => call('GET', '/api/v1/users/me', { token });
const list = (token: string) => call('GET', '/api/v1/users', { token });
const lastEvent = async () =>
  (await rows('SELECT action, subject_id, actor_id, actor_name, origin FROM audit_events ORDER BY id DESC LIMIT 1'))[0];
const administrators = async (): Promise<number> =>
  (await rows("SELECT count(*) AS n FROM users WHERE role = 'admin' AND is_active = 1"))[0].n;

beforeEach(() => rows("UPDATE users SET role = 'user'"));

/** The acts on a user, each as a script asks for it, and what it leaves in the audit. */
const ACTS: Record<
  string,
  { action: string; ask: (user: string, more: { dry_run?: boolean }) => ReturnType<Admin['promoteUser']> }
> = {
  promoted: { action: 'user.promote', ask: (user, more) => admin.promoteUser({ user, ...AS, ...more }) },
  demoted: { action: 'user.demote', ask: (user, more) => admin.demoteUser({ user, ...AS, ...more }) },
  deactivated: { action: 'user.deactivate', ask: (user, more) => admin.deactivateUser({ user, ...AS, ...more }) },
  reactivated: { action: 'user.reactivate', ask: (user, more) => admin.reactivateUser({ user, ...AS, ...more }) },
  restored: { action: 'user.restore', ask: (user, more) => admin.restoreUser({ user, ...AS, ...more }) },
  erased: { action: 'user.erase', ask: (user, more) => admin.eraseUser({ user, ...AS, ...more }) },
  'email-set': {
    action: 'user.set-email',
    ask: (user, more) =>
      admin.setEmail({
        user,
        email: `new-${user.trim().toLowerCase().replace('@', '-at-')}@example.com`,
        ...AS,
        ...more,
      }),
  },
  'verification-sent': {
    action: 'user.send-verification',
    ask: (user, more) => admin.sendVerification({ user, ...AS, ...more }),
  },
  'reset-sent': { action: 'user.send-reset', ask: (user, more) => admin.sendReset({ user, ...AS, ...more }) },
  'sessions-ended': { action: 'user.end-sessions', ask: (user, more) => admin.endSessions({ user, ...AS, ...more }) },
};

/** The states that an account can be in. */
const STATES: Record<string, () => Record<string, string | number>> = {
  'in use': () => ({}),
  unverified: () => ({ is_verified: 0 }),
  deactivated: () => ({ is_active: 0, deactivated_at: 1 }),
  deleted: () => ({ is_active: 0, deleted_at: Date.now() - DAY }),
  'deleted long ago': () => ({ is_active: 0, deleted_at: Date.now() - 31 * DAY }),
  'an administrator': () => ({ role: 'admin' }),
  'a deactivated administrator': () => ({ role: 'admin', is_active: 0, deactivated_at: 1 }),
};

describe.each(Object.entries(ACTS))('an account that a script wants %s', (outcome, { action, ask }) => {
  it.each(Object.keys(STATES))(
    'is that, or is refused, as the dry run says that changes nothing: %s',
    async (state) => {
      for (const others of [0, 1]) {
        await rows("UPDATE users SET role = 'user'");
        if (others === 1) await insertUser({ role: 'admin' });
        const id = await insertUser(STATES[state]?.());
        const before = await everything();
        const would = await ask(String(id), { dry_run: true });
        expect(await everything()).toBe(before);

        const did = await ask(String(id), {});
        if (would.ok && did.ok) {
          expect([would.value.outcome, did.value.outcome]).toEqual([outcome, outcome]);
          expect([would.value.dry_run, did.value.dry_run]).toEqual([true, false]);
          expect(await lastEvent()).toEqual({
            action,
            subject_id: id,
            actor_id: null,
            actor_name: 'operator',
            origin: 'script',
          });
        } else {
          expect(would).toEqual(did);
          expect(await everything()).toBe(before);
        }
      }
    },
  );

  it('is named by id or by address in any case, and is nobody where there is none', async () => {
    const id = await insertUser();
    const { email } = await userRow(id);
    const answers = [
      await ask(` ${email.toUpperCase()} `, { dry_run: true }),
      await ask(String(id), { dry_run: true }),
    ];
    expect(answers[0]).toEqual(answers[1]);
    for (const nobody of ['999999', 'nobody@example.com'])
      expect(await ask(nobody, {})).toMatchObject({ ok: false, code: 'NO_USER' });
  });
});

describe('administrators', () => {
  // ASVS 8.3.2
  it('are made by script, and what they may do holds and ends with the very next request', async () => {
    const account = await newAccount();
    expect((await list(account.token)).status).toBe(403);
    expect(await admin.promoteUser({ user: account.email, ...AS })).toMatchObject({ ok: true });
    expect((await list(account.token)).status).toBe(200);
    expect(await admin.demoteUser({ user: account.email, ...AS })).toMatchObject({ code: 'LAST_ADMINISTRATOR' });
    expect((await list(account.token)).status).toBe(200);
    expect(await admin.demoteUser({ user: account.email, force: true, ...AS })).toMatchObject({ ok: true });
    expect((await list(account.token)).status).toBe(403);
  });

  it('are verified people in use, and nobody else', async () => {
    const refused = async (state: string) => admin.promoteUser({ user: await insertUser(STATES[state]?.()), ...AS });
    expect(await refused('unverified')).toMatchObject({ code: 'EMAIL_NOT_VERIFIED' });
    expect(await refused('deactivated')).toMatchObject({ code: 'ACCOUNT_DEACTIVATED' });
    expect(await refused('deleted')).toMatchObject({ code: 'ACCOUNT_DELETED' });
    expect(await refused('an administrator')).toMatchObject({ code: 'ALREADY_ADMINISTRATOR' });
  });

  it('stay at least one, whatever two scripts do to two of them at the same moment', async () => {
    const taking = [ACTS['demoted'], ACTS['deactivated'], ACTS['erased']];
    for (const one of taking) {
      for (const another of taking) {
        await rows("UPDATE users SET role = 'user'");
        const [a, b] = [await insertUser({ role: 'admin' }), await insertUser({ role: 'admin' })];
        const answers = await Promise.all([one?.ask(String(a), {}), another?.ask(String(b), {})]);
        expect(answers.filter((answer) => answer?.ok)).toHaveLength(1);
        expect(answers.find((answer) => !answer?.ok)).toMatchObject({ code: 'LAST_ADMINISTRATOR' });
        expect(await administrators()).toBe(1);
      }
    }
  });

  it('can be none where a script forces it', async () => {
    const forced = { ...AS, force: true };
    for (const ask of [
      async (user: number) => admin.demoteUser({ user, ...forced }),
      async (user: number) => admin.deactivateUser({ user, ...forced }),
      async (user: number) => admin.eraseUser({ user, ...forced }),
    ]) {
      const id = await insertUser({ role: 'admin' });
      expect(await ask(id)).toMatchObject({ ok: true });
      expect(await administrators()).toBe(0);
    }
  });
});

describe('another address', () => {
  it('is normalised, counts as verified, and is the one that signs in', async () => {
    const account = await newAccount();
    const email = `Neu-${account.id}@ÄPFEL.example`;
    expect(await admin.setEmail({ user: account.id, email: ` ${email} `, ...AS })).toMatchObject({
      ok: true,
      value: { outcome: 'email-set', ended_sessions: 1 },
    });
    expect(await userRow(account.id)).toMatchObject({ email: email.toLowerCase(), is_verified: 1 });
    expect((await login(email)).status).toBe(200);
    expect((await login(account.email)).body).toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it('ends every session, and the links that went to the old one open nothing', async () => {
    const account = await newAccount();
    await call('POST', '/api/v1/auth/forgot-password', { json: { email: account.email } });
    const token = await mailToken(account.email, 'reset-password');
    await admin.setEmail({ user: account.id, email: `next-${account.id}@example.com`, ...AS });
    expect((await me(account.token)).body).toMatchObject({ code: 'TOKEN_REVOKED' });
    const reset = await call('POST', '/api/v1/auth/reset-password', {
      json: { token, new_password: 'another password' },
    });
    expect(reset.body).toMatchObject({ code: 'INVALID_RESET_TOKEN' });
    expect(await rows("SELECT id FROM outbox WHERE user_id = ? AND kind = 'reset-password'", account.id)).toEqual([]);
  });

  it('of an account that never verified is verified too, so that no scheduled run removes it', async () => {
    const email = `slow-${crypto.randomUUID()}@example.com`;
    await signUp(email);
    const token = await mailToken(email, 'verify-email');
    await rows('UPDATE users SET created_at = ? WHERE email = ?', Date.now() - 8 * DAY, email);
    const answer = await admin.setEmail({ user: email, email: `fast-${email}`, ...AS });
    await runSchedule(env);
    expect(answer.ok && (await userRow(answer.value.user.id))).toMatchObject({
      email: `fast-${email}`,
      is_verified: 1,
    });
    expect((await call('POST', '/api/v1/auth/verify-email', { json: { token } })).status).toBe(400);
  });

  it('that is taken is refused, by whomever it is taken, and changes nothing', async () => {
    const [user, unverified, deleted] = [
      await insertUser(),
      await insertUser({ is_verified: 0 }),
      await insertUser(STATES['deleted']?.()),
    ];
    for (const other of [unverified, deleted]) {
      const { email } = await userRow(other);
      const before = await everything();
      expect(await admin.setEmail({ user, email, ...AS })).toMatchObject({ ok: false, code: 'ADDRESS_TAKEN' });
      expect(await everything()).toBe(before);
    }
  });

  it('goes to one of many accounts that ask for it at the same moment', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => insertUser()));
    const email = `wanted-${users[0]}@example.com`;
    const answers = await Promise.all(users.map((user) => admin.setEmail({ user, email, ...AS })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(
      await rows(
        "SELECT 1 FROM audit_events WHERE action = 'user.set-email' AND subject_id IN (SELECT value FROM json_each(?))",
        JSON.stringify(users),
      ),
    ).toHaveLength(1);
  });

  it('leaves nothing that was counted under the old one', async () => {
    const account = await newAccount();
    await login(account.email, { password: 'wrong password' });
    const hash = hashAddress(readMacKeys(env.TOKEN_KEYS), account.email);
    const kept = () =>
      rows(
        'SELECT address_hash FROM login_attempts WHERE address_hash = ?1 UNION ALL SELECT address_hash FROM mail_requests WHERE address_hash = ?1',
        hash,
      );
    expect(await kept()).not.toEqual([]);
    await admin.setEmail({ user: account.id, email: `left-${account.id}@example.com`, ...AS });
    expect(await kept()).toEqual([]);
  });

  it('keeps a login out that has checked the old one a moment before', async () => {
    const id = await insertUser();
    const { email } = await userRow(id);
    await admin.setEmail({ user: id, email: `raced-${id}@example.com`, ...AS });
    const browser = { userAgent: undefined, former: [] };
    const open = async (address: string) => {
      const user = { id, email: address, passwordHash: '' };
      return (await batch(database(env.DB), openSession(database(env.DB), user, browser, new Date()))).opened;
    };
    expect(await open(email)).toEqual([]);
    expect(await open(`raced-${id}@example.com`)).toHaveLength(1);
  });
});

describe('what a script does to an account', () => {
  // ASVS 7.4.5
  it('signs its user out everywhere, at the very next request', async () => {
    const account = await newAccount();
    const other = await login(account.email);
    expect(await admin.endSessions({ user: account.id, ...AS })).toMatchObject({ value: { ended_sessions: 2 } });
    for (const token of [account.token, other.body.access_token])
      expect((await me(token)).body).toMatchObject({ code: 'TOKEN_REVOKED' });
    const { keys } = await env.REVOKED_TOKENS.list({ prefix: 'sid:' });
    expect(keys.length).toBeGreaterThanOrEqual(2);
    expect((await login(account.email)).status).toBe(200);
  });

  it('gives a deleted account back, which then signs in as before', async () => {
    const account = await newAccount();
    await call('DELETE', '/api/v1/users/me', { token: account.token });
    expect(await admin.restoreUser({ user: account.id, ...AS })).toMatchObject({ value: { mails: 1 } });
    expect((await login(account.email)).status).toBe(200);
  });

  it('suspends and frees it, and tells the private bucket, as the route does', async () => {
    const id = await insertUser();
    await admin.deactivateUser({ user: id, reason: '  Spam.  ', ...AS });
    expect(await userRow(id)).toMatchObject({ is_active: 0, deactivation_reason: 'Spam.' });
    const told = async () => {
      const { objects } = await env.RECORDS.list({ prefix: `suspension/${id}/` });
      return objects.map(({ key }) => key.split('-').at(-1));
    };
    expect(await told()).toEqual(['deactivated']);
    await admin.reactivateUser({ user: id, ...AS });
    // The reason goes with the suspension.
    expect(await told()).toEqual(['reactivated']);
    expect(await rows('SELECT 1 FROM record_outbox WHERE user_id = ?', id)).toEqual([]);
  });

  it('has happened, and the mailer knows, also where everything else beside the database fails', async () => {
    const user = await insertUser();
    await env.AVATARS.put(`${user}/picture.webp`, 'picture');
    const queued: number[] = [];
    const broken = adminOf({
      REVOKED_TOKENS: failing(),
      RECORDS: failing(),
      AVATARS: failing(),
      MAIL: {
        sendBatch: async (batch: { body: { id: number } }[]) => void queued.push(...batch.map(({ body }) => body.id)),
      } as unknown as Queue,
    });
    expect(await broken.deactivateUser({ user, ...AS })).toMatchObject({ ok: true, value: { mails: 1 } });
    const mails = () => rows<{ id: number }>('SELECT id FROM outbox WHERE user_id = ?', user);
    expect(queued).toEqual((await mails()).map(({ id }) => id));
    expect(await broken.eraseUser({ user, ...AS })).toMatchObject({ ok: true, value: { mails: 1 } });
    expect(queued).toHaveLength(2);

    // What failed, the scheduled run finishes.
    await runSchedule(env);
    expect((await env.AVATARS.list({ prefix: `${user}/` })).objects).toEqual([]);
    expect(await env.RECORDS.head(`erased/${user}`)).not.toBeNull();
  });

  it('erases it with its pictures, whatever state it is in', async () => {
    for (const state of ['in use', 'deactivated', 'deleted']) {
      const id = await insertUser(STATES[state]?.());
      await env.AVATARS.put(`${id}/picture.webp`, 'picture');
      expect(await admin.eraseUser({ user: id, ...AS })).toMatchObject({ ok: true, value: { mails: 1 } });
      expect(await userRow(id)).toBeUndefined();
      expect((await env.AVATARS.list({ prefix: `${id}/` })).objects).toEqual([]);
      expect(await env.RECORDS.head(`erased/${id}`)).not.toBeNull();
      const listed = await admin.listErasures({ limit: 1 });
      expect(listed).toMatchObject({ value: { erasures: [{ user_id: id, pictures_erased_at: expect.any(String) }] } });
    }
  });

  it('exports it also while it is suspended or deleted, and the export names itself', async () => {
    for (const state of ['in use', 'deactivated', 'deleted']) {
      const id = await insertUser({ ...STATES[state]?.(), full_name: 'Ada' });
      const answer = await admin.exportUser({ user: id, ...AS });
      expect(answer).toMatchObject({ ok: true, value: { account: { id, full_name: 'Ada' } } });
      expect(answer.ok && answer.value.audit_events.map(({ action }) => action)).toEqual(['user.export']);
      expect(await lastEvent()).toMatchObject({ action: 'user.export', subject_id: id, actor_name: 'operator' });
    }
  });

  it('exports its picture too', async () => {
    const id = await insertUser();
    const key = `${id}/${'a'.repeat(22)}.webp`;
    await env.AVATARS.put(key, 'picture');
    await rows('UPDATE users SET avatar_key = ? WHERE id = ?', key, id);
    const avatar = { content_type: 'image/webp', data: btoa('picture') };
    expect(await admin.exportUser({ user: id, ...AS })).toMatchObject({ ok: true, value: { account: { avatar } } });
    const broken = adminOf({ AVATARS: failing() });
    expect(await broken.exportUser({ user: id, ...AS })).toMatchObject({ ok: false, code: 'FAULT' });
  });

  it('shows it with the keys that the administrators list has', async () => {
    const account = await newAccount();
    await admin.promoteUser({ user: account.id, ...AS });
    const route = await call('GET', `/api/v1/users/${account.id}`, { token: account.token });
    const shown = await admin.showUser({ user: account.id });
    const access = await call('GET', `/api/v1/users/${account.id}/access`, { token: account.token });
    expect(shown).toEqual({ ok: true, value: { ...route.body.data, access: access.body.data } });
  });
});

describe('the list of users', () => {
  it('is the one of the route, with its filters, page by page', async () => {
    const name = `Zz${crypto.randomUUID().slice(0, 8)}`;
    const ids: number[] = [];
    for (const state of ['in use', 'in use', 'in use', 'deleted'])
      ids.push(await insertUser({ ...STATES[state]?.(), full_name: name, full_name_folded: name.toLowerCase() }));
    const found: number[] = [];
    await writeOutdatedTerms(database(env.DB), 10);
    let next: number | string | null | undefined;
    do {
      const page = await admin.listUsers({ q: name, status: 'active', limit: 2, ...(next ? { before: next } : {}) });
      if (!page.ok) throw new Error(page.message);
      found.push(...page.value.users.map(({ id }) => id));
      next = page.value.next;
    } while (next);
    expect(found).toEqual(ids.slice(0, 3).reverse());
  });

  it('takes no limit, state or user that is none', async () => {
    expect(await admin.listUsers({ limit: 101 })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await admin.listUsers({ status: 'gone' as 'active' })).toMatchObject({ code: 'INVALID_INPUT' });
    for (const user of ['', 'ada', '0', '-1', '1e3', '01'])
      expect(await admin.showUser({ user })).toMatchObject({ code: 'INVALID_INPUT' });
    const reference: UserReference = { id: 1 };
    expect(await admin.showUser({ user: reference as unknown as string })).toMatchObject({ code: 'INVALID_INPUT' });
  });
});
