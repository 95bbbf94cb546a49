import { env } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import { deactivateUser, reactivateUser } from '../src/accounts/administration/deactivation.ts';
import { setEmail } from '../src/accounts/administration/email-change.ts';
import { demoteUser, promoteUser } from '../src/accounts/administration/role.ts';
import { restoreUser } from '../src/accounts/erasure/deletion.ts';
import { eraseUser } from '../src/accounts/erasure/erasure.ts';
import { readFeed, removeExpiredEvents } from '../src/accounts/services/feed.ts';
import { endSessionsOfUser } from '../src/accounts/sessions/session.ts';
import { tokenKeys } from '../src/accounts/tokens/signed-token.ts';
import { EVENT_TYPES } from '../src/outbox/event.ts';
import { isoTime } from '../src/workers/time.ts';
import { type Account, call, login, mailToken, newAccount, PASSWORD, rows, signUp } from './client.ts';
import { DAY } from './clock.ts';
import { picture } from './picture.ts';
import { addApp, FACTORS } from './second-factor.ts';
import { newService, OPERATOR } from './service.ts';

const ME = '/api/v1/users/me';
const AUTH = '/api/v1/auth';
const GRACE = 30 * DAY;
const db = () => database(env.DB);

beforeEach(() => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const lastSeq = async (): Promise<number> => (await rows('SELECT max(seq) AS seq FROM events'))[0]?.seq ?? 0;

/** What services are told of what is done meanwhile: type and data, oldest first. */
const toldOf = async (does: () => Promise<unknown>): Promise<unknown[]> => {
  const before = await lastSeq();
  await does();
  const found = await rows('SELECT type, user_id, data FROM events WHERE seq > ? ORDER BY seq', before);
  return found.map(({ type, user_id, data }) => [type, { user_id, ...JSON.parse(data) }]);
};

const sidOf = ({ token }: Pick<Account, 'token'>): unknown => decodeJwt(token)['sid'];

describe('what services are told', () => {
  it('is that somebody is there, once the address is verified, and nothing before', async () => {
    const email = 'new@example.com';
    expect(await toldOf(() => signUp(email))).toEqual([]);
    const token = await mailToken(email, 'verify-email');
    const verify = () => call('POST', `${AUTH}/verify-email`, { json: { token } });
    const [user] = await rows('SELECT id FROM users WHERE email = ?', email);
    expect(await toldOf(verify)).toEqual([['user.created', { user_id: user.id }]]);
    expect(await toldOf(verify)).toEqual([]);
  });

  it('is which public fields have changed, and nothing where none has', async () => {
    const { id, token } = await newAccount({ full_name: 'Ada' });
    const patch = (json: unknown) => () => call('PATCH', ME, { token, json });
    const told = (...changed: string[]) => [['user.updated', { user_id: id, changed }]];
    expect(await toldOf(patch({ full_name: 'Ada King' }))).toEqual(told('full_name'));
    expect(await toldOf(patch({ full_name: 'Ada King' }))).toEqual([]);
    expect(await toldOf(patch({}))).toEqual([]);
    expect(await toldOf(patch({ full_name: null, speaking_language: 'fr', listening_language: 'en' }))).toEqual(
      told('full_name', 'speaking_language'),
    );
    expect(await toldOf(patch({ listening_language: 'de', full_name: '' }))).toEqual([]);
    const form = new FormData();
    form.set('avatar', new File([picture('columns.png')], 'a.png'));
    expect(await toldOf(() => call('PATCH', ME, { token, body: form }))).toEqual(told('avatar_url'));
    expect(await toldOf(() => call('DELETE', `${ME}/avatar`, { token }))).toEqual(told('avatar_url'));
    expect(await toldOf(() => call('DELETE', `${ME}/avatar`, { token }))).toEqual([]);
  });

  it('is which sessions have ended while the account stays in use', async () => {
    const ada = await newAccount();
    const other = await login(ada.email);
    const signedOut = (...session_ids: unknown[]) => [['user.signed_out', { user_id: ada.id, session_ids }]];
    const change = { current_password: PASSWORD, new_password: 'another battery staple' };
    expect(await toldOf(() => call('POST', `${AUTH}/change-password`, { token: ada.token, json: change }))).toEqual(
      signedOut(decodeJwt(other.body.access_token)['sid']),
    );
    expect(await toldOf(() => call('POST', `${AUTH}/logout`, { token: ada.token }))).toEqual(signedOut(sidOf(ada)));
    expect(await toldOf(() => call('POST', `${AUTH}/logout`, { token: ada.token }))).toEqual([]);

    const again = await login(ada.email, { password: 'another battery staple' });
    const sid = decodeJwt(again.body.access_token)['sid'];
    expect(await toldOf(() => endSessionsOfUser(db(), ada.id, {}, OPERATOR))).toEqual(signedOut(sid));
    expect(await toldOf(() => endSessionsOfUser(db(), ada.id, {}, OPERATOR))).toEqual([]);
  });

  it('is that a session ended whose refresh token was used twice, and one that a new sign-in takes the place of', async () => {
    const ada = await newAccount();
    const refresh = (cookie: string) => call('POST', `${AUTH}/refresh-token`, { cookie });
    await refresh(ada.cookie);
    await rows('UPDATE sessions SET rotated_at = 0');
    expect(await toldOf(() => refresh(ada.cookie))).toEqual([
      ['user.signed_out', { user_id: ada.id, session_ids: [sidOf(ada)] }],
    ]);
    const bob = await newAccount();
    expect(await toldOf(() => login(bob.email, {}, { cookie: bob.cookie }))).toEqual([
      ['user.signed_out', { user_id: bob.id, session_ids: [sidOf(bob)] }],
    ]);
  });

  it('is each act of an administrator and of the owner, once, and no end of a session beside those that end them all', async () => {
    const { id, email } = await newAccount();
    const given = { reason: 'Spam.' };
    const told = (type: string, data = {}) => [[type, { user_id: id, ...data }]];
    expect(await toldOf(() => deactivateUser(db(), id, given, OPERATOR))).toEqual(told('user.deactivated'));
    expect(await toldOf(() => deactivateUser(db(), id, given, OPERATOR))).toEqual([]);
    expect(await toldOf(() => deactivateUser.foresees(db(), id, given, OPERATOR))).toEqual([]);
    expect(await toldOf(() => reactivateUser(db(), id, {}, OPERATOR))).toEqual(told('user.reactivated'));
    expect(await toldOf(() => promoteUser(db(), id, {}, OPERATOR))).toEqual(
      told('user.role_changed', { role: 'admin' }),
    );
    expect(await toldOf(() => demoteUser(db(), id, { force: true }, OPERATOR))).toEqual(
      told('user.role_changed', { role: 'user' }),
    );
    const keys = tokenKeys(env);
    expect(await toldOf(() => setEmail(db(), id, { email: `x${email}`, keys }, OPERATOR))).toEqual(
      told('user.email_changed'),
    );
    const { body } = await login(`x${email}`);
    const [told_of_deletion] = await toldOf(() => call('DELETE', ME, { token: body.access_token }));
    const [{ deleted_at }] = await rows('SELECT deleted_at FROM users WHERE id = ?', id);
    expect([told_of_deletion]).toEqual(told('user.deleted', { erase_at: isoTime(deleted_at + GRACE) }));
    expect(await toldOf(() => restoreUser(db(), id, { grace: GRACE }, OPERATOR))).toEqual(told('user.restored'));
    expect(await toldOf(() => eraseUser(db(), id, {}, OPERATOR))).toEqual(told('user.erased'));
    expect(await toldOf(() => eraseUser(db(), id, {}, OPERATOR))).toEqual([]);
  });

  it('is that somebody is there where a script gives an address to who had verified none', async () => {
    await signUp('unverified@example.com');
    const [user] = await rows("SELECT id FROM users WHERE email = 'unverified@example.com'");
    const given = { email: 'vouched@example.com', keys: tokenKeys(env) };
    expect(await toldOf(() => setEmail(db(), user.id, given, OPERATOR))).toEqual([
      ['user.created', { user_id: user.id }],
    ]);
  });

  it('is that a second factor has come, and that it is gone, by its kind', async () => {
    const { id: user_id, token } = await newAccount();
    let id = '';
    const add = async () => {
      id = (await addApp({ token })).id;
    };
    const told = (type: string) => [[type, { user_id, kind: 'authenticator' }]];
    expect(await toldOf(add)).toEqual(told('user.factor_added'));
    const remove = () => call('DELETE', `${FACTORS}/${id}`, { token });
    expect(await toldOf(remove)).toEqual(told('user.factor_removed'));
    expect(await toldOf(remove)).toEqual([]);
  });

  it('knows every type there is, and each holds ids, times and names of fields alone', async () => {
    const found = await rows<{ type: string; data: string }>('SELECT type, data FROM events');
    expect(new Set(found.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
    for (const { data } of found) expect(data).not.toMatch(/@|Ada|Spam|battery/);
  });

  it('wakes who is pushed to, and nobody else', async () => {
    const [pushed, asks, halted, later] = [
      await newService({ url: 'https://meet.example.com/events' }),
      await newService(),
      await newService({ url: 'https://halted.example.com/' }),
      await newService({ url: 'https://later.example.com/' }),
    ];
    await rows('UPDATE services SET halted_at = 1 WHERE id = ?', halted.id);
    await rows('UPDATE services SET due_at = ? WHERE id = ?', Date.now() + DAY, later.id);
    const sent = vi.spyOn(env.EVENTS, 'sendBatch');
    const { token } = await newAccount();
    sent.mockClear();
    await call('PATCH', ME, { token, json: { full_name: 'Grace' } });
    expect(sent.mock.calls.flatMap(([messages]) => [...messages])).toEqual([{ body: { service: pushed.id } }]);
    await rows('DELETE FROM services WHERE id IN (?, ?, ?, ?)', pushed.id, asks.id, halted.id, later.id);
    sent.mockClear();
    await call('PATCH', ME, { token, json: { full_name: 'Hopper' } });
    expect(sent).not.toHaveBeenCalled();
  });

  it('costs an act a row and its number', async () => {
    const { token } = await newAccount();
    const written = async (json: unknown): Promise<number> => {
      let count = 0;
      const batch = env.DB.batch.bind(env.DB);
      vi.spyOn(env.DB, 'batch').mockImplementation((async (statements: D1PreparedStatement[]) => {
        const results = await batch(statements);
        count += results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
        return results;
      }) as never);
      await call('PATCH', ME, { token, json });
      vi.mocked(env.DB.batch).mockRestore();
      return count;
    };
    // A language is in no index.
    const [told, same] = [await written({ speaking_language: 'fr' }), await written({ speaking_language: 'fr' })];
    expect(told - same).toBe(2);
    expect(same).toBeGreaterThan(0);
  });
});

type Feed = { events: { id: string; seq: number; type: string }[]; next: number; more: boolean };

describe('GET /api/v1/events', () => {
  const feed = async (token: string, query = ''): Promise<Feed> =>
    (await call('GET', `/api/v1/events${query}`, { token })).body;
  const add = (type: string, at = Date.now()) =>
    rows("INSERT INTO events (type, user_id, data, at) VALUES (?, 7, '{}', ?)", type, at);

  beforeEach(async () => {
    await rows('DELETE FROM events');
    await rows('DELETE FROM event_horizon');
  });

  it('answers what happened, oldest first, page by page', async () => {
    const { token } = await newService();
    const start = await lastOfSequence();
    for (const type of ['user.created', 'user.updated', 'user.erased']) await add(type, Date.UTC(2026, 10, 28, 12));
    const first = await feed(token, `?after=${start}&limit=2`);
    expect(first).toEqual({
      events: [
        {
          ...{ id: `evt_${start + 1}`, seq: start + 1, type: 'user.created' },
          ...{ timestamp: '2026-11-28T12:00:00Z', data: { user_id: 7 } },
        },
        expect.objectContaining({ type: 'user.updated' }),
      ],
      next: start + 2,
      more: true,
    });
    expect(await feed(token, `?after=${first.next}&limit=2`)).toMatchObject({ next: start + 3, more: false });
    expect(await feed(token, `?after=${start + 3}`)).toEqual({ events: [], next: start + 3, more: false });
    expect(await feed(token, `?after=${start + 99}`)).toEqual({ events: [], next: start + 99, more: false });
  });

  it('is empty where nothing has ever happened', async () => {
    expect(await feed((await newService()).token)).toEqual({ events: [], next: 0, more: false });
  });

  it('answers the types that the service hears of, and of those the ones that are asked for', async () => {
    const all = await newService();
    const few = await newService({ types: ['user.erased', 'user.deleted'] });
    for (const type of ['user.created', 'user.erased', 'user.updated', 'user.deleted']) await add(type);
    const types = async (token: string, query?: string) => (await feed(token, query)).events.map(({ type }) => type);
    expect(await types(all.token)).toHaveLength(4);
    expect(await types(all.token, '?types=user.updated,user.erased')).toEqual(['user.erased', 'user.updated']);
    expect(await types(few.token)).toEqual(['user.erased', 'user.deleted']);
    expect(await types(few.token, '?types=user.created,user.deleted')).toEqual(['user.deleted']);
    const page = await feed(few.token, '?limit=1');
    expect(page).toMatchObject({ events: [], more: true });
    expect((await feed(few.token, `?limit=1&after=${page.next}`)).events).toHaveLength(1);
  });

  it.each([
    ['after=-1', 'after'],
    ['after=01', 'after'],
    ['after=9007199254740992', 'after'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['types=', 'types'],
    ['types=user.created,', 'types'],
    ['types=user.born', 'types'],
    ['after=1&after=2', 'after'],
  ])('refuses %s', async (query, field) => {
    const { token } = await newService();
    const answer = await call('GET', `/api/v1/events?${query}`, { token });
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(answer.body.data.errors).toEqual([{ field: `query.${field}`, message: expect.stringMatching(/^must be/) }]);
  });

  it('tells a reader who has missed what has expired, and where to go on', async () => {
    const { token } = await newService();
    const old = Date.now() - 91 * DAY;
    for (const type of ['user.created', 'user.erased', 'user.updated', 'user.erased']) await add(type, old);
    for (const type of ['user.erased', 'user.created']) await add(type);
    const seqs = (await rows('SELECT seq FROM events ORDER BY seq')).map(({ seq }) => seq);
    const [s1 = 0, s2 = 0, , s4 = 0, s5 = 0] = seqs;
    expect((await feed(token, '?after=0')).events).toHaveLength(6);

    expect(await removeExpiredEvents(db(), 1000)).toBe(2);
    expect(await removeExpiredEvents(db(), 1000)).toBe(0);
    const kept = await rows('SELECT seq, type FROM events ORDER BY seq');
    expect(kept.map(({ seq }) => seq)).toEqual([s2, s4, s5, s5 + 1]);
    for (const after of [0, s1, s2]) {
      const answer = await call('GET', `/api/v1/events?after=${after}`, { token });
      expect([answer.status, answer.body.code, answer.body.data]).toEqual([410, 'EVENTS_EXPIRED', { oldest: s4 }]);
    }
    expect((await feed(token, `?after=${s4 - 1}`)).events.map(({ seq }) => seq)).toEqual([s4, s5, s5 + 1]);
    // A day later something else expires, and what was between is still told to nobody.
    const later = new Date(Date.now() + 91 * DAY);
    await removeExpiredEvents(db(), 1000, later);
    await add('user.created', later.getTime());
    const presented = { id: (await newService()).id, generation: 1 };
    expect(await readFeed(db(), presented, { after: s4 - 1, limit: 10 }, later)).toMatchObject({
      outcome: 'EVENTS_EXPIRED',
      oldest: s5 + 1,
    });
  });

  it('keeps an old event for whoever has heard of all that came before', async () => {
    const { token } = await newService();
    await add('user.created', Date.now() - 92 * DAY);
    await add('user.updated', Date.now() - 91 * DAY);
    const [first, second] = await rows('SELECT seq FROM events ORDER BY seq');
    await removeExpiredEvents(db(), 1000);
    expect(await rows('SELECT seq FROM events')).toEqual([second]);
    expect((await call('GET', `/api/v1/events?after=${first.seq - 1}`, { token })).status).toBe(410);
    expect((await feed(token, `?after=${first.seq}`)).events).toMatchObject([second]);
    expect((await feed(token, `?after=${second.seq}`)).events).toEqual([]);
  });

  it('expires no more at once than it may, and goes on where it stopped', async () => {
    for (let i = 0; i < 25; i += 1) await add('user.updated', Date.now() - 91 * DAY);
    await add('user.updated');
    const removed: number[] = [];
    for (let i = 0; i < 5; i += 1) removed.push(await removeExpiredEvents(db(), 10));
    expect(removed).toEqual([9, 10, 5, 0, 0]);
    expect(await rows('SELECT seq FROM events')).toHaveLength(2);
  });

  it('reads no more rows than it returns plus two', async () => {
    const { token } = await newService();
    for (let i = 0; i < 30; i += 1) await add('user.updated');
    for (const limit of [1, 10, 29, 30, 100]) {
      let read = 0;
      const batch = env.DB.batch.bind(env.DB);
      vi.spyOn(env.DB, 'batch').mockImplementation((async (statements: D1PreparedStatement[]) => {
        const results = await batch(statements);
        read += results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
        return results;
      }) as never);
      const { events } = await feed(token, `?limit=${limit}`);
      vi.mocked(env.DB.batch).mockRestore();
      expect(read, `limit ${limit}`).toBeLessThanOrEqual(events.length + 2);
      expect(read).toBeGreaterThan(0);
    }
  });

  const lastOfSequence = async (): Promise<number> =>
    (await rows("SELECT seq FROM sqlite_sequence WHERE name = 'events'"))[0]?.seq ?? 0;
});
