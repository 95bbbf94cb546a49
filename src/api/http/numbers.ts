import { DAY_MS } from '../../workers/duration.ts';

// Nobody waits longer than this for a server that is not ours.
const PATIENCE_MS = 10_000;

/** Where the numbers are asked for: the SQL API of Cloudflare's Analytics Engine, and the table that the Workers write to. */
export type NumbersSource = { url: string; token: string; table: string };

/** Where this deployment has them from; undefined where its operator has given no token for them. */
export const numbersSource = (env: Env): NumbersSource | undefined =>
  env.METRICS_URL && env.METRICS_TOKEN
    ? { url: env.METRICS_URL, token: env.METRICS_TOKEN, table: env.METRICS_TABLE }
    : undefined;

// What is counted, by the places that src/workers/metrics.ts writes. Whoever is asked for a second factor counts as signed in by
// the password, and not once more by the factor.
const COUNTED = {
  requests: "blob1 = 'request'",
  refused: "blob1 = 'request' AND double2 >= 400 AND double2 < 500",
  failed: "blob1 = 'request' AND double2 >= 500",
  sign_ups: "blob1 = 'request' AND blob2 = '/api/v1/auth/signup' AND double2 = 201",
  sign_ins: "blob1 = 'request' AND blob2 IN ('/api/v1/auth/login', '/api/v1/auth/login/passkey') AND double2 = 200",
  sign_ins_refused:
    "blob1 = 'request' AND blob2 = '/api/v1/auth/login' AND blob4 IN ('INVALID_CREDENTIALS', 'ACCOUNT_LOCKED')",
  suspended: "blob1 = 'act' AND blob2 = 'deactivated'",
  erased: "blob1 = 'act' AND blob2 = 'erased'",
  mails_sent: "blob1 = 'mail' AND blob2 = 'sent'",
  mails_failed: "blob1 = 'mail' AND blob2 IN ('failed-for-good', 'dead-letter')",
  pushes_delivered: "blob1 = 'push' AND blob2 = 'delivered'",
  pushes_failed: "blob1 = 'push' AND blob2 = 'failed'",
} as const;

type Count = keyof typeof COUNTED;

const COUNTS = Object.keys(COUNTED) as Count[];

/** What was counted on a day (UTC, `YYYY-MM-DD`). */
export type NumbersOfDay = { day: string } & Record<Count, number>;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The last so many days, today included, the oldest first. */
const lastDays = (days: number, now: Date): string[] =>
  Array.from({ length: days }, (_, index) => dayOf(now.getTime() - (days - 1 - index) * DAY_MS));

/** The question in SQL: a row for each day on which anything was counted. Sums are weighted, since points are sampled. */
export const numbersQuery = (table: string, since: string): string => {
  const sums = Object.entries(COUNTED).map(
    ([name, counts]) => `sum(if(${counts}, _sample_interval * double1, 0)) AS ${name}`,
  );
  return `SELECT formatDateTime(timestamp, '%Y-%m-%d') AS day, ${sums.join(', ')} FROM ${table}
WHERE timestamp >= toDateTime('${since} 00:00:00') GROUP BY day ORDER BY day FORMAT JSON`;
};

type Row = { day: string } & Partial<Record<Count, number | string>>;

const rowsOf = (answer: unknown): Row[] => {
  const rows = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(rows)) throw new Error('answered without rows');
  return rows;
};

const ask = async ({ url, token }: NumbersSource, query: string): Promise<Row[]> => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/plain', 'User-Agent': 'edge-accounts' },
    body: query,
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status === 200) return rowsOf(await answer.json());
  await answer.body?.cancel();
  throw new Error(`The metrics answered ${answer.status}`);
};

/** What was counted in the last so many days, today included, the oldest first; nothing at all is zeros. Rejects where nobody answers in time. */
export const readNumbers = async (source: NumbersSource, days: number, now = new Date()): Promise<NumbersOfDay[]> => {
  const named = lastDays(days, now);
  const rows = new Map((await ask(source, numbersQuery(source.table, named[0] ?? ''))).map((row) => [row.day, row]));
  // Large counts come as text.
  const numbersOf = (row: Row | undefined) =>
    Object.fromEntries(COUNTS.map((name) => [name, Math.round(Number(row?.[name] ?? 0))])) as Record<Count, number>;
  return named.map((day) => ({ day, ...numbersOf(rows.get(day)) }));
};
