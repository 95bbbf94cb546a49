import { env } from 'cloudflare:workers';
import { beforeAll, expect, inject, it } from 'vitest';
import document from '../docs/cost.md?raw';
import { database } from '../drizzle/client.ts';
import { linkKeys, type OneTimePurpose, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import { writeOutdatedTerms } from '../src/accounts/users/outdated-terms.ts';
import { runSchedule } from '../src/api/cron.ts';
import { claimMail, settleMail } from '../src/outbox/outbox.ts';
import { claimPushes, settlePushes } from '../src/outbox/push.ts';
import { type Account, type Call, call, cookiesOf, login, mailToken, newAccount, PASSWORD, rows } from './client.ts';
import { HOUR } from './clock.ts';
import { type Operations, operationsOf } from './operations.ts';
import { begin, FACTORS } from './second-factor.ts';
import { newService } from './service.ts';
import { codeOf } from './soft-factors.ts';
import { begunApp } from './stored-factors.ts';

declare module 'vitest' {
  interface TaskMeta {
    costs?: Record<string, Record<string, string>>;
  }
}

const ME = '/api/v1/users/me';
const AUTH = '/api/v1/auth';
const NEW_PASSWORD = 'another battery staple';

/** The table of the document: what it says that each thing costs, by its name. */
const documented = (): Record<string, Operations> =>
  Object.fromEntries(
    [...document.matchAll(/^\| (.+?) +\|((?: +\d* +\|){8})$/gm)].map(([, name = '', cells = '']) => {
      const [rowsRead, rowsWritten, keysRead, keysWritten, classA, classB, messages, images] = cells
        .split('|')
        .map(Number) as [number, number, number, number, number, number, number, number];
      return [name, { rowsRead, rowsWritten, keysRead, keysWritten, classA, classB, messages, images }];
    }),
  );

const picture = (): FormData => {
  const bytes = Uint8Array.from(atob(inject('pictures')['held-1.jpg'] ?? ''), (letter) => letter.charCodeAt(0));
  const form = new FormData();
  form.set('avatar', new File([bytes], 'holiday.jpg'));
  return form;
};

const costOf = async (method: string, path: string, options: Call = {}): Promise<Operations> => {
  // What earlier acts have left for the scheduled run is none of this one's cost.
  await rows('DELETE FROM record_outbox');
  return operationsOf(async (bindings) => {
    const { status } = await call(method, path, { ...options, env: bindings });
    expect([method, path, status < 400]).toEqual([method, path, true]);
  });
};

const costOfRun = (now = new Date()): Promise<Operations> =>
  operationsOf((bindings) => runSchedule({ ...env, ...bindings }, now));

/** What the mailer asks of the database for the one mail that waits for a user: it looks for a second one too. */
const costOfMail = ({ id }: Account): Promise<Operations> =>
  operationsOf(async ({ DB }) => {
    const db = database(DB as D1Database);
    const lease = () => ({ id: crypto.randomUUID(), ms: 1000 });
    const [{ id: mailId }] = (await rows('SELECT id FROM outbox WHERE user_id = ?', id)) as [{ id: number }];
    const mail = await claimMail(db, { id: mailId, userId: null }, lease());
    if (!mail || !(await settleMail(db, mail))) throw new Error('The mail was not there.');
    expect(await claimMail(db, { id: mailId, userId: id }, lease())).toBeUndefined();
  });

/** What the mailer asks of the database for the one event that a service lacks: it looks for a second one too. */
const costOfPush = (service: string): Promise<Operations> =>
  operationsOf(async ({ DB }) => {
    const db = database(DB as D1Database);
    const lease = () => ({ id: crypto.randomUUID(), ms: 1000 });
    const held = await claimPushes(db, service, lease());
    const [event] = held?.events ?? [];
    if (!held || !event || !(await settlePushes(db, held, event.seq, { release: true }))) {
      throw new Error('The event was not there.');
    }
    expect(await claimPushes(db, service, lease())).toBeUndefined();
  });

const measured: Record<string, Operations> = {};

beforeAll(async () => {
  // A little of everybody's, so that nothing is cheap because it is alone.
  const [account, other, deleted, erased, admin] = await Promise.all(Array.from({ length: 5 }, () => newAccount()));
  if (!account || !other || !deleted || !erased || !admin) throw new Error('There are not enough accounts.');
  await rows("UPDATE users SET role = 'admin' WHERE id = ?", admin.id);
  await rows('DELETE FROM outbox');
  const { email, token } = account;

  const signUp = { email: 'new@example.com', password: PASSWORD, accepted_terms: true, full_name: 'Ada Lovelace' };
  measured['POST /auth/signup'] = await costOf('POST', `${AUTH}/signup`, { json: signUp });
  const verification = { token: await mailToken('new@example.com', 'verify-email') };
  measured['POST /auth/verify-email'] = await costOf('POST', `${AUTH}/verify-email`, { json: verification });
  measured['POST /auth/login'] = await costOf('POST', `${AUTH}/login`, { json: { email, password: PASSWORD } });
  measured['POST /auth/refresh-token'] = await costOf('POST', `${AUTH}/refresh-token`, { cookie: account.cookie });

  measured['GET /users/me'] = await costOf('GET', ME, { token });
  measured['PATCH /users/me, a name'] = await costOf('PATCH', ME, { token, json: { full_name: 'Grace' } });
  const { body } = await call('PATCH', ME, { token, body: picture() });
  measured['GET /avatars/…'] = await costOf('GET', new URL(body.avatar_url).pathname);
  measured['PATCH /users/me, a picture'] = await costOf('PATCH', ME, { token, body: picture() });

  measured['POST /auth/forgot-password'] = await costOf('POST', `${AUTH}/forgot-password`, { json: { email } });
  measured['a mail sent'] = await costOfMail(account);
  const change = { current_password: PASSWORD, new_password: NEW_PASSWORD };
  measured['POST /auth/change-password'] = await costOf('POST', `${AUTH}/change-password`, { token, json: change });
  const proof = { password: NEW_PASSWORD };
  measured['POST /auth/prove'] = await costOf('POST', `${AUTH}/prove`, { token, json: proof });
  await call('POST', `${AUTH}/forgot-password`, { json: { email } });
  const reset = { token: await mailToken(email, 'reset-password'), new_password: PASSWORD };
  measured['POST /auth/reset-password'] = await costOf('POST', `${AUTH}/reset-password`, { json: reset });
  const last = await login(email);
  const session = { token: last.body.access_token, cookie: cookiesOf(last) };
  measured['POST /auth/logout'] = await costOf('POST', `${AUTH}/logout`, session);

  const link = async (kind: string, purpose: OneTimePurpose): Promise<string> => {
    const [mail] = await rows('SELECT data FROM outbox WHERE user_id = ? AND kind = ?', account.id, kind);
    const { token: id, expiresAt } = JSON.parse(mail?.data);
    return oneTimeTokenText(linkKeys(env), purpose, { id, userId: account.id, expiresAt: new Date(expiresAt) });
  };
  const moves = { token: (await login(email)).body.access_token, json: { email: 'moved@example.com' } };
  measured['POST /users/me/email'] = await costOf('POST', `${ME}/email`, moves);
  const confirmation = { token: await link('email-change', 'confirm-email') };
  measured['POST /auth/confirm-email'] = await costOf('POST', `${AUTH}/confirm-email`, { json: confirmation });
  const undoing = { token: await link('email-changed', 'undo-email') };
  measured['POST /auth/undo-email'] = await costOf('POST', `${AUTH}/undo-email`, { json: undoing });
  const setAnew = { token: await mailToken(email, 'reset-password'), new_password: PASSWORD };
  await call('POST', `${AUTH}/reset-password`, { json: setAnew });

  measured['DELETE /users/me'] = await costOf('DELETE', ME, { token: deleted.token });
  measured['DELETE /users/me?hard=true'] = await costOf('DELETE', `${ME}?hard=true`, { token: erased.token });
  const suspension = { user_id: other.id, reason: 'Spam.' };
  measured['PATCH /users/deactivate'] = await costOf('PATCH', '/api/v1/users/deactivate', {
    token: admin.token,
    json: suspension,
  });

  const { token: asks } = await newService();
  const erasure = (await rows("SELECT seq FROM events WHERE type = 'user.erased'"))[0]?.seq;
  const [inUse, another] = [account.id, admin.id];
  measured['GET /profiles, two people'] = await costOf('GET', `/api/v1/profiles?ids=${inUse},${another}`, {
    token: asks,
  });
  measured['GET /events, ten of more'] = await costOf('GET', '/api/v1/events?limit=10', { token: asks });
  measured['POST /events/…/receipt'] = await costOf('POST', `/api/v1/events/evt_${erasure}/receipt`, {
    ...{ token: asks, json: { outcome: 'erased' } },
  });
  measured['POST /room-participations'] = await costOf('POST', '/api/v1/room-participations', {
    ...{ token: asks, json: { user_id: inUse, room_id: 'standup' } },
  });
  const pushed = await newService({ url: 'https://captions.example.com/events' });
  const again = (await login(email)).body.access_token;
  measured['PATCH /users/me, a name, with a service that is pushed to'] = await costOf('PATCH', ME, {
    ...{ token: again, json: { full_name: 'Hopper' } },
  });
  measured['an event pushed'] = await costOfPush(pushed.id);
  await rows('DELETE FROM services');

  await rows('DELETE FROM outbox');
  await call('DELETE', `${ME}/avatar`, { token: (await login(email)).body.access_token });
  await runSchedule(env);
  measured['a scheduled run, nothing to do'] = await costOfRun();
  for (let n = 0; n < 10; n += 1) {
    const key = `${account.id}/${'a'.repeat(21)}${n}.webp`;
    await env.AVATARS.put(key, 'a picture');
    await rows(
      `INSERT INTO users (email, password_hash, avatar_key, is_verified, accepted_terms_at, created_at, updated_at)
       VALUES (?, '', ?, 1, 0, 0, 0)`,
      `${n}@example.com`,
      key,
    );
  }
  await writeOutdatedTerms(database(env.DB), 10);
  measured['a scheduled run, ten pictures'] = await costOfRun(new Date(Date.now() + 2 * HOUR));

  const holder = await newAccount();
  const { setup, secret } = begunApp(holder);
  measured['POST /users/me/factors/authenticators'] = await costOf('POST', `${FACTORS}/authenticators`, {
    ...{ token: holder.token, json: { setup, code: codeOf(secret), name: 'Telephone' } },
  });
  const credentials = { json: { email: holder.email, password: PASSWORD } };
  measured['POST /auth/login, with a second factor'] = await costOf('POST', `${AUTH}/login`, credentials);
  const browser = await begin(holder.email);
  measured['POST /auth/login/second-factor'] = await costOf('POST', `${AUTH}/login/second-factor`, {
    ...{ cookie: browser.cookie, json: { challenge: browser.challenge, code: codeOf(secret, Date.now() + 30_000) } },
  });
});

// Whether an index has another entry behind those that are looked for decides about a row here and there.
const SLACK_ROWS = 4;

/** By the headings of the table, as `npm run generate:docs` takes it up. */
const cellsOf = (operations: Operations): Record<string, string> => ({
  'rows read': String(operations.rowsRead),
  'rows written': String(operations.rowsWritten),
  'keys read': String(operations.keysRead),
  'keys written': String(operations.keysWritten),
  'class A': String(operations.classA),
  'class B': String(operations.classB),
  messages: String(operations.messages),
  images: String(operations.images),
});

it('What a request, a mail and a scheduled run cost is what docs/cost.md says.', ({ task }) => {
  const told = documented();
  const inTable = Object.entries(measured).map(([name, operations]): [string, Operations] => {
    const rowsRead = told[name]?.rowsRead ?? 0;
    return [name, Math.abs(rowsRead - operations.rowsRead) <= SLACK_ROWS ? { ...operations, rowsRead } : operations];
  });
  task.meta.costs = Object.fromEntries(inTable.map(([name, operations]) => [name, cellsOf(operations)]));
  expect(told, 'Run `npm run generate:docs`.').toEqual(Object.fromEntries(inTable));
});

it('A scheduled run with nothing to do writes nothing.', () => {
  expect(measured['a scheduled run, nothing to do']).toMatchObject({ rowsWritten: 0, keysWritten: 0, messages: 0 });
});
