import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import { newSigningKey, publicKeySet, signAccessToken } from '../../src/accounts/tokens/access-token.ts';
import { PROJECT } from './npm-start.ts';

// The examples of docs/services.md run as they are printed: the whole receiver as a Worker with a real database, the check of a
// token in Node. What stands for the API is a server that says who has asked it for what.

const GUIDE = readFileSync(join(PROJECT, 'docs/services.md'), 'utf8');
const FOLDER = join(PROJECT, 'dist/guide');
const SECRET = `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`;

/** The example that has these words in it. */
const exampleWith = (words: string): string => {
  const [example = '', ...others] = [...GUIDE.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map(([, text = '']) => text)
    .filter((text) => text.includes(words));
  if (example === '' || others.length > 0) throw new Error(`Not one example says ${words}.`);
  return example;
};

let api: Server;
let origin: string;
let asked: { what: string; token: string | undefined; body: string }[] = [];
let signingKey: string;
let receiver: TestHarness;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
};

beforeAll(async () => {
  for (const level of ['log', 'info', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
  signingKey = await newSigningKey();
  api = createServer(async (request, answer) => {
    if (request.url === '/.well-known/jwks.json') return answer.end(JSON.stringify(publicKeySet([signingKey, ''])));
    const { method, url, headers } = request;
    asked.push({ what: `${method} ${url}`, token: headers.authorization, body: await bodyOf(request) });
    return answer.writeHead(204).end();
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  origin = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;

  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'receiver.ts'), exampleWith('export default'));
  writeFileSync(join(FOLDER, 'check.ts'), exampleWith('userOf').replace('https://accounts.example.com', origin));
  writeFileSync(
    join(FOLDER, 'wrangler.json'),
    JSON.stringify({
      ...{ name: 'guide', main: 'receiver.ts', compatibility_date: '2026-11-01', vars: { ACCOUNTS: origin } },
      secrets: { required: ['ACCOUNTS_TOKEN', 'ACCOUNTS_SIGNING_SECRET'] },
      d1_databases: [{ binding: 'CAPTIONS', database_name: 'captions' }],
    }),
  );
  const secrets = { ACCOUNTS_TOKEN: 'its token', ACCOUNTS_SIGNING_SECRET: SECRET };
  receiver = createTestHarness({ workers: [{ configPath: join(FOLDER, 'wrangler.json'), secrets }] });
  await receiver.listen();
  const { CAPTIONS } = await receiver.getWorker<{ CAPTIONS: D1Database }>().getEnv();
  await CAPTIONS.exec('CREATE TABLE captions (user_id INTEGER NOT NULL, text TEXT NOT NULL)');
  await CAPTIONS.exec("INSERT INTO captions VALUES (12, 'Hello'), (12, 'Bye'), (7, 'Yes')");
});
afterAll(async () => {
  await receiver.close();
  api.close();
});

const push = async (event: object, secret = SECRET): Promise<Response> => {
  const [body, at] = [JSON.stringify(event), new Date()];
  const signature = new Webhook(secret).sign('evt_1', at, body);
  const seconds = String(Math.floor(at.getTime() / 1000));
  const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': seconds, 'webhook-signature': signature };
  return (await receiver.fetch('/events', { method: 'POST', headers, body })) as unknown as Response;
};

const erased = (user_id: number) => ({
  ...{ id: 'evt_1', seq: 1, type: 'user.erased', timestamp: '2026-11-28T12:00:00Z', data: { user_id } },
});

it('The whole receiver erases what it holds and confirms it, and takes no push of anybody else.', async () => {
  expect(exampleWith('export default').split('\n').length).toBeLessThan(40);
  const left = async () => {
    const { CAPTIONS } = await receiver.getWorker<{ CAPTIONS: D1Database }>().getEnv();
    return (await CAPTIONS.prepare('SELECT user_id, text FROM captions').all()).results;
  };
  const forged = await push(erased(12), `whsec_${Buffer.alloc(32, 'another').toString('base64')}`);
  expect([forged.status, (await left()).length, asked]).toEqual([401, 3, []]);

  expect((await push(erased(12))).status).toBe(204);
  expect(await left()).toEqual([{ user_id: 7, text: 'Yes' }]);
  expect((await push(erased(12))).status).toBe(204);
  expect(
    (await push({ ...erased(7), type: 'user.updated', data: { user_id: 7, changed: ['full_name'] } })).status,
  ).toBe(204);
  expect(asked).toEqual(
    ['erased', 'nothing-held'].map((outcome) => ({
      ...{ what: 'POST /api/v1/events/evt_1/receipt', token: 'Bearer its token', body: JSON.stringify({ outcome }) },
    })),
  );
});

it('The check of a token in ten lines lets in whom it should, and asks for the keys alone.', async () => {
  asked = [];
  const { userOf } = await import(/* @vite-ignore */ pathToFileURL(join(FOLDER, 'check.ts')).href);
  expect(exampleWith('userOf').trim().split('\n').length).toBeLessThanOrEqual(10);
  const names = { issuer: origin, audience: origin };
  const token = await signAccessToken([signingKey, ''], names, { id: 'session', userId: 12 });
  const calling = (authorization?: string) =>
    new Request('https://captions.example.com/', authorization ? { headers: { Authorization: authorization } } : {});
  expect(await userOf(calling(`Bearer ${token}`))).toBe(12);
  expect(await userOf(calling(`Bearer ${token}x`))).toBeUndefined();
  expect(await userOf(calling())).toBeUndefined();
  const foreign = await signAccessToken(
    [signingKey, ''],
    { ...names, issuer: 'https://x.example' },
    { id: 's', userId: 1 },
  );
  expect(await userOf(calling(`Bearer ${foreign}`))).toBeUndefined();
  expect(asked).toEqual([]);
});
