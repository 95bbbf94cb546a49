import { type SQL, sql } from 'drizzle-orm';

/** How many second factors somebody has. */
export const factorCount = (userId: number | SQL): SQL => sql`(
  (SELECT count(*) FROM passkeys WHERE user_id = ${userId}) + (SELECT count(*) FROM authenticators WHERE user_id = ${userId}))`;

/** The condition under which somebody has one. */
export const hasFactor = (userId: number | SQL): SQL => sql`(
  EXISTS (SELECT 1 FROM passkeys WHERE user_id = ${userId}) OR EXISTS (SELECT 1 FROM authenticators WHERE user_id = ${userId}))`;
