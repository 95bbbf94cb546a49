import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { ROOT } from '../../src/tools/root.ts';
import { freePort } from '../processes/free-port.ts';
import { buildApi } from './built.ts';
import { asked } from './distance.ts';
import { type Row, writeTable } from './document.ts';
import { inspect } from './inspector.ts';
import { addPeople, newSecrets, type Secrets, tokensOf } from './people.ts';
import { type Call, type Route, routesOf, SERVICE } from './routes.ts';
import { applyMigrations, type Runtime, startRuntime, workerOf } from './runtime.ts';

const AT_ONCE = 8;
const SLICES = 10;
const WATCHED_MS = 200;
const MOST_BYTES = 5 * 1024 * 1024;

type Copy = { runtime: Runtime; secrets: Secrets; db: D1Database };

const startCopy = async (folder: string, people: number, inspectorPort?: number): Promise<Copy> => {
  const secrets = await newSecrets();
  const built = await buildApi(join(folder, 'endurance'));
  const runtime = await startRuntime([workerOf('api', built, { ...secrets, RATE_LIMITS: 'off' })], {
    ...(inspectorPort !== undefined && { inspectorPort }),
  });
  const db = await runtime.database('api');
  await applyMigrations(db, ROOT);
  await addPeople(db, people);
  await db
    .prepare(
      "INSERT INTO services (id, name, types, generation, key_version, created_at, since_seq, seq, due_at) VALUES (?, 'bench', NULL, 1, 1, 0, 0, 0, 0)",
    )
    .bind(SERVICE)
    .run();
  return { runtime, secrets, db };
};

/** Several workers that each do the next of a series until there is none. */
const atOnce = async (next: () => (() => Promise<void>) | undefined): Promise<void> => {
  const worker = async (): Promise<void> => {
    for (let work = next(); work; work = next()) await work();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
};

/** A picture of nearly five megabytes that nothing can make smaller. */
const largestPicture = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const size = 1280;
  const raw = { width: size, height: size, channels: 3 } as const;
  const noise = sharp(randomBytes(size * size * 3), { raw });
  const jpeg = await noise.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
  if (jpeg.length > MOST_BYTES) throw new Error(`The picture has ${jpeg.length} bytes.`);
  // What stands behind the end of a JPEG is looked past.
  const picture = new Uint8Array(MOST_BYTES);
  picture.set(jpeg);
  return picture;
};

/** Memory of the runtime while pictures of five megabytes are uploaded, eight at once. */
export const measurePictures = async (folder: string, count: number): Promise<void> => {
  const inspectorPort = await freePort();
  const { runtime, secrets } = await startCopy(folder, AT_ONCE, inspectorPort);
  const inspector = await inspect(inspectorPort, 'api');
  try {
    const picture = await largestPicture();
    const upload = async (n: number): Promise<void> => {
      const [token] = await tokensOf(secrets, [(n % AT_ONCE) + 1]);
      const body = new FormData();
      body.set('avatar', new File([picture], 'a.jpg'));
      const headers = { Authorization: `Bearer ${token}` };
      const url = `http://127.0.0.1:${runtime.port('api')}/api/v1/users/me`;
      const answer = await fetch(url, { method: 'PATCH', headers, body });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    };
    await (await fetch(`http://127.0.0.1:${runtime.port('api')}/health`)).text();
    const idle = await inspector.heapMb();
    let sent = 0;
    /** Sends pictures until there have been so many; answers the most that was held meanwhile. `before` is done before each look. */
    const send = async (until: number, before: () => Promise<void>): Promise<{ most: number; resident: number }> => {
      let [most, resident, isOver] = [0, 0, false];
      const watch = async (): Promise<void> => {
        while (!isOver) {
          await before();
          most = Math.max(most, await inspector.heapMb());
          await wait(WATCHED_MS);
        }
      };
      const watched = watch();
      await atOnce(() => {
        if (sent >= until) return undefined;
        const n = sent++;
        return async () => {
          await upload(n);
          resident = Math.max(resident, runtime.memory().now);
        };
      });
      isOver = true;
      await watched;
      return { most, resident };
    };
    const rows: Row[] = [];
    for (let slice = 1; slice <= SLICES; slice += 1) {
      const { most, resident } = await send(Math.round((count * slice) / SLICES), async () => undefined);
      rows.push([String(sent), most.toFixed(0), resident.toFixed(0)]);
      console.log(rows.at(-1)?.join(' | '));
    }
    const inUse = await send(count + Math.round(count / 5), inspector.collect);
    console.log(`in use: ${inUse.most.toFixed(0)}`);
    const remark = `${count} pictures of 5 MB, ${AT_ONCE} at once. Before the first the isolate held ${idle.toFixed(0)} MB; it may hold 128. During ${Math.round(count / 5)} more it was collected before each look: what is in use was ${inUse.most.toFixed(0)} MB at most. The process is also the bucket, the database and the queue.`;
    writeTable(
      'pictures',
      remark,
      ['pictures so far', 'the isolate at most, MB', 'the whole process at most, MB'],
      rows,
    );
  } finally {
    inspector.close();
    await runtime.stop();
  }
};

// How often each is asked for among a hundred. Nobody is asked for twice, so that no token is used up.
const MIX: Record<string, number> = {
  'GET /users/me': 50,
  'GET /health': 5,
  'PATCH /users/me, a name': 8,
  'GET /users/me/sessions': 5,
  'POST /auth/refresh-token': 8,
  'POST /auth/logout': 3,
  'POST /auth/login': 1,
  'GET /users': 4,
  'GET /users?q=': 3,
  'PATCH /users/deactivate': 2,
  'DELETE /users/me': 1,
  'GET /profiles': 5,
  'GET /events': 3,
  'POST /room-participations': 2,
};

const drawn = (routes: readonly Route[]): Route => {
  let rest = Math.random() * Object.values(MIX).reduce((sum, share) => sum + share);
  for (const route of routes) {
    rest -= MIX[route.name] ?? 0;
    if (rest < 0) return route;
  }
  return routes[0] as Route;
};

const sent = async (
  port: number,
  { method, path, status, headers, body }: Call,
): Promise<{ ms: number; flaw?: string }> => {
  const began = performance.now();
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(headers && { headers }),
    ...(body && { body }),
  });
  const text = await answer.text();
  const ms = performance.now() - began;
  return answer.status === status ? { ms } : { ms, flaw: `${method} ${path}: ${answer.status} ${text}` };
};

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);

/** Requests of many kinds for some time: no answer but the one that is meant, and memory and latency that stay. */
export const measureMixed = async (
  folder: string,
  { seconds, people }: { seconds: number; people: number },
): Promise<void> => {
  const { runtime, secrets, db } = await startCopy(folder, people);
  try {
    const sql = async (query: string, ...values: unknown[]) =>
      (
        await db
          .prepare(query)
          .bind(...values)
          .all()
      ).results;
    const routes = routesOf(secrets, new Uint8Array(), sql, (call) => asked(runtime.port('api'), call)).filter(
      ({ name }) => MIX[name],
    );
    const flaws: string[] = [];
    const rows: Row[] = [];
    let person = 1;
    for (let slice = 1; slice <= SLICES; slice += 1) {
      const until = performance.now() + (seconds * 1000) / SLICES;
      const times: number[] = [];
      await atOnce(() => {
        if (performance.now() >= until) return undefined;
        return async () => {
          person = person < people - 1 ? person + 1 : 2;
          const { ms, flaw } = await sent(runtime.port('api'), await drawn(routes).call(person));
          times.push(ms);
          if (flaw) flaws.push(flaw);
        };
      });
      const sorted = times.toSorted((a, b) => a - b);
      rows.push([
        `${((seconds * slice) / SLICES).toFixed(0)} s`,
        String(times.length),
        at(sorted, 0.5),
        at(sorted, 0.99),
        runtime.memory().now.toFixed(0),
        String(flaws.length),
      ]);
      console.log(rows.at(-1)?.join(' | '));
    }
    for (const flaw of flaws.slice(0, 10)) console.log(flaw);
    const headings = [
      'until',
      'requests',
      'median, ms',
      '99th of a hundred, ms',
      'memory of the process, MB',
      'unmeant answers so far',
    ];
    writeTable('mixed', `${AT_ONCE} at once, on a machine with other work.`, headings, rows);
  } finally {
    await runtime.stop();
  }
};
