import { type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../../drizzle/client.ts';
import { inTime } from '../../workers/deadline.ts';
import type { Actor } from '../acts/audit.ts';
import type { Topic, UserRecord } from '../acts/record.ts';
import { lastGiven, readHighest, SEQUENCES, type Sequence } from '../acts/sequence.ts';
import { eraseAgain, eraseVanished, isOfRecord, tellErasureAgain } from '../erasure/erasure.ts';
import { signOut } from '../sessions/session.ts';
import { AGAIN, BEHIND, type KnownKind } from './again.ts';
import { type LastKnown, readLastKnown, readRecord } from './last-known.ts';
import { PHASES, type Phase, type Progress } from './phase.ts';

const SESSIONS_AT_ONCE = 5000;
/** How many accounts one step puts right at most. */
const ACCOUNTS_AT_ONCE = 50;

/** What one step did, or would do, and how to go on; undefined: all is done. */
export type Step = { phase: Phase; changed: number; next: Progress | undefined };

type Parts = {
  db: Database;
  records: R2Bucket;
  by: Actor;
  /** The grace period of a deletion, in ms. */
  grace: number;
  now: Date;
};

/** Something that is to be put right; doing it says whether it was still to be done. */
type Repair = { userId: number; lastKey: string; does: () => Promise<boolean> };

/** A step of a phase: what of it is to be done, and where the next one goes on; undefined: the phase is over. */
type Found = { repairs: Repair[]; next: string | undefined };

const count = async (db: Database, query: SQL): Promise<number> => {
  const [row] = await statement<{ n: number }>(db, query);
  return row?.n ?? 0;
};

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

const isLow = async (db: Database, records: R2Bucket, sequence: Sequence): Promise<boolean> =>
  (await count(db, sql`SELECT ${await readHighest(records, sequence)} > ${lastGiven(sequence)} AS n`)) === 1;

/** Raises a sequence above every number ever given: no id comes back, and no event stands before one that somebody has read. */
const raise = async ({ db, records, now }: Parts, sequence: Sequence): Promise<void> => {
  const highest = await readHighest(records, sequence);
  const { fills, clean } = FILLERS[sequence](highest, now);
  await batch(db, {
    fill: statement(db, sql`${fills} WHERE ${highest} > ${lastGiven(sequence)}`),
    clean: statement(db, clean),
  });
};

const raiseAll = async (parts: Parts, isDry: boolean): Promise<number> => {
  let raised = 0;
  for (const sequence of Object.keys(SEQUENCES) as Sequence[]) {
    if (!(await isLow(parts.db, parts.records, sequence))) continue;
    raised += 1;
    if (!isDry) await raise(parts, sequence);
  }
  return raised;
};

/** A link that was used, and a mail that was sent, since the backup would work and go out a second time. */
const dropTokensAndMails = async ({ db }: Parts, isDry: boolean): Promise<number> => {
  if (isDry)
    return count(
      db,
      sql`SELECT (SELECT count(*) FROM reset_tokens) + (SELECT count(*) FROM verification_tokens)
                 + (SELECT count(*) FROM email_changes WHERE confirmed_at IS NULL)
                 + (SELECT count(*) FROM outbox) AS n`,
    );
  const dropped = await batch(db, {
    resets: statement(db, sql`DELETE FROM reset_tokens RETURNING 1`),
    verifications: statement(db, sql`DELETE FROM verification_tokens RETURNING 1`),
    // One that was confirmed can be undone still: of an account that has another address since, nothing works.
    changes: statement(db, sql`DELETE FROM email_changes WHERE confirmed_at IS NULL RETURNING 1`),
    mails: statement(db, sql`DELETE FROM outbox RETURNING 1`),
  });
  return Object.values(dropped).reduce((sum, rows) => sum + rows.length, 0);
};

const endAllSessions = async ({ db, now }: Parts, isDry: boolean): Promise<number> => {
  if (isDry) return count(db, sql`SELECT count(*) AS n FROM sessions`);
  const { endedSessions } = await batch(
    db,
    signOut(db, sql`id IN (SELECT id FROM sessions ORDER BY id LIMIT ${SESSIONS_AT_ONCE})`, now),
  );
  return endedSessions.length;
};

/** Which of the users that are known fit, each with what else the row says. */
const usersOf = async <Row extends { id: number }>(db: Database, query: SQL): Promise<Map<number, Row>> =>
  new Map((await statement<Row>(db, query)).map((row) => [row.id, row]));

const USER_ID = sql`known.value ->> 'userId'`;
const CREATED_AT = sql`known.value ->> 'userCreatedAt'`;
const AT = sql`known.value ->> 'at'`;

const eachOf = (known: readonly LastKnown[]): SQL => sql`json_each(${JSON.stringify(known)}) AS known`;

/** Who is back is erased again; of whom nothing is known any more the services are told again. */
const findErased = async ({ db, records, by, now }: Parts, after?: string): Promise<Found> => {
  const { known, next } = await readLastKnown(records, 'erased', after);
  const found = await usersOf<{ id: number; is_back: number }>(
    db,
    sql`
    SELECT ${USER_ID} AS id, users.id IS NOT NULL AS is_back FROM ${eachOf(known)}
    LEFT JOIN users ON users.id = ${USER_ID} LEFT JOIN erasures ON erasures.user_id = ${USER_ID}
    WHERE CASE WHEN users.id IS NULL THEN erasures.user_id IS NULL ELSE ${isOfRecord(CREATED_AT)} END`,
  );
  const repairs = known.flatMap(({ userId, userCreatedAt, at, lastKey }): Repair[] => {
    const row = found.get(userId);
    if (!row) return [];
    const record = { kind: 'erased' as const, userId, userCreatedAt, at };
    const eraseIt = async () => (await eraseAgain(db, userId, record, by, now)).outcome === 'erased';
    return [{ userId, lastKey, does: row.is_back ? eraseIt : () => tellErasureAgain(db, record, now) }];
  });
  return { repairs, next };
};

/** Of these a listing does not tell enough. */
const IN_THE_RECORD: readonly LastKnown['kind'][] = ['deactivated', 'factors-changed'];

/** Does again what a record tells; says whether it was still to be done. */
const doAgain = async ({ db, records, by, grace, now }: Parts, known: LastKnown): Promise<boolean> => {
  const told: Partial<UserRecord> = IN_THE_RECORD.includes(known.kind) ? await readRecord(records, known.key) : {};
  const act = AGAIN[known.kind as KnownKind];
  const given = { ...told, ...known, reason: told.reason ?? null, grace };
  return (await act(db, known.userId, given, by, now)).outcome === act.outcome;
};

/** Whose row is behind what is last known in a topic; of an account that was verified and is not there, the services are told. */
const findBehind = async (parts: Parts, topic: Topic, after?: string): Promise<Found> => {
  const { db, records, by, now } = parts;
  const { known, next } = await readLastKnown(records, topic, after);
  const kinds = [...new Set(known.map(({ kind }) => kind as KnownKind))];
  const isBehind = kinds.map((kind) => sql`(known.value ->> 'kind' = ${kind} AND ${BEHIND[kind](AT)})`);
  const found = await usersOf<{ id: number; is_there: number }>(
    db,
    sql`
    SELECT ${USER_ID} AS id, users.id IS NOT NULL AS is_there FROM ${eachOf(known)}
    LEFT JOIN users ON users.id = ${USER_ID}
    WHERE CASE WHEN users.id IS NULL
      THEN known.value ->> 'kind' = 'verified' AND NOT EXISTS (SELECT 1 FROM erasures WHERE user_id = ${USER_ID})
      ELSE ${isOfRecord(CREATED_AT)} AND (${sql.join([sql`false`, ...isBehind], sql` OR `)}) END`,
  );
  const repairs = known.flatMap((last): Repair[] => {
    const row = found.get(last.userId);
    if (!row) return [];
    const { userId, lastKey } = last;
    return [{ userId, lastKey, does: () => (row.is_there ? doAgain(parts, last) : eraseVanished(db, last, by, now)) }];
  });
  return { repairs, next };
};

type RecordPhase = Exclude<Phase, 'ids' | 'tokens' | 'sessions'>;

const FIND: Record<RecordPhase, (parts: Parts, after?: string) => Promise<Found>> = {
  erased: findErased,
  verifications: (parts, after) => findBehind(parts, 'verification', after),
  passwords: (parts, after) => findBehind(parts, 'password', after),
  factors: (parts, after) => findBehind(parts, 'factors', after),
  suspensions: (parts, after) => findBehind(parts, 'suspension', after),
  deletions: (parts, after) => findBehind(parts, 'deletion', after),
  roles: (parts, after) => findBehind(parts, 'role', after),
  // After the suspensions: none that has ended since ends this one.
  addresses: (parts, after) => findBehind(parts, 'address', after),
};

/** A dry run has erased nobody yet: those are none of the phases' that come after. */
const stillThere = async (records: R2Bucket, phase: Phase, repairs: readonly Repair[]): Promise<number> => {
  if (phase === 'erased') return repairs.length;
  const erased = await Promise.all(repairs.map(({ userId }) => inTime('R2', records.head(`erased/${userId}`))));
  return erased.filter((record) => record === null).length;
};

const repairEach = async (repairs: readonly Repair[]): Promise<number> => {
  let changed = 0;
  for (const { does } of repairs) if (await does()) changed += 1;
  return changed;
};

/** Where the next phase begins; undefined where there is none. */
const phaseAfter = (phase: Phase): Progress | undefined => {
  const next = PHASES[PHASES.indexOf(phase) + 1];
  return next && { phase: next };
};

/**
 * One bounded step of putting a restored database right by the private bucket's records: ids and events go on above every
 * one ever given, links and mails of the past are dropped, every session ends, and each account is what was last true of it.
 * Called with what the last step answered until that is undefined. Every step can be made again, so work that was
 * interrupted begins anew and does no harm. A dry run counts what the same step would do, and changes nothing.
 */
export const afterRestoreStep = async (
  parts: Parts,
  { phase, after }: Progress,
  { isDry = false }: { isDry?: boolean } = {},
): Promise<Step> => {
  if (phase === 'ids') return { phase, changed: await raiseAll(parts, isDry), next: phaseAfter(phase) };
  if (phase === 'tokens') return { phase, changed: await dropTokensAndMails(parts, isDry), next: phaseAfter(phase) };
  if (phase === 'sessions') {
    const changed = await endAllSessions(parts, isDry);
    return { phase, changed, next: !isDry && changed === SESSIONS_AT_ONCE ? { phase } : phaseAfter(phase) };
  }
  const { repairs, next } = await FIND[phase](parts, after);
  const now = repairs.slice(0, ACCOUNTS_AT_ONCE);
  const goesOnAt = repairs.length > ACCOUNTS_AT_ONCE ? now.at(-1)?.lastKey : next;
  const changed = await (isDry ? stillThere(parts.records, phase, now) : repairEach(now));
  return { phase, changed, next: goesOnAt === undefined ? phaseAfter(phase) : { phase, after: goesOnAt } };
};

/** How many there are who can administer over HTTP: active, and with an address that is verified. */
export const countAdministrators = (db: Database): Promise<number> =>
  count(db, sql`SELECT count(*) AS n FROM users WHERE role = 'admin' AND is_active = 1 AND is_verified = 1`);
