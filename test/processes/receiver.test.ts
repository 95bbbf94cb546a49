import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestHarness, type TestHarness, type TestHarnessOptions } from 'wrangler';
import { newSigningKey, signAccessToken } from '../../src/accounts/tokens/access-token.ts';
import { addedService, SERVICE_KEYS } from './added-service.ts';

// Both Workers from their real configurations, and the Worker of another service: `receiver/`. It is reached over HTTP, and
// reaches the API so; nothing is replaced but the secrets.

const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });
const PATIENCE = { timeout: 120_000, interval: 50 };
const ADMIN = 1;

let workers: TestHarness;
let origin: string;
let signingKey: string;
let admin: User;

/** The Workers, as they are once it is known where they are reached and how the service is called. */
const options = (pair = { token: '-', secret: '-' }): TestHarnessOptions => {
  const shared = { MAIL_LINK_KEYS: keys('links'), SERVICE_KEYS };
  const secrets = {
    SIGNING_KEY_A: signingKey,
    SIGNING_KEY_B: '',
    TOKEN_KEYS: keys('tokens'),
    FACTOR_KEYS: keys('factors'),
    ...shared,
  };
  const names = { TOKEN_ISSUER: origin, TOKEN_AUDIENCE: origin };
  return {
    workers: [
      { configPath: 'wrangler.toml', vars: { RATE_LIMITS: 'off', ...names }, secrets },
      { configPath: 'src/mailer/wrangler.toml', secrets: shared },
      {
        configPath: 'test/processes/receiver/wrangler.toml',
        vars: { ACCOUNTS: origin },
        secrets: { ACCOUNTS_TOKEN: pair.token, ACCOUNTS_SIGNING_SECRET: pair.secret },
      },
    ],
  };
};

const accountsDatabase = async () => (await workers.getWorker<Env>().getEnv()).DB;
const rows = async <Row = any>(sql: string, ...values: unknown[]): Promise<Row[]> => {
  const { results } = await (await accountsDatabase())
    .prepare(sql)
    .bind(...values)
    .all<Row>();
  return results;
};

const captionsDatabase = async () => (await workers.getWorker<{ CAPTIONS: D1Database }>('captions').getEnv()).CAPTIONS;
const captionsOf = async (userId: number): Promise<number> => {
  const counting = (await captionsDatabase()).prepare('SELECT count(*) AS n FROM captions WHERE user_id = ?');
  return (await counting.bind(userId).first<number>('n')) ?? 0;
};

beforeAll(async () => {
  for (const level of ['log', 'info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  signingKey = await newSigningKey();
  origin = 'http://localhost:8787';
  workers = createTestHarness(options());
  ({ origin } = (await workers.listen()).url);
  await workers.getWorker<Env>().applyD1Migrations('DB');
  const url = `${origin.replace('localhost', '127.0.0.1')}/captions/events`;
  const captions = await addedService(await accountsDatabase(), 'captions', url);
  await workers.update(options(captions));
  const db = await captionsDatabase();
  await db.batch([
    db.prepare('CREATE TABLE captions (user_id INTEGER NOT NULL, text TEXT NOT NULL)'),
    db.prepare('CREATE TABLE place (seq INTEGER NOT NULL)'),
    db.prepare('INSERT INTO place VALUES (0)'),
  ]);
  admin = await newUser();
});
afterAll(() => workers.close());

type User = { id: number; sid: string; token: string };

let users = 0;

/** A user who is signed in; the first is the administrator. */
const newUser = async (): Promise<User> => {
  users += 1;
  const [id, sid, now] = [users, `session-${users}`, Date.now()];
  await rows(
    `INSERT INTO users (id, email, password_hash, role, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES (?1, ?2, '', ?3, 1, ?4, ?4, ?4)`,
    ...[id, `user${id}@example.com`, id === ADMIN ? 'admin' : 'user', now],
  );
  await rows(
    `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at)
     VALUES (?1, ?2, ?3, ?3, ?3, ?3 + 86400000)`,
    ...[sid, id, now],
  );
  const names = { issuer: origin, audience: origin };
  return { id, sid, token: await signAccessToken([signingKey, ''], names, { id: sid, userId: id }) };
};

const call = async (method: string, path: string, token: string, json?: object): Promise<number> => {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const answer = await fetch(new URL(path, origin), { method, headers, ...(json && { body: JSON.stringify(json) }) });
  await answer.arrayBuffer();
  return answer.status;
};

const saySomething = (token: string): Promise<number> =>
  call('POST', `${origin.replace('localhost', '127.0.0.1')}/captions/`, token, { text: 'Hello' });

const erase = (token: string): Promise<number> => call('DELETE', '/api/v1/users/me?hard=true', token);

/** What is confirmed of a user's erasure. */
const receiptsOf = (userId: number) =>
  rows(
    `SELECT receipts.service, receipts.outcome FROM erasures JOIN receipts ON receipts.event_seq = erasures.event_seq
     WHERE erasures.user_id = ?`,
    userId,
  );

const erasedCaptions = { service: 'captions', outcome: 'erased' };

it('Captions are gone after a hard deletion was answered, and the record of the erasure says so.', async () => {
  const [ada, bob, silent] = [await newUser(), await newUser(), await newUser()];
  for (const { token } of [ada, ada, bob]) expect(await saySomething(token)).toBe(204);
  expect(await captionsOf(ada.id)).toBe(2);

  for (const { token } of [ada, silent]) expect(await erase(token)).toBe(200);
  await vi.waitFor(async () => expect(await receiptsOf(ada.id)).toEqual([erasedCaptions]), PATIENCE);
  expect([await captionsOf(ada.id), await captionsOf(bob.id)]).toEqual([0, 1]);
  const nothingHeld = { service: 'captions', outcome: 'nothing-held' };
  await vi.waitFor(async () => expect(await receiptsOf(silent.id)).toEqual([nothingHeld]), PATIENCE);
});

it('A suspended user is let in by the check of tokens until the blacklist has the entry, and not once it has.', async () => {
  const eve = await newUser();
  expect(await saySomething(eve.token)).toBe(204);
  const { REVOKED_TOKENS: blacklist } = await workers.getWorker<Env>().getEnv();
  const isListed = async () => (await blacklist.get(`sid:${eve.sid}`)) !== null;

  expect(await call('PATCH', '/api/v1/users/deactivate', admin.token, { user_id: eve.id })).toBe(200);
  expect(await call('GET', '/api/v1/users/me', eve.token)).toBe(403);
  for (let wasListed = false; !wasListed; ) {
    wasListed = await isListed();
    const status = await saySomething(eve.token);
    if (wasListed) expect(status).toBe(401);
    else if (!(await isListed())) expect(status).toBe(204);
  }
  // Nothing else decides.
  await blacklist.delete(`sid:${eve.sid}`);
  expect(await saySomething(eve.token)).toBe(204);
  await blacklist.put(`sid:${eve.sid}`, '1');
  expect(await saySomething(eve.token)).toBe(401);
});

it('A service that was away catches up by the feed.', async () => {
  const away = await newUser();
  expect(await saySomething(away.token)).toBe(204);
  await rows('UPDATE services SET halted_at = 1');
  for (const full_name of ['Ada', 'Bob', 'Eve']) {
    expect(await call('PATCH', '/api/v1/users/me', away.token, { full_name })).toBe(200);
  }
  expect(await erase(away.token)).toBe(200);
  expect([await captionsOf(away.id), await receiptsOf(away.id)]).toEqual([1, []]);

  await workers.getWorker('captions').scheduled({ cron: '* * * * *', scheduledTime: new Date() });
  expect([await captionsOf(away.id), await receiptsOf(away.id)]).toEqual([0, [erasedCaptions]]);
  const last = (await rows('SELECT max(seq) AS seq FROM events'))[0].seq;
  expect(await (await captionsDatabase()).prepare('SELECT seq FROM place').first('seq')).toBe(last);
  await rows('UPDATE services SET halted_at = NULL');
});

it('A service that hangs holds up no other, and is tried again when its time is over.', async () => {
  const hanging = createServer(() => {});
  await once(hanging.listen(0, '127.0.0.1'), 'listening');
  const { port } = hanging.address() as AddressInfo;
  const { id } = await addedService(await accountsDatabase(), 'hanging', `http://127.0.0.1:${port}/`);
  const stateOf = async () => (await rows('SELECT lease, failure FROM services WHERE id = ?', id))[0];

  /** Whether the captions of somebody go while one and the same sender waits for the service that hangs. */
  const isHeardMeanwhile = async (): Promise<boolean> => {
    const before = await stateOf();
    const user = await newUser();
    expect(await erase(user.token)).toBe(200);
    await vi.waitFor(async () => expect(await receiptsOf(user.id)).toHaveLength(1), PATIENCE);
    return before.lease !== null && (await stateOf()).lease === before.lease;
  };
  await vi.waitFor(async () => expect(await isHeardMeanwhile()).toBe(true), PATIENCE);
  await vi.waitFor(async () => expect(await stateOf()).toMatchObject({ failure: 'E_NO_ANSWER_IN_TIME' }), PATIENCE);
  hanging.closeAllConnections();
  hanging.close();
});
