import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CHALLENGE_LIFETIME_MS, newChallenge } from '../../src/accounts/factors/challenge.ts';
import { refreshTokenText } from '../../src/accounts/sessions/session.ts';
import { serviceKeys, serviceToken } from '../../src/accounts/tokens/service-secret.ts';
import { tokenKeys } from '../../src/accounts/tokens/signed-token.ts';
import { ROOT } from '../../src/tools/root.ts';
import { buildWorker } from '../bench/built.ts';
import { figureOf, told } from '../bench/figures.ts';
import { addPeople, firstPeople, newSecrets, ORIGIN, type Secrets, sessionOf, tokensOf } from '../bench/people.ts';
import { applyMigrations, type Runtime, startRuntime, workerOf } from '../bench/runtime.ts';
import { type Caller, type Given, type Pair, type Wire, worstOf } from '../hostile/worst.ts';

// What hostile input takes of the CPU, against a plain request of the same size to the same route, in one run and in turn. By the
// clock of the runtime's process, so in the deep form alone.

const WORKER = 'api';
const PEOPLE = 50;
const EVENTS = 1500;
const SERVICE = 'hostile-service-0000000';
// The clock of the process ticks every ten milliseconds.
const BLOCK_CPU_MS = 150;
const BLOCKS = 3;
const MOST = 3;
// Of a request that takes next to nothing a multiple is next to nothing too.
const NEGLIGIBLE_MS = 0.5;
const CALLERS = 4;

let runtime: Runtime;
let agent: Agent;
let folder: string;
let secrets: Secrets;

const send = ({ method, path, headers = {}, body }: Wire): Promise<number> =>
  new Promise((resolve, reject) => {
    const length = body ? { 'Content-Length': String(body.length) } : {};
    const sending = ask({
      host: '127.0.0.1',
      port: runtime.port(WORKER),
      method,
      path,
      headers: { ...headers, ...length },
      agent,
    });
    sending.on('error', reject);
    sending.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode ?? 0)));
    sending.end(body);
  });

const block = async (wire: Wire, count: number): Promise<number> => {
  const before = runtime.cpuMs();
  let left = count;
  const inTurn = async (): Promise<void> => {
    while (left-- > 0) await send(wire);
  };
  await Promise.all(Array.from({ length: CALLERS }, inTurn));
  return (runtime.cpuMs() - before) / count;
};

/** How many make a block that the clock can tell. */
const countFor = async (wire: Wire): Promise<number> => {
  await block(wire, 8);
  return Math.min(800, Math.max(6, Math.ceil(BLOCK_CPU_MS / Math.max(await block(wire, 16), 0.1))));
};

type Measured = { name: string; statuses: string; hostile: number; plain: number; ratio: number };

const measure = async (pair: Pair): Promise<Measured> => {
  const held = await tokens();
  const [hostile, plain] = [withToken(pair.hostile, held), withToken(pair.plain, held)];
  const statuses = `${await send(hostile)} ${await send(plain)}`;
  const counts = [await countFor(hostile), await countFor(plain)] as const;
  const blocks: { hostile: number; plain: number }[] = [];
  for (let at = 0; at < BLOCKS; at += 1)
    blocks.push({ hostile: await block(hostile, counts[0]), plain: await block(plain, counts[1]) });
  const of = (which: 'hostile' | 'plain'): number => figureOf(blocks.map((one) => one[which])).median;
  return {
    name: pair.name,
    statuses,
    hostile: of('hostile'),
    plain: of('plain'),
    ratio: figureOf(blocks.map((one) => one.hostile / one.plain)).median,
  };
};

const fillDatabase = async (): Promise<void> => {
  const db = await runtime.database(WORKER);
  await applyMigrations(db, ROOT);
  await addPeople(db, PEOPLE);
  await db
    .prepare(
      `INSERT INTO services (id, name, types, generation, key_version, created_at, since_seq, seq, due_at) VALUES (?, 'hostile', NULL, 1, 1, 0, 0, 0, 0)`,
    )
    .bind(SERVICE)
    .run();
  await db
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO events (type, user_id, data, at) SELECT 'user.deactivated', 1, '{}', unixepoch() * 1000 FROM n`,
    )
    .bind(EVENTS)
    .run();
};

/** Tokens that have just been given out: they live for less than all of this takes. */
const tokens = async (): Promise<Record<Caller, string>> => {
  const [admin = '', user = ''] = await tokensOf(secrets, firstPeople(2));
  return { admin, user, service: serviceToken(serviceKeys(secrets), 1, { id: SERVICE, generation: 1 }) };
};

const withToken = ({ by, ...wire }: Wire, held: Record<Caller, string>): Wire =>
  by ? { ...wire, headers: { ...wire.headers, Authorization: `Bearer ${held[by]}` } } : wire;

const given = (): Given => {
  const keys = tokenKeys(secrets);
  return {
    refresh: refreshTokenText(keys, { userId: 3, sessionId: sessionOf(3), counter: 0 }),
    // It lives for longer than all of this takes.
    challenge: newChallenge(keys, 'new-passkey', [2, sessionOf(2)], new Date(), 24 * CHALLENGE_LIFETIME_MS).text,
    origin: ORIGIN,
  };
};

describe.runIf(inject('isDeep'))('hostile input', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hostile-'));
    secrets = await newSecrets();
    const built = await buildWorker(ROOT, folder);
    runtime = await startRuntime([workerOf(WORKER, built, { ...secrets, RATE_LIMITS: 'off' })]);
    agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
    await fillDatabase();
  });

  afterAll(async () => {
    agent.destroy();
    await runtime.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    `takes at most ${MOST} times the CPU of a plain request of the same size`,
    async () => {
      const measured: Measured[] = [];
      for (const pair of worstOf(given())) {
        const one = await measure(pair);
        measured.push(one);
        console.log(
          `${one.ratio.toFixed(2)}  ${one.hostile.toFixed(2)} ms against ${one.plain.toFixed(2)} ms  ${one.name} (${one.statuses})`,
        );
      }
      const worse = measured.filter(({ ratio, hostile }) => ratio > MOST && hostile > NEGLIGIBLE_MS);
      console.log(`All ratios: ${told(figureOf(measured.map(({ ratio }) => ratio)))}`);
      expect(worse).toEqual([]);
      expect(measured.filter(({ statuses }) => /\b5\d\d/.test(statuses))).toEqual([]);
    },
    60 * 60_000,
  );
});
