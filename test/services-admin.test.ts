import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { newMacKeys } from '../src/accounts/tokens/signed-token.ts';
import type { AdminClient } from '../src/api/admin/entrypoint.ts';
import { EVENT_TYPES } from '../src/outbox/event.ts';
import { adminOf, everything, insertUser } from './admin-client.ts';
import { call, rows } from './client.ts';
import { DAY, HOUR, MINUTE, passTime } from './clock.ts';

const AS = { as: 'operator' };
const URL_OF_CAPTIONS = 'https://captions.example.com/events';
const admin = adminOf();

type Input<Method extends keyof AdminClient> = Parameters<AdminClient[Method]>[0];
type Value<Method extends keyof AdminClient> = Extract<Awaited<ReturnType<AdminClient[Method]>>, { ok: true }>['value'];

/** What an operation has answered that did what it was asked to. */
const valueIn = <Given>(answer: { ok: true; value: Given } | { ok: false; message: string }): Given => {
  if (!answer.ok) throw new Error(answer.message);
  return answer.value;
};

const add = async (input: Partial<Input<'addService'>> = {}): Promise<Value<'addService'>> =>
  valueIn(await admin.addService({ name: 'captions', ...AS, ...input }));
const show = async (name = 'captions', on: AdminClient = admin) => valueIn(await on.showService({ name })).service;
const setService = (set: string, ...values: unknown[]) => rows(`UPDATE services SET ${set}`, ...values);

/** Whether the API lets a service ask for events with a token. */
const statusFor = async (token: string | null, bindings: Partial<Env> = {}): Promise<number> =>
  (await call('GET', '/api/v1/events', { token: token ?? '', env: bindings })).status;

/** Events of a type that have just happened; answers the numbers they got. */
const happen = async (count: number, type = 'user.updated', at = Date.now()): Promise<number[]> => {
  const told = await rows<{ seq: number }>(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO events (type, user_id, data, at) SELECT ?, 1, '{}', ? FROM n RETURNING seq`,
    ...[count, type, at],
  );
  return told.map(({ seq }) => seq);
};
const happensOnce = async (type?: string, at?: number): Promise<number> => (await happen(1, type, at))[0] ?? 0;

/** An entrypoint that notes whom it wakes. */
const waking = () => {
  const woken: string[] = [];
  const EVENTS = {
    sendBatch: async (batch: { body: { service: string } }[]) =>
      void woken.push(...batch.map(({ body }) => body.service)),
  };
  return { woken, admin: adminOf({ EVENTS: EVENTS as unknown as Queue }) };
};

const auditOf = async (name: string) =>
  valueIn(await admin.listAudit({ service: name })).events.map(({ action, service, by, user_id }) => [
    ...[action, service, by, user_id],
  ]);

beforeEach(async () => {
  await env.DB.batch(
    ['services', 'events', 'event_horizon', 'receipts', 'erasures'].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
});

describe('a service that is added', () => {
  it('gets a token that works and a signing secret, which are told this once', async () => {
    const added = await add({ url: URL_OF_CAPTIONS, types: ['user.erased', 'user.deactivated'] });
    expect(added).toEqual({
      name: 'captions',
      url: URL_OF_CAPTIONS,
      types: ['user.erased', 'user.deactivated'],
      token: expect.stringMatching(/^1\.[\w-]{22}\.1\.[\w-]{43}$/),
      signing_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      dry_run: false,
    });
    expect(await statusFor(added.token)).toBe(200);
  });

  it('asks for events itself where it has no url, and hears of all where no types are named', async () => {
    expect(await add()).toMatchObject({ url: null, types: null });
    expect(await show()).toEqual({
      ...{ name: 'captions', url: null, types: null, state: 'asks', attempts: 0, failure: null, failing_since: null },
      ...{ next_try_at: null, halted_at: null, waiting: null, former_until: null, pair_works: true },
      created_at: expect.stringMatching(/Z$/),
    });
  });

  it('has a name that no other has, also where two are added at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => admin.addService({ name: 'captions', ...AS })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.find(({ ok }) => !ok)).toEqual({
      ok: false,
      code: 'NAME_TAKEN',
      message: 'There is a service of that name already.',
    });
    expect(await rows('SELECT name FROM services')).toHaveLength(1);
    expect(await admin.addService({ name: 'captions', dry_run: true, ...AS })).toMatchObject({ code: 'NAME_TAKEN' });
  });

  it('is foreseen by a dry run, which changes nothing and shows no secret', async () => {
    const before = await everything();
    expect(await add({ url: URL_OF_CAPTIONS, dry_run: true })).toEqual({
      ...{ name: 'captions', url: URL_OF_CAPTIONS, types: null, token: null, signing_secret: null, dry_run: true },
    });
    expect(await everything()).toBe(before);
  });

  it.each(['', 'Captions', 'cap tions', 'cäptions', 'a_b', 'a'.repeat(41), 'a\n'])('is not named %j', async (name) => {
    const refusal = { code: 'INVALID_INPUT', message: 'name must be 1 to 40 of a-z, 0-9 and -.' };
    for (const answer of [
      await admin.addService({ name, ...AS }),
      await admin.showService({ name }),
      await admin.rotateService({ name, ...AS }),
      await admin.resumeService({ name, ...AS }),
      await admin.removeService({ name, ...AS }),
    ])
      expect(answer).toMatchObject(refusal);
  });

  it.each([
    ['captions.example.com', 'must be a url'],
    ['', 'must be a url'],
    ['http://captions.example.com/', 'must begin with https://'],
    ['ftp://captions.example.com/', 'must begin with https://'],
    ['http://localhost.example.com/', 'must begin with https://'],
    ['http://127.0.0.1.example.com/', 'must begin with https://'],
    ['http://10.0.0.1/', 'must begin with https://'],
    ['https://ada:pass@captions.example.com/', 'must not contain a user name or a password'],
    ['https://ada@captions.example.com/', 'must not contain a user name or a password'],
    ['http://:pass@localhost/', 'must not contain a user name or a password'],
    ['https://captions.example.com/#part', 'must not have a fragment'],
    ['https://captions.example.com/#', 'must not have a fragment'],
  ])('is not sent to %s', async (url, flaw) => {
    for (const dry_run of [true, false])
      expect(await admin.addService({ name: 'captions', url, dry_run, ...AS })).toEqual({
        ...{ ok: false, code: 'INVALID_INPUT', message: `url ${flaw}.` },
      });
    expect(await rows('SELECT 1 FROM services')).toEqual([]);
  });

  it('is sent to at a url of two thousand characters at most, as it is called', async () => {
    for (const path of ['a'.repeat(1972), 'é'.repeat(400)])
      expect(await admin.addService({ name: 'captions', url: `https://captions.example.com/${path}`, ...AS })).toEqual({
        ...{ ok: false, code: 'INVALID_INPUT', message: 'url must have at most 2000 characters.' },
      });
  });

  // Threat sent-elsewhere
  it('is sent to by https anywhere, and without TLS on this machine while it is developed', async () => {
    const plain = ['http://localhost:9000/events', 'http://127.0.0.1/', 'http://127.8.9.1:1/', 'http://[::1]:9000/'];
    const secure = [`https://captions.example.com/${'a'.repeat(1971)}`, 'https://10.0.0.1/', 'https://localhost/?a=b'];
    const deployed = adminOf({ ENVIRONMENT: 'production' });
    for (const [index, url] of [...plain, ...secure].entries()) {
      expect((await add({ name: `service-${index}`, url })).url).toBe(url);
      const answer = await deployed.addService({ name: 'other', url, dry_run: true, ...AS });
      expect([url, answer.ok]).toEqual([url, url.startsWith('https:')]);
    }
    expect((await add({ name: 'spelt', url: ' https://BÜCHER.example ' })).url).toBe('https://xn--bcher-kva.example/');
  });

  it.each([[[]], [['user.erased', 'user.erased']], [['user.gone']], [['']], ['user.erased'], [[7]]])(
    'does not hear of %j',
    async (types) => {
      const answer = await admin.addService({ name: 'captions', types: types as string[], ...AS });
      expect(answer).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/^types(\.0)? must be .*user\.erased\.$/),
      });
      expect(await rows('SELECT 1 FROM services')).toEqual([]);
    },
  );

  it('hears of every type there is, and of nothing from before it was there', async () => {
    const before = await happensOnce();
    await add({ url: URL_OF_CAPTIONS, types: [...EVENT_TYPES] });
    expect(await rows('SELECT since_seq, seq FROM services')).toEqual([{ since_seq: before, seq: before }]);
    expect((await show()).waiting).toEqual({ events: 0, or_more: false, since: null });
  });
});

describe('what is told of services', () => {
  it('is one list in the order of their names, and one of them by its name', async () => {
    for (const name of ['meetings', 'captions', 'b-roll']) await add({ name });
    const { services } = valueIn(await admin.listServices({}));
    expect(services.map(({ name }) => name)).toEqual(['b-roll', 'captions', 'meetings']);
    expect(await show('captions')).toEqual(services[1]);
    expect(await admin.showService({ name: 'nobody' })).toEqual({
      ...{ ok: false, code: 'NO_SERVICE', message: 'There is no such service.' },
    });
  });

  it('is its state: active, retrying with what failed and when it goes on, halted and since when', async () => {
    await add({ url: URL_OF_CAPTIONS });
    const quiet = { attempts: 0, failure: null, failing_since: null, next_try_at: null, halted_at: null };
    expect(await show()).toMatchObject({ state: 'active', ...quiet });
    await setService("attempts = 4, failure = 'HTTP_503', failing_since = 60000, due_at = 120000");
    const failing = { attempts: 4, failure: 'HTTP_503', failing_since: '1970-01-01T00:01:00Z' };
    const next_try_at = '1970-01-01T00:02:00Z';
    expect(await show()).toMatchObject({ state: 'retrying', ...failing, next_try_at, halted_at: null });
    await setService('halted_at = 180000');
    const halted = { next_try_at: null, halted_at: '1970-01-01T00:03:00Z' };
    expect(await show()).toMatchObject({ state: 'halted', ...failing, ...halted });
  });

  it('is how many events of its types wait and since when, counted among the next thousand', async () => {
    await add({ url: URL_OF_CAPTIONS });
    await add({ name: 'erasures', url: URL_OF_CAPTIONS, types: ['user.erased'] });
    await add({ name: 'asking' });
    const waiting = async () =>
      Object.fromEntries(
        valueIn(await admin.listServices({})).services.map((service) => [service.name, service.waiting]),
      );
    const [first] = [await happensOnce('user.updated', 60_000), await happensOnce('user.erased', 120_000)];
    expect(await waiting()).toEqual({
      asking: null,
      captions: { events: 2, or_more: false, since: '1970-01-01T00:01:00Z' },
      erasures: { events: 1, or_more: false, since: '1970-01-01T00:02:00Z' },
    });
    await setService("seq = ? WHERE name = 'captions'", first);
    expect((await waiting())['captions']).toEqual({ events: 1, or_more: false, since: '1970-01-01T00:02:00Z' });
    await happen(998);
    expect((await waiting())['captions']).toMatchObject({ events: 999, or_more: false });
    await happen(1);
    expect(await waiting()).toEqual({
      asking: null,
      captions: { events: 1000, or_more: true, since: '1970-01-01T00:02:00Z' },
      erasures: { events: 1, or_more: true, since: '1970-01-01T00:02:00Z' },
    });
    await happen(500);
    expect((await waiting())['captions']).toMatchObject({ events: 1000, or_more: true });
  });
});

describe('a service that is rotated', () => {
  it('gets a new pair, and the former token works for a day', async () => {
    const first = await add();
    const rotated = valueIn(await admin.rotateService({ name: 'captions', ...AS }));
    expect([rotated.token === first.token, rotated.signing_secret === first.signing_secret]).toEqual([false, false]);
    expect(rotated.former_until).toBe((await show()).former_until);
    expect(await Promise.all([first, rotated].map(({ token }) => statusFor(token)))).toEqual([200, 200]);
    passTime(DAY - MINUTE);
    expect(await statusFor(first.token)).toBe(200);
    passTime(2 * MINUTE);
    expect(await Promise.all([first, rotated].map(({ token }) => statusFor(token)))).toEqual([401, 200]);
    expect((await show()).former_until).toBeNull();
  });

  it('is not rotated again within that day, and is told until when', async () => {
    await add();
    // The clock stands, so that the day ends to the millisecond.
    passTime(0);
    const { former_until } = valueIn(await admin.rotateService({ name: 'captions', ...AS }));
    const before = await everything();
    const refusal = {
      ...{ ok: false, code: 'ROTATED_RECENTLY' },
      message: `The pair before the last rotation works until ${former_until}; wait until then.`,
    };
    for (const dry_run of [true, false])
      expect(await admin.rotateService({ name: 'captions', dry_run, ...AS })).toEqual(refusal);
    expect(await everything()).toBe(before);
    passTime(DAY);
    expect(await admin.rotateService({ name: 'captions', ...AS })).toMatchObject({ ok: true });
  });

  // Threat rogue-service
  it('has no former pair from the same moment on where that has leaked, however often', async () => {
    const tokens = [(await add()).token];
    for (const leaked of [false, true, true]) {
      const rotated = valueIn(await admin.rotateService({ name: 'captions', leaked, ...AS }));
      tokens.push(rotated.token);
      expect(rotated.former_until === null).toBe(leaked);
    }
    expect(await Promise.all(tokens.map((token) => statusFor(token)))).toEqual([401, 401, 401, 200]);
  });

  it('is rotated once of five times at once', async () => {
    await add({ name: 'contended' });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => admin.rotateService({ name: 'contended', ...AS })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const token = answers.flatMap((answer) => (answer.ok ? [answer.value.token] : []))[0] ?? null;
    expect(await statusFor(token)).toBe(200);
    expect(await auditOf('contended')).toHaveLength(2);
  });

  it('is foreseen by a dry run, which changes nothing and shows no secret', async () => {
    const { token } = await add();
    const before = await everything();
    for (const leaked of [false, true]) {
      const { former_until, ...foreseen } = valueIn(
        await admin.rotateService({ name: 'captions', leaked, dry_run: true, ...AS }),
      );
      expect(foreseen).toEqual({ name: 'captions', token: null, signing_secret: null, dry_run: true });
      expect(former_until === null).toBe(leaked);
    }
    expect([await everything(), await statusFor(token)]).toEqual([before, 200]);
  });
});

describe('a service that is resumed', () => {
  const halted = async () => {
    await add({ url: URL_OF_CAPTIONS });
    const seqs = await happen(3);
    await setService(
      "attempts = 40, failure = 'HTTP_410', failing_since = 1, halted_at = 2, due_at = ?, seq = ?",
      Date.now() + HOUR,
      seqs[0],
    );
    return seqs as [number, number, number];
  };

  it('goes on where it stopped, and is woken at once', async () => {
    const [first] = await halted();
    const { woken, admin } = waking();
    expect(await admin.resumeService({ name: 'captions', ...AS })).toEqual({
      ok: true,
      value: { name: 'captions', after: first, lost: false, dry_run: false },
    });
    const [{ id, seq, due_at }] = await rows('SELECT id, seq, due_at FROM services');
    expect([woken, seq, due_at <= Date.now()]).toEqual([[id], first, true]);
    expect(await show()).toMatchObject({ state: 'active', attempts: 0, failure: null, waiting: { events: 2 } });
  });

  it('goes on with what happens from now on where that is meant', async () => {
    const [, , last] = await halted();
    const resumed = await admin.resumeService({ name: 'captions', from_now: true, ...AS });
    expect(resumed).toMatchObject({ value: { after: last, lost: false } });
    expect((await show()).waiting).toMatchObject({ events: 0 });
  });

  it('is told where what it has not had has expired meanwhile, and not where it has only just', async () => {
    const [first, second, last] = await halted();
    const resumed = async (seq: number, from_now = false) => {
      await setService('seq = ?', seq);
      return valueIn(await admin.resumeService({ name: 'captions', from_now, ...AS })).lost;
    };
    await rows('DELETE FROM events WHERE seq = ?', second);
    await rows('INSERT INTO event_horizon (id, seq, former) VALUES (1, ?, 0)', last);
    expect([await resumed(first), await resumed(first, true), await resumed(second), await resumed(last)]).toEqual([
      ...[true, false, false, false],
    ]);
  });

  it('is refused where nothing is sent to it, since it asks itself', async () => {
    await add();
    const before = await everything();
    const { woken, admin } = waking();
    for (const dry_run of [true, false])
      expect(await admin.resumeService({ name: 'captions', dry_run, ...AS })).toEqual({
        ok: false,
        code: 'NOTHING_IS_SENT',
        message: 'The service has no url: nothing is sent to it, and it goes on by itself when it asks.',
      });
    expect([await everything(), woken]).toEqual([before, []]);
  });

  it('is foreseen by a dry run, which changes nothing and wakes nobody', async () => {
    const [first, , last] = await halted();
    const before = await everything();
    const { woken, admin } = waking();
    for (const from_now of [false, true])
      expect(await admin.resumeService({ name: 'captions', from_now, dry_run: true, ...AS })).toEqual({
        ok: true,
        value: { name: 'captions', after: from_now ? last : first, lost: false, dry_run: true },
      });
    expect([await everything(), woken]).toEqual([before, []]);
  });
});

describe('a service that is removed', () => {
  it('opens nothing any more, and what it has confirmed stays; its name is free', async () => {
    const { token } = await add();
    const event = await happensOnce('user.erased');
    const json = { outcome: 'erased' };
    expect((await call('POST', `/api/v1/events/evt_${event}/receipt`, { token: token ?? '', json })).status).toBe(204);
    const dry = await admin.removeService({ name: 'captions', dry_run: true, ...AS });
    expect([dry, await statusFor(token)]).toEqual([{ ok: true, value: { name: 'captions', dry_run: true } }, 200]);

    expect(await admin.removeService({ name: 'captions', ...AS })).toMatchObject({ ok: true });
    expect(await statusFor(token)).toBe(401);
    expect(await rows('SELECT service, outcome FROM receipts')).toEqual([{ service: 'captions', outcome: 'erased' }]);
    const again = await add();
    expect([await statusFor(token), await statusFor(again.token)]).toEqual([401, 200]);
  });
});

describe('acts on services', () => {
  it('are refused where there is none of that name, dry runs too, and note nothing', async () => {
    const before = await everything();
    for (const dry_run of [true, false]) {
      const given = { name: 'nobody', dry_run, ...AS };
      for (const answer of await Promise.all([
        ...[admin.rotateService(given), admin.rotateService({ ...given, leaked: true })],
        ...[admin.resumeService(given), admin.removeService(given)],
      ]))
        expect(answer).toEqual({ ok: false, code: 'NO_SERVICE', message: 'There is no such service.' });
    }
    expect(await everything()).toBe(before);
  });

  it('stand in the audit by the name of the service, which outlives it', async () => {
    const name = 'audited';
    await add({ name, url: URL_OF_CAPTIONS, as: 'grace' });
    await admin.rotateService({ name, as: 'joan' });
    await admin.resumeService({ name, ...AS });
    await admin.removeService({ name, ...AS });
    expect(await auditOf(name)).toEqual([
      ['service.remove', name, 'operator', null],
      ['service.resume', name, 'operator', null],
      ['service.rotate', name, 'joan', null],
      ['service.add', name, 'grace', null],
    ]);
    expect(valueIn(await admin.listAudit({ action: 'service.rotate', by: 'joan' })).events).toHaveLength(1);
    expect(await admin.listAudit({ service: 'A' })).toMatchObject({ code: 'INVALID_INPUT' });
  });

  // Threat read-store
  it('leave no token and no secret in the database, the log, the audit or any other answer', async () => {
    const lines: string[] = [];
    for (const level of ['info', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(line));
    const added = await add({ url: URL_OF_CAPTIONS });
    const rotated = valueIn(await admin.rotateService({ name: 'captions', ...AS }));
    await admin.resumeService({ name: 'captions', ...AS });
    const answers = [await admin.listServices({}), await admin.showService({ name: 'captions' })];
    const told = JSON.stringify([await everything(), lines, answers, await admin.listAudit({})]);
    expect(lines.filter((line) => line.includes('"services.'))).not.toEqual([]);
    for (const { token, signing_secret } of [added, rotated]) {
      // The part of a token that nobody can know, and the secret without its mark.
      for (const secret of [token?.split('.').at(-1) ?? '', signing_secret?.slice('whsec_'.length) ?? '']) {
        expect(secret).toMatch(/^.{43,44}$/);
        expect(told).not.toContain(secret);
      }
    }
  });
});

describe('the keys of services', () => {
  const plan = (keys: Partial<Env>, given: Partial<Input<'planKeyRotation'>> = {}) =>
    adminOf(keys).planKeyRotation({ keys: 'services', ...AS, ...given });
  const rotate = async (keys: Partial<Env>, leaked = false): Promise<Partial<Env>> => {
    const { slots, version } = valueIn(await plan(keys, { leaked }));
    const key = newMacKeys(version ?? 0);
    return { ...keys, ...Object.fromEntries(slots.map((slot) => [slot, key])) };
  };

  it('rotate while every token goes on working, and the older one once no service has a pair of it', async () => {
    const names = ['captions', 'meetings'];
    const first = await Promise.all(names.map((name) => add({ name })));
    let keys = await rotate({ SERVICE_KEYS: env.SERVICE_KEYS });
    expect(Object.keys(keys)).toEqual(['SERVICE_KEYS', 'SERVICE_KEYS_B']);
    expect(await plan(keys)).toMatchObject({ code: 'KEY_TOO_YOUNG' });
    passTime(2 * HOUR);
    const before = await everything();
    for (const dry_run of [true, false])
      expect(await plan(keys, { dry_run })).toEqual({
        ok: false,
        code: 'KEY_IN_USE',
        message: 'The older key is still in use; rotate these services first: captions, meetings.',
      });
    expect(await everything()).toBe(before);

    const { token } = valueIn(await adminOf(keys).rotateService({ name: 'captions', ...AS }));
    const { former_until } = await show('captions', adminOf(keys));
    expect(await plan(keys)).toMatchObject({
      message: `The older key is still in use; rotate these services first: meetings; wait until ${former_until}, while former pairs of these work: captions.`,
    });
    expect(await admin.removeService({ name: 'meetings', ...AS })).toMatchObject({ ok: true });
    expect(await plan(keys)).toMatchObject({
      message: `The older key is still in use; wait until ${former_until}, while former pairs of these work: captions.`,
    });
    expect([await statusFor(first[0]?.token ?? '', keys), await statusFor(token, keys)]).toEqual([200, 200]);

    passTime(DAY);
    keys = await rotate(keys);
    expect(keys.SERVICE_KEYS).not.toBe(env.SERVICE_KEYS);
    expect([await statusFor(first[0]?.token ?? '', keys), await statusFor(token, keys)]).toEqual([401, 200]);
  });

  it('name no more than ten of the services that have pairs of the older one', async () => {
    for (let n = 10; n < 22; n += 1) await add({ name: `service-${n}` });
    const keys = { SERVICE_KEYS: env.SERVICE_KEYS, SERVICE_KEYS_B: newMacKeys(2) };
    const message = expect.stringMatching(/first: service-10, (service-1\d, ){8}service-19, 2 more\.$/);
    expect(await plan(keys)).toMatchObject({ code: 'KEY_IN_USE', message });
  });

  it('end every pair where both have leaked; each service gets a new one, also who was rotated that day', async () => {
    const first = await add({ url: URL_OF_CAPTIONS });
    const second = valueIn(await admin.rotateService({ name: 'captions', ...AS }));
    const keys = await rotate({ SERVICE_KEYS: env.SERVICE_KEYS }, true);
    expect(keys.SERVICE_KEYS).toBe(keys.SERVICE_KEYS_B);
    expect(await Promise.all([first, second].map(({ token }) => statusFor(token, keys)))).toEqual([401, 401]);
    const leaked = adminOf(keys);
    expect(await show('captions', leaked)).toMatchObject({ pair_works: false, former_until: null });

    const rotated = valueIn(await leaked.rotateService({ name: 'captions', ...AS }));
    expect(rotated.former_until).toBeNull();
    expect(await statusFor(rotated.token, keys)).toBe(200);
    expect(await show('captions', leaked)).toMatchObject({ pair_works: true, former_until: null });
    expect(await Promise.all([first, second].map(({ token }) => statusFor(token, keys)))).toEqual([401, 401]);
    // Its former pair ended with the key, so there is nothing to wait for.
    expect(await leaked.rotateService({ name: 'captions', ...AS })).toMatchObject({ ok: true });
    expect(await leaked.rotateService({ name: 'captions', ...AS })).toMatchObject({ code: 'ROTATED_RECENTLY' });
  });
});

describe('the list of erasures', () => {
  /** A user who is erased; answers the id, and the number of the event that tells of it. */
  const erased = async (daysAgo = 0): Promise<{ user: number; event: number }> => {
    const user = await insertUser();
    await admin.eraseUser({ user, ...AS });
    if (daysAgo > 0)
      await rows('UPDATE erasures SET erased_at = ? WHERE user_id = ?', Date.now() - daysAgo * DAY, user);
    const [row] = await rows<{ event: number }>('SELECT event_seq AS event FROM erasures WHERE user_id = ?', user);
    return { user, event: row?.event ?? 0 };
  };
  const confirm = async (event: number, token: string | null, outcome: string) =>
    expect(
      (await call('POST', `/api/v1/events/evt_${event}/receipt`, { token: token ?? '', json: { outcome } })).status,
    ).toBe(204);
  const listed = async (query: Input<'listErasures'> = {}) => valueIn(await admin.listErasures(query));
  const usersOf = ({ erasures }: Value<'listErasures'>) => erasures.map(({ user_id }) => user_id);

  it('tells of each service that hears of them and was there whether it has confirmed, and how', async () => {
    const deaf = await add({ name: 'deaf', types: ['user.updated'] });
    const [asking, pushed] = [await add({ name: 'asking' }), await add({ name: 'pushed', url: URL_OF_CAPTIONS })];
    const slow = await add({ name: 'slow', url: URL_OF_CAPTIONS, types: ['user.created', 'user.erased'] });
    const { user, event } = await erased();
    await add({ name: 'later' });
    await setService("seq = ? WHERE name = 'pushed'", event);
    await setService("seq = ? WHERE name = 'slow'", event - 1);
    const of = (name: string, state: string) => ({ name, state, outcome: null, confirmed_at: null });
    const entry = {
      user_id: user,
      erased_at: expect.stringMatching(/Z$/),
      repeated_at: null,
      pictures_erased_at: expect.anything(),
    };
    expect(await listed()).toEqual({
      erasures: [{ ...entry, services: [of('asking', 'told'), of('pushed', 'told'), of('slow', 'waiting')] }],
      next: null,
    });

    await confirm(event, asking.token, 'nothing-held');
    await confirm(event, slow.token, 'erased');
    const done = (name: string, outcome: string) => ({
      ...{ name, state: 'confirmed', outcome, confirmed_at: expect.stringMatching(/Z$/) },
    });
    const services = [done('asking', 'nothing-held'), of('pushed', 'told'), done('slow', 'erased')];
    expect((await listed()).erasures).toEqual([{ ...entry, services }]);
    expect([deaf.name, pushed.name]).toEqual(['deaf', 'pushed']);
  });

  it('keeps what a service has confirmed that was removed since, and forgets what it has not', async () => {
    const [proving, silent] = [await add({ name: 'proving' }), await add({ name: 'silent' })];
    const { event } = await erased();
    await confirm(event, proving.token, 'erased');
    for (const { name } of [proving, silent]) await admin.removeService({ name, ...AS });
    await add({ name: 'proving' });
    expect((await listed()).erasures).toMatchObject([{ services: [{ name: 'proving', state: 'confirmed' }] }]);
    expect(await listed({ unconfirmed: true })).toEqual({ erasures: [], next: null });
  });

  it('has none for erasures of before there were events', async () => {
    await add();
    await rows('INSERT INTO erasures (user_id, user_created_at, erased_at) VALUES (900001, 0, 1)');
    expect((await listed()).erasures).toMatchObject([{ user_id: 900001, services: [] }]);
    expect((await listed({ unconfirmed: true })).erasures).toEqual([]);
  });

  it('is only of those that somebody has yet to confirm, of those that are old, or of both', async () => {
    const { token } = await add();
    const [old, confirmed, fresh] = [await erased(8), await erased(9), await erased()];
    await confirm(confirmed.event, token, 'erased');
    expect(usersOf(await listed())).toEqual([fresh.user, confirmed.user, old.user]);
    expect(usersOf(await listed({ unconfirmed: true }))).toEqual([fresh.user, old.user]);
    expect(usersOf(await listed({ older_than: 7 }))).toEqual([confirmed.user, old.user]);
    expect(usersOf(await listed({ unconfirmed: true, older_than: 7 }))).toEqual([old.user]);
    expect(usersOf(await listed({ unconfirmed: true, older_than: 8 }))).toEqual([old.user]);
    expect(usersOf(await listed({ unconfirmed: true, older_than: 9 }))).toEqual([]);
    for (const older_than of [0, 3651, 1.5, '7' as never])
      expect(await admin.listErasures({ older_than })).toMatchObject({
        ...{ code: 'INVALID_INPUT', message: expect.stringMatching(/^older_than must be /) },
      });
  });

  it('is only of those whose pictures are still to go', async () => {
    await add();
    const [done, left] = [await erased(), await erased()];
    await rows('UPDATE erasures SET pictures_erased_at = NULL WHERE user_id = ?', left.user);
    expect(usersOf(await listed())).toEqual([left.user, done.user]);
    expect(usersOf(await listed({ unfinished: true }))).toEqual([left.user]);
  });

  it('looks at five hundred in one call and says where to go on, also where none of them is meant', async () => {
    const { token } = await add();
    const { user, event } = await erased();
    await rows(
      `INSERT INTO erasures (user_id, user_created_at, erased_at, event_seq)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
       SELECT 1000000 + i, 0, ?, ? FROM n`,
      Date.now(),
      event + 1,
    );
    await rows(
      'INSERT INTO events (seq, type, user_id, data, at) VALUES (?, ?, 1, ?, 0)',
      event + 1,
      'user.erased',
      '{}',
    );
    await confirm(event + 1, token, 'erased');
    const pages: [number[], number | null][] = [];
    let before: number | undefined;
    for (;;) {
      const page = await listed({ unconfirmed: true, limit: 1, ...(before === undefined ? {} : { before }) });
      pages.push([usersOf(page), page.next]);
      if (page.next === null || pages.length > 9) break;
      before = page.next;
    }
    expect(pages).toEqual([
      [[], 1_000_701],
      [[], 1_000_201],
      [[user], user],
      [[], null],
    ]);
    expect((await listed({ limit: 2 })).next).toBe(1_001_199);
  });

  it('is read in one trip, whatever it holds', async () => {
    for (const name of ['a', 'b', 'c']) await add({ name });
    for (let n = 0; n < 5; n += 1) await erased();
    const batches = vi.spyOn(env.DB, 'batch');
    const prepared = vi.spyOn(env.DB, 'prepare');
    await listed({ unconfirmed: true, limit: 5 });
    expect([batches.mock.calls.length, prepared.mock.calls.length <= 6]).toEqual([1, true]);
  });
});
