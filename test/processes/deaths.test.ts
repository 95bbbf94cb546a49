import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newSigningKey, signAccessToken } from '../../src/accounts/tokens/access-token.ts';
import { HOUR_MS } from '../../src/workers/duration.ts';
import { brokenInvariants, type Seen } from '../invariants.ts';
import { randomFrom } from '../random.ts';
import { type AddedService, addedService, SERVICE_KEYS } from './added-service.ts';
import { oldUser, type Person } from './deaths/acts.ts';
import { ADMINISTRATOR, add, type Crowd, fireSchedule, newCrowd } from './deaths/crowd.ts';
import { judge } from './deaths/judge.ts';
import { openPostOffice, type PostOffice } from './deaths/post-office.ts';
import { type Death, newDeaths, newReaper } from './deaths/reaper.ts';
import { anHourPasses, remainsOf } from './deaths/remains.ts';
import {
  applyMigrations,
  buildWorkers,
  newCopy,
  type OpenRuntime,
  type Runtime,
  type Settings,
  startByNpm,
  startRuntime,
} from './deaths/runtime.ts';
import { type Receiver, startReceiver } from './faults/receivers.ts';
import type { Counts } from './faults/record.ts';
import { newAuthority } from './smtp-server.ts';

// Both Workers, with their database, buckets and queues, are killed in the middle of work and started again on what they have
// left, again and again; now and then it is `npm start` that serves and is killed. The seed says when; which call that meets,
// the race of the processes decides.

const IS_DEEP = process.env['TEST_DEPTH'] === 'deep';
const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 2 ** 31);
const KILLS = Number(process.env['FAULT_KILLS'] ?? (IS_DEEP ? 300 : 3));
// Which of so many lives it is that `npm start` serves; it takes long to start, so only the deep form has any.
const [NPM_NTH, NPM_EVERY] = [2, 25];
const OLD_USERS = IS_DEEP ? 100 : 30;
// The end has come when so many looks in a row find nothing done.
const MOST_IDLE_LOOKS = 500;

const ISSUED = { issuer: 'http://localhost:8787', audience: 'http://localhost:8787' };
const keys = (fill: string) => JSON.stringify({ 1: Buffer.alloc(32, fill).toString('base64url') });

type Service = Receiver & AddedService;

const folder = mkdtempSync(join(tmpdir(), 'deaths-'));
const [state, checkout] = [join(folder, 'state'), join(folder, 'checkout')];
const reaper = newReaper();

let settings: Settings;
let workers: Awaited<ReturnType<typeof buildWorkers>>;
let postOffice: PostOffice;
let crowd: Crowd;
let services: Service[] = [];

/** How often a mail or an event had arrived and was not noted when its sender died, by what was under way then. */
const caught: { mails: Counts; events: Counts } = { mails: {}, events: {} };
/** The same, by the key of the mail, or by the service's name and the event's `seq`. */
const unnoted: Counts = {};
const kills: Counts = {};
const turnedOut: Counts = {};

/** The administrator, and everybody who has been here for long. */
const addUsers = async (db: D1Database, people: Person[]): Promise<void> => {
  const users = [{ id: 1, role: 'admin' }, ...people.map(({ id }) => ({ id, role: 'user' }))];
  const sessions = people.flatMap(({ id, account }) => account.sessions.map((sid) => ({ id: sid, userId: id })));
  await db.batch([
    db
      .prepare(
        `INSERT INTO users (id, email, password_hash, role, is_verified, accepted_terms_at, created_at, updated_at)
         SELECT value ->> 'id', 'user' || (value ->> 'id') || '@example.com', '', value ->> 'role', 1, ?2, ?2, ?2
         FROM json_each(?1)`,
      )
      .bind(JSON.stringify(users), Date.now()),
    db
      .prepare(
        `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at)
         SELECT value ->> 'id', value ->> 'userId', ?2, ?2, ?2, ?2 + 86400000 FROM json_each(?1)`,
      )
      .bind(JSON.stringify([ADMINISTRATOR, ...sessions]), Date.now()),
  ]);
};

const newService = async (db: D1Database, name: string): Promise<Service> => {
  let secret = '';
  const conduct = () => {
    reaper.at('an event arrives');
    return reaper.isOver ? 'hang up' : 'answer';
  };
  const receiver = await startReceiver(
    () => secret,
    conduct,
    () => reaper.at('an event is confirmed'),
  );
  const added = await addedService(db, name, receiver.url);
  secret = added.secret;
  return { ...receiver, ...added };
};

/** The settings of both Workers, whose mails go to a server that this run vouches for. */
const newSettings = async (): Promise<Settings> => {
  const authority = await newAuthority('An authority that is trusted');
  const file = join(folder, 'authority.pem');
  writeFileSync(file, authority.cert);
  process.env['NODE_EXTRA_CA_CERTS'] = file;
  postOffice = await openPostOffice(await authority.certify('localhost'), reaper);
  return {
    vars: {
      ...{ MAIL_TRANSPORT: 'smtp', SMTP_HOST: 'localhost', SMTP_PORT: String(postOffice.port), RATE_LIMITS: 'off' },
      ...{ TOKEN_ISSUER: ISSUED.issuer, TOKEN_AUDIENCE: ISSUED.audience },
    },
    secrets: {
      ...{
        SIGNING_KEY_A: await newSigningKey(),
        SIGNING_KEY_B: '',
        TOKEN_KEYS: keys('tokens'),
        FACTOR_KEYS: keys('factors'),
      },
      ...{ MAIL_LINK_KEYS: keys('links'), SERVICE_KEYS },
    },
  };
};

beforeAll(async () => {
  settings = await newSettings();
  newCopy(checkout, settings);
  workers = await buildWorkers(checkout, settings);
  const first = await startRuntime(workers, state);
  const { DB: db } = await first.storage();
  const people = Array.from({ length: OLD_USERS }, (_, nth) => oldUser(nth + 2));
  await applyMigrations(db);
  await addUsers(db, people);
  services = [await newService(db, 'one'), await newService(db, 'two')];
  const red = { create: { width: 8, height: 8, channels: 3, background: 'red' } } as const;
  const picture = new Blob([new Uint8Array(await sharp(red).png().toBuffer())], { type: 'image/png' });
  const signing: [string, string] = [settings.secrets['SIGNING_KEY_A'] ?? '', ''];
  crowd = newCrowd(people, {
    ...{ reaper, postOffice, picture, random: randomFrom(SEED + 1) },
    tokenOf: (session) => signAccessToken(signing, ISSUED, session),
  });
  first.kill();
  await first.gone();
});
afterAll(async () => {
  for (const { close } of services) close();
  await postOffice?.close();
  rmSync(folder, { recursive: true, force: true });
});

const noteCaught = (what: 'mails' | 'events', { moment }: Death, key: string): void => {
  add(unnoted, key);
  add(caught[what], moment);
};

/** Looks at what a death has left. What had arrived in that life and is not noted comes again; nothing else may. */
const look = (death: Death, heardBefore: number[]): void => {
  const touched = crowd.people.filter(({ isTouched }) => isTouched);
  const remains = remainsOf(state, { ids: touched.map(({ id }) => id), emails: touched.map(({ email }) => email) });
  for (const person of touched) {
    const name = person.underWay?.name;
    const isDone = judge(person, remains, postOffice.taken);
    if (name) add(turnedOut, `${name}: ${isDone ? 'done' : 'not done'}`);
  }
  crowd.mailsWait(remains.outbox.length);
  const waiting = new Set(remains.outbox.map(({ id, created_at }) => `${id}.${created_at}`));
  for (const { key, life } of postOffice.taken)
    if (life === reaper.life && waiting.has(key)) noteCaught('mails', death, key);
  for (const [nth, { id, name, arrivals }] of services.entries()) {
    const noted = remains.services.find((service) => service.id === id)?.seq ?? 0;
    for (const seq of arrivals.slice(heardBefore[nth])) if (seq > noted) noteCaught('events', death, `${name} ${seq}`);
  }
};

/** One life, from its start to its death, and what is left of it. */
const live = async (death: Death, runtime: Runtime): Promise<void> => {
  const heardBefore = services.map(({ arrivals }) => arrivals.length);
  const over = reaper.wait(death, runtime.kill);
  const working = crowd.work(runtime.origin);
  await Promise.race([over, working]);
  await Promise.all([working, runtime.gone(), postOffice.quiet(), ...services.map(({ quiet }) => quiet())]);
  look(death, heardBefore);
};

const liveAndDie = async (): Promise<void> => {
  for (const [nth, death] of newDeaths(KILLS, randomFrom(SEED)).entries()) {
    const isNpm = IS_DEEP && nth % NPM_EVERY === NPM_NTH;
    if (death.isAnHourLater) anHourPasses(state);
    const runtime = isNpm ? await startByNpm(checkout, state, settings) : await startRuntime(workers, state);
    await live(death, runtime);
    add(kills, `${isNpm ? 'npm start' : 'runtime'}, ${death.moment}`);
    if (IS_DEEP) process.stderr.write(`${nth + 1} of ${KILLS}: ${JSON.stringify({ isNpm, ...death, ...caught })}\n`);
  }
};

// Of events each that is still to be told counts: ten thousand take longer than the looks that find nothing done.
const LEFT = `SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM record_outbox) + (SELECT count(*) FROM blacklist_outbox)
  + (SELECT count(*) FROM services WHERE lease IS NOT NULL) + (SELECT total((SELECT max(seq) FROM events) - seq) FROM services)
  + (SELECT count(*) FROM erasures WHERE pictures_erased_at IS NULL) AS n`;

/** Lets a runtime that nobody kills do what is left; answers what is left all the same. */
const doTheRest = async ({ origin, storage }: OpenRuntime): Promise<number> => {
  const { DB } = await storage();
  const count = async () => (await DB.prepare(LEFT).first<number>('n')) ?? 0;
  let left = await count();
  for (let idle = 0; left > 0 && idle < MOST_IDLE_LOOKS; idle += 1) {
    await fireSchedule(origin);
    await wait(200);
    const before = left;
    left = await count();
    if (left < before) idle = 0;
  }
  // Pictures are old enough for the sweep then.
  await fireSchedule(origin, `&time=${Date.now() + 2 * HOUR_MS}`);
  return left;
};

const isErased = ({ account }: Person): boolean => account.events.includes('user.erased');

/** What everybody who acted and every mail that was taken tells of what has to be stored. */
const seen = (): Seen => {
  const ids = new Map(crowd.people.map(({ email, id }) => [email, id]));
  const mails = new Map(postOffice.taken.map(({ key, to, kind }) => [key, { userId: ids.get(to) ?? null, kind }]));
  const erased = crowd.people.filter(isErased);
  return {
    since: {},
    erased: erased.map(({ id, email }) => ({ id, words: [email, `${email.split('@')[0]} the `] })),
    sent: [...mails.values()],
    hasAdministrator: true,
  };
};

/** How often each came beyond the first time. */
const doublesOf = (list: readonly (string | number)[]): Counts => {
  const times: Counts = {};
  for (const one of list) times[one] = (times[one] ?? -1) + 1;
  return Object.fromEntries(Object.entries(times).filter(([, n]) => n > 0));
};

/** Each second copy of a mail is one that was caught, and the other way round, but where the mail went with its account meanwhile. */
const expectExplained = (doubles: Counts): void => {
  const addresses = new Set(crowd.people.filter(isErased).map(({ email }) => email));
  const gone = postOffice.taken.filter(({ to, kind }) => addresses.has(to) && kind !== 'account-erased');
  const mayBeLess = new Set(gone.map(({ key }) => key));
  const due = Object.entries(unnoted).flatMap(([key, n]) => {
    const times = mayBeLess.has(key) ? Math.min(n, doubles[key] ?? 0) : n;
    return key.includes(' ') || times === 0 ? [] : [[key, times]];
  });
  expect(doubles).toEqual(Object.fromEntries(due));
};

it(
  `everything is killed ${KILLS} times in the middle of work: nothing is missing, and what comes twice had arrived and was not noted`,
  async () => {
    process.stderr.write(`FAULT_SEED=${SEED} FAULT_KILLS=${KILLS}\n`);
    await liveAndDie();
    anHourPasses(state);
    reaper.spare();
    const last = await startRuntime(workers, state);
    const left = await doTheRest(last);
    const broken = await brokenInvariants(await last.storage(), seen(), { settled: true });
    last.kill();
    await last.gone();

    const remains = remainsOf(state);
    const seqs = remains.events.map(({ seq }) => seq);
    const mails = postOffice.taken.map(({ key }) => key);
    const { people, answered, unanswered } = crowd;
    process.stderr.write(
      `${JSON.stringify({ seed: SEED, kills, waitedInVain: reaper.inVain, people: people.length, answered, unanswered, turnedOut, mails: new Set(mails).size, events: seqs.length, doubles: caught })}\n`,
    );
    expect([left, broken]).toEqual([0, []]);
    for (const person of people) judge(person, remains, postOffice.taken);

    expectExplained(doublesOf(mails));
    const inOrder = people.map(({ email }) =>
      postOffice.taken.filter(({ to, kind }) => to === email && kind !== 'account-erased').map(({ id }) => id),
    );
    expect(inOrder).toEqual(inOrder.map((ids) => ids.toSorted((a, b) => a - b)));
    expect(seqs).toEqual(seqs.map((_, nth) => nth + 1));
    for (const { name, arrivals } of services) {
      expect([...new Set(arrivals)], name).toEqual(seqs);
      expect(arrivals, name).toEqual(arrivals.toSorted((a, b) => a - b));
      const due = Object.entries(unnoted).filter(([key]) => key.startsWith(`${name} `));
      expect(doublesOf(arrivals), name).toEqual(Object.fromEntries(due.map(([key, n]) => [key.split(' ')[1], n])));
    }
    // Otherwise nothing was proved.
    expect(Object.keys({ ...caught.mails, ...caught.events })).not.toEqual([]);
  },
  4 * HOUR_MS,
);
