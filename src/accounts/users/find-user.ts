import { eq } from 'drizzle-orm';
import type { Database } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';

export const findUserById = (db: Database, id: number): Promise<User | undefined> =>
  db.select().from(users).where(eq(users.id, id)).get();

/** Finds a user by a normalised address. */
export const findUserByEmail = (db: Database, email: string): Promise<User | undefined> =>
  db.select().from(users).where(eq(users.email, email)).get();
