import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A request as it goes over the wire, by the number of it. */
export type Requests = (n: number) => Buffer;

export const requestOf = (method: string, path: string, headers: Record<string, string> = {}): Buffer =>
  Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`,
  );

/** How long an answer is that begins with these bytes: head and body; undefined while its head is not whole. */
const lengthOf = (head: string): number | undefined => {
  const end = head.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1];
  if (length === undefined) throw new Error(`An answer of unknown length: ${head.slice(0, end)}`);
  return end + 4 + Number(length);
};

/** Asks over one connection, the next as soon as the answer before is whole; throws for an answer that is not 200. */
const askInTurn = (socket: Socket, next: () => Buffer | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    let held = '';
    const ask = (): void => {
      const request = next();
      if (request) socket.write(request);
      else resolve();
    };
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The connection was closed.')));
    socket.on('data', (piece) => {
      held += piece.toString('latin1');
      const length = lengthOf(held);
      if (length === undefined || held.length < length) return;
      if (!held.startsWith('HTTP/1.1 200')) reject(new Error(held));
      held = held.slice(length);
      ask();
    });
    ask();
  });

/** A few connections to a Worker that stay open. */
export const openConnections = async (port: number, number: number): Promise<Socket[]> =>
  Promise.all(
    Array.from({ length: number }, async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }),
  );

/**
 * Asks `count` times over a number of connections, each of which waits for its answer before it asks again. Answers how
 * many seconds it took. A plain socket, since the load must not cost more than what it measures.
 */
export const ask = async (
  port: number,
  { requests, count, connections }: { requests: Requests; count: number; connections: number },
): Promise<number> => {
  const sockets = await openConnections(port, connections);
  let asked = 0;
  const next = (): Buffer | undefined => (asked < count ? requests(asked++) : undefined);
  const began = performance.now();
  await Promise.all(sockets.map((socket) => askInTurn(socket, next)));
  const seconds = (performance.now() - began) / 1000;
  for (const socket of sockets) socket.removeAllListeners('close').destroy();
  return seconds;
};
