import { type SQL, sql } from 'drizzle-orm';
import { batch, type Database, statement } from '../../drizzle/client.ts';

/**
 * How far a look counts: reading on would grow with what waits. Of six looks one goes deep, so that who watches sees even a
 * large backlog shrink or grow; that is read only while so much waits.
 */
export const LOOKS_AT = { mostly: 1000, deep: 100_000 } as const;

/** How much is still to be done, up to the number that is looked at, and for how many seconds the oldest of it has waited (0: none does). */
export type Backlog = {
  /** Mails that the mailer should have taken up: due, held by nobody, and the first of their user. */
  mails_due: number;
  oldest_mail_s: number;
  /** Mails that have not left yet, also those that wait for their next try. */
  mails_unsent: number;
  /** Mails that were given up within the last week. */
  mails_failed: number;
  /** Erasures whose pictures are still to go, since the erasure. */
  erasures_unfinished: number;
  oldest_erasure_s: number;
  /** Accounts that should be erased, since the end of their grace period. */
  erasures_overdue: number;
  oldest_overdue_s: number;
  /** Records that the private bucket has yet to be told. */
  records_waiting: number;
  oldest_record_s: number;
  /** Services that have not had everything yet, since the first event that waits for one of them; those that are halted apart. */
  services_behind: number;
  oldest_event_s: number;
  /** Services that are sent nothing any more until somebody resumes them. */
  services_halted: number;
};

type Waiting = { n: number; since: number | null };

/** The names of the gauges that have reached what is looked at: so much waits at least, and its oldest may be older. */
export const gaugesAtLeast = (backlog: Backlog, looksAt: number): string[] =>
  Object.entries(backlog).flatMap(([name, value]) => (!name.endsWith('_s') && value >= looksAt ? name : []));

/**
 * Looks at what is still to be done, in one trip of statements that each read an index, and no more of it than they count.
 * A mail's age is that of the change it tells of: its row becomes due anew with each try.
 */
export const readBacklog = async (
  db: Database,
  grace: number,
  now = new Date(),
  looksAt: number = LOOKS_AT.mostly,
): Promise<Backlog> => {
  const at = now.getTime();
  // Counts the rows of a query, and finds the oldest time in its column `at`.
  const waiting = (rows: SQL) =>
    statement<Waiting>(db, sql`SELECT count(*) AS n, min(at) AS since FROM (${rows} LIMIT ${looksAt})`);
  const {
    due: [due],
    unsent: [unsent],
    failed: [failed],
    erasures: [erasures],
    overdue: [overdue],
    records: [records],
    behind: [behind],
    halted: [halted],
  } = await batch(db, {
    due: waiting(
      sql`SELECT created_at AS at FROM outbox
          WHERE failed_at IS NULL AND due_at <= ${at} AND (leased_until IS NULL OR leased_until <= ${at})
            AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
                            WHERE earlier.user_id = outbox.user_id AND earlier.id < outbox.id AND earlier.failed_at IS NULL)`,
    ),
    unsent: waiting(sql`SELECT due_at AS at FROM outbox WHERE failed_at IS NULL`),
    failed: waiting(sql`SELECT failed_at AS at FROM outbox WHERE failed_at IS NOT NULL`),
    erasures: waiting(sql`SELECT erased_at AS at FROM erasures WHERE pictures_erased_at IS NULL`),
    overdue: waiting(
      sql`SELECT deleted_at AS at FROM users WHERE deleted_at IS NOT NULL AND deleted_at <= ${at - grace} ORDER BY deleted_at`,
    ),
    records: waiting(sql`SELECT at FROM record_outbox ORDER BY id`),
    behind: waiting(
      sql`SELECT at FROM (
            SELECT (SELECT events.at FROM events WHERE events.seq > services.seq ORDER BY events.seq LIMIT 1) AS at
            FROM services WHERE url IS NOT NULL AND halted_at IS NULL)
          WHERE at IS NOT NULL`,
    ),
    halted: waiting(sql`SELECT halted_at AS at FROM services WHERE halted_at IS NOT NULL`),
  });
  const age = (row: Waiting | undefined, from = 0): number =>
    row?.since == null ? 0 : Math.max(0, Math.round((at - row.since - from) / 1000));
  return {
    mails_due: due?.n ?? 0,
    oldest_mail_s: age(due),
    mails_unsent: unsent?.n ?? 0,
    mails_failed: failed?.n ?? 0,
    erasures_unfinished: erasures?.n ?? 0,
    oldest_erasure_s: age(erasures),
    erasures_overdue: overdue?.n ?? 0,
    oldest_overdue_s: age(overdue, grace),
    records_waiting: records?.n ?? 0,
    oldest_record_s: age(records),
    services_behind: behind?.n ?? 0,
    oldest_event_s: age(behind),
    services_halted: halted?.n ?? 0,
  };
};
