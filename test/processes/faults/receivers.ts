import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { WireEvent } from '../../../src/outbox/event.ts';

/**
 * What a service does with a push. It takes it and answers, also with a head and nothing behind it; or it does not take it; or
 * it takes it and the answer is lost, since the connection ends before it or in the middle of it, or since it comes too late.
 */
export type Conduct =
  | 'answer'
  | 'break off behind the head'
  | 'refuse'
  | 'go down'
  | 'hang up'
  | 'break off'
  | 'answer too late';

/** A service outside, which writes down what arrives. */
export type Receiver = {
  url: string;
  /** The `seq` of each event that it took, in the order in which they came. */
  arrivals: number[];
  /** How often it has lost the answer to an event, by the event's `seq`. */
  lost: Record<string, number>;
  /** Once it has gone down. */
  down: Promise<unknown>;
  open: () => Promise<void>;
  /** Once no connection is open: what a process that is dead has sent is here then. */
  quiet: () => Promise<void>;
  close: () => void;
};

const TOO_LATE_MS = 17_000;

const TAKES_NOTHING: readonly Conduct[] = ['refuse', 'go down'];
const LOSES: readonly Conduct[] = ['hang up', 'break off', 'answer too late'];

/**
 * Starts a service that treats its `nth` request, counted from 1, as `conductOf` says. Each push has to be signed with the
 * secret. `answered` is told of each one whose answer is on its way.
 */
export const startReceiver = async (
  signingSecret: () => string,
  conductOf: (nth: number) => Conduct | Promise<Conduct>,
  answered: () => void = () => undefined,
): Promise<Receiver> => {
  let [requests, port] = [0, 0];
  const server = createServer(async (request, answer) => {
    const body = await text(request).catch(() => undefined);
    // Whoever dies in the middle of it has sent nothing.
    if (body === undefined) return;
    const conduct = await conductOf(++requests);
    const { seq } = new Webhook(signingSecret()).verify(body, request.headers as Record<string, string>) as WireEvent;
    if (!TAKES_NOTHING.includes(conduct)) receiver.arrivals.push(seq);
    if (LOSES.includes(conduct)) receiver.lost[seq] = (receiver.lost[seq] ?? 0) + 1;
    await WAYS[conduct](answer, request.socket, server);
    if (conduct === 'answer') answered();
  });
  const open = async () => {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  await open();
  const receiver: Receiver = {
    ...{ url: `http://127.0.0.1:${port}/`, arrivals: [], lost: {} },
    down: once(server, 'close'),
    open,
    quiet: async () => {
      while ((await connectionsOf(server)) > 0) await wait(5);
    },
    close: () => switchOff(server),
  };
  return receiver;
};

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const switchOff = (server: Server): void => {
  server.close();
  server.closeAllConnections();
};

const WAYS: Record<Conduct, (answer: ServerResponse, socket: Socket, server: Server) => unknown> = {
  answer: (answer) => answer.writeHead(204).end(),
  'break off behind the head': (_, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
  refuse: (answer) => answer.writeHead(503).end(),
  'go down': (_, __, server) => switchOff(server),
  'hang up': (_, socket) => socket.destroy(),
  'break off': (_, socket) => socket.end('HTTP/1.1 20'),
  'answer too late': async (answer) => {
    await wait(TOO_LATE_MS);
    answer.writeHead(204).end();
  },
};
