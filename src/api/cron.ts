import { type Database, database } from '../../drizzle/client.ts';
import type { Actor } from '../accounts/acts/audit.ts';
import { writeRecords } from '../accounts/acts/record.ts';
import { keepHighest } from '../accounts/acts/sequence.ts';
import { type Backlog, gaugesAtLeast, LOOKS_AT, readBacklog } from '../accounts/backlog.ts';
import { graceMs, remindOfErasures } from '../accounts/erasure/deletion.ts';
import { eraseDueUsers, finishErasures } from '../accounts/erasure/erasure.ts';
import { removeExpired } from '../accounts/erasure/retention.ts';
import { sealAnew } from '../accounts/factors/sealed-secrets.ts';
import { logAct } from '../accounts/follow-up.ts';
import { removeOrphanedAvatars } from '../accounts/profile/avatar.ts';
import { removeExpiredEvents } from '../accounts/services/feed.ts';
import { finishBlacklist } from '../accounts/sessions/blacklist.ts';
import { factorKeys } from '../accounts/tokens/factor-secret.ts';
import { writeOutdatedTerms } from '../accounts/users/outdated-terms.ts';
import { forgottenMails, wakeMailer } from '../outbox/outbox.ts';
import { forgottenServices, queuePushes } from '../outbox/push.ts';
import { faultOf, log } from '../workers/log.ts';
import { countAct, countRun, gaugeBacklog } from '../workers/metrics.ts';

// What one run takes on; the next one, a minute later, goes on from there.
const LIMIT = {
  mails: 500,
  expired: 500,
  reminders: 100,
  erasures: 50,
  records: 500,
  blacklist: 500,
  pictures: 500,
  events: 1000,
  terms: 10_000,
  secrets: 100,
};

type Run = { env: Env; db: Database; now: Date; by: Actor };

/** The steps of a run, in their order; each answers how much it did. */
const STEPS: Record<string, (run: Run) => Promise<number>> = {
  erased: async ({ env, db, now, by }) => {
    const erased = await eraseDueUsers(db, graceMs(env.DELETION_GRACE_DAYS), by, LIMIT.erasures, now);
    if (erased.length > 0) countAct(env.METRICS, 'erased', by.origin, erased.length);
    for (const { userId, mails } of erased) logAct({ outcome: 'erased', mails }, { userId, by });
    await wakeMailer(
      env.MAIL,
      erased.flatMap(({ mails }) => mails),
    );
    return erased.length;
  },
  erasures_finished: ({ env, db, now }) => finishErasures(db, env.AVATARS, LIMIT.erasures, now),
  reminded: async ({ env, db, now }) => {
    const mails = await remindOfErasures(db, graceMs(env.DELETION_GRACE_DAYS), LIMIT.reminders, now);
    await wakeMailer(env.MAIL, mails);
    return mails.length;
  },
  blacklisted: ({ env, db, now }) => finishBlacklist(db, env.REVOKED_TOKENS, LIMIT.blacklist, now),
  recorded: ({ env, db }) => writeRecords(db, env.RECORDS, LIMIT.records),
  highest_id: ({ env, db }) => keepHighest(db, env.RECORDS),
  mails_queued: async ({ env, db, now }) => {
    const mails = await forgottenMails(db, LIMIT.mails, now);
    await wakeMailer(env.MAIL, mails);
    return mails.length;
  },
  services_woken: async ({ env, db, now }) => {
    const services = await forgottenServices(db, now);
    await queuePushes(env.EVENTS, services);
    return services.length;
  },
  terms_written: ({ db }) => writeOutdatedTerms(db, LIMIT.terms),
  events_expired: ({ db, now }) => removeExpiredEvents(db, LIMIT.events, now),
  secrets_sealed: ({ env, db }) => sealAnew(db, factorKeys(env), LIMIT.secrets),
  expired: ({ db, now }) => removeExpired(db, LIMIT.expired, now),
  pictures_removed: ({ env, db, now }) => removeOrphanedAvatars(db, env.AVATARS, LIMIT.pictures, now),
};

/**
 * The scheduled run, each minute: does what is due and finishes what a failure has left undone. A step that fails
 * holds no other up; it is logged, and the next run tries it again. Answers what each step did; null: it failed.
 */
export const runSchedule = async (
  env: Env,
  now = new Date(),
  requestId: string = crypto.randomUUID(),
): Promise<Record<string, number | null>> => {
  const started = Date.now();
  const run: Run = { env, db: database(env.DB, 'D1 behind the scenes'), now, by: { origin: 'schedule', requestId } };
  const attempt = async <Result>(step: string, does: (run: Run) => Promise<Result>): Promise<Result | null> => {
    try {
      return await does(run);
    } catch (error) {
      log('error', 'schedule-step-failed', { step, request_id: requestId, fault: faultOf(error) });
      return null;
    }
  };
  const done: Record<string, number | null> = {};
  for (const [name, step] of Object.entries(STEPS)) done[name] = await attempt(name, step);
  const backlog = await attempt('backlog', lookAtBacklog);
  const [failed, ms] = [
    [...Object.values(done), backlog].filter((result) => result === null).length,
    Date.now() - started,
  ];
  countRun(env.METRICS, { failed, ms });
  log('info', 'schedule', { request_id: requestId, duration_ms: ms, ...done, ...backlog });
  return done;
};

// Two such runs or more fall into each quarter of an hour, which the alarm compares.
const DEEP_EVERY_MINUTES = 6;

/** What is left when the steps are done, for whoever watches; `at_least` names the gauges of which more may wait. */
const lookAtBacklog = async ({ env, db, now }: Run): Promise<Backlog & { at_least?: string }> => {
  const isDeep = now.getUTCMinutes() % DEEP_EVERY_MINUTES === 0;
  const looksAt = isDeep ? LOOKS_AT.deep : LOOKS_AT.mostly;
  const backlog = await readBacklog(db, graceMs(env.DELETION_GRACE_DAYS), now, looksAt);
  gaugeBacklog(env.METRICS, backlog);
  const more = gaugesAtLeast(backlog, looksAt);
  return more.length === 0 ? backlog : { ...backlog, at_least: more.join(', ') };
};
