import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { TestProject } from 'vitest/node';
import { freePort } from './processes/free-port.ts';

// Runs in Node, before the tests: a stand-in for the SQL API of the Analytics Engine. The path says how it behaves.

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the stand-in listens; without a slash at its end. */
    metricsServer: string;
  }
}

/** What it has counted, by the day; of no other. Large counts come as text. */
export const COUNTED_DAYS: Record<string, object> = {
  '2026-11-26': { requests: '5000', refused: 12.4, sign_ins: 3, mails_sent: 7 },
  '2026-11-28': { requests: 40, failed: 1, pushes_delivered: 2 },
};

type Asked = { method: string; authorization: string; body: string };

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
};

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const asked: Asked[] = [];
  const server = createServer(async (request, answer) => {
    const { url = '', method = '', headers } = request;
    if (url === '/asked') return void answer.end(JSON.stringify(asked.splice(0)));
    asked.push({ method, authorization: headers.authorization ?? '', body: await bodyOf(request) });
    if (url === '/slow') return;
    if (url === '/broken') return void answer.writeHead(403).end('{"errors":["a secret of the platform"]}');
    if (url === '/moved') return void answer.writeHead(302, { Location: '/sql' }).end();
    if (url === '/words') return void answer.end('<html>nothing that was asked for</html>');
    if (url === '/empty') return void answer.end('{"meta":[]}');
    const data = Object.entries(COUNTED_DAYS).map(([day, counts]) => ({ day, ...counts }));
    answer.end(JSON.stringify({ meta: [], data, rows: data.length }));
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  project.provide('metricsServer', `http://127.0.0.1:${port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
  };
};
