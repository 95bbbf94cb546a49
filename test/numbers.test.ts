import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { numbersQuery, numbersSource, readNumbers } from '../src/api/http/numbers.ts';
import { newPerson } from './callers.ts';
import { call } from './client.ts';

// The numbers of the last days, of a stand-in for the server that has them.

const SERVER = inject('metricsServer');
const NUMBERS = '/api/v1/operations/numbers';
const NOW = new Date('2026-11-28T12:00:00Z');
const ZEROS = {
  ...{ requests: 0, refused: 0, failed: 0, sign_ups: 0, sign_ins: 0, sign_ins_refused: 0, suspended: 0, erased: 0 },
  ...{ mails_sent: 0, mails_failed: 0, pushes_delivered: 0, pushes_failed: 0 },
};

const at = (manner: string) => ({ METRICS_URL: `${SERVER}/${manner}`, METRICS_TOKEN: 'a secret token' });
const asked = async (): Promise<{ method: string; authorization: string; body: string }[]> =>
  (await fetch(`${SERVER}/asked`)).json();

const lines: string[] = [];

beforeEach(async () => {
  lines.length = 0;
  vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line));
  await asked();
});
afterEach(() => vi.restoreAllMocks());

describe('the numbers of the last days', () => {
  it('are those that were counted, a day each with today the last, and zeros where nothing was', async () => {
    const source = { url: `${SERVER}/sql`, token: 't', table: 'edge_accounts' };
    expect(await readNumbers(source, 3, NOW)).toEqual([
      { day: '2026-11-26', ...ZEROS, requests: 5000, refused: 12, sign_ins: 3, mails_sent: 7 },
      { day: '2026-11-27', ...ZEROS },
      { day: '2026-11-28', ...ZEROS, requests: 40, failed: 1, pushes_delivered: 2 },
    ]);
  });

  it('are asked for once, with the token, in one question about the table of this deployment', async () => {
    const { token } = await newPerson('admin');
    const answer = await call('GET', `${NUMBERS}?days=2`, {
      token,
      env: { ...at('sql'), METRICS_TABLE: 'acme_staging' },
    });
    expect([answer.status, answer.body.message, answer.body.data.days.length]).toEqual([
      ...[200, 'Numbers retrieved successfully', 2],
    ]);
    const questions = await asked();
    expect(questions).toMatchObject([{ method: 'POST', authorization: 'Bearer a secret token' }]);
    const since = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
    expect(questions[0]?.body).toBe(numbersQuery('acme_staging', since));
    expect(questions[0]?.body).toContain(`timestamp >= toDateTime('${since} 00:00:00')`);
  });

  it('are those of seven days where nobody says how many, of ninety at the most', async () => {
    const { token } = await newPerson('admin');
    const days = async (query: string) => (await call('GET', `${NUMBERS}${query}`, { token })).body;
    expect((await days('')).data.days).toHaveLength(7);
    expect((await days('?days=90')).data.days).toHaveLength(90);
    for (const wrong of ['0', '91', '1.5', 'x', '', '1&days=2'])
      expect(await days(`?days=${wrong}`)).toMatchObject({ status_code: 400, data: {} });
  });

  it.each([
    ['METRICS_TOKEN', { METRICS_TOKEN: '' }],
    ['METRICS_URL', { METRICS_URL: '' }],
  ])('are not available without %s, which is told in four keys, and nobody is asked', async (_, without) => {
    const { token } = await newPerson('admin');
    const answer = await call('GET', NUMBERS, { token, env: { ...at('sql'), ...without } });
    expect(JSON.parse(answer.text)).toEqual({
      ...{ status: 'error', status_code: 404, message: 'The numbers are not available', data: {} },
    });
    expect(await asked()).toEqual([]);
    expect(numbersSource({ ...env, ...without })).toBeUndefined();
  });

  it.each(['broken', 'moved', 'words', 'empty'])(
    'are a fault in four keys where the server does not give them, and nothing that it said is told or logged: %s',
    async (manner) => {
      const { token } = await newPerson('admin');
      const answer = await call('GET', NUMBERS, { token, env: at(manner) });
      expect(JSON.parse(answer.text)).toEqual({
        ...{ status: 'error', status_code: 500, message: 'An unexpected error occurred.', data: {} },
      });
      expect(await asked()).toHaveLength(1);
      expect(lines.join()).toContain('"event":"fault"');
      expect(lines.join()).not.toMatch(/secret|nothing that was asked/);
    },
  );

  it('are not waited for any longer than ten seconds', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      expect(ms).toBe(10_000);
      return AbortSignal.abort(new DOMException('too late', 'TimeoutError'));
    });
    const { token } = await newPerson('admin');
    expect((await call('GET', NUMBERS, { token, env: at('slow') })).status).toBe(500);
    expect(timeout).toHaveBeenCalledOnce();
  });

  it('are for administrators alone, before anybody is asked', async () => {
    const { token } = await newPerson();
    expect((await call('GET', NUMBERS, { token, env: at('sql') })).status).toBe(403);
    expect((await call('GET', NUMBERS, { env: at('sql') })).status).toBe(401);
    expect(await asked()).toEqual([]);
  });
});
