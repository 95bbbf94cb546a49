import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { type RecordPage, readErased, readHighestId, readSuspensions, type UserRecord } from '../acts/record.ts';
import { isBehindRecord } from '../administration/deactivation.ts';
import { type Phase, type Progress, phaseAfter, RECORDS_AT_ONCE, type Step } from './after-restore.ts';

type Parts = { db: Database; records: R2Bucket };

const count = async (db: Database, query: SQL): Promise<number> => {
  const [row] = await statement<{ n: number }>(db, query);
  return row?.n ?? 0;
};

const countUsers = (db: Database, where: SQL): Promise<number> =>
  count(db, sql`SELECT count(*) AS n FROM users WHERE ${where}`);

const isBack = ({ userId, userCreatedAt }: UserRecord): SQL =>
  sql`users.id = ${userId} AND users.created_at = ${userCreatedAt}`;

const countOfPage = async (
  db: Database,
  { records, next }: RecordPage,
  condition: (record: UserRecord) => SQL,
): Promise<{ changed: number; after: string | undefined }> => {
  const counts = await Promise.all(records.map((record) => countUsers(db, condition(record))));
  return { changed: counts.reduce((sum, n) => sum + n, 0), after: next };
};

const WOULD: Record<Phase, (parts: Parts, after?: string) => Promise<{ changed: number; after?: string | undefined }>> =
  {
    ids: async ({ db, records }) => {
      const highest = await readHighestId(records);
      const known = sql`coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'users'), 0)`;
      return { changed: await count(db, sql`SELECT ${highest} > ${known} AS n`) };
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
      countOfPage(db, await readErased(records, after, RECORDS_AT_ONCE), isBack),
    suspensions: async ({ db, records }, after) =>
      countOfPage(db, await readSuspensions(records, after, RECORDS_AT_ONCE), isBehindRecord),
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
