import { env } from 'cloudflare:workers';

/** What the platform counts and, beyond an allowance, charges: rows of D1, keys of KV, operations of R2, and so on. */
export type Operations = {
  rowsRead: number;
  rowsWritten: number;
  keysRead: number;
  keysWritten: number;
  classA: number;
  classB: number;
  messages: number;
  images: number;
};

const NONE: Operations = {
  rowsRead: 0,
  rowsWritten: 0,
  keysRead: 0,
  keysWritten: 0,
  classA: 0,
  classB: 0,
  messages: 0,
  images: 0,
};

type Count = (made: Partial<Operations>) => void;

const countedDatabase = (count: Count): D1Database => {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const noted = <Row>(result: D1Result<Row>): D1Result<Row> => {
    count({ rowsRead: result.meta.rows_read, rowsWritten: result.meta.rows_written });
    return result;
  };
  const counted = (original: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const all = async () => noted(await original.all());
    const statement = {
      bind: (...values: unknown[]) => counted(original.bind(...values), sql),
      all,
      run: all,
      // The raw rows come without a count, so what only reads is asked a second time; what writes names each column once.
      raw: async () => {
        const { results } = await all();
        return /^\s*select/i.test(sql) ? original.raw() : results.map((row) => Object.values(row as object));
      },
    } as unknown as D1PreparedStatement;
    originals.set(statement, original);
    return statement;
  };
  const batch = async (statements: D1PreparedStatement[]) => {
    const batched = statements
      .map((statement) => originals.get(statement))
      .filter((original) => original !== undefined);
    return (await env.DB.batch(batched)).map(noted);
  };
  return { prepare: (sql: string) => counted(env.DB.prepare(sql), sql), batch } as unknown as D1Database;
};

/** A binding of which some methods are counted, each call as much as is said of it. */
const counted = <Binding extends object>(
  binding: Binding,
  count: Count,
  costs: Record<string, (argument: unknown) => Partial<Operations>>,
): Binding =>
  new Proxy(binding, {
    get:
      (target, name) =>
      (...values: unknown[]) => {
        count(costs[String(name)]?.(values[0]) ?? {});
        return (Reflect.get(target, name) as (...values: unknown[]) => unknown).apply(target, values);
      },
  });

const BUCKET = {
  put: () => ({ classA: 1 }),
  list: () => ({ classA: 1 }),
  get: () => ({ classB: 1 }),
  head: () => ({ classB: 1 }),
};

const QUEUE = { sendBatch: (messages: unknown) => ({ messages: (messages as unknown[]).length }) };

/** What is counted while `use` works with the bindings that it is given. A key that is not there counts as one read. */
export const operationsOf = async (use: (bindings: Partial<Env>) => Promise<unknown>): Promise<Operations> => {
  const made = { ...NONE };
  const count: Count = (more) => {
    for (const [name, number] of Object.entries(more)) made[name as keyof Operations] += number;
  };
  await use({
    DB: countedDatabase(count),
    AVATARS: counted(env.AVATARS, count, BUCKET),
    RECORDS: counted(env.RECORDS, count, BUCKET),
    REVOKED_TOKENS: counted(env.REVOKED_TOKENS, count, {
      get: (keys) => ({ keysRead: Array.isArray(keys) ? keys.length : 1 }),
      put: () => ({ keysWritten: 1 }),
    }),
    MAIL: counted(env.MAIL, count, QUEUE),
    EVENTS: counted(env.EVENTS, count, QUEUE),
    IMAGES: counted(env.IMAGES, count, { input: () => ({ images: 1 }) }),
  });
  return made;
};
