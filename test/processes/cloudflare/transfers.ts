import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Account, newId } from './account.ts';
import { type Routes, refusal } from './answer.ts';
import type { Runtime } from './runtime.ts';

// A whole database as SQL, out and in. Both are asked for again and again until they are done; the SQL itself lies in a
// bucket of Cloudflare's, which is reached by addresses that need no token.

// By this statement the runtime's own D1 answers what `wrangler d1 export` writes: one text a line.
const DUMP = 'PRAGMA miniflare_d1_export(?,?,?);';

/** Files by path, which whoever knows their address reads and writes. */
const serveFiles = async () => {
  const files = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    if (request.method !== 'PUT') {
      response.writeHead(files.has(path) ? 200 : 404).end(files.get(path));
      return;
    }
    const contents = await text(request);
    files.set(path, contents);
    response.writeHead(200, { ETag: `"${createHash('md5').update(contents).digest('hex')}"` }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    files,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close().closeAllConnections(),
  };
};

export const newTransfers = async (account: Account, runtime: Runtime) => {
  const { files, url, close } = await serveFiles();
  const requireDatabase = (id = ''): string => {
    if (!account.databases.some(({ uuid }) => uuid === id))
      throw refusal(404, 7404, `The database ${id} was not found`);
    return id;
  };
  const active = (rest: object) => ({ success: true, status: 'active', messages: [], at_bookmark: newId(), ...rest });

  const dump = async (database: string): Promise<object> => {
    const [answer] = await runtime.query(database, DUMP, [false, false]);
    const [lines = []] = (answer?.results ?? []) as unknown as string[][];
    const filename = `/${newId()}.sql`;
    files.set(filename, lines.join('\n'));
    return active({ status: 'complete', result: { filename, signed_url: url + filename } });
  };
  const ingest = async (database: string, filename: string): Promise<object> => {
    try {
      const results = await runtime.query(database, files.get(filename) ?? '');
      const meta = { duration: 1, rows_read: 0, rows_written: 0, size_after: 0 };
      const result = { num_queries: results.length, final_bookmark: newId(), meta };
      return active({ status: 'complete', result });
    } catch (error) {
      return active({ status: 'error', errors: [(error as Error).message] });
    }
  };
  const ingesting = new Map<string, Promise<object>>();

  const routes: Routes = {
    'POST /accounts/:account/d1/database/:database/export': ({ params, json }) => {
      const database = requireDatabase(params['database']);
      return json().current_bookmark ? dump(database) : active({ messages: ['Uploaded part 1'] });
    },
    'POST /accounts/:account/d1/database/:database/import': ({ params, json }) => {
      const database = requireDatabase(params['database']);
      const { action, filename } = json();
      if (action === 'init') {
        const name = `/${newId()}.sql`;
        return { success: true, messages: [], filename: name, upload_url: url + name };
      }
      if (action === 'poll') return ingesting.get(database);
      ingesting.set(database, ingest(database, filename));
      return active({});
    },
  };
  return { routes, close };
};
