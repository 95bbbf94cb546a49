import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { database } from '../drizzle/client.ts';
import { claimMail, enqueueMail, forgottenMails, releaseMail, settleMail, wakeMailer } from '../src/outbox/outbox.ts';
import { failing, rows } from './client.ts';

const db = database(env.DB);
const NOW = new Date('2026-11-20T12:00:00Z');
const MINUTE = 60 * 1000;
const later = (ms: number): Date => new Date(NOW.getTime() + ms);

let userId: number;
beforeAll(async () => {
  const [user] = await rows<{ id: number }>(
    `INSERT INTO users (email, password_hash, full_name, listening_language, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES ('outbox@example.com', '', 'Ada', 'fr', 1, 0, 0, 0) RETURNING id`,
  );
  userId = user?.id ?? 0;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rows('DELETE FROM outbox');
});

const enqueue = async (now = NOW): Promise<number> => {
  const [mail] = await enqueueMail(db, 'already-registered', {}, sql`users.id = ${userId}`, now);
  return mail?.id ?? 0;
};
const leaseOf = (id: string) => ({ id, ms: 90_000 });
const claim = (id: number, lease: string, now = NOW) => claimMail(db, { id, userId: null }, leaseOf(lease), now);

describe('the outbox', () => {
  it('takes a mail for each user that is found, and none where nothing happened', async () => {
    const data = { token: 'token', expiresAt: 1 };
    const mails = await enqueueMail(db, 'verify-email', data, sql`users.id = ${userId}`, NOW);
    expect(mails).toEqual([{ id: expect.any(Number), kind: 'verify-email' }]);
    expect(await enqueueMail(db, 'verify-email', data, sql`users.id = -1`, NOW)).toEqual([]);
    expect(await rows('SELECT user_id, kind, data, attempts, due_at, created_at FROM outbox')).toEqual([
      {
        user_id: userId,
        kind: 'verify-email',
        data: JSON.stringify(data),
        attempts: 0,
        due_at: NOW.getTime(),
        created_at: NOW.getTime(),
      },
    ]);
  });

  it('gives a mail to one of many who ask at once, with all that it takes to write it', async () => {
    const id = await enqueue();
    const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(id, `lease-${n}`)));
    const [claimed, ...others] = claims.filter((mail) => mail !== undefined);
    expect(others).toEqual([]);
    expect(claimed).toEqual({
      id,
      userId,
      kind: 'already-registered',
      data: {},
      email: 'outbox@example.com',
      fullName: 'Ada',
      language: 'fr',
      attempts: 1,
      lease: expect.stringMatching(/^lease-/),
      createdAt: NOW,
    });
  });

  // Threat borrowed-voice
  it('gives the name away only where somebody has verified the address, whatever became of the account since', async () => {
    const nameWith = async (state: string) => {
      await rows(`UPDATE users SET ${state} WHERE id = ?`, userId);
      const mail = await claim(await enqueue(), crypto.randomUUID());
      await rows('DELETE FROM outbox');
      return mail?.fullName;
    };
    expect(await nameWith('is_verified = 0')).toBeNull();
    expect(await nameWith('is_active = 0, deactivated_at = 1')).toBeNull();
    expect(await nameWith('is_verified = 1')).toBe('Ada');
    expect(await nameWith('deleted_at = 1')).toBe('Ada');
    expect(await nameWith('is_active = 1, deactivated_at = NULL, deleted_at = NULL')).toBe('Ada');
  });

  // ASVS 15.4.3
  it('removes a sent mail for who holds it, and for nobody whose lease was taken over', async () => {
    const id = await enqueue();
    await claim(id, 'slow');
    expect(await claim(id, 'fast', later(90_000 - 1))).toBeUndefined();
    expect(await claim(id, 'fast', later(90_000))).toMatchObject({ attempts: 2 });
    expect(await settleMail(db, { id, lease: 'slow', kind: 'account-deactivated' })).toBe(false);
    await releaseMail(db, { id, lease: 'slow' }, 'too late', NOW);
    expect(await rows('SELECT lease, failure FROM outbox')).toEqual([{ lease: 'fast', failure: null }]);
    expect(await settleMail(db, { id, lease: 'fast', kind: 'account-deactivated' })).toBe(true);
    expect(await rows('SELECT id FROM outbox')).toEqual([]);
  });

  it('gives a mail out again when it is due', async () => {
    const id = await enqueue();
    await claim(id, 'first');
    await releaseMail(db, { id, lease: 'first' }, 'not now', later(MINUTE));
    expect(await claim(id, 'second', later(MINUTE - 1))).toBeUndefined();
    expect(await claim(id, 'second', later(MINUTE))).toMatchObject({ id, attempts: 2 });
  });

  it('goes on to the next mail of a user whose first is gone', async () => {
    const [first, second] = [await enqueue(), await enqueue()];
    await claim(second, 'lease');
    expect(await settleMail(db, { id: first, lease: 'lease', kind: 'verify-email' })).toBe(true);
    const next = await claimMail(db, { id: first, userId }, leaseOf('next'), NOW);
    expect(next?.id).toBe(second);
  });

  it('leaves out what has failed for good', async () => {
    const [failed, next] = [await enqueue(), await enqueue()];
    await rows('UPDATE outbox SET failed_at = 1 WHERE id = ?', failed);
    expect(await claim(failed, 'lease')).toMatchObject({ id: next });
    expect(await claim(failed, 'other')).toBeUndefined();
  });
});

describe('a forgotten mail', () => {
  it('is one that has been due for two minutes, that nobody holds and that has not failed for good', async () => {
    const [forgotten, fresh, held, failed] = [
      await enqueue(),
      await enqueue(later(1)),
      await enqueue(),
      await enqueue(),
    ];
    await rows("UPDATE outbox SET lease = 'x', leased_until = ? WHERE id = ?", later(3 * MINUTE).getTime(), held);
    await rows('UPDATE outbox SET failed_at = 1 WHERE id = ?', failed);
    expect(await forgottenMails(db, 10, later(2 * MINUTE))).toEqual([{ id: forgotten }]);
    expect(await forgottenMails(db, 10, later(2 * MINUTE))).toEqual([]);
    expect((await forgottenMails(db, 10, later(5 * MINUTE))).map(({ id }) => id).sort((a, b) => a - b)).toEqual([
      forgotten,
      fresh,
      held,
    ]);
  });

  it('is taken up with the others in portions, the oldest first', async () => {
    const ids = [await enqueue(later(2)), await enqueue(later(1)), await enqueue(NOW)];
    const run = async () => (await forgottenMails(db, 2, later(10 * MINUTE))).map(({ id }) => id).sort((a, b) => a - b);
    expect(await run()).toEqual([ids[1], ids[2]]);
    expect(await run()).toEqual([ids[0]]);
  });
});

describe('waking the mailer', () => {
  it('sends ids and nothing else, a hundred at a time', async () => {
    const sends = vi.spyOn(env.MAIL, 'sendBatch').mockResolvedValue({} as never);
    await wakeMailer(
      env.MAIL,
      Array.from({ length: 201 }, (_, id) => ({ id, email: 'a@example.com' })),
    );
    const batches = sends.mock.calls.map(([messages]) => [...messages]);
    expect(batches.map(({ length }) => length)).toEqual([100, 100, 1]);
    expect(batches.flat().map(({ body }) => body)).toEqual(Array.from({ length: 201 }, (_, id) => ({ id })));
    sends.mockClear();
    await wakeMailer(env.MAIL, []);
    expect(sends).not.toHaveBeenCalled();
  });

  it('is a courtesy: a queue that fails is noted, and nothing more', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await expect(wakeMailer(failing<Queue>('Queue sendBatch failed'), [{ id: 1 }])).resolves.toBeUndefined();
    expect(warned.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
      { event: 'mail-queue-failed', mails: 1 },
    ]);
  });
});
