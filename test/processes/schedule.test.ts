import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { fireSchedule } from '../../src/tools/start/schedule.ts';

it('The scheduled run fires once in each period, and one that fails is told and keeps no other from firing.', async () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
  const fired: (string | undefined)[] = [];
  const api = createServer((request, answer) => {
    fired.push(request.url);
    answer.writeHead(fired.length === 2 ? 500 : 200).end();
  });
  await new Promise<void>((listening) => api.listen(0, '127.0.0.1', listening));

  const stop = new AbortController();
  const due: number[] = [];
  // A timer that goes off early, each time; the next one waits until the run before has arrived.
  const waitUntil = async (time: number, signal: AbortSignal): Promise<void> => {
    await vi.waitFor(() => expect(fired.length).toBe(due.length), { timeout: 120_000, interval: 5 });
    signal.throwIfAborted();
    due.push(time);
    if (due.length === 5) stop.abort();
    signal.throwIfAborted();
  };
  const address = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const firing = fireSchedule(address, stop.signal, { everyMs: 500, waitUntil });
  await expect(firing).rejects.toThrow('aborted');
  api.close();

  expect(fired).toEqual(Array(4).fill('/cdn-cgi/local/scheduled?cron=*+*+*+*+*'));
  expect(due.every((time) => time % 500 === 0)).toBe(true);
  expect(new Set(due).size).toBe(5);
  expect(complaints.mock.calls).toEqual([['The scheduled run failed: it answered 500.']]);
});
