import { createExecutionContext, createMessageBatch, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { linkKeys, readOneTimeToken } from '../../src/accounts/tokens/one-time-token.ts';
import { randomId } from '../../src/accounts/tokens/signed-token.ts';
import worker from '../../src/mailer/index.ts';
import { renderMail } from '../../src/mailer/render.ts';
import type { MailMessage } from '../../src/outbox/kind.ts';
import { DEADLINE_MS } from '../../src/workers/deadline.ts';
import { DAY_MS, HOUR_MS } from '../../src/workers/duration.ts';
import { brokenMetrics, recordedMetrics } from '../data-points.ts';
import { DATA, KINDS } from './sample-mail.ts';

type SentMail = { to: string; from: unknown; subject: string; text: string; html: string; headers: object };

const rows = async <Row = any>(statement: string, ...values: unknown[]): Promise<Row[]> =>
  (
    await env.DB.prepare(statement)
      .bind(...values)
      .all<Row>()
  ).results;

type NewUser = { fullName?: string | null; email?: string; isVerified?: boolean };

const newUser = async (user: NewUser = {}): Promise<{ id: number; email: string }> => {
  const { fullName = 'Ada Lovelace', email = `${randomId().toLowerCase()}@example.com`, isVerified = true } = user;
  const [row] = await rows<{ id: number }>(
    `INSERT INTO users (email, password_hash, full_name, is_verified, accepted_terms_at, created_at, updated_at)
     VALUES (?, '', ?, ?, 0, 0, 0) RETURNING id`,
    email,
    fullName,
    Number(isVerified),
  );
  return { id: row?.id ?? 0, email };
};

type Mail = { kind?: string; data?: object; dueAt?: number; lease?: string; leasedUntil?: number; attempts?: number };

/** Puts a mail into the outbox as the API does, and answers its id. */
const newMail = async (userId: number, mail: Mail = {}): Promise<number> => {
  const data = mail.data ?? { token: randomId(), expiresAt: Date.now() + DAY_MS };
  const [row] = await rows<{ id: number }>(
    `INSERT INTO outbox (user_id, kind, data, due_at, lease, leased_until, attempts, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    ...[userId, mail.kind ?? 'verify-email', JSON.stringify(data), mail.dueAt ?? Date.now()],
    ...[mail.lease ?? null, mail.leasedUntil ?? null, mail.attempts ?? 0, Date.now()],
  );
  return row?.id ?? 0;
};

const mailsLeft = (userId: number) => rows('SELECT * FROM outbox WHERE user_id = ? ORDER BY id', userId);

let sent: SentMail[];
let provider: (mail: SentMail) => Promise<void>;
let lines: string[];

beforeEach(() => {
  sent = [];
  lines = [];
  provider = async () => undefined;
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line));
  }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The one part of the world that is replaced: it notes what it is given and does as `provider` says. */
const EMAIL = {
  send: async (mail: SentMail) => {
    sent.push(mail);
    await provider(mail);
    return { messageId: '1' };
  },
} as unknown as SendEmail;

type Outcome = 'ack' | { retryAfter: number };

/** Delivers one batch of messages that name these mails, and answers what became of each message. */
const deliver = async (
  ids: number[],
  replaced: Partial<MailerEnv> = {},
  queue = 'edge-accounts-mail',
): Promise<Outcome[]> => {
  const batch = createMessageBatch<MailMessage>(
    queue,
    ids.map((id, n) => ({ id: `message-${n}`, timestamp: new Date(), attempts: 1, body: { id } })),
  );
  const outcomes: Outcome[][] = batch.messages.map((message) => {
    const told: Outcome[] = [];
    vi.spyOn(message, 'ack').mockImplementation(() => void told.push('ack'));
    vi.spyOn(message, 'retry').mockImplementation(
      (options) => void told.push({ retryAfter: options?.delaySeconds ?? Number.NaN }),
    );
    return told;
  });
  const ctx = createExecutionContext();
  await worker.queue(batch, { ...env, EMAIL, ...replaced });
  await waitOnExecutionContext(ctx);
  for (const told of outcomes) expect(told).toHaveLength(1);
  return outcomes.flat();
};

const refusing = (message: string) => async () => {
  throw new Error(message);
};

const linkIn = (text: string): string => /http\S+#token=[\w.-]+/.exec(text)?.[0] ?? '';

describe('a mail that waits', () => {
  it('leaves once, as text and HTML with the same working link, and its row is gone', async () => {
    const user = await newUser();
    const [token, expiresAt] = [randomId(), Date.now() + DAY_MS];
    const id = await newMail(user.id, { data: { token, expiresAt } });
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toHaveLength(1);
    const [mail] = sent as [SentMail];
    expect(mail).toMatchObject({
      to: user.email,
      from: { email: env.MAIL_FROM, name: env.APP_NAME },
      subject: `Verify your email address for ${env.APP_NAME}`,
      headers: {
        'Auto-Submitted': 'auto-generated',
        'Content-Language': 'en',
        'X-Mail-Key': expect.stringMatching(/^\d+\.\d+$/),
      },
    });
    const link = linkIn(mail.text);
    expect(link).toMatch(new RegExp(`^${env.APP_URL}/verify-email#token=`));
    expect(readOneTimeToken(linkKeys(env), 'verify-email', link.split('#token=')[1] ?? '')).toEqual({
      id: token,
      userId: user.id,
      expiresAt: new Date(expiresAt),
    });
    expect(mail.html.split(`href="${link}"`)).toHaveLength(3);
    expect(mail.text).toContain('Hello Ada Lovelace,');
    expect(await mailsLeft(user.id)).toEqual([]);
  });

  it('greets nobody by a name that a stranger may have given with the address', async () => {
    const SCAM = 'You have won, call 555 0100';
    const user = await newUser({ fullName: SCAM, isVerified: false });
    const data = {
      ...{ token: randomId(), expiresAt: Date.now() + DAY_MS },
      reason: null,
      eraseAt: Date.now() + DAY_MS,
    };
    const kinds = KINDS.filter((kind) => kind !== 'account-erased');
    const ids: number[] = [];
    for (const kind of kinds) ids.push(await newMail(user.id, { kind, data: { ...DATA[kind], ...data } }));
    expect(await deliver(ids)).toEqual(ids.map(() => 'ack'));
    expect(sent).toHaveLength(kinds.length);
    for (const { subject, text, html } of sent) {
      expect(text).toMatch(/^Hello,\n/);
      expect(subject + text + html).not.toContain(SCAM);
    }
  });

  it('goes to the A-label of a domain where the local part is ASCII, and to the address as it is where it is not', async () => {
    const [ascii, letters] = [await newUser({ email: 'ida@bücher.example' }), await newUser({ email: 'жук@почта.рф' })];
    await deliver([await newMail(ascii.id), await newMail(letters.id)]);
    expect(sent.map(({ to }) => to).sort()).toEqual(['ida@xn--bcher-kva.example', 'жук@почта.рф']);
  });

  it.each(['not-dead-yet-mail', 'x-dead-mail', 'dead-mail', 'post'])(
    'leaves a deployment whose queue is %s, and its dead letters are buried',
    async (queue) => {
      const user = await newUser();
      const tried = await newMail(user.id, { attempts: 30, dueAt: Date.now() + DAY_MS });
      await deliver([tried], {}, `${queue}-dead`);
      expect(sent).toEqual([]);
      expect(await mailsLeft(user.id)).toMatchObject([{ id: tried, failure: 'E_DEAD_LETTER' }]);
      await deliver([await newMail(user.id)], {}, queue);
      expect(sent).toHaveLength(1);
    },
  );

  it('is not sent again by a second message, later or at the same time', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    expect(await deliver([id, id, id])).toEqual(['ack', 'ack', 'ack']);
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toHaveLength(1);
  });

  it('that is gone, or never was, is done with', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    await rows('DELETE FROM users WHERE id = ?', user.id);
    expect(await deliver([id, 999_999_999])).toEqual(['ack', 'ack']);
    expect(sent).toEqual([]);
  });

  it('goes to the address that it carries itself, where its user is gone', async () => {
    const [row] = await rows<{ id: number }>(
      `INSERT INTO outbox (kind, data, email, due_at, created_at)
       VALUES ('already-registered', '{}', 'gone@example.com', 0, 0) RETURNING id`,
    );
    expect(await deliver([row?.id ?? 0])).toEqual(['ack']);
    expect(sent.map(({ to }) => to)).toEqual(['gone@example.com']);
    expect(await rows('SELECT id FROM outbox WHERE user_id IS NULL')).toEqual([]);
  });

  it('waits on while somebody else holds it, and is taken up when that lease has run out', async () => {
    const user = await newUser();
    const id = await newMail(user.id, { lease: randomId(), leasedUntil: Date.now() + 60_000, attempts: 1 });
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toEqual([]);
    await rows('UPDATE outbox SET leased_until = ? WHERE id = ?', Date.now() - 1, id);
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toHaveLength(1);
  });

  it('waits on until it is due', async () => {
    const user = await newUser();
    const id = await newMail(user.id, { dueAt: Date.now() + 60_000 });
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toEqual([]);
    expect(await mailsLeft(user.id)).toHaveLength(1);
  });

  it('is held for longer than it may take to send', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    let heldFor = 0;
    provider = async () => {
      const [row] = await mailsLeft(user.id);
      heldFor = row.leased_until - Date.now();
    };
    await deliver([id]);
    expect(heldFor).toBeGreaterThan(60_000);
  });
});

describe('the mails of one user', () => {
  it('leave in the order of what happened, even if the message of a later one comes first', async () => {
    const user = await newUser();
    const first = await newMail(user.id);
    const second = await newMail(user.id, { kind: 'already-registered', data: {} });
    expect(await deliver([second])).toEqual(['ack']);
    expect(sent.map(({ subject }) => subject)).toEqual([
      `Verify your email address for ${env.APP_NAME}`,
      `You already have an account at ${env.APP_NAME}`,
    ]);
    expect(await deliver([first])).toEqual(['ack']);
    expect(sent).toHaveLength(2);
  });

  it('leave in order and once each, when all their messages come at once', async () => {
    const user = await newUser();
    const ids = [];
    for (let n = 0; n < 8; n += 1) ids.push(await newMail(user.id, { data: { token: `${n}`, expiresAt: 1 } }));
    await deliver(ids.toReversed());
    const tokens = sent.map(({ text }) => linkIn(text).split('#token=')[1] ?? '');
    expect(tokens.map((token) => readOneTimeToken(linkKeys(env), 'verify-email', token)?.id)).toEqual([...'01234567']);
    expect(await mailsLeft(user.id)).toEqual([]);
  });

  it('do not overtake one that could not leave', async () => {
    const user = await newUser();
    const first = await newMail(user.id);
    const second = await newMail(user.id, { kind: 'already-registered', data: {} });
    provider = refusing('try later');
    expect(await deliver([first])).toEqual([{ retryAfter: expect.any(Number) }]);
    provider = async () => undefined;
    sent = [];
    expect(await deliver([second])).toEqual(['ack']);
    expect(sent).toEqual([]);
    await rows('UPDATE outbox SET due_at = ? WHERE id = ?', Date.now(), first);
    await deliver([first]);
    expect(sent.map(({ subject }) => subject.slice(0, 6))).toEqual(['Verify', 'You al']);
  });

  it('do not wait for those of another', async () => {
    const [one, other] = [await newUser(), await newUser()];
    const ids = [await newMail(one.id), await newMail(other.id)];
    provider = async ({ to }) => (to === one.email ? refusing('try later')() : undefined);
    expect(await deliver(ids)).toEqual([{ retryAfter: expect.any(Number) }, 'ack']);
    expect([(await mailsLeft(one.id)).length, (await mailsLeft(other.id)).length]).toEqual([1, 0]);
  });
});

describe('a provider that fails', () => {
  it('gives the mail back: it is due later, held by nobody, and its message comes again then', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    provider = refusing('421 try again later');
    const [outcome] = await deliver([id]);
    const { retryAfter } = outcome as { retryAfter: number };
    expect(retryAfter).toBeGreaterThanOrEqual(7);
    expect(retryAfter).toBeLessThanOrEqual(13);
    const [row] = await mailsLeft(user.id);
    expect(row).toMatchObject({
      id,
      attempts: 1,
      lease: null,
      leased_until: null,
      failure: 'E_UNKNOWN',
    });
    expect(row.due_at - Date.now()).toBeGreaterThan(5000);
    expect(row.due_at - Date.now()).toBeLessThanOrEqual(retryAfter * 1000);
  });

  it('is given ever more time, up to about an hour', async () => {
    provider = refusing('421 try again later');
    const delays = [];
    for (const attempts of [0, 1, 2, 3, 6, 10, 28]) {
      const id = await newMail((await newUser()).id, { attempts });
      const [outcome] = await deliver([id]);
      delays.push((outcome as { retryAfter: number }).retryAfter);
    }
    for (const [n, middle] of [10, 20, 40, 80, 640, 3600, 3600].entries()) {
      expect(delays[n], `${n}`).toBeGreaterThanOrEqual(Math.floor(middle * 0.75));
      expect(delays[n], `${n}`).toBeLessThanOrEqual(Math.ceil(middle * 1.25));
    }
  });

  it('is not waited for longer than half a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const user = await newUser();
    const id = await newMail(user.id);
    provider = () => {
      queueMicrotask(() => vi.advanceTimersByTime(30_000));
      return new Promise(() => undefined);
    };
    expect(await deliver([id])).toEqual([{ retryAfter: expect.any(Number) }]);
    expect((await mailsLeft(user.id))[0].failure).toBe('E_NO_ANSWER_IN_TIME');
  });

  it('and names the address leaves it neither in the log nor in the row', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    provider = refusing(`destination address <${user.email}> is not verified`);
    await deliver([id]);
    const [row] = await mailsLeft(user.id);
    expect(row.failure).toBe('E_UNKNOWN');
    expect(lines.join()).toContain('mail-failed');
    expect(lines.join()).not.toContain(user.email);
  });
});

describe('a mail that fails for good', () => {
  const refusingFor = (code: string) => async () => {
    throw Object.assign(new Error('no'), { code });
  };

  it('because its recipient is refused is not tried again, and holds no later mail of the user up', async () => {
    for (const code of ['E_RECIPIENT_SUPPRESSED', 'E_RECIPIENT_NOT_ALLOWED']) {
      const user = await newUser();
      const id = await newMail(user.id);
      const later = await newMail(user.id, { kind: 'password-changed', data: {} });
      let calls = 0;
      provider = async () => {
        calls += 1;
        if (calls === 1) await refusingFor(code)();
      };
      expect(await deliver([id])).toEqual(['ack']);
      expect(await mailsLeft(user.id)).toMatchObject([{ id, failure: code, attempts: 1, lease: null }]);
      expect((await mailsLeft(user.id))[0].failed_at).toBeGreaterThan(0);
      expect(calls).toBe(2);
      expect(await deliver([id, later])).toEqual(['ack', 'ack']);
      expect(calls).toBe(2);
    }
  });

  it('does so after thirty attempts, and not for a sender that is not set up right', async () => {
    const user = await newUser();
    const id = await newMail(user.id, { attempts: 28 });
    provider = refusingFor('E_SENDER_NOT_VERIFIED');
    expect(await deliver([id])).toEqual([{ retryAfter: expect.any(Number) }]);
    expect((await mailsLeft(user.id))[0].failed_at).toBeNull();
    await rows('UPDATE outbox SET due_at = 0 WHERE id = ?', id);
    expect(await deliver([id])).toEqual(['ack']);
    expect(await mailsLeft(user.id)).toMatchObject([{ id, attempts: 30, failure: 'E_SENDER_NOT_VERIFIED' }]);
    expect((await mailsLeft(user.id))[0].failed_at).toBeGreaterThan(0);
  });

  it('is marked so by the dead-letter queue, unless it may still leave, is being sent, or is gone', async () => {
    const user = await newUser();
    const tried = await newMail(user.id, { attempts: 30 });
    const untried = await newMail(user.id);
    // Its message was used up while the database did not answer.
    const triedOnce = await newMail(user.id, { attempts: 1 });
    const held = await newMail(user.id, { attempts: 30, lease: randomId(), leasedUntil: Date.now() + 60_000 });
    expect(await deliver([tried, untried, triedOnce, held, 999_999], {}, 'edge-accounts-mail-dead')).toEqual(
      Array(5).fill('ack'),
    );
    const failed = (await mailsLeft(user.id)).filter(({ failed_at }) => failed_at !== null);
    expect(failed).toMatchObject([{ id: tried, failure: 'E_DEAD_LETTER' }]);
    expect(sent).toEqual([]);
  });

  it('waits in the dead-letter queue while the database does not answer', async () => {
    const id = await newMail((await newUser()).id, { attempts: 30 });
    const outcome = await deliver([id], { DB: databaseWithout(/./) }, 'edge-accounts-mail-dead');
    expect(outcome).toEqual([{ retryAfter: expect.any(Number) }]);
  });
});

/** The real database, but for the statements that a pattern fits. */
const databaseWithout = (pattern: Pick<RegExp, 'test'>): D1Database =>
  new Proxy(env.DB, {
    get: (target, name) => {
      if (name !== 'prepare') return Reflect.get(target, name).bind(target);
      return (query: string) => {
        if (pattern.test(query)) throw new Error('D1_ERROR: Network connection lost.');
        return target.prepare(query);
      };
    },
  });

/** The waits between two tries are over at once; the deadlines of a send and of a note are not. */
const withoutWaits = () => {
  const { setTimeout } = globalThis;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((done: () => void, ms = 0) =>
    setTimeout(done, ms < 30_000 && ms !== DEADLINE_MS['D1 for a note'] ? 0 : ms)) as typeof setTimeout);
};

describe('a database that fails', () => {
  it('for a moment after the mail has left lets it leave once', async () => {
    withoutWaits();
    const user = await newUser();
    const id = await newMail(user.id);
    let failures = 0;
    const DB = databaseWithout({ test: (query) => /^delete/i.test(query) && failures++ < 5 });
    expect(await deliver([id], { DB })).toEqual(['ack']);
    expect([sent.length, failures]).toEqual([1, 6]);
    expect(await mailsLeft(user.id)).toEqual([]);
  });

  it('for long after the mail has left lets it leave once more, with the same link', async () => {
    withoutWaits();
    const user = await newUser();
    const id = await newMail(user.id);
    expect(await deliver([id], { DB: databaseWithout(/^delete/i) })).toEqual([{ retryAfter: expect.any(Number) }]);
    expect(await mailsLeft(user.id)).toMatchObject([{ id }]);
    // Until the lease has run out nobody knows whether the first consumer is still at it.
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toHaveLength(1);
    await rows('UPDATE outbox SET leased_until = ? WHERE id = ?', Date.now() - 1, id);
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(linkIn(sent[1]?.text ?? '')).toMatch(/#token=\S{60,}/);
    expect(await mailsLeft(user.id)).toEqual([]);
  });

  it('before the mail was claimed makes the message come again, and nothing leaves', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    expect(await deliver([id], { DB: databaseWithout(/./) })).toEqual([{ retryAfter: expect.any(Number) }]);
    expect(sent).toEqual([]);
    expect(await deliver([id])).toEqual(['ack']);
    expect(sent).toHaveLength(1);
  });
});

describe('the count of mails', () => {
  const outcomesOf = async (mail: Mail, queue?: string) => {
    const { METRICS, points } = recordedMetrics();
    const id = await newMail((await newUser()).id, mail);
    await rows('UPDATE outbox SET created_at = created_at - ? WHERE id = ?', HOUR_MS, id);
    await deliver([id], { METRICS }, queue);
    return points.map(({ indexes, blobs, doubles }) => ({ index: indexes[0], blobs, doubles }));
  };

  it('has one that leaves, by its kind, with how long that took and how often it was tried', async () => {
    const [point, ...others] = await outcomesOf({ kind: 'password-changed', data: {}, attempts: 2 });
    expect(point).toMatchObject({ index: 'mail sent', blobs: ['mail', 'sent', 'password-changed', ''] });
    const [times, ms = 0, tries] = point?.doubles ?? [];
    expect([times, tries, others]).toEqual([1, 3, []]);
    expect(ms).toBeGreaterThanOrEqual(HOUR_MS);
    expect(ms).toBeLessThan(2 * HOUR_MS);
  });

  it('has one that does not leave now, or never will, or that the queue gave up, by the code of its failure', async () => {
    provider = refusing('421 try again later');
    const ofThis = { kind: 'account-deleted', data: { eraseAt: 1 } };
    const counted = [
      ...(await outcomesOf(ofThis)),
      ...(await outcomesOf({ ...ofThis, attempts: 29 })),
      ...(await outcomesOf({ ...ofThis, attempts: 30 }, 'edge-accounts-mail-dead')),
      // One that was tried less stays, and is neither lost nor counted.
      ...(await outcomesOf(ofThis, 'edge-accounts-mail-dead')),
    ];
    expect(counted.map(({ index, blobs, doubles }) => [index, ...blobs.slice(1), doubles[2]])).toEqual([
      ['mail failed', 'failed', 'account-deleted', 'E_UNKNOWN', 1],
      ['mail failed-for-good', 'failed-for-good', 'account-deleted', 'E_UNKNOWN', 30],
      ['mail dead-letter', 'dead-letter', 'account-deleted', '', 30],
    ]);
  });

  it('holds no mail up where it cannot be written', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    expect(await deliver([id], { METRICS: brokenMetrics })).toEqual(['ack']);
    expect([sent.length, await mailsLeft(user.id)]).toEqual([1, []]);
  });
});

describe('the lines of a mail', () => {
  const lineOf = (event: string) => lines.map((line) => JSON.parse(line)).find((line) => line.event === event);

  it('say whose it is by id, which mail, and why it did not leave', async () => {
    const user = await newUser();
    const of = (mail: number) => ({ mail, user_id: user.id, kind: 'verify-email' });
    const sent = await newMail(user.id);
    await deliver([sent]);
    expect(lineOf('mail-sent')).toMatchObject(of(sent));
    provider = refusing('421 try again later');
    const [failed, last] = [await newMail(user.id), await newMail((await newUser()).id, { attempts: 29 })];
    await deliver([failed, last]);
    expect(lineOf('mail-failed')).toMatchObject({ ...of(failed), failure: 'E_UNKNOWN' });
    expect(lineOf('mail-failed-for-good')).toMatchObject({ mail: last, user_id: expect.any(Number) });
    const buried = await newMail(user.id, { attempts: 30 });
    await deliver([buried], {}, 'edge-accounts-mail-dead');
    expect(lineOf('mail-dead-letter')).toMatchObject(of(buried));
  });
});

describe('a transport that nobody knows', () => {
  it('loses no mail', async () => {
    const user = await newUser();
    const id = await newMail(user.id);
    expect(await deliver([id], { MAIL_TRANSPORT: 'pigeon' })).toEqual([{ retryAfter: expect.any(Number) }]);
    expect(lines.join()).toMatch(/pigeon/);
    expect(await mailsLeft(user.id)).toHaveLength(1);
  });
});

describe('a rendered mail', () => {
  const rendered = (fullName: string | null) =>
    renderMail(env, {
      id: 1,
      userId: 1,
      kind: 'verify-email',
      data: { token: 'token', expiresAt: 0 },
      email: 'ada@example.com',
      fullName,
      language: 'en',
      attempts: 1,
      lease: 'lease',
      createdAt: new Date(0),
    });
  const count = (text: string, character: string) => text.split(character).length;

  it('says the name, and its HTML is the same whatever the name contains', () => {
    const plain = rendered('Ada');
    const hostile = fc.oneof(
      fc.constantFrom('<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '&lt;b&gt;', "' onload='", '-->'),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom(...'<>&"\'/=;!-{}$`') }),
    );
    fc.assert(
      fc.property(hostile, (name) => {
        const { html, text, subject } = rendered(name);
        for (const character of '<>"\'') expect(count(html, character)).toBe(count(plain.html, character));
        expect(html.replace(/Hello .*,<\/p>/s, '')).toBe(plain.html.replace(/Hello .*,<\/p>/s, ''));
        expect(text).toContain(`Hello ${name},`);
        expect(subject).toBe(plain.subject);
      }),
    );
  });

  it('reads well without a name', () => {
    expect(rendered(null).text).toMatch(/^Hello,\n/);
  });

  it('loads nothing from anywhere', () => {
    expect(rendered('Ada').html).not.toMatch(/<(?:img|script|link|iframe|object)\b|url\(/i);
    expect(rendered('Ada').html).toMatch(/^<!doctype html><html lang="en" dir="ltr">/);
  });
});
