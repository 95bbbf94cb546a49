import { type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';

/**
 * The statement that notes for the private bucket which second factors and recovery codes somebody has now; it stands behind
 * what changes them. The ids are random, and of the codes it is how many there are and when they were made.
 */
export const recordFactors = (db: Database, where: SQL, now: Date) =>
  statement(
    db,
    sql`
    INSERT INTO record_outbox (kind, user_id, user_created_at, at, data)
    SELECT 'factors-changed', users.id, users.created_at, ${now.getTime()}, json_object(
      'factors', (SELECT json_group_array(id) FROM (
        SELECT id FROM passkeys WHERE user_id = users.id UNION ALL SELECT id FROM authenticators WHERE user_id = users.id)),
      'codes', (SELECT count(*) FROM recovery_codes WHERE user_id = users.id),
      'codesMadeAt', (SELECT max(created_at) FROM recovery_codes WHERE user_id = users.id))
    FROM users WHERE ${where}`,
  );
