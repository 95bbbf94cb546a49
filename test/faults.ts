import { vi } from 'vitest';

// A fault is one call of a binding that goes wrong, in one manner. The calls of a piece of work are counted in their order, so
// that each can be made to fail by its number, alone, and the work is watched to its end.

/** How a call goes wrong. D1 takes no signal: what it was asked may be done before it is given up, or long after. */
export const MANNERS = [
  'refuses',
  'hangs',
  'hangs, having done it',
  'hangs, and does it later',
  'works, then refuses',
  'works twice',
] as const;

export type Manner = (typeof MANNERS)[number];

/** The call that goes wrong: by its number from 0 on, or the first of a name. */
export type Fault<Which extends number | string = number> = { call: Which; manner: Manner };

/** What a piece of work asked of the bindings: the name of each call. */
export type Asked = { calls: string[] };

const REFUSAL = 'Network connection lost.';
const never = (): Promise<never> => new Promise(() => undefined);

// What is done twice, as far as the platform does: D1 tries again what only reads, and nothing else.
const isReading = (sql: string): boolean => /^\s*(?:select|with)\b/i.test(sql);

// Shorter is a pause between two tries and no deadline; so is, longer, what a sign-in waits.
const SHORTEST_DEADLINE_MS = 500;
const PAUSES_MS = [800, 1600, 3200, 6400];

/**
 * The deadlines of calls that hang pass at once: the timer that is set next belongs to the call that has just begun to hang.
 * Every pause is over at once. Timers of whatever else stay as they are.
 */
const withoutWaiting = (pauses: readonly number[]) => {
  const real = globalThis.setTimeout;
  let expected: ((pass: () => void) => void) | undefined;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms = 0) => {
    if (ms >= SHORTEST_DEADLINE_MS && expected) {
      expected(run);
      expected = undefined;
    }
    const isPause = ms < SHORTEST_DEADLINE_MS || pauses.includes(ms);
    return real(run, isPause ? 0 : ms);
  }) as typeof setTimeout);
  return {
    /** Lets the deadline that is set next pass when `when` is over. */
    passNext: (when: Promise<unknown>): void => {
      expected = (pass) => void when.then(pass, pass);
    },
    soon: (): Promise<void> => new Promise((resolve) => real(resolve, 0)),
    later: (ms: number): Promise<'late'> => new Promise((resolve) => real(() => resolve('late'), ms)),
  };
};

/** Bindings of which one call goes wrong. `pauses` are the waits between two tries that are over at once. */
export const faulty = <Bindings extends object>(
  bindings: Bindings,
  fault?: Fault<number | string>,
  pauses = PAUSES_MS,
) => {
  const asked: Asked = { calls: [] };
  const clock = withoutWaiting(pauses);
  const late: (() => Promise<unknown>)[] = [];

  /** Counts a call, and says whether it is the one that goes wrong. */
  const isMeant = (name: string): boolean => {
    const number = asked.calls.push(name) - 1;
    return typeof fault?.call === 'string' ? asked.calls.indexOf(fault.call) === number : fault?.call === number;
  };

  const ask = (name: string, work: () => Promise<unknown>, canRepeat = true): Promise<unknown> => {
    if (!isMeant(name) || !fault) return work();
    if (fault.manner === 'refuses') return Promise.reject(new Error(REFUSAL));
    if (fault.manner === 'works twice') return canRepeat ? work().then(work) : work();
    if (fault.manner === 'works, then refuses') return work().then(() => Promise.reject(new Error(REFUSAL)));
    if (fault.manner === 'hangs, and does it later') late.push(work);
    clock.passNext(fault.manner === 'hangs, having done it' ? work() : clock.soon());
    return never();
  };

  const originals = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>();
  const statementOf = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get: (target, name: keyof D1PreparedStatement & string) => {
        if (name === 'bind') return (...values: unknown[]) => statementOf(target.bind(...values), sql);
        const method = Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) => ask(`DB.${name}`, () => method.apply(target, values), isReading(sql));
      },
    });
    originals.set(wrapped, { statement, sql });
    return wrapped;
  };
  const databaseOf = (database: D1Database): D1Database =>
    ({
      prepare: (sql: string) => statementOf(database.prepare(sql), sql),
      batch: (statements: D1PreparedStatement[]) => {
        const found = statements.flatMap((statement) => originals.get(statement) ?? []);
        const work = () => database.batch(found.map(({ statement }) => statement));
        return ask(
          'DB.batch',
          work,
          found.every(({ sql }) => isReading(sql)),
        );
      },
    }) as unknown as D1Database;

  const methodsOf = (role: string, binding: object): object =>
    new Proxy(binding, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...values: unknown[]) => ask(`${role}.${String(name)}`, async () => value.apply(target, values));
      },
    });

  /** The dataset is written to without an answer: it can refuse, and nothing else. */
  const metricsOf = (dataset: AnalyticsEngineDataset): AnalyticsEngineDataset => ({
    writeDataPoint: (point) => {
      if (isMeant('METRICS.writeDataPoint') && fault?.manner === 'refuses') throw new Error(REFUSAL);
      dataset.writeDataPoint(point);
    },
  });

  const imagesOf = (images: ImagesBinding): ImagesBinding =>
    ({
      input: (picture: ReadableStream) => ({
        transform: (transform: ImageTransform) => ({
          output: (options: ImageOutputOptions) =>
            ask('IMAGES.output', () => images.input(picture).transform(transform).output(options), false),
        }),
      }),
    }) as unknown as ImagesBinding;

  /** A bucket whose objects are counted too where they are read as a whole. */
  const bucketOf = (role: string, bucket: R2Bucket): R2Bucket => {
    const methods = methodsOf(role, bucket) as R2Bucket;
    const readable = (object: R2ObjectBody): R2ObjectBody =>
      new Proxy(object, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return () => ask(`${role}.get.${String(name)}`, () => value.call(target), false);
        },
      });
    return new Proxy(methods, {
      get: (target, name) => {
        if (name !== 'get') return Reflect.get(target, name);
        return async (key: string) => {
          const object = (await target.get(key)) as R2ObjectBody | null;
          return object && readable(object);
        };
      },
    });
  };

  const wrap = (role: string, binding: unknown): unknown => {
    if (role === 'DB') return databaseOf(binding as D1Database);
    if (role === 'IMAGES') return imagesOf(binding as ImagesBinding);
    if (role === 'METRICS') return metricsOf(binding as AnalyticsEngineDataset);
    if (role === 'AVATARS' || role === 'RECORDS') return bucketOf(role, binding as R2Bucket);
    return typeof binding === 'object' && binding !== null && !Array.isArray(binding)
      ? methodsOf(role, binding)
      : binding;
  };

  return {
    bindings: Object.fromEntries(
      Object.entries(bindings).map(([role, binding]) => [role, wrap(role, binding)]),
    ) as Bindings,
    calls: asked.calls,
    /** What the work comes to; rejects where it waits for a call that hangs. What is done late is done behind it. */
    watch: async <Result>(work: Promise<Result>): Promise<Result> => {
      const result = await Promise.race([work, clock.later(20_000)]);
      for (const does of late) await does();
      if (result === 'late')
        throw new Error(`Something waits for ${asked.calls[Number(fault?.call)] ?? fault?.call} without end.`);
      return result as Result;
    },
  };
};

/** All faults that a piece of work of so many calls can have, or of each manner `few`, which the numbers choose. */
export const faultsOf = (calls: number, few: number | undefined, random: () => number): Fault[] => {
  const all = MANNERS.flatMap((manner) => Array.from({ length: calls }, (_, call) => ({ call, manner })));
  if (few === undefined) return all;
  return Array.from({ length: Math.min(few, all.length) }, () => all[Math.floor(random() * all.length)] as Fault);
};
