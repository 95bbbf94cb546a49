import type * as z from 'zod/mini';
import { type Database, database } from '../../../drizzle/client.ts';
import type { Actor } from '../../accounts/acts/audit.ts';
import { faultOf, log } from '../../workers/log.ts';
import { type Answer, type RefusalCode, Refused } from './answer.ts';

/** One call of the entrypoint: what an operation works with. */
export type Call = { env: Env; db: Database; requestId: string; now: Date };

/** What a method of the entrypoint does: its name in the log, what it is given, and the work. */
export type Operation<Schema extends z.ZodMiniType = z.ZodMiniType, Value = unknown> = {
  name: string;
  input: Schema;
  run(call: Call, input: z.output<Schema>): Promise<Value>;
};

export const operation = <Schema extends z.ZodMiniType, Value>(
  name: string,
  input: Schema,
  run: (call: Call, input: z.output<Schema>) => Promise<Value>,
): Operation<Schema, Value> => ({ name, input, run });

/** The methods of the entrypoint, from the operations that they are. */
export type MethodsOf<Operations> = {
  [Name in keyof Operations]: Operations[Name] extends Operation<infer Schema, infer Value>
    ? (given: z.input<Schema>) => Promise<Answer<Value>>
    : never;
};

/** The actor of an operation that is audited, by the name that came with it. */
export const scriptActor = ({ requestId }: Call, name: string): Actor => ({ origin: 'script', name, requestId });

const told = (thrown: unknown, requestId: string): { code: RefusalCode; message: string } => {
  if (thrown instanceof Refused) return { code: thrown.code, message: thrown.message };
  log('error', 'fault', { request_id: requestId, fault: faultOf(thrown) });
  return { code: 'FAULT', message: `An unexpected error occurred; the log tells of it under ${requestId}.` };
};

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return Array.isArray(value) ? 'array' : typeof value;
};

/** What a schema itself says nothing of: a key that is none, and a value of another type. */
const sentenceOf = (issue: z.core.$ZodRawIssue): string | undefined => {
  if (issue.code === 'invalid_type')
    return `Invalid input: expected ${issue.expected}, received ${typeOf(issue.input)}`;
  if (issue.code !== 'unrecognized_keys') return undefined;
  const keys = issue.keys.map((key) => `"${key}"`).join(', ');
  return `Unrecognized key${issue.keys.length > 1 ? 's' : ''}: ${keys}`;
};

const inputOf = <Schema extends z.ZodMiniType>(schema: Schema, given: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(given, { error: sentenceOf });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  throw new Refused('INVALID_INPUT', `${field ? `${field} ` : 'The input '}${issue?.message ?? 'is not valid'}.`);
};

/**
 * Runs one operation: validates its input, whoever called, and answers plain data; a refusal with its code and its
 * sentence, a fault with the id under which the log tells of it. Writes the call's one log line.
 */
export const perform = async (env: Env, { name, input, run }: Operation, given: unknown): Promise<Answer<unknown>> => {
  const now = new Date();
  const call = { env, db: database(env.DB, 'D1 behind the scenes'), requestId: crypto.randomUUID(), now };
  const logged = (code: RefusalCode | 'OK') => {
    const duration_ms = Date.now() - now.getTime();
    log('info', 'admin', { operation: name, code, duration_ms, request_id: call.requestId });
  };
  try {
    const value = await run(call, inputOf(input, given));
    logged('OK');
    return { ok: true, value };
  } catch (error) {
    const { code, message } = told(error, call.requestId);
    logged(code);
    return { ok: false, code, message };
  }
};
