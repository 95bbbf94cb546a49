import { connect, createServer, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import { startCommand } from './start-command.ts';
import { StartFault } from './start-fault.ts';

const HIGHEST_PORT = 65_535;
// Those below belong to the system on most machines.
const LOWEST_SUGGESTED = 1024;

/** Reads `PORT`; 8787 where it is not set. */
export const readPort = (text = process.env['PORT']): number => {
  const port = Number(text || 8787);
  if (Number.isInteger(port) && port >= 1 && port <= HIGHEST_PORT) return port;
  throw new StartFault(`PORT must be a number from 1 to ${HIGHEST_PORT}, and "${text}" is not.`);
};

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen({ port, host }, resolve);
  });

/** The code of the error that listening there meets, or undefined; the server goes on listening. */
const faultOfListening = async (server: Server, port: number, host: string): Promise<string | undefined> => {
  try {
    await listen(server, port, host);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
};

const faultOfPort = async (port: number, host: string): Promise<string | undefined> => {
  const server = createServer();
  const fault = await faultOfListening(server, port, host);
  if (!fault) await new Promise((resolve) => server.close(resolve));
  return fault;
};

/** Whether nobody listens on the port of this machine, by either form of localhost. */
export const isPortFree = async (port: number): Promise<boolean> => {
  const faults = await Promise.all(['127.0.0.1', '::1'].map((host) => faultOfPort(port, host)));
  return !faults.includes('EADDRINUSE');
};

/**
 * Whether fetch and browsers refuse the port before they try it: one of the "bad ports" of the Fetch standard (Port
 * blocking). The runtime has the list and shows it to nobody, so it is asked; nothing is connected to.
 */
export const isBadPort = async (port: number): Promise<boolean> => {
  let isTried = false;
  const dispatcher = {
    dispatch: (): never => {
      isTried = true;
      throw new Error('Nobody is to be reached.');
    },
  };
  await fetch(`http://127.0.0.1:${port}`, { dispatcher } as unknown as RequestInit).catch(() => {});
  return !isTried;
};

const isUsable = async (port: number): Promise<boolean> =>
  !(await isBadPort(port)) && !(await faultOfPort(port, '127.0.0.1')) && (await isPortFree(port));

/** What to type instead of a port that cannot be used. */
const another = async (unusable: number): Promise<string> => {
  let port = unusable;
  do port = port < HIGHEST_PORT ? Math.max(port + 1, LOWEST_SUGGESTED) : LOWEST_SUGGESTED;
  while (!(await isUsable(port)));
  return `Choose another: ${startCommand({ PORT: String(port) })}`;
};

/**
 * Makes sure that the port is free and that clients would try it, and takes its IPv6 form: the runtime listens on one
 * address alone, 127.0.0.1, and what reaches [::1] is handed on to it, so that localhost leads here whichever of the two a
 * client tries first.
 */
export const claimPort = async (port: number): Promise<void> => {
  if (await isBadPort(port)) {
    throw new StartFault(`Port ${port} is one that browsers and fetch never connect to. ${await another(port)}`);
  }
  const forwarder = createServer({ allowHalfOpen: true }, (client) => {
    const api = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    // Either side may go at any time; the other then goes too.
    pipeline(client, api, client, () => {});
  });
  const faults = [await faultOfPort(port, '127.0.0.1'), await faultOfListening(forwarder, port, '::1')];
  forwarder.unref();
  if (faults.includes('EADDRINUSE')) throw new StartFault(`Port ${port} is taken. ${await another(port)}`);
  // A machine without IPv6 has no [::1] to listen on, and no client that would try it.
  if (faults[0]) throw new StartFault(`Port ${port} cannot be used (${faults[0]}). ${await another(port)}`);
};
