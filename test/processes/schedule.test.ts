import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { fireSchedule } from '../../src/tools/start/schedule.ts';

it('The scheduled run fires once in each period, and one that fails is told and keeps no other from firing.', async () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
  const fired: { url: string | undefined; at: number }[] = [];
  const api = createServer((request, answer) => {
    fired.push({ url: request.url, at: Date.now() });
    answer.writeHead(fired.length === 2 ? 500 : 200).end();
  });
  await new Promise<void>((listening) => api.listen(0, '127.0.0.1', listening));

  const stop = new AbortController();
  const firing = fireSchedule(`http://127.0.0.1:${(api.address() as AddressInfo).port}`, stop.signal, 500);
  await vi.waitFor(() => expect(fired.length).toBe(4), { timeout: 120_000, interval: 20 });
  stop.abort();
  await expect(firing).rejects.toThrow('aborted');
  api.close();

  expect(new Set(fired.map(({ url }) => url))).toEqual(new Set(['/cdn-cgi/local/scheduled?cron=*+*+*+*+*']));
  expect(new Set(fired.map(({ at }) => Math.round(at / 500))).size).toBe(4);
  expect(complaints.mock.calls).toEqual([['The scheduled run failed: it answered 500.']]);
});
