import { inArray, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { users } from '../../../drizzle/schema.ts';
import type { Actor } from '../acts/audit.ts';
import { readErased, readHighestId, readSuspensions, type UserRecord } from '../acts/record.ts';
import { deactivateAgain, reactivateAgain } from '../administration/deactivation.ts';
import { eraseAgain } from '../erasure/erasure.ts';
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

/** Raises the sequence of ids above every id ever given, by a row of that id that is gone before the batch ends. */
const raiseIds = async ({ db, records, now }: Parts): Promise<number> => {
  const highest = await readHighestId(records);
  const {
    before: [row],
  } = await batch(db, {
    before: statement<{ seq: number }>(db, sql`SELECT seq FROM sqlite_sequence WHERE name = 'users'`),
    raise: statement(
      db,
      sql`
      INSERT INTO users (id, email, password_hash, accepted_terms_at, created_at, updated_at)
      SELECT ${highest}, '', '', ${now.getTime()}, ${now.getTime()}, ${now.getTime()}
      WHERE ${highest} > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'users'), 0)`,
    ),
    clean: statement(db, sql`DELETE FROM users WHERE id = ${highest} AND email = ''`),
  });
  return highest > (row?.seq ?? 0) ? 1 : 0;
};

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

/** Erases again whoever the restored database has brought back. */
const eraseEach = async ({ db, by, now }: Parts, records: readonly UserRecord[]): Promise<number> => {
  const ids = records.map(({ userId }) => userId);
  const back = await db.select({ id: users.id }).from(users).where(inArray(users.id, ids));
  let erased = 0;
  for (const record of records.filter(({ userId }) => back.some(({ id }) => id === userId))) {
    if ((await eraseAgain(db, record.userId, record, by, now)).outcome === 'erased') erased += 1;
  }
  return erased;
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
 * One bounded step of putting a restored database right by the private bucket's records: ids go on above every id ever
 * given, links and mails of the past are dropped, every session ends, and who was erased or suspended is so again.
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
  if (phase === 'ids') return { phase, changed: await raiseIds(parts), next: phaseAfter(phase) };
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
