import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { database } from '../../drizzle/client.ts';
import { KEY_SLOTS, SHARED_KINDS, sharedDigests } from '../../src/accounts/tokens/key-slots.ts';
import { serviceKeys, signingSecret } from '../../src/accounts/tokens/service-secret.ts';
import { newMacKeys } from '../../src/accounts/tokens/signed-token.ts';
import { Keys } from '../../src/mailer/index.ts';
import { pushToService } from '../../src/mailer/push.ts';
import { claimPushes, settlePushes } from '../../src/outbox/push.ts';

// What becomes of pushes where keys of services are replaced, and where somebody moves a service on meanwhile.

const ID = 'captions';
const OLD = { SERVICE_KEYS: newMacKeys(1), SERVICE_KEYS_B: '' };
const NEW = { SERVICE_KEYS: newMacKeys(2), SERVICE_KEYS_B: '' };
const db = database(env.DB);

const rows = async <Row = any>(statement: string, ...values: unknown[]): Promise<Row[]> =>
  (
    await env.DB.prepare(statement)
      .bind(...values)
      .all<Row>()
  ).results;

const service = async () => (await rows('SELECT * FROM services'))[0];

type Received = { id: string; headers: Record<string, string>; body: string };

/** The service: it notes what reaches it and agrees to all. */
const receiver = (): Received[] => {
  const received: Received[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
    const headers = init?.headers as Record<string, string>;
    received.push({ id: headers['webhook-id'] ?? '', headers, body: String(init?.body) });
    return new Response(null, { status: 204 });
  });
  return received;
};

const pushWith = (keys: Partial<MailerEnv>) => pushToService(db, { ...(env as unknown as MailerEnv), ...keys }, ID);

beforeEach(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
  await rows('DELETE FROM services');
  await rows('DELETE FROM events');
  await rows(
    `INSERT INTO services (id, name, url, generation, key_version, created_at, since_seq, seq, due_at)
     VALUES (?, ?, 'https://captions.example.com/', 1, 1, 0, 0, 0, 0)`,
    ID,
    ID,
  );
  await rows("INSERT INTO events (seq, type, user_id, data, at) VALUES (1, 'user.erased', 7, '{}', 0)");
});

it('the mailer tells a script by digests which keys it has, and nothing of what they are', async () => {
  const digests = await new Keys(createExecutionContext(), { ...env, ...OLD }).digests();
  expect(digests).toEqual(sharedDigests({ ...env, ...OLD }));
  expect(Object.keys(digests)).toEqual(SHARED_KINDS.flatMap((kind) => KEY_SLOTS[kind]));
  expect(digests.SERVICE_KEYS).not.toBe(sharedDigests(NEW).SERVICE_KEYS);
  expect(Object.values(digests).join()).not.toContain(JSON.parse(OLD.SERVICE_KEYS)[1]);
});

describe('a service whose key was replaced', () => {
  it('is sent nothing, which counts as a failure that is tried again, and gets it by its new pair', async () => {
    const received = receiver();
    await pushWith(NEW);
    expect(received).toEqual([]);
    expect(await service()).toMatchObject({ seq: 0, attempts: 1, failure: 'E_NO_KEY', halted_at: null, lease: null });

    await rows(
      'UPDATE services SET generation = 2, key_version = 2, former_key_version = 1, former_until = ?, due_at = 0',
      Date.now() + 1000,
    );
    await pushWith(NEW);
    expect(await service()).toMatchObject({ seq: 1, attempts: 0, failure: null });
    const [{ headers, body, id }] = received as [Received];
    const secret = signingSecret(serviceKeys(NEW), 2, { id: ID, generation: 2 });
    expect([id, headers['webhook-signature']]).toEqual(['evt_1', expect.stringMatching(/^v1,\S+$/)]);
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'user.erased' });
  });

  it('is sent what waits by the key that it has while both are there, and by both in the day after its rotation', async () => {
    const received = receiver();
    const both = { SERVICE_KEYS: OLD.SERVICE_KEYS, SERVICE_KEYS_B: NEW.SERVICE_KEYS };
    await rows(
      'UPDATE services SET generation = 2, key_version = 2, former_key_version = 1, former_until = ?',
      Date.now() + 60_000,
    );
    await pushWith(both);
    const [{ headers, body }] = received as [Received];
    for (const [version, generation] of [
      [1, 1],
      [2, 2],
    ] as const) {
      const secret = signingSecret(serviceKeys(both), version, { id: ID, generation });
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ seq: 1 });
    }
  });
});

describe('a service that is resumed from now while events are sent to it', () => {
  it('is not taken back by what its sender notes', async () => {
    const held = await claimPushes(db, ID, { id: 'lease', ms: 60_000 });
    if (!held) throw new Error('It cannot be claimed.');
    await rows('UPDATE services SET seq = 5');
    expect(await settlePushes(db, held, 1, { release: true })).toBe(true);
    expect(await service()).toMatchObject({ seq: 5, lease: null });
  });
});
