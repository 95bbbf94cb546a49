import { join } from 'node:path';
import { MAIN_MODULE } from '../../src/tools/deploy/bundle-api.ts';
import { type Built, buildApi, buildWorker } from './built.ts';
import { type Row, writeTable } from './document.ts';
import { type Figure, figureOf, told } from './figures.ts';
import { newSecrets } from './people.ts';
import { startRuntime, workerOf } from './runtime.ts';

/** CPU of a runtime that runs nothing but this Worker, until it has answered for the first time, in milliseconds. */
const cpuToStart = async (built: Built, values: Record<string, string>): Promise<number> => {
  const runtime = await startRuntime([workerOf('worker', built, values)]);
  try {
    await (await fetch(`http://127.0.0.1:${runtime.port('worker')}/health`)).text();
    return runtime.cpuMs();
  } finally {
    await runtime.stop();
  }
};

/** What starting the API takes beyond what starting an empty Worker with the same bindings takes. */
export const measureStart = async (
  folder: string,
  { times, against }: { times: number; against: string | undefined },
): Promise<void> => {
  const api = await buildApi(join(folder, 'start'));
  const former = against && (await buildWorker(against, join(folder, 'start-former')));
  const empty = { ...api, modules: { [MAIN_MODULE]: "export default { fetch: () => new Response('') };" } };
  const copies: [string, Built][] = [
    ['an empty Worker', empty],
    ['the API', api],
    ...(former ? [['the former API', former] as [string, Built]] : []),
  ];
  const values = { ...(await newSecrets()), RATE_LIMITS: 'off' };
  const measured = new Map(copies.map(([name]) => [name, [] as number[]]));
  for (let time = 0; time < times; time += 1)
    for (const [name, built] of copies) measured.get(name)?.push(await cpuToStart(built, values));
  const beyond = (name: string): Figure =>
    figureOf(
      (measured.get(name) ?? []).map((ms, time) => ms - (measured.get('an empty Worker')?.[time] ?? Number.NaN)),
    );
  const rows: Row[] = copies.map(([name]) => [name, told(figureOf(measured.get(name) ?? [])), told(beyond(name))]);
  for (const row of rows) console.log(row.join(' | '));
  writeTable(
    'start',
    `Medians of ${times} starts in turn, with their quartiles.`,
    ['what', 'CPU until the first answer, ms', 'beyond an empty Worker, ms'],
    rows,
  );
};
