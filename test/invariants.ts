// What holds, whatever fails, asked of the stored state itself: each promise of the design is one name here and one question.
// It imports neither Worker, so that the tests of both ask it.

/** The bindings that are looked at; the mailer has no buckets. */
export type Stored = { DB: D1Database; AVATARS?: R2Bucket; RECORDS?: R2Bucket };

/** Where every sequence stood at a moment: the last number that each table gave. */
export type Mark = Readonly<Record<string, number>>;

/** What was seen from outside, which what is stored cannot tell. */
export type Seen = {
  /** Where the sequences stood when the watching began; what came before is not looked at. */
  since: Mark;
  /** Who was erased, with what nobody may find any more: the address, and a name that is nobody else's. */
  erased?: readonly { id: number; words: readonly string[] }[];
  /** The lines of the log and the messages of the queues, as text. */
  told?: readonly string[];
  /** The mails that have left the outbox because they were sent. */
  sent?: readonly { userId: number | null; kind: string }[];
  /** Tokens and cookies whose session had ended by an answer that was given; `isAccepted` tries each of them. */
  revoked?: readonly string[];
  isAccepted?: (revoked: string) => Promise<boolean>;
  /** Whether there was an administrator in use whom nobody has taken the powers from by force. */
  hasAdministrator?: boolean;
};

type Look = {
  stored: Stored;
  seen: Seen;
  rows: <Row = Record<string, any>>(sql: string, ...values: unknown[]) => Promise<Row[]>;
};

/** Answers how it is broken, in a sentence for each place. */
type Invariant = (look: Look) => Promise<string[]>;

const rowsOf =
  (db: D1Database): Look['rows'] =>
  async <Row>(sql: string, ...values: unknown[]) =>
    (
      await db
        .prepare(sql)
        .bind(...values)
        .all<Row>()
    ).results;

/** Where every sequence stands now. */
export const markOf = async (db: D1Database): Promise<Mark> => {
  const found = await rowsOf(db)<{ name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence');
  return Object.fromEntries(found.map(({ name, seq }) => [name, seq]));
};

const sequence = (since: Mark, table: string): number => since[table] ?? 0;

/** A change of an account that is audited, the event that tells services of it, and the mail that tells its user. */
const CHANGES: readonly { audits: readonly string[]; events: readonly string[]; mail?: string }[] = [
  { audits: ['user.deactivate'], events: ['user.deactivated'], mail: 'account-deactivated' },
  { audits: ['user.reactivate'], events: ['user.reactivated'], mail: 'account-reactivated' },
  { audits: ['user.delete'], events: ['user.deleted'], mail: 'account-deleted' },
  { audits: ['user.restore'], events: ['user.restored'], mail: 'account-restored' },
  { audits: ['user.promote', 'user.demote'], events: ['user.role_changed'] },
  { audits: ['user.erase'], events: ['user.erased'] },
];

const inList = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/** How often each user is named, by id. */
const countedByUser = async (look: Look, sql: string, after: number): Promise<Map<number, number>> =>
  new Map((await look.rows<{ id: number; n: number }>(sql, after)).map(({ id, n }) => [id, n]));

const differences = (what: string, one: Map<number, number>, other: Map<number, number>): string[] =>
  [...new Set([...one.keys(), ...other.keys()])]
    .filter((id) => (one.get(id) ?? 0) !== (other.get(id) ?? 0))
    .map((id) => `${what} of user ${id}: ${one.get(id) ?? 0} and ${other.get(id) ?? 0}`);

/** Every column of every table of ours. */
const columns = (look: Look) =>
  look.rows<{ table: string; column: string }>(
    `SELECT tables.name AS "table", columns.name AS "column"
     FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
     WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' AND tables.name NOT LIKE '\\_cf%' ESCAPE '\\'
       AND tables.name <> 'd1_migrations'`,
  );

// Tables that keep the bare id of whoever was erased.
const OUTLIVES = ['erasures', 'events', 'record_outbox'];

const keysOf = async (bucket: R2Bucket | undefined, prefix = ''): Promise<string[]> => {
  const keys: string[] = [];
  let startAfter: string | undefined;
  for (;;) {
    const page = await bucket?.list({ prefix, ...(startAfter === undefined ? {} : { startAfter }) });
    keys.push(...(page?.objects ?? []).map(({ key }) => key));
    startAfter = keys.at(-1);
    if (!page?.truncated) return keys;
  }
};

/** What holds at every moment. */
const ALWAYS: Record<string, Invariant> = {
  'no call is accepted after the answer to what ended its session': async ({ seen: { revoked = [], isAccepted } }) => {
    const accepted: string[] = [];
    for (const token of revoked) if (await isAccepted?.(token)) accepted.push(`${token.slice(-12)} is accepted`);
    return accepted;
  },

  'a session lives only while its user is in use and verified': async ({ rows }) =>
    (
      await rows(`SELECT sessions.id, user_id FROM sessions JOIN users ON users.id = user_id
                  WHERE is_active = 0 OR is_verified = 0 OR deactivated_at IS NOT NULL OR deleted_at IS NOT NULL`)
    ).map(({ id, user_id }) => `session ${id} of user ${user_id}`),

  'a session whose end was told does not live': async ({ rows }) =>
    (
      await rows(`SELECT id FROM sessions
                  WHERE 'sid:' || id IN (SELECT entry FROM blacklist_outbox)
                     OR id IN (SELECT ended.value FROM events, json_each(events.data, '$.session_ids') AS ended
                              WHERE events.type = 'user.signed_out')`)
    ).map(({ id }) => `session ${id}`),

  'an account is in use unless it is deactivated or deleted': async ({ rows }) =>
    (await rows('SELECT id FROM users WHERE is_active <> (deactivated_at IS NULL AND deleted_at IS NULL)')).map(
      ({ id }) => `user ${id}`,
    ),

  'each audited change has its one event, and each such event its change': async (look) => {
    const broken: string[] = [];
    for (const { audits, events } of CHANGES) {
      const noted = await countedByUser(
        look,
        `SELECT subject_id AS id, count(*) AS n FROM audit_events WHERE id > ? AND action IN (${inList(audits)}) GROUP BY 1`,
        sequence(look.seen.since, 'audit_events'),
      );
      const told = await countedByUser(
        look,
        `SELECT user_id AS id, count(*) AS n FROM events WHERE seq > ? AND type IN (${inList(events)}) GROUP BY 1`,
        sequence(look.seen.since, 'events'),
      );
      broken.push(...differences(`audit ${audits.join('/')} and event ${events.join('/')}`, noted, told));
    }
    return broken;
  },

  'each told change has its one mail, and each such mail its change': async (look) => {
    const { since, sent = [] } = look.seen;
    const broken: string[] = [];
    for (const { events, mail } of CHANGES) {
      if (mail === undefined) continue;
      // Whoever is gone has taken the mails along.
      const told = await countedByUser(
        look,
        `SELECT user_id AS id, count(*) AS n FROM events JOIN users ON users.id = user_id
         WHERE seq > ? AND type IN (${inList(events)}) GROUP BY 1`,
        sequence(since, 'events'),
      );
      const mails = await countedByUser(
        look,
        `SELECT user_id AS id, count(*) AS n FROM outbox WHERE id > ? AND kind = '${mail}' GROUP BY 1`,
        sequence(since, 'outbox'),
      );
      for (const { userId } of sent.filter(({ kind, userId }) => kind === mail && told.has(userId ?? 0)))
        mails.set(userId ?? 0, (mails.get(userId ?? 0) ?? 0) + 1);
      broken.push(...differences(`event ${events.join('/')} and mail ${mail}`, told, mails));
    }
    return broken;
  },

  'an account is verified by one event, and none tells of one that is not': async ({ rows }) =>
    (
      await rows(
        `SELECT user_id, count(*) AS n, (SELECT is_verified FROM users WHERE id = user_id) AS is_verified FROM events
         WHERE type = 'user.created' GROUP BY user_id HAVING n > 1 OR is_verified = 0`,
      )
    ).map(({ user_id, n }) => `user ${user_id}: ${n} events`),

  'the newest mail with a link carries the link that works': async ({ rows }) =>
    (
      await rows(`
        SELECT newest.user_id, newest.kind, newest.token FROM (
          SELECT user_id, iif(kind = 'verify-email', kind, 'reset-password') AS kind, max(id), data ->> '$.token' AS token
          FROM outbox WHERE kind IN ('verify-email', 'reset-password', 'account-created') AND failed_at IS NULL
          GROUP BY 1, 2) AS newest
        WHERE (newest.kind = 'verify-email'
               AND EXISTS (SELECT 1 FROM verification_tokens WHERE user_id = newest.user_id AND id <> newest.token))
           OR (newest.kind = 'reset-password'
               AND EXISTS (SELECT 1 FROM reset_tokens WHERE user_id = newest.user_id AND id <> newest.token))`)
    ).map(({ user_id, kind }) => `${kind} to user ${user_id}`),

  'who was erased is in no table but by a bare id': async (look) => {
    const { rows, seen } = look;
    const broken: string[] = [];
    const referring = (await columns(look)).filter(
      ({ table, column }) => column === 'user_id' && !OUTLIVES.includes(table),
    );
    for (const { table } of [...referring, { table: 'users' }]) {
      const column = table === 'users' ? 'id' : 'user_id';
      const found = await rows(
        `SELECT DISTINCT ${column} AS id FROM ${table} WHERE ${column} IN (SELECT user_id FROM erasures)`,
      );
      broken.push(...found.map(({ id }) => `user ${id} in ${table}`));
    }
    const byTable = Map.groupBy(await columns(look), ({ table }) => table);
    for (const { id, words } of seen.erased ?? [])
      for (const [table, named] of byTable) {
        // The mail that confirms the erasure carries its address until it is delivered.
        const isKept = table === 'outbox' ? "kind <> 'account-erased'" : 'true';
        const text = named.map(({ column }) => `coalesce("${column}", '')`).join(" || ' ' || ");
        const is = words.map(() => `instr(lower(${text}), lower(?))`).join(' OR ') || 'false';
        const found = await rows(`SELECT 1 FROM "${table}" WHERE ${isKept} AND (${is}) LIMIT 1`, ...words);
        if (found.length > 0) broken.push(`what is personal of user ${id} in ${table}`);
      }
    return broken;
  },

  'who was erased, and every address, is in no queue and no log': async ({ seen: { erased = [], told = [] } }) =>
    told.flatMap((text) => [
      ...(/[^\s"(<]@[^\s")>]/.test(text) ? [`an address in ${text.slice(0, 80)}`] : []),
      ...erased
        .filter(({ words }) => words.some((word) => text.toLowerCase().includes(word.toLowerCase())))
        .map(({ id }) => `what is personal of user ${id} in ${text.slice(0, 80)}`),
    ]),

  'an erasure has its record, its audit and its event': async ({ rows, seen: { since } }) =>
    (
      await rows(
        `SELECT user_id FROM events WHERE seq > ? AND type = 'user.erased'
         AND NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.user_id = events.user_id)`,
        sequence(since, 'events'),
      )
    ).map(({ user_id }) => `user ${user_id}`),

  'a picture that a row names is there': async ({ rows, stored: { AVATARS } }) => {
    if (!AVATARS) return [];
    const keys = new Set(await keysOf(AVATARS));
    const named = await rows<{ avatar_key: string }>('SELECT avatar_key FROM users WHERE avatar_key IS NOT NULL');
    return named.filter(({ avatar_key }) => !keys.has(avatar_key)).map(({ avatar_key }) => `picture ${avatar_key}`);
  },

  'a sequence only rises, and no row stands above it': async ({ rows, stored: { DB }, seen: { since } }) => {
    const now = await markOf(DB);
    const fell = Object.keys(since).filter((table) => sequence(now, table) < sequence(since, table));
    const ahead = await rows(`SELECT name FROM sqlite_sequence WHERE
      (name = 'users' AND seq < (SELECT max(id) FROM users)) OR (name = 'events' AND seq < (SELECT max(seq) FROM events))`);
    return [...fell.map((table) => `${table} has fallen`), ...ahead.map(({ name }) => `${name} has a row above it`)];
  },

  'there is an administrator': async ({ rows, seen: { hasAdministrator } }) => {
    if (!hasAdministrator) return [];
    const found = await rows("SELECT 1 FROM users WHERE role = 'admin' AND is_active = 1 LIMIT 1");
    return found.length === 0 ? ['there is none'] : [];
  },
};

/** What holds when the scheduled run has done its work and nothing fails. */
const SETTLED: Record<string, Invariant> = {
  'a picture that no row names is not there': async ({ rows, stored: { AVATARS } }) => {
    const named = new Set((await rows('SELECT avatar_key FROM users')).map(({ avatar_key }) => avatar_key));
    return (await keysOf(AVATARS))
      .filter((key) => /^\d+\//.test(key) && !named.has(key))
      .map((key) => `picture ${key}`);
  },

  'nothing is owed to the buckets, the blacklist or an erasure': async ({ rows }) =>
    (
      await rows(`SELECT 'record_outbox' AS owed, count(*) AS n FROM record_outbox
                  UNION ALL SELECT 'blacklist_outbox', count(*) FROM blacklist_outbox
                  UNION ALL SELECT 'erasures', count(*) FROM erasures WHERE pictures_erased_at IS NULL`)
    )
      .filter(({ n }) => n > 0)
      .map(({ owed, n }) => `${n} of ${owed}`),

  'the private bucket knows of each erasure and of no id above its mark': async ({
    rows,
    stored: { RECORDS },
    seen,
  }) => {
    if (!RECORDS) return [];
    const erased = await rows<{ user_id: number }>(
      "SELECT user_id FROM events WHERE seq > ? AND type = 'user.erased'",
      sequence(seen.since, 'events'),
    );
    const known = new Set(await keysOf(RECORDS, 'erased/'));
    const untold = erased.filter(({ user_id }) => !known.has(`erased/${user_id}`));
    const mark = Number((await (await RECORDS.get('highest-id'))?.text()) ?? 0);
    const [given] = await rows<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'users'");
    const isBehind = mark < (given?.seq ?? 0);
    return [...untold.map(({ user_id }) => `the erasure of ${user_id}`), ...(isBehind ? ['the mark is behind'] : [])];
  },
};

/**
 * How the promises are broken that hold at every moment and, `settled`, those too that hold when the scheduled run has had
 * its turn (at a time an hour later, so that no picture is too young to be swept): a sentence for each place, none where all
 * is well.
 */
export const brokenInvariants = async (
  stored: Stored,
  seen: Seen,
  { settled }: { settled: boolean },
): Promise<string[]> => {
  const look: Look = { stored, seen, rows: rowsOf(stored.DB) };
  const broken: string[] = [];
  for (const [name, invariant] of Object.entries(settled ? { ...ALWAYS, ...SETTLED } : ALWAYS))
    broken.push(...(await invariant(look)).map((place) => `${name}: ${place}`));
  return broken;
};
