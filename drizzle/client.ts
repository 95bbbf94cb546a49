import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import * as schema from './schema.ts';

export type Database = DrizzleD1Database<typeof schema>;

/** Drizzle on a D1 binding. D1 has no interactive transactions: what belongs together is one `batch()`. */
export const database = (binding: D1Database): Database => drizzle(binding, { schema });
