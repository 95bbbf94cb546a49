import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import {
  lastGiven,
  type RecordPage,
  readErased,
  readHighest,
  readSuspensions,
  SEQUENCES,
  type Sequence,
  type UserRecord,
} from '../acts/record.ts';
import { isBehindRecord } from '../administration/deactivation.ts';
import { isForgotten } from '../erasure/erasure.ts';
import { type Phase, type Progress, phaseAfter, RECORDS_AT_ONCE, type Step } from './after-restore.ts';

type Parts = { db: Database; records: R2Bucket };

const count = async (db: Database, query: SQL): Promise<number> => {
  const [row] = await statement<{ n: number }>(db, query);
  return row?.n ?? 0;
};

const isThere = (where: SQL): SQL => sql`EXISTS (SELECT 1 FROM users WHERE ${where})`;

/** Who is back is erased again; of whom nothing is known any more the services are told again. */
const isToErase = (record: UserRecord): SQL =>
  sql`(${isThere(sql`users.id = ${record.userId} AND users.created_at = ${record.userCreatedAt}`)} OR ${isForgotten(record)})`;

const countOfPage = async (
  db: Database,
  { records, next }: RecordPage,
  condition: (record: UserRecord) => SQL,
): Promise<{ changed: number; after: string | undefined }> => {
  const counts = await Promise.all(records.map((record) => count(db, sql`SELECT ${condition(record)} AS n`)));
  return { changed: counts.reduce((sum, n) => sum + n, 0), after: next };
};

const WOULD: Record<Phase, (parts: Parts, after?: string) => Promise<{ changed: number; after?: string | undefined }>> =
  {
    ids: async ({ db, records }) => {
      const raised = Object.keys(SEQUENCES).map(async (sequence) => {
        const highest = await readHighest(records, sequence as Sequence);
        return count(db, sql`SELECT ${highest} > ${lastGiven(sequence as Sequence)} AS n`);
      });
      return { changed: (await Promise.all(raised)).reduce((sum, n) => sum + n, 0) };
    },
    tokens: async ({ db }) => ({
      changed: await count(
        db,
        sql`SELECT (SELECT count(*) FROM reset_tokens) + (SELECT count(*) FROM verification_tokens)
                   + (SELECT count(*) FROM outbox) AS n`,
      ),
    }),
    sessions: async ({ db }) => ({ changed: await count(db, sql`SELECT count(*) AS n FROM sessions`) }),
    erased: async ({ db, records }, after) =>
      countOfPage(db, await readErased(records, after, RECORDS_AT_ONCE), isToErase),
    suspensions: async ({ db, records }, after) =>
      countOfPage(db, await readSuspensions(records, after, RECORDS_AT_ONCE), (record) =>
        isThere(isBehindRecord(record)),
      ),
  };

/** What `afterRestoreStep` would change at this moment; changes nothing. Called the same way. */
export const previewRestoreStep = async (
  db: Database,
  records: R2Bucket,
  { phase, after }: Progress,
): Promise<Step> => {
  const would = await WOULD[phase]({ db, records }, after);
  const next = would.after === undefined ? phaseAfter(phase) : { phase, after: would.after };
  return { phase, changed: would.changed, next };
};
