import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import type { Caller } from '../src/accounts/acts/caller.ts';
import { linkKeys, type OneTimePurpose, oneTimeTokenText } from '../src/accounts/tokens/one-time-token.ts';
import worker from '../src/api/index.ts';
import { expectPromised } from './conformance.ts';

export const ORIGIN = 'https://api.example.com';
export const PASSWORD = 'correct horse battery';

export type Call = {
  json?: unknown;
  body?: BodyInit;
  token?: string | undefined;
  cookie?: string | undefined;
  headers?: Record<string, string>;
  /** Bindings that are replaced for this call: a part that fails. */
  env?: Partial<Env>;
};

export type Answer = { status: number; headers: Headers; body: any; text: string; bytes: Uint8Array<ArrayBuffer> };

/**
 * Calls the Worker as a client does, and waits until what it does after the answer is done too. Whatever the answer is,
 * the API's document promises it.
 */
export const call = async (method: string, path: string, options: Call = {}): Promise<Answer> => {
  const headers = new Headers(options.headers);
  if (options.token !== undefined) headers.set('Authorization', `Bearer ${options.token}`);
  if (options.cookie !== undefined) headers.set('Cookie', options.cookie);
  if (options.json !== undefined && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const request = new Request<unknown, IncomingRequestCfProperties>(new URL(path, ORIGIN), {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const ctx = createExecutionContext();
  const response = await worker.fetch(request, { ...env, ...options.env }, ctx);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  await waitOnExecutionContext(ctx);
  const isOfPictures = new URL(request.url).origin !== ORIGIN;
  expectPromised(method, request.url, { status: response.status, headers: response.headers, text }, { isOfPictures });
  const isJson = text !== '' && (response.headers.get('Content-Type')?.startsWith('application/json') ?? false);
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : undefined,
    text,
    bytes,
  };
};

/** The cookies that an answer sets, as a browser would send them back. */
export const cookiesOf = (answer: Answer): string =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ');

/** All rows of a statement, straight from the database. */
export const rows = async <Row = any>(statement: string, ...values: unknown[]): Promise<Row[]> =>
  (
    await env.DB.prepare(statement)
      .bind(...values)
      .all<Row>()
  ).results;

/** Reads all rows of these tables in one statement: to read each table by itself takes the local database ten times as long. */
export const dump = async (columns: readonly { table: string; name: string }[]): Promise<Record<string, any[]>> => {
  const tables = [...Map.groupBy(columns, ({ table }) => table)];
  const asked = tables.map(([table, its]) => {
    const row = its.map(({ name }) => `"${name}"`).join(', ');
    return `(SELECT json_group_array(json_array(${row})) FROM (SELECT * FROM ${table} ORDER BY 1, 2)) AS ${table}`;
  });
  const [found = {}] = await rows<Record<string, string>>(`SELECT ${asked.join(', ')}`);
  return Object.fromEntries(
    tables.map(([table, its]) => [
      table,
      (JSON.parse(found[table] ?? '[]') as unknown[][]).map((row) =>
        Object.fromEntries(its.map(({ name }, at) => [name, row[at]])),
      ),
    ]),
  );
};

/** The columns of every table, but for what the database keeps for itself. */
export const everyColumn = () =>
  rows<{ table: string; name: string }>(
    `SELECT t.name AS "table", c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c
     WHERE t.type = 'table' AND t.name NOT LIKE '\\_cf%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'`,
  );

/** Everything that the database holds, by table. */
export const everyRow = async (): Promise<Record<string, any[]>> => dump(await everyColumn());

/** The token of the newest mail of a kind to an address, as its link would carry it. */
export const mailToken = async (email: string, purpose: OneTimePurpose): Promise<string> => {
  const [mail] = await rows<{ user_id: number; data: string }>(
    `SELECT outbox.user_id, data FROM outbox JOIN users ON users.id = user_id
     WHERE users.email = ? AND kind = ? ORDER BY outbox.id DESC LIMIT 1`,
    email,
    purpose,
  );
  if (!mail) throw new Error(`There is no mail ${purpose} to ${email}.`);
  const { token, expiresAt } = JSON.parse(mail.data) as { token: string; expiresAt: number };
  return oneTimeTokenText(linkKeys(env), purpose, {
    id: token,
    userId: mail.user_id,
    expiresAt: new Date(expiresAt),
  });
};

export const signUp = (email: string, fields: Record<string, unknown> = {}): Promise<Answer> =>
  call('POST', '/api/v1/auth/signup', { json: { email, password: PASSWORD, accepted_terms: true, ...fields } });

export const login = (email: string, fields: Record<string, unknown> = {}, options: Call = {}): Promise<Answer> =>
  call('POST', '/api/v1/auth/login', { ...options, json: { email, password: PASSWORD, ...fields } });

export type Account = { id: number; email: string; token: string; cookie: string };

/** An account as the one who acts, by the session of its token. */
export const callerOf = ({ id, token }: Pick<Account, 'id' | 'token'>): Caller => ({
  origin: 'http',
  userId: id,
  sessionId: String(decodeJwt(token)['sid']),
  requestId: crypto.randomUUID(),
});

let accounts = 0;

/** A new account that has verified its address and signed in. */
export const newAccount = async (fields: Record<string, unknown> = {}): Promise<Account> => {
  accounts += 1;
  const email = `user-${accounts}-${crypto.randomUUID().slice(0, 8)}@example.com`;
  await signUp(email, fields);
  await call('POST', '/api/v1/auth/verify-email', { json: { token: await mailToken(email, 'verify-email') } });
  const answer = await login(email);
  return { id: answer.body.user_id, email, token: answer.body.access_token, cookie: cookiesOf(answer) };
};

/** A binding whose every method (and the methods of what they return) rejects, as a part that does not answer does. */
export const failing = <Binding extends object>(message = 'D1_ERROR: Network connection lost.'): Binding => {
  const fail = () => Promise.reject(new Error(message));
  const statement: object = new Proxy({}, { get: (_, name) => (name === 'bind' ? () => statement : fail) });
  return new Proxy({}, { get: (_, name) => (name === 'prepare' ? () => statement : fail) }) as Binding;
};
