import type * as z from 'zod';
import { type Database, database } from '../../../drizzle/client.ts';
import type { Actor } from '../../accounts/acts/audit.ts';
import { faultOf, log } from '../../workers/log.ts';
import { type Answer, type RefusalCode, Refused } from './answer.ts';

/** One call of the entrypoint: what an operation works with. */
export type Call = { env: Env; db: Database; requestId: string; now: Date };

/** The actor of an operation that is audited, by the name that came with it. */
export const scriptActor = ({ requestId }: Call, name: string): Actor => ({ origin: 'script', name, requestId });

const told = (thrown: unknown, requestId: string): { code: RefusalCode; message: string } => {
  if (thrown instanceof Refused) return { code: thrown.code, message: thrown.message };
  log('error', 'fault', { request_id: requestId, fault: faultOf(thrown) });
  return { code: 'FAULT', message: `An unexpected error occurred; the log tells of it under ${requestId}.` };
};

const inputOf = <Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  throw new Refused('INVALID_INPUT', `${field ? `${field} ` : 'The input '}${issue?.message ?? 'is not valid'}.`);
};

/**
 * Runs one operation: validates its input, whoever called, and answers plain data; a refusal with its code and its
 * sentence, a fault with the id under which the log tells of it. Writes the call's one log line.
 */
export const perform = async <Schema extends z.ZodType, Value>(
  env: Env,
  operation: string,
  schema: Schema,
  input: unknown,
  run: (call: Call, input: z.output<Schema>) => Promise<Value>,
): Promise<Answer<Value>> => {
  const now = new Date();
  const call = { env, db: database(env.DB), requestId: crypto.randomUUID(), now };
  const logged = (code: RefusalCode | 'OK') =>
    log('info', 'admin', { operation, code, duration_ms: Date.now() - now.getTime(), request_id: call.requestId });
  try {
    const value = await run(call, inputOf(schema, input));
    logged('OK');
    return { ok: true, value };
  } catch (error) {
    const { code, message } = told(error, call.requestId);
    logged(code);
    return { ok: false, code, message };
  }
};
