import { type CallSettings, makeCall } from './chance.ts';

const inner = new WeakMap<object, D1PreparedStatement>();
const texts = new WeakMap<D1PreparedStatement, string>();

/**
 * A database whose statements and batches go wrong as `settingsOf` says of their text; of a batch, the text of its
 * first statement.
 */
export const faultyDatabase = (db: D1Database, settingsOf: (text: string) => CallSettings): D1Database => {
  const wrap = (statement: D1PreparedStatement, text: string): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values), text);
        if (!['all', 'raw', 'run', 'first'].includes(String(name))) return member;
        return (...args: unknown[]) => makeCall(() => member.apply(target, args), settingsOf(text));
      },
    });
    inner.set(wrapped, statement);
    texts.set(wrapped, text);
    return wrapped;
  };
  return new Proxy(db, {
    get: (target, name) => {
      if (name === 'prepare') return (text: string) => wrap(target.prepare(text), text);
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return (statements: D1PreparedStatement[]) => {
        const [first] = statements;
        const own = statements.map((statement) => inner.get(statement) ?? statement);
        return makeCall(() => target.batch(own), settingsOf((first && texts.get(first)) ?? ''));
      };
    },
  });
};
