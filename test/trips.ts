import { env } from 'cloudflare:workers';

type Asked = (name: string, ask: () => Promise<unknown>) => Promise<unknown>;

const ASKS_DATABASE = ['all', 'run', 'first', 'raw'];

const watchedStatement = (statement: D1PreparedStatement, asked: Asked): D1PreparedStatement =>
  new Proxy(statement, {
    get: (target, name: keyof D1PreparedStatement & string) => {
      if (name === 'bind') return (...values: unknown[]) => watchedStatement(target.bind(...values), asked);
      if (!ASKS_DATABASE.includes(name)) return Reflect.get(target, name);
      return (...values: []) => asked('DB.all', () => (target[name] as () => Promise<unknown>)(...values));
    },
  });

const watchedDatabase = (asked: Asked): D1Database =>
  new Proxy(env.DB, {
    get: (target, name) => {
      if (name === 'prepare') return (sql: string) => watchedStatement(target.prepare(sql), asked);
      return (...values: []) => asked(`DB.${String(name)}`, () => Reflect.get(target, name).apply(target, values));
    },
  });

const watched = <Binding extends object>(role: string, binding: Binding, asked: Asked): Binding =>
  new Proxy(binding, {
    get:
      (target, name) =>
      (...values: unknown[]) =>
        asked(`${role}.${String(name)}`, () =>
          (Reflect.get(target, name) as () => Promise<unknown>).apply(target, values as []),
        ),
  });

/**
 * The trips to storage that a request makes, one after the other; what is asked side by side is one trip, with its
 * parts in order of their names.
 */
export const tripsOf = async (request: (bindings: Partial<Env>) => Promise<unknown>): Promise<string[]> => {
  const trips: string[][] = [];
  let underWay = 0;
  const asked: Asked = async (name, ask) => {
    if (underWay === 0) trips.push([]);
    trips.at(-1)?.push(name);
    underWay += 1;
    try {
      return await ask();
    } finally {
      underWay -= 1;
    }
  };
  await request({
    DB: watchedDatabase(asked),
    AVATARS: watched('AVATARS', env.AVATARS, asked),
    REVOKED_TOKENS: watched('REVOKED_TOKENS', env.REVOKED_TOKENS, asked),
  });
  return trips.map((parts) => parts.toSorted().join(' + '));
};
