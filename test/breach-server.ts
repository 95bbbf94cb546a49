import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { freePort } from './processes/free-port.ts';

// Runs in Node, before the tests: a stand-in for the server that knows breached passwords, which is somebody else's. The
// first part of a path says how it behaves.

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the stand-in listens; without a slash at its end. */
    breachServer: string;
  }
}

export const BREACHED = ['breached password 1', 'пароль-из-утечки'];
/** Its hash is among the lines that only pad the answer. */
export const PADDING = 'a password that only pads';

const hashOf = (password: string): string => createHash('sha1').update(password).digest('hex').toUpperCase();

/** The lines for a prefix: two that stand for anybody's password, and those of ours that begin so. */
const rangeOf = (prefix: string): string => {
  const lines = ['0'.repeat(35), 'F'.repeat(35)].map((suffix) => `${suffix}:3`);
  for (const password of [...BREACHED, PADDING]) {
    const hash = hashOf(password);
    if (hash.startsWith(prefix)) lines.push(`${hash.slice(5)}:${password === PADDING ? 0 : 42}`);
  }
  return lines.join('\r\n');
};

type Asked = { url: string; headers: Record<string, unknown> };

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const asked: Asked[] = [];
  const server = createServer(({ url = '', headers }, answer) => {
    const [, manner = '', prefix = ''] = url.split('/');
    if (manner === 'asked') return void answer.end(JSON.stringify(asked.splice(0)));
    asked.push({ url, headers });
    if (manner === 'slow') return;
    if (manner === 'broken') return void answer.writeHead(503).end('Come back later.');
    if (manner === 'moved') return void answer.writeHead(302, { Location: `/range/${prefix}` }).end();
    answer.end(manner === 'range' ? rangeOf(prefix) : '<html>nothing that was asked for</html>');
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  project.provide('breachServer', `http://127.0.0.1:${port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
  };
};
