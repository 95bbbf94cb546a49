import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { runSchedule } from '../src/api/cron.ts';
import { type Account, type Answer, call, login, newAccount, rows } from './client.ts';
import { times } from './depth.ts';
import { atFullCost } from './password-cost.ts';
import { picture } from './picture.ts';

const ME = '/api/v1/users/me';

const upload = (account: Account): Promise<Answer> => {
  const body = new FormData();
  body.set('full_name', 'Changed Meanwhile');
  body.set('avatar', new File([picture('columns.png')], 'a.png'));
  return call('PATCH', ME, { token: account.token, body });
};

let administrator: Account;

/** What else may happen to an account at the moment when it is deleted. */
const RIVALS: Record<string, (account: Account) => Promise<Answer>> = {
  'a change with an upload': upload,
  'a refresh': ({ cookie }) => call('POST', '/api/v1/auth/refresh-token', { cookie }),
  'a login': ({ email }) => login(email),
  'a suspension': ({ id }) =>
    call('PATCH', '/api/v1/users/deactivate', { token: administrator.token, json: { user_id: id } }),
  'a second, soft deletion': ({ token }) => call('DELETE', ME, { token }),
  'a second, hard deletion': ({ token }) => call('DELETE', `${ME}?hard=true`, { token }),
};

const later = async <Result>(ms: number, act: () => Promise<Result>): Promise<Result> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return act();
};

/** No session, no picture without a row that names it, no row that names a picture which is not there. */
const expectNothingLeftOver = async (account: Account, label: string): Promise<void> => {
  expect(await rows('SELECT 1 FROM sessions WHERE user_id = ?', account.id), label).toEqual([]);
  const [row] = await rows(
    'SELECT is_active, deleted_at, deactivated_at, avatar_key FROM users WHERE id = ?',
    account.id,
  );
  const stored = (await env.AVATARS.list({ prefix: `${account.id}/` })).objects.map(({ key }) => key);
  expect(stored, label).toEqual(row?.avatar_key ? [row.avatar_key] : []);
  if (row) {
    expect(row.is_active, label).toBe(0);
    expect(row.deleted_at !== null || row.deactivated_at !== null, label).toBe(true);
  }
  for (const table of ['verification_tokens', 'reset_tokens', 'outbox', 'room_participations']) {
    const orphans = await rows(
      `SELECT 1 FROM ${table} WHERE user_id = ? AND NOT EXISTS (SELECT 1 FROM users WHERE id = ?)`,
      account.id,
      account.id,
    );
    expect(orphans, `${label}: ${table}`).toEqual([]);
  }
};

describe('a deletion that races', () => {
  for (const [name, rival] of Object.entries(RIVALS)) {
    // A login takes its time, in which the deletion comes.
    const asItIs = name === 'a login' ? atFullCost : (run: () => Promise<void>) => run;
    it.each([
      ['soft', ''],
      ['hard', '?hard=true'],
    ])(
      `${name} ends as one after the other would: %s`,
      (_, query) =>
        asItIs(async () => {
          administrator ??= await newAccount();
          await rows("UPDATE users SET role = 'admin' WHERE id = ?", administrator.id);
          for (let round = 0; round < times(2, 24); round += 1) {
            const account = await newAccount();
            await upload(account);
            const [deletion] = await Promise.all([
              later(round % 2 === 0 ? round * 4 : 0, () => call('DELETE', `${ME}${query}`, { token: account.token })),
              later(round % 2 === 0 ? 0 : round * 4, () => rival(account)),
            ]);
            const label = `${name}, round ${round}, deletion ${deletion.status} ${deletion.body.code ?? ''}`;
            expect([200, 401, 403], label).toContain(deletion.status);
            const [row] = await rows('SELECT deleted_at FROM users WHERE id = ?', account.id);
            if (deletion.status === 200) expect(row === undefined || row.deleted_at !== null, label).toBe(true);
            if (deletion.status === 200 && query !== '') expect(row, label).toBeUndefined();
            await runSchedule(env);
            await expectNothingLeftOver(account, label);
          }
        })(),
      120_000,
    );
  }
});
