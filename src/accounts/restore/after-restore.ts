import { type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import type { Actor } from '../acts/audit.ts';
import { lastGiven, readErased, readHighest, readSuspensions, type Sequence, type UserRecord } from '../acts/record.ts';
import { deactivateAgain, reactivateAgain } from '../administration/deactivation.ts';
import { eraseAgain, tellErasureAgain } from '../erasure/erasure.ts';
import { signOut } from '../sessions/session.ts';

export const PHASES = ['ids', 'tokens', 'sessions', 'erased', 'suspensions'] as const;
const SESSIONS_AT_ONCE = 5000;
export const RECORDS_AT_ONCE = 50;

export type Phase = (typeof PHASES)[number];

/** How far the work has come; it is handed back to go on. */
export type Progress = { phase: Phase; after?: string | undefined };

/** What one step did, and how to go on; undefined: all is done. */
export type Step = { phase: Phase; changed: number; next: Progress | undefined };

type Parts = { db: Database; records: R2Bucket; by: Actor; now: Date };

// A row of that number, which is gone before the batch ends.
const FILLERS: Record<Sequence, (highest: number, now: Date) => { fills: SQL; clean: SQL }> = {
  users: (highest, now) => ({
    fills: sql`INSERT INTO users (id, email, password_hash, accepted_terms_at, created_at, updated_at)
               SELECT ${highest}, '', '', ${now.getTime()}, ${now.getTime()}, ${now.getTime()}`,
    clean: sql`DELETE FROM users WHERE id = ${highest} AND email = ''`,
  }),
  events: (highest, now) => ({
    fills: sql`INSERT INTO events (seq, type, user_id, data, at) SELECT ${highest}, '', 0, '{}', ${now.getTime()}`,
    clean: sql`DELETE FROM events WHERE seq = ${highest} AND type = ''`,
  }),
};

/** Raises a sequence above every number ever given: no id comes back, and no event stands before one that somebody has read. */
const raise = async ({ db, records, now }: Parts, sequence: Sequence): Promise<number> => {
  const highest = await readHighest(records, sequence);
  const { fills, clean } = FILLERS[sequence](highest, now);
  const {
    before: [row],
  } = await batch(db, {
    before: statement<{ seq: number }>(db, sql`SELECT ${lastGiven(sequence)} AS seq`),
    fill: statement(db, sql`${fills} WHERE ${highest} > ${lastGiven(sequence)}`),
    clean: statement(db, clean),
  });
  return highest > (row?.seq ?? 0) ? 1 : 0;
};

const raiseAll = async (parts: Parts): Promise<number> =>
  (await raise(parts, 'users')) + (await raise(parts, 'events'));

/** A link that was used, and a mail that was sent, since the backup would work and go out a second time. */
const dropTokensAndMails = async ({ db }: Parts): Promise<number> => {
  const dropped = await batch(db, {
    resets: statement(db, sql`DELETE FROM reset_tokens RETURNING 1`),
    verifications: statement(db, sql`DELETE FROM verification_tokens RETURNING 1`),
    mails: statement(db, sql`DELETE FROM outbox RETURNING 1`),
  });
  return Object.values(dropped).reduce((sum, rows) => sum + rows.length, 0);
};

const endAllSessions = async ({ db, now }: Parts): Promise<number> => {
  const { endedSessions } = await batch(
    db,
    signOut(db, sql`id IN (SELECT id FROM sessions ORDER BY id LIMIT ${SESSIONS_AT_ONCE})`, now),
  );
  return endedSessions.length;
};

/** Erases again whoever the restored database has brought back, and tells again of those of whom it knows nothing any more. */
const eraseEach = async ({ db, by, now }: Parts, records: readonly UserRecord[]): Promise<number> => {
  let changed = 0;
  for (const record of records) {
    const { outcome } = await eraseAgain(db, record.userId, record, by, now);
    if (outcome === 'erased' || (outcome === 'NO_USER' && (await tellErasureAgain(db, record, now)))) changed += 1;
  }
  return changed;
};

const suspendEach = async ({ db, by, now }: Parts, records: readonly UserRecord[]): Promise<number> => {
  let changed = 0;
  for (const record of records) {
    const again = record.kind === 'deactivated' ? deactivateAgain : reactivateAgain;
    if ((await again(db, record.userId, record, by, now)).outcome === again.outcome) changed += 1;
  }
  return changed;
};

/** Where the next phase begins; undefined where there is none. */
export const phaseAfter = (phase: Phase): Progress | undefined => {
  const next = PHASES[PHASES.indexOf(phase) + 1];
  return next && { phase: next };
};

/**
 * One bounded step of putting a restored database right by the private bucket's records: ids and events go on above every
 * one ever given, links and mails of the past are dropped, every session ends, and who was erased or suspended is so again.
 * Called with what the last step answered until that is undefined. Every step can be made again, so work that was
 * interrupted begins anew and does no harm.
 */
export const afterRestoreStep = async (
  db: Database,
  records: R2Bucket,
  { phase, after }: Progress,
  by: Actor,
  now = new Date(),
): Promise<Step> => {
  const parts = { db, records, by, now };
  if (phase === 'ids') return { phase, changed: await raiseAll(parts), next: phaseAfter(phase) };
  if (phase === 'tokens') return { phase, changed: await dropTokensAndMails(parts), next: phaseAfter(phase) };
  if (phase === 'sessions') {
    const changed = await endAllSessions(parts);
    return { phase, changed, next: changed === SESSIONS_AT_ONCE ? { phase } : phaseAfter(phase) };
  }
  const page = await (phase === 'erased' ? readErased : readSuspensions)(records, after, RECORDS_AT_ONCE);
  const changed = await (phase === 'erased' ? eraseEach : suspendEach)(parts, page.records);
  return { phase, changed, next: page.next === undefined ? phaseAfter(phase) : { phase, after: page.next } };
};

/** Where the work begins. */
export const AFTER_RESTORE_START: Progress = { phase: PHASES[0] };
