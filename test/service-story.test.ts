import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { database } from '../drizzle/client.ts';
import { type Service, services } from '../drizzle/schema.ts';
import { removeExpiredEvents } from '../src/accounts/services/feed.ts';
import { type AccountsEvent, type AccountsEventType, accountsService, EventsExpired } from '../src/client/service.ts';
import { signaturesOf } from '../src/mailer/push.ts';
import type { EVENT_TYPES, EventData } from '../src/outbox/event.ts';
import { call, newAccount, rows } from './client.ts';
import { DAY } from './clock.ts';
import { newService as makeService } from './service.ts';

// What services install, against the API itself.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_ extends true>(): void => {};

const send: typeof fetch = async (input, init) => {
  const { pathname, search } = new URL(String(input));
  const headers = Object.fromEntries(new Headers(init?.headers));
  const body = init?.body ? { body: String(init.body) } : {};
  const { bytes, ...answer } = await call(init?.method ?? 'GET', pathname + search, { headers, ...body });
  return new Response(answer.status === 204 ? null : bytes, answer);
};

/** A service that its operator has made, with what it installs. */
const newService = async (types: AccountsEventType[] | null = null) => {
  const service = await makeService({ types });
  const given = { token: service.token, signingSecret: service.secret, fetch: send };
  return { service, ...accountsService({ origin: env.TOKEN_ISSUER, ...given }) };
};

/** The row of a service, as the mailer reads it. */
const storedService = async (id: string): Promise<Service> => {
  const [row] = await database(env.DB).select().from(services).where(eq(services.id, id));
  if (!row) throw new Error('There is no such service.');
  return row;
};

const all = async (feed: AsyncIterable<AccountsEvent>): Promise<AccountsEvent[]> => {
  const events: AccountsEvent[] = [];
  for await (const event of feed) events.push(event);
  return events;
};
const errorOf = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => expect.unreachable('It was not refused.'),
    (error) => error,
  );

it('Services know every type of event there is, with the data that it has.', () => {
  type Told<Type extends AccountsEventType> = Omit<Extract<AccountsEvent, { type: Type }>['data'], 'user_id'>;
  type Lacking = { [Type in AccountsEventType]: EventData[Type] extends Told<Type> ? never : Type }[AccountsEventType];
  holds<Equal<AccountsEventType, (typeof EVENT_TYPES)[number]>>();
  holds<Equal<Lacking, never>>();
});

it('A service checks a token, looks people up, hears what happened, and confirms that it erased.', async () => {
  const { service, verifyToken, profiles, events, receive, confirm } = await newService();
  const [ada, bob] = [await newAccount({ full_name: 'Ada' }), await newAccount({ full_name: 'Bob' })];
  expect(await verifyToken(ada.token)).toMatchObject({ userId: ada.id });
  const found = await profiles([bob.id, 999_999, ada.id]);
  expect(found.map(({ id, full_name }) => [id, full_name])).toEqual([
    [bob.id, 'Bob'],
    [ada.id, 'Ada'],
  ]);

  const feed = events({ pageSize: 1 });
  const before = (await all(feed)).at(-1)?.seq ?? 0;
  expect(feed.after).toBe(before);
  await call('PATCH', '/api/v1/users/me', { json: { full_name: 'Ada L.' }, token: ada.token });
  await call('POST', '/api/v1/auth/logout', { token: bob.token });
  await call('DELETE', '/api/v1/users/me?hard=true', { token: ada.token });
  const happened = await all(feed);
  expect(happened.map(({ type, data }) => [type, data.user_id])).toEqual([
    ['user.updated', ada.id],
    ['user.signed_out', bob.id],
    ['user.erased', ada.id],
  ]);
  expect(await all(events({ after: before, types: ['user.erased'], pageSize: 1 }))).toEqual(happened.slice(2));

  const [erased] = happened.slice(-1);
  const [id, at, body] = [erased?.id ?? '', new Date(), JSON.stringify(erased)];
  const signature = signaturesOf(env, await storedService(service.id), { id, at, body });
  const seconds = String(Math.floor(at.getTime() / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature };
  const push = new Request('https://meetings.example.com/events', { method: 'POST', headers, body });
  expect(await receive(push)).toEqual(erased);

  await confirm(id, 'erased');
  await confirm(id, 'erased');
  expect(await rows('SELECT event_seq, service, outcome FROM receipts')).toEqual([
    { event_seq: erased?.seq, service: service.name, outcome: 'erased' },
  ]);
  expect(await errorOf(confirm('evt_999999', 'erased'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(await profiles([ada.id])).toEqual([]);
});

it('A service notes who was in a room, also for less than a second, and hears why it may not.', async () => {
  const { joined, left } = await newService();
  const { id: userId } = await newAccount();
  const id = await joined(userId, 'room 7');
  await left(id);
  const joinedAt = new Date('2026-03-14T11:00:00Z');
  await joined(userId, 'room 8', { joinedAt, leftAt: new Date('2026-03-14T11:30:00Z') });
  const [first, second] = await rows('SELECT * FROM room_participations WHERE user_id = ? ORDER BY id', userId);
  expect(first).toMatchObject({ id, room_id: 'room 7', left_at: expect.any(Number) });
  expect(second).toMatchObject({ room_id: 'room 8', joined_at: joinedAt.getTime(), left_at: 1_773_487_800_000 });

  expect(await errorOf(joined(999_999, 'room 7'))).toMatchObject({ status: 404 });
  expect(await errorOf((await newService()).left(id))).toMatchObject({ status: 404 });
  const { errors } = await errorOf(joined(userId, ''));
  expect(errors).toEqual([{ field: 'body.room_id', message: 'must not be empty' }]);
  const stranger = accountsService({ origin: env.TOKEN_ISSUER, token: 'x', fetch: send });
  expect(await errorOf(stranger.joined(userId, 'room 7'))).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
});

it('A service that comes too late is told where to go on, and goes on there.', async () => {
  const { events } = await newService();
  await rows('DELETE FROM events');
  for (const _ of [1, 2]) await newAccount();
  await rows('UPDATE events SET at = ?', Date.now() - 91 * DAY);
  await newAccount();
  await removeExpiredEvents(database(env.DB), 1000);
  const kept = (await rows('SELECT seq FROM events ORDER BY seq')).map(({ seq }) => seq);
  const error = await errorOf(all(events()));
  if (!(error instanceof EventsExpired)) throw error;
  expect(error.oldest).toBe(kept[0]);
  const left = await all(events({ after: error.oldest - 1 }));
  expect(left.map(({ seq }) => seq)).toEqual(kept);
});
