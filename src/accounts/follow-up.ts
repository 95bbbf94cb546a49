import type { Database } from '../../drizzle/client.ts';
import type { RecordedEvent } from '../outbox/event.ts';
import { type QueuedMail, wakeMailer } from '../outbox/outbox.ts';
import { wakeServices } from '../outbox/push.ts';
import { faultOf, log } from '../workers/log.ts';
import { countAct } from '../workers/metrics.ts';
import type { Actor } from './acts/audit.ts';
import { writeNewestRecords } from './acts/record.ts';
import { finishErasures } from './erasure/erasure.ts';
import { type BlacklistEntry, countSessions, writeBlacklist } from './sessions/blacklist.ts';
import type { SignedOut } from './sessions/session.ts';

// What the follow-up of one act takes on; the scheduled run does the rest.
const RECORDS_AT_ONCE = 2;
const ERASURES_AT_ONCE = 5;

// The acts of administrators and the erasures that the private bucket is told of at once; of others it hears within a minute.
const RECORDED = ['deactivated', 'reactivated', 'restored', 'erased', 'promoted', 'demoted'];

/** An act that the database has decided, as the domain's functions answer it. */
export type Decided = {
  outcome: string;
  event?: RecordedEvent | undefined;
  mails?: readonly QueuedMail[];
  endedSessions?: readonly BlacklistEntry[];
  signedOut?: readonly RecordedEvent[];
  /** Of second factors that went together, the event of each. */
  removed?: readonly RecordedEvent[];
};

/** On whom an act was done, and by whom. */
export type Parties = { userId: number; by: Actor };

/** What is told of an act besides the database, as it is bound. */
type Told = {
  REVOKED_TOKENS: KVNamespace;
  MAIL: Queue;
  EVENTS: Queue;
  RECORDS: R2Bucket;
  AVATARS: R2Bucket;
  METRICS: AnalyticsEngineDataset;
};

/**
 * Writes the line of an act: who did it to whom, and the mail that says so, the first where there are two, by the id and kind
 * that the mailer's lines have.
 */
export const logAct = (
  { outcome, mails = [], endedSessions = [] }: Pick<Decided, 'outcome' | 'mails' | 'endedSessions'>,
  { userId, by }: Parties,
): void =>
  log('info', 'act', {
    act: outcome,
    subject_id: userId,
    origin: by.origin,
    actor_id: by.origin === 'http' ? by.userId : undefined,
    actor_name: by.origin === 'script' ? by.name : undefined,
    request_id: by.requestId,
    ended_sessions: countSessions(endedSessions),
    mails: mails.length,
    mail: mails[0]?.id,
    kind: mails[0]?.kind,
  });

/**
 * Tells everything outside the database of an act that is already decided: the log and the metrics, the blacklist, the
 * mailer, the operator's services, and for some acts the private bucket and that of the pictures. Whoever acts, over HTTP or by script, has this
 * done. Never rejects: what fails here is logged, and the scheduled run completes it, as it does what goes beyond the
 * bounds.
 */
export const followUp = async (
  db: Database,
  env: Told,
  { outcome, event, mails = [], endedSessions = [], signedOut = [], removed = [] }: Decided,
  { userId, by }: Parties,
): Promise<void> => {
  countAct(env.METRICS, outcome, by.origin);
  logAct({ outcome, mails, endedSessions }, { userId, by });
  const steps: Promise<unknown>[] = [
    writeBlacklist(db, env.REVOKED_TOKENS, endedSessions),
    wakeMailer(env.MAIL, mails),
    wakeServices(env.EVENTS, [event, ...removed, ...signedOut]),
    ...(RECORDED.includes(outcome) ? [writeNewestRecords(db, env.RECORDS, RECORDS_AT_ONCE)] : []),
    ...(outcome === 'erased' ? [finishErasures(db, env.AVATARS, ERASURES_AT_ONCE)] : []),
  ];
  for (const result of await Promise.allSettled(steps)) {
    if (result.status === 'rejected') log('warn', 'follow-up-unfinished', { outcome, fault: faultOf(result.reason) });
  }
};

/** The same of sessions that have ended of themselves. Never rejects. */
export const followSignOut = async (
  db: Database,
  env: Pick<Told, 'REVOKED_TOKENS' | 'EVENTS'>,
  { endedSessions, signedOut }: SignedOut,
): Promise<void> => {
  await Promise.all([writeBlacklist(db, env.REVOKED_TOKENS, endedSessions), wakeServices(env.EVENTS, signedOut)]);
};
