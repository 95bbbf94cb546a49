import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../drizzle/client.ts';
import type { MailKind } from '../mail/kind.ts';

const HOUR_MS = 60 * 60 * 1000;
const MAX_OF_A_KIND_AN_HOUR = 3;
const MAX_A_DAY = 10;

/**
 * The first statement of every batch in which a stranger can make us write to an address: notes the wish for a mail
 * of the kind that `kind` selects (no row: no mail), unless the address has had its share. What follows in the batch
 * asks `isRequested`, so that beyond the cap nothing happens at all.
 */
export const requestMail = (db: Database, id: string, addressHash: string, kind: SQL, now: Date) => {
  const since = (ms: number) => now.getTime() - ms;
  return statement(
    db,
    sql`
    INSERT INTO mail_requests (id, address_hash, kind, requested_at)
    SELECT ${id}, ${addressHash}, wanted.kind, ${now.getTime()} FROM (${kind}) AS wanted
    WHERE (SELECT count(*) FROM mail_requests
           WHERE address_hash = ${addressHash} AND requested_at > ${since(HOUR_MS)} AND kind = wanted.kind) < ${MAX_OF_A_KIND_AN_HOUR}
      AND (SELECT count(*) FROM mail_requests
           WHERE address_hash = ${addressHash} AND requested_at > ${since(24 * HOUR_MS)}) < ${MAX_A_DAY}`,
  );
};

/** Whether `requestMail` granted a mail of that kind under this id. */
export const isRequested = (id: string, kind: MailKind): SQL =>
  sql`EXISTS (SELECT 1 FROM mail_requests WHERE id = ${id} AND kind = ${kind})`;
