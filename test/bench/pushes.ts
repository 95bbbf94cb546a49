/**
 * How long a change takes to reach another service on this machine, from its answer, and from its request, to the arrival of its
 * event: `npm run bench:pushes`. A hundred changes, one after the other, against a copy of its own. Prints one line of JSON.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { json as jsonOf } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { WireEvent } from '../../src/outbox/event.ts';
import { freePort } from '../processes/free-port.ts';

const CHANGES = 100;
const EMAIL = 'ada@example.com';
const PASSWORD = 'correct horse battery staple';

const state = mkdtempSync(join(tmpdir(), 'edge-accounts-bench-'));
const port = await freePort();
const env = { ...process.env, PORT: String(port), STATE_DIR: state, RATE_LIMITS: 'off' };

const call = async (method: string, path: string, body: object, token = ''): Promise<Record<string, unknown>> => {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
};

/** Waits for the first line that a copy prints in this form. */
const printed = async (copy: ChildProcess, form: RegExp): Promise<RegExpExecArray> => {
  for await (const line of createInterface({ input: copy.stdout as NodeJS.ReadableStream })) {
    const found = form.exec(line);
    if (found) return found;
  }
  throw new Error('The copy has ended.');
};

/** A service that takes every event at once, and says when. */
const startReceiver = async (): Promise<{ receiver: Server; url: string; next: () => Promise<number> }> => {
  let heard = Promise.withResolvers<number>();
  const receiver = createServer(async (request, answer) => {
    const at = performance.now();
    const { type } = (await jsonOf(request)) as WireEvent;
    answer.writeHead(204).end();
    if (type === 'user.updated') heard.resolve(at);
  });
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const next = () => {
    heard = Promise.withResolvers<number>();
    return heard.promise;
  };
  return { receiver, next, url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` };
};

/** Signs somebody up, by the link of the mail, and in. */
const signedIn = async (copy: ChildProcess): Promise<string> => {
  const mail = printed(copy, /#token=(\S+)/);
  await call('POST', '/api/v1/auth/signup', { email: EMAIL, password: PASSWORD, accepted_terms: true });
  const [, token] = await mail;
  copy.stdout?.resume();
  await call('POST', '/api/v1/auth/verify-email', { token });
  const { access_token } = await call('POST', '/api/v1/auth/login', { email: EMAIL, password: PASSWORD });
  return String(access_token);
};

type Times = { from_answer: number; from_request: number };

/** How long each change took to arrive, in milliseconds. */
const measure = async (token: string, next: () => Promise<number>): Promise<Times[]> => {
  const times: Times[] = [];
  for (let change = 1; change <= CHANGES; change += 1) {
    const arrival = next();
    const sent = performance.now();
    await call('PATCH', '/api/v1/users/me', { full_name: `Ada ${change}` }, token);
    const answered = performance.now();
    const arrived = await arrival;
    // It may be there before the answer is.
    times.push({ from_answer: Math.max(0, arrived - answered), from_request: arrived - sent });
  }
  return times;
};

const summary = (times: readonly Times[], name: keyof Times) => {
  const sorted = times.map((time) => time[name]).sort((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { median_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1) };
};

const copy = spawn(process.execPath, ['src/tools/start/start.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
const { receiver, url, next } = await startReceiver();
try {
  await printed(copy, /^Try first:/);
  const adding = ['src/tools/admin/admin.ts', 'services', 'add', 'bench', '--url', url];
  await promisify(execFile)(process.execPath, adding, { env });
  const times = await measure(await signedIn(copy), next);
  const [from_answer, from_request] = [summary(times, 'from_answer'), summary(times, 'from_request')];
  console.log(JSON.stringify({ changes: CHANGES, from_answer, from_request }));
} finally {
  receiver.close();
  receiver.closeAllConnections();
  copy.kill();
  await once(copy, 'close');
  rmSync(state, { recursive: true });
}
