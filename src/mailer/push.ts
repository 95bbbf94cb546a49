import { Webhook } from 'standardwebhooks';
import type { Database } from '../../drizzle/client.ts';
import type { Service } from '../../drizzle/schema.ts';
import { serviceKeys, signingSecret } from '../accounts/tokens/service-secret.ts';
import { eventOf } from '../outbox/event.ts';
import { type ClaimedPushes, claimPushes, failPushes, hears, type StoredEvent, settlePushes } from '../outbox/push.ts';
import { inTime } from '../workers/deadline.ts';
import { HOUR_MS, MINUTE_MS } from '../workers/duration.ts';
import { faultOf, log } from '../workers/log.ts';
import { countPush } from '../workers/metrics.ts';

/** Within this a service has to have answered. */
const ANSWER_DEADLINE_MS = 15 * 1000;
// One sender goes on for this long and then hands over; with the last answer and its note it stays below the half minute
// that a Worker has behind its answer.
const SENDING_MS = 8 * 1000;
// Longer than all that a sender does: while an event may still leave, nobody else takes it up.
const LEASE_MS = MINUTE_MS;

const FIRST_DELAY_MS = 5 * 1000;
const LONGEST_DELAY_MS = 4 * HOUR_MS;
// A service may ask for more time than that, but not for so much that it is given up meanwhile.
const LONGEST_RETRY_AFTER_MS = 24 * HOUR_MS;
// What is due later than this is woken by the scheduled run.
const WOKEN_BY_QUEUE_WITHIN_MS = MINUTE_MS;

// The waits between the tries to note that an event has arrived.
const NOTE_DELAYS_MS = [100, 500, 1500];

/** How a push ended: it arrived, or why not, and what the service said about the next try. */
type Answer = { ok: true } | { ok: false; failure: string; isGone: boolean; retryAfterMs: number };

const NO_KEY: Answer = { ok: false, failure: 'E_NO_KEY', isGone: false, retryAfterMs: 0 };

/** `Retry-After` in milliseconds, as seconds or as a date (RFC 9110 §10.2.3); 0 where there is none. */
export const retryAfterMs = (header: string | null, now: Date): number => {
  if (header === null) return 0;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
};

/** How long a try waits behind `failures` that came in a row: 5 seconds, then twice as long each time to four hours. */
export const delayAfter = (failures: number): number => {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
  // Spread, so that a service that comes back is not met by everything at once.
  return Math.round(delay * (1 + Math.random() / 10));
};

/**
 * The signatures of both secrets while a rotation lasts, the newer one first (Standard Webhooks 1.0.0). A key that is gone has
 * taken the former secret along.
 */
export const signaturesOf = (
  env: Pick<MailerEnv, 'SERVICE_KEYS' | 'SERVICE_KEYS_B'>,
  { id, generation, keyVersion, formerKeyVersion, formerUntil }: Service,
  message: { id: string; at: Date; body: string },
): string => {
  const keys = serviceKeys(env);
  const secrets = [signingSecret(keys, keyVersion, { id, generation })];
  const hasFormer = formerKeyVersion !== null && keys.versions.has(formerKeyVersion);
  if (hasFormer && formerUntil !== null && formerUntil > message.at)
    secrets.push(signingSecret(keys, formerKeyVersion, { id, generation: generation - 1 }));
  return secrets.map((secret) => new Webhook(secret).sign(message.id, message.at, message.body)).join(' ');
};

const failureOf = (error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return 'E_NO_ANSWER_IN_TIME';
  return 'E_UNREACHABLE';
};

/** Sends one event. An answer is read no further than its head; a redirect is no answer. Never rejects for what a service does. */
const push = async (env: MailerEnv, service: ClaimedPushes['service'], event: StoredEvent): Promise<Answer> => {
  // Its key was replaced, so it waits for a pair of the new one, and loses nothing meanwhile.
  if (!serviceKeys(env).versions.has(service.keyVersion)) return NO_KEY;
  const now = new Date();
  const told = eventOf(event);
  const body = JSON.stringify(told);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'edge-accounts',
    'webhook-id': told.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': signaturesOf(env, service, { id: told.id, at: now, body }),
  };
  try {
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const answer = await fetch(service.url, { method: 'POST', headers, body, redirect: 'manual', signal });
    answer.body?.cancel().catch(() => {});
    if (answer.ok) return { ok: true };
    const wait = retryAfterMs(answer.headers.get('Retry-After'), now);
    return { ok: false, failure: `HTTP_${answer.status}`, isGone: answer.status === 410, retryAfterMs: wait };
  } catch (error) {
    return { ok: false, failure: failureOf(error), isGone: false, retryAfterMs: 0 };
  }
};

/** Notes how far a service has come, again and again: a database that does not answer for a moment lets no event arrive twice. */
const note = async (db: Database, held: ClaimedPushes, seq: number, release: boolean): Promise<boolean> => {
  for (const delay of NOTE_DELAYS_MS) {
    try {
      return await inTime('D1 for a note', settlePushes(db, held, seq, { release }));
    } catch (error) {
      log('warn', 'push-not-noted', { service: held.service.name, seq, fault: faultOf(error) });
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  return settlePushes(db, held, seq, { release });
};

/** Puts off a service whose event did not arrive, or halts it; answers in how many milliseconds it is due again. */
const putOff = async (
  db: Database,
  env: MailerEnv,
  held: ClaimedPushes,
  event: StoredEvent,
  failures: number,
  answer: Extract<Answer, { ok: false }>,
): Promise<number> => {
  const { failure, isGone } = answer;
  const delay = Math.max(delayAfter(failures), answer.retryAfterMs);
  const now = new Date();
  const dueAt = new Date(now.getTime() + delay);
  const { isHalted } = await failPushes(db, held, { failure, isGone, dueAt }, now);
  const line = { service: held.service.name, seq: event.seq, attempts: failures, failure };
  if (isHalted) log('error', 'service-halted', line);
  else log('warn', 'push-failed', line);
  const ms = now.getTime() - event.at.getTime();
  countPush(env.METRICS, isHalted ? 'halted' : 'failed', { failure, ms, attempts: failures });
  return isHalted ? Number.POSITIVE_INFINITY : delay;
};

/** Sends the claimed events in their order; answers in how many milliseconds to go on (undefined: all of them have arrived). */
const send = async (db: Database, env: MailerEnv, held: ClaimedPushes, until: number): Promise<number | undefined> => {
  const last = held.events.at(-1);
  let failures = held.service.attempts;
  for (const event of held.events) {
    const isHeard = hears(held.service, event.type);
    if (isHeard) {
      const answer = await push(env, held.service, event);
      if (!answer.ok) return putOff(db, env, held, event, failures + 1, answer);
      countPush(env.METRICS, 'delivered', { ms: Date.now() - event.at.getTime(), attempts: failures + 1 });
      failures = 0;
    }
    const isOver = Date.now() >= until;
    // What nobody has to hear is noted with what comes behind it.
    const isNoted = isHeard || event === last || isOver;
    // Whoever has lost the lease stops: another has taken over.
    if (isNoted && !(await note(db, held, event.seq, event === last || isOver))) return undefined;
    if (isOver) return 0;
  }
  return undefined;
};

/**
 * Sends a service what it has not had yet, in order, as long as that lasts and a sender may go on, and sees to it that
 * somebody goes on later. Never rejects: what fails here the scheduled run takes up.
 */
export const pushToService = async (db: Database, env: MailerEnv, service: string): Promise<void> => {
  const until = Date.now() + SENDING_MS;
  try {
    for (;;) {
      const held = await claimPushes(db, service, { id: crypto.randomUUID(), ms: LEASE_MS });
      if (!held) return;
      const wait = await send(db, env, held, until);
      if (wait === undefined) continue;
      if (wait <= WOKEN_BY_QUEUE_WITHIN_MS) {
        await inTime('Queues', env.EVENTS.send({ service }, { delaySeconds: Math.ceil(wait / 1000) }));
      }
      return;
    }
  } catch (error) {
    log('error', 'push-fault', { service_id: service, fault: faultOf(error) });
  }
};
