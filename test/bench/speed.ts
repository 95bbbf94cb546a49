import { join } from 'node:path';
import { ROOT } from '../../src/tools/root.ts';
import { type Built, buildApi, buildWorker } from './built.ts';
import { type Row, writeTable } from './document.ts';
import { type Figure, figureOf, ratioOf, told } from './figures.ts';
import { ask, type Requests, requestOf } from './load.ts';
import { addPeople, firstPeople, newSecrets, tokensOf } from './people.ts';
import { applyMigrations, type Runtime, startRuntime, workerOf } from './runtime.ts';

const PEOPLE = 1000;
const CONNECTIONS = [1, 8, 64];
// Long enough that the clock of the process, which ticks every ten milliseconds, is right to a few percent.
const BLOCK_CPU_MS = 250;
// How fast it is with fewer and with more at once is asked in one block of three.
const RARELY = 3;
// Until the engine has compiled what it runs often.
const WARM_UP = 1500;
// Of each block this share is asked before the clock is read: what the subject before has left to collect is its own.
const LEAD_IN = 0.2;
const SAMPLE = 300;

type Subject = { name: string; worker: string; requests: Requests };
type Blocks = Record<string, number[]>;

/** What was measured of each subject, a number a block: milliseconds of CPU a request, and requests a second. */
type Speed = { cpu: Blocks; rate: Record<number, Blocks> };

const built = async (
  folder: string,
  against: string | undefined,
): Promise<Record<string, { root: string; built: Built }>> => ({
  floor: { root: ROOT, built: await buildWorker(ROOT, join(folder, 'floor'), 'test/bench/workers/floor.ts') },
  api: { root: ROOT, built: await buildApi(join(folder, 'api')) },
  ...(against && { former: { root: against, built: await buildWorker(against, join(folder, 'former')) } }),
});

const subjectsOf = (tokens: readonly string[], hasFormer: boolean): Subject[] => {
  const constant = requestOf('GET', '/constant');
  const health = requestOf('GET', '/health');
  const mine = tokens.map((token) => requestOf('GET', '/api/v1/users/me', { Authorization: `Bearer ${token}` }));
  const person = (n: number): number => (n % PEOPLE) + 1;
  const me: Requests = (n) => mine[n % PEOPLE] as Buffer;
  return [
    { name: 'a constant', worker: 'floor', requests: () => constant },
    { name: 'one row', worker: 'floor', requests: (n) => requestOf('GET', `/row/${person(n)}`) },
    { name: 'a row and a key', worker: 'floor', requests: (n) => requestOf('GET', `/row-and-key/${person(n)}`) },
    { name: '`GET /health`', worker: 'api', requests: () => health },
    { name: '`GET /api/v1/users/me`', worker: 'api', requests: me },
    ...(hasFormer
      ? [
          { name: '`GET /health`, former', worker: 'former', requests: () => health },
          { name: '`GET /api/v1/users/me`, former', worker: 'former', requests: me },
        ]
      : []),
  ];
};

/** Measures subjects in turn, block by block. */
const measure = async (runtime: Runtime, subjects: readonly Subject[], blocks: number): Promise<Speed> => {
  const speed: Speed = { cpu: {}, rate: Object.fromEntries(CONNECTIONS.map((number) => [number, {}])) };
  const counts = new Map<Subject, number>();
  for (const subject of subjects) {
    await ask(runtime.port(subject.worker), { ...subject, count: WARM_UP, connections: 8 });
    const before = runtime.cpuMs();
    await ask(runtime.port(subject.worker), { ...subject, count: SAMPLE, connections: 8 });
    counts.set(subject, Math.ceil((BLOCK_CPU_MS * SAMPLE) / (runtime.cpuMs() - before + 1)));
  }
  for (let block = 0; block < blocks; block += 1) {
    for (const connections of block % RARELY === 0 ? CONNECTIONS : [8]) {
      for (const subject of block % 2 === 0 ? subjects : subjects.toReversed()) {
        const count = counts.get(subject) ?? 0;
        await ask(runtime.port(subject.worker), { ...subject, count: Math.ceil(LEAD_IN * count), connections });
        const before = runtime.cpuMs();
        const seconds = await ask(runtime.port(subject.worker), { ...subject, count, connections });
        (speed.rate[connections] as Blocks)[subject.name] ??= [];
        speed.rate[connections]?.[subject.name]?.push(count / seconds);
        if (connections !== 8) continue;
        speed.cpu[subject.name] ??= [];
        speed.cpu[subject.name]?.push((runtime.cpuMs() - before) / count);
      }
    }
  }
  return speed;
};

const rowsOf = ({ cpu, rate }: Speed): Row[] =>
  Object.keys(cpu).map((name) => {
    const ratio = (blocks: Blocks = {}, to: string): Figure => ratioOf(blocks[name] ?? [], blocks[to] ?? []);
    return [
      name,
      told(figureOf(cpu[name] ?? [])),
      told(ratio(cpu, 'a constant')),
      told(ratio(cpu, 'one row')),
      ...CONNECTIONS.map((number) => told(ratio(rate[number], 'one row'))),
      told(figureOf(rate[8]?.[name] ?? [])),
      ...(`${name}, former` in cpu ? [told(ratioOf(cpu[name] ?? [], cpu[`${name}, former`] ?? []))] : ['']),
    ];
  });

/**
 * What a request costs, beside a Worker that does the least there is to do, in one run and in turn: CPU of the runtime's
 * process, and requests a second over several connections. `against` is another copy of the project, measured beside it.
 */
export const measureSpeed = async (
  folder: string,
  { blocks, against }: { blocks: number; against: string | undefined },
): Promise<void> => {
  const copies = await built(folder, against);
  const secrets = await newSecrets();
  const values = { ...secrets, RATE_LIMITS: 'off' };
  const runtime = await startRuntime(Object.entries(copies).map(([name, copy]) => workerOf(name, copy.built, values)));
  try {
    for (const [name, { root }] of Object.entries(copies)) {
      const db = await runtime.database(name);
      await applyMigrations(db, root);
      await addPeople(db, PEOPLE);
    }
    const speed = await measure(
      runtime,
      subjectsOf(await tokensOf(secrets, firstPeople(PEOPLE)), against !== undefined),
      blocks,
    );
    const rows = rowsOf(speed);
    const headings = [
      'what',
      'CPU, ms',
      'CPU over a constant',
      'CPU over one row',
      ...CONNECTIONS.map((n) => `rate over one row, ${n} at once`),
      'requests a second, 8 at once',
      'CPU over the former build',
    ];
    writeTable(
      'speed',
      `Medians of ${blocks} blocks, with their quartiles; ${PEOPLE} users and tokens.`,
      headings,
      rows,
    );
    for (const row of [headings, ...rows]) console.log(row.join(' | '));
  } finally {
    await runtime.stop();
  }
};
