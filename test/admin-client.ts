import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Admin } from '../src/api/admin/entrypoint.ts';
import { everyRow, rows } from './client.ts';

/** The entrypoint as a Worker that binds it has it; bindings can be replaced for the call. */
export const adminOf = (bindings: Partial<Env> = {}): Admin =>
  new Admin(createExecutionContext(), { ...env, ...bindings });

let users = 0;

/** A user straight in the database: in use and verified unless `fields` say otherwise. */
export const insertUser = async (fields: Record<string, string | number | null> = {}): Promise<number> => {
  users += 1;
  const row = {
    email: `row-${users}-${crypto.randomUUID().slice(0, 8)}@example.com`,
    password_hash: '',
    is_verified: 1,
    accepted_terms_at: 0,
    created_at: Date.now(),
    updated_at: 0,
    ...fields,
  };
  const [inserted] = await rows<{ id: number }>(
    `INSERT INTO users (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row).map(() => '?')}) RETURNING id`,
    ...Object.values(row),
  );
  return inserted?.id ?? 0;
};

export const userRow = async (id: number) => (await rows('SELECT * FROM users WHERE id = ?', id))[0];

/** Everything that the database holds, as one text. */
export const everything = async (): Promise<string> => JSON.stringify(await everyRow());
