import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { claimPort, isBadPort } from '../../src/tools/start/ports.ts';

// https://fetch.spec.whatwg.org/#port-blocking
const BAD_PORTS = [
  ...[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110,
  ],
  ...[
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  ],
  ...[540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061],
  ...[6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
];

const taken: Server[] = [];
const take = async (port: number): Promise<void> => {
  const server = createServer().listen(port, '127.0.0.1');
  taken.push(server);
  await once(server, 'listening').catch(() => {});
};

afterEach(() => {
  for (const server of taken.splice(0)) server.close();
});

/** What is said of a port, and the port that is suggested instead. */
const refusalOf = async (port: number): Promise<{ text: string; suggested: number }> => {
  const fault = await claimPort(port).then(
    () => new Error('It was taken.'),
    (error: Error) => error,
  );
  return { text: fault.message, suggested: Number(/PORT=(\d+) npm start$/.exec(fault.message)?.[1]) };
};

describe('the port of a copy', () => {
  it('is none that the Fetch standard forbids, and any other', async () => {
    const near = BAD_PORTS.flatMap((port) => [port - 1, port, port + 1]).filter((port) => port > 0);
    const ports = [...new Set([...near, 80, 443, 8080, 8787, 65_535])].toSorted((a, b) => a - b);
    const bad = await Promise.all(ports.map(isBadPort));
    expect(ports.filter((_, index) => bad[index])).toEqual(BAD_PORTS.filter((port) => port > 0));
  });

  it('is refused at once where clients never connect to it, in a sentence with another', async () => {
    for (const port of BAD_PORTS.filter((port) => port > 0)) {
      const { text, suggested } = await refusalOf(port);
      expect(text).toMatch(
        new RegExp(`^Port ${port} is one that browsers and fetch never connect to\\. Choose another: .*npm start$`),
      );
      expect([suggested >= 1024, BAD_PORTS.includes(suggested)]).toEqual([true, false]);
    }
  });

  it('that is suggested for a taken one can be used: it is free, and none that clients refuse', async () => {
    for (const port of [10_079, 6664]) await take(port);
    expect(await refusalOf(10_079)).toMatchObject({ text: expect.stringMatching(/^Port 10079 is taken\./) });
    expect([10_081, 10_082, 10_083]).toContain((await refusalOf(10_079)).suggested);
    expect((await refusalOf(6664)).suggested).toBeGreaterThan(6669);
    await take(65_535);
    expect((await refusalOf(65_535)).suggested).toBeGreaterThanOrEqual(1024);
  });
});
