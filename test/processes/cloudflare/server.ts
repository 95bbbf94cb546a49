import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { freePort } from '../free-port.ts';
import { Answer, type Call, Refusal, type Routes, refusal } from './answer.ts';

/** A request that is made to fail: before anything is done, or after all of it, as where an answer gets lost. */
type Failure = { method: string; path: RegExp; times: number; refusal: Refusal; isLost: boolean };

type Check = (method: string, path: string, authorization: string | undefined) => void;

const PREFIX = '/client/v4';

/** Serves routes as the API does, on a port of this machine. */
export const serveApi = async (routes: Routes, check: Check) => {
  const find = finder(routes);
  const requests: string[] = [];
  const faults: string[] = [];
  const failures: Failure[] = [];

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { method = 'GET', headers } = request;
    const { pathname, search, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.replace(PREFIX, '');
    const body = new Uint8Array(await buffer(request));
    requests.push(`${method} ${path}${search}`);
    check(method, path, headers.authorization);
    const failure = failures.find((one) => one.times > 0 && one.method === method && one.path.test(path));
    if (failure) failure.times -= 1;
    if (failure && !failure.isLost) throw failure.refusal;

    const route = find(method, path);
    if (!route) {
      faults.push(`${method} ${path}`);
      throw refusal(404, 7003, `The stand-in does not know ${method} ${path}.`);
    }
    const result = await route.handler({ params: route.params, query, ...content(request, body) });
    if (failure) throw failure.refusal;
    return result instanceof Answer ? result : new Answer(result);
  };

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, result, info }) => send(response, status, { success: true, result, result_info: info }),
      (error) => {
        if (error instanceof Refusal) return send(response, error.status, { success: false, errors: error.faults });
        // One of the stand-in itself, which no test may take for an answer.
        faults.push(`${request.method} ${request.url}: ${error.stack}`);
        send(response, 500, { success: false, errors: [{ code: 10013, message: String(error) }] });
      },
    );
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${port}${PREFIX}`,
    requests,
    failures,
    /** What was asked that it does not know, and what went wrong in it. */
    faults,
    close: async (): Promise<void> => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const send = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ result: null, errors: [], messages: [], ...body }));
};

/** Finds what answers a request by method and path. */
const finder = (routes: Routes) => {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method, path = ''] = route.split(' ');
    const pattern = new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
    return { method, pattern, handler };
  });
  return (method: string, path: string) => {
    for (const route of table) {
      const found = route.method === method ? route.pattern.exec(path) : null;
      if (!found) continue;
      const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
      return { handler: route.handler, params: Object.fromEntries(params) as Record<string, string> };
    }
    return undefined;
  };
};

const content = ({ headers }: IncomingMessage, body: Uint8Array<ArrayBuffer>): Omit<Call, 'params' | 'query'> => ({
  authorization: headers.authorization,
  json: () => JSON.parse(new TextDecoder().decode(body)),
  form: () => new Response(body, { headers: { 'Content-Type': headers['content-type'] ?? '' } }).formData(),
});
