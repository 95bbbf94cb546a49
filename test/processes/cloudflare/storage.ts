import { type Account, newBucket, newDatabase, newNamespace } from './account.ts';
import { Answer, page, type Routes, refusal } from './answer.ts';
import type { Runtime } from './runtime.ts';

/** Databases, namespaces and buckets: what keeps data. */
export const storageRoutes = (account: Account, runtime: Runtime): Routes => {
  const requireDatabase = (idOrName = '') => {
    const database = account.databases.find(({ uuid, name }) => uuid === idOrName || name === idOrName);
    if (!database) throw refusal(404, 7404, `The database ${idOrName} could not be found`);
    return database;
  };
  const requireBucket = (bucket = '') => {
    const found = account.buckets.find(({ name }) => name === bucket);
    if (!found) throw refusal(404, 10006, 'The specified bucket does not exist.');
    return found;
  };
  return {
    // `name` finds what holds it anywhere.
    'GET /accounts/:account/d1/database': ({ query }) =>
      page(
        account.databases.filter(({ name }) => name.includes(query.get('name') ?? '')),
        query,
        { size: 100, most: 10_000 },
      ),
    'POST /accounts/:account/d1/database': ({ json }) => {
      const { name } = json();
      if (account.databases.some((database) => database.name === name)) {
        throw refusal(400, 7502, 'A database with that name already exists');
      }
      const database = newDatabase(name);
      account.databases.push(database);
      return database;
    },
    'GET /accounts/:account/d1/database/:database': ({ params }) => requireDatabase(params['database']),
    'POST /accounts/:account/d1/database/:database/query': ({ params, json }) => {
      const { sql, params: values } = json();
      return runtime.query(requireDatabase(params['database']).uuid, sql, values);
    },
    'GET /accounts/:account/d1/database/:database/time_travel/bookmark': ({ params }) => ({
      bookmark: runtime.bookmark(requireDatabase(params['database']).uuid),
    }),

    'GET /accounts/:account/storage/kv/namespaces': ({ query }) => page(account.namespaces, query),
    'POST /accounts/:account/storage/kv/namespaces': ({ json }) => {
      const { title } = json();
      if (account.namespaces.some((namespace) => namespace.title === title)) {
        throw refusal(400, 10014, 'a namespace with this account ID and title already exists');
      }
      const namespace = newNamespace(title);
      account.namespaces.push(namespace);
      return namespace;
    },

    // This list goes on by a cursor and not by pages.
    'GET /accounts/:account/r2/buckets': ({ query }) => {
      const length = Math.min(1000, Number(query.get('per_page') ?? 20));
      const after = query.get('cursor') ?? query.get('start_after') ?? '';
      const rest = account.buckets
        .filter(({ name }) => name > after && name.includes(query.get('name_contains') ?? ''))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const buckets = rest.slice(0, length);
      const cursor = rest.length > length ? { cursor: buckets.at(-1)?.name } : {};
      return new Answer({ buckets }, { info: { ...cursor, per_page: length } });
    },
    'POST /accounts/:account/r2/buckets': ({ json }) => {
      const { name } = json();
      if (account.buckets.some((bucket) => bucket.name === name)) {
        throw refusal(409, 10004, 'The bucket you tried to create already exists, and you own it.');
      }
      account.buckets.push(newBucket(name));
      return account.buckets.at(-1);
    },
    'GET /accounts/:account/r2/buckets/:bucket': ({ params }) => requireBucket(params['bucket']),
  };
};
