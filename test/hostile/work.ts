import { env } from 'cloudflare:workers';
import { hashesMade } from '../password-cost.ts';

/** What a request has others do: the database, the hash of a password, the decoder of pictures. */
export type Work = { statements: number; rowsRead: number; hashes: number; pictures: number };

const ASKS = ['all', 'run', 'first', 'raw'];

type Note = (result: unknown) => void;

const originals = new WeakMap<object, D1PreparedStatement>();

const watched = (statement: D1PreparedStatement, sql: string, note: Note): D1PreparedStatement => {
  const proxy = new Proxy(statement, {
    get: (target, name) => {
      if (name === 'bind') return (...values: unknown[]) => watched(target.bind(...values), sql, note);
      const value = Reflect.get(target, name);
      if (!ASKS.includes(String(name))) return value;
      return async (...values: unknown[]) => {
        const result = await value.apply(target, values);
        // Raw rows come without the number of those read, so what only reads is asked a second time.
        note(name === 'raw' && /^\s*select/i.test(sql) ? await target.all() : result);
        return result;
      };
    },
  });
  originals.set(proxy, statement);
  return proxy;
};

/** The database, with what is asked of it counted. */
const database = (note: Note): D1Database =>
  new Proxy(env.DB, {
    get: (target, name) => {
      if (name === 'prepare') return (sql: string) => watched(target.prepare(sql), sql, note);
      if (name !== 'batch') return Reflect.get(target, name);
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements.map((statement) => originals.get(statement) ?? statement));
        for (const result of results) note(result);
        return results;
      };
    },
  });

const readBy = (result: unknown): number => (result as Partial<D1Result> | null)?.meta?.rows_read ?? 0;

/** What `request` has others do while it runs with the bindings that it is given. */
export const workOf = async (request: (bindings: Partial<Env>) => Promise<unknown>): Promise<Work> => {
  const work: Work = { statements: 0, rowsRead: 0, hashes: 0, pictures: 0 };
  const note: Note = (result) => {
    work.statements += 1;
    work.rowsRead += readBy(result);
  };
  const images = new Proxy(env.IMAGES, {
    get:
      (target, name) =>
      (...values: unknown[]) => {
        if (name === 'input') work.pictures += 1;
        return Reflect.get(target, name).apply(target, values);
      },
  });
  const before = hashesMade();
  await request({ DB: database(note), IMAGES: images });
  return { ...work, hashes: hashesMade() - before };
};
