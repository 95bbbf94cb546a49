import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDeployedDatabase } from '../../src/tools/database/deployed-database.ts';
import { readExport, writeExport } from '../../src/tools/database/export-file.ts';
import { localDatabase } from '../../src/tools/database/local-database.ts';
import { readMigrations } from '../../src/tools/migrations/compatibility.ts';
import { fillTables, givenValues } from '../../src/tools/migrations/filled-tables.ts';
import { withDatabaseOf } from '../../src/tools/migrations/local-d1.ts';
import { databaseFilesIn } from '../../src/tools/start/local-addresses.ts';
import { newDatabase, newWorker } from './cloudflare/account.ts';
import { type Cloudflare, startCloudflare } from './cloudflare.ts';
import { type Outcome, runHere } from './command-line.ts';

// The whole database as a file, and back. What follows an import is in admin.test.ts, where a copy runs.

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-database-'));
const [source, target] = [join(folder, 'source'), join(folder, 'target')];
const file = join(folder, 'accounts.sql');
afterAll(() => rmSync(folder, { recursive: true }));

const migrations = readMigrations();

// What somebody may have written, and what programs on the way have taken for something else.
const TEXTS = [
  "It's “quoted”; -- and no comment /* at all",
  'two\nlines,\r\nand a \\n that is none, nor is \\r',
  'BEGIN TRANSACTION; UPDATE users SET id = 1; COMMIT;',
  'after the end\u2028of a line 👩‍👩‍👧 İbrahim',
  '',
  `${'x'.repeat(30_000)}`,
];

const run = async (command: string, state = source): Promise<Outcome> => {
  vi.stubEnv('STATE_DIR', state);
  const outcome = await runHere(command);
  vi.unstubAllEnvs();
  return outcome;
};

const refused = async (command: string, state: string, sentence: string): Promise<void> => {
  expect(await run(command, state)).toMatchObject({ code: 1, stdout: '', stderr: `${sentence}\n` });
};

type Contents = { schema: unknown[]; rows: Record<string, unknown[]> };

/** Rows as `contentsOf` has them, each by its columns again. */
const asObjects = (rows: unknown[] = []): unknown[] => rows.map((row) => JSON.parse(String(row)));

/** Everything in a database: what it is made of, and the rows of every table there is, in a form of their own order. */
const contentsOf = (ask: (sql: string) => Record<string, unknown>[]): Contents => {
  const schema = ask(
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT GLOB '_cf_*' ORDER BY type, name",
  );
  const tables = schema.filter(({ type }) => type === 'table').map(({ name }) => String(name));
  const rows = tables.map((table) => [
    table,
    ask(`SELECT * FROM "${table}"`)
      .map((row) => JSON.stringify(row))
      .sort(),
  ]);
  return { schema, rows: Object.fromEntries(rows) };
};

const localContents = (state: string): Contents => {
  const database = new DatabaseSync(databaseFilesIn(state)[0] ?? '', { readOnly: true });
  const contents = contentsOf((sql) => database.prepare(sql).all());
  database.close();
  return contents;
};

/** A database that has had these migrations, as wrangler notes them. */
const databaseAfter = (names: readonly string[]): DatabaseSync => {
  const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
  database.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TEXT)');
  for (const name of names) {
    database.exec(migrations.find((migration) => migration.name === name)?.sql ?? '');
    database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').run(`${name}.sql`);
  }
  return database;
};

const BINDING = { binding: 'DB', database_name: 'edge-accounts' };

const textRows = TEXTS.map(
  (text, n) =>
    `INSERT INTO users (id, email, password_hash, deactivation_reason, accepted_terms_at, created_at, updated_at)
     VALUES (${500 + n}, 'text-${n}@example.com', '', CAST(x'${Buffer.from(text).toString('hex')}' AS TEXT), 0, 0, 0)`,
);

beforeAll(async () => {
  await withDatabaseOf(BINDING, join(source, 'v3'), async (database) => {
    await database.applyAtOnce(migrations);
    await fillTables(database, givenValues(migrations), 1);
    await database.write(textRows.join(';'));
    // The triggers write what a search finds; and an id is given that nobody has any more.
    await database.write(`UPDATE users SET terms = terms || ' ' WHERE id < 3;
      INSERT INTO users (id, email, password_hash, accepted_terms_at, created_at, updated_at) VALUES (9000, 'e', '', 0, 0, 0);
      DELETE FROM users WHERE id = 9000`);
  });
});

describe('an export', () => {
  let exported: Outcome;
  beforeAll(async () => {
    exported = await run(`database export ${file} --json`);
  });

  it('is a new file for its owner alone, and says what it holds', async () => {
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    expect(exported.json).toMatchObject({
      file,
      migrations: migrations.map(({ name }) => name),
      made_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await refused(`database export ${file}`, source, `${file} is there already.`);
    await refused(`database export ${folder}/none.sql`, target, `There is no database in ${target}.`);
    expect(() => statSync(`${folder}/none.sql`)).toThrow();
  });

  it('has rows of every table there is', () => {
    const { rows } = localContents(source);
    const { sqlite_sequence, ...tables } = rows;
    expect(exported.json.rows).toEqual(
      Object.fromEntries(Object.entries(tables).map(([name, all]) => [name, all.length])),
    );
    expect(Object.entries(exported.json.rows).filter(([, n]) => n === 0)).toEqual([]);
    expect(sqlite_sequence).toContain('{"name":"users","seq":9000}');
  });

  it('is SQL that SQLite reads as it stands, each row behind those that it refers to', () => {
    const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
    database.exec(readFileSync(file, 'utf8'));
    expect(contentsOf((sql) => database.prepare(sql).all())).toEqual(localContents(source));
    database.close();
  });

  it('keeps every kind of value, and is not begun where a row is longer than D1 reads', async () => {
    const database = new DatabaseSync(':memory:');
    const kinds = [
      '5.0',
      '0.1',
      '1e300',
      '9e999',
      '-9e999',
      '-9223372036854775808',
      '9007199254740993',
      "x'00ff'",
      'NULL',
    ];
    database.exec(`CREATE TABLE kinds ("of", made AS (1));
      INSERT INTO kinds VALUES ${kinds.map((kind) => `(${kind})`).join(', ')}`);
    const select = 'SELECT typeof("of") AS type, quote("of") AS "of" FROM kinds';
    const [other, tooLong] = [join(folder, 'kinds.sql'), join(folder, 'long.sql')];
    await writeExport(other, 'kinds', (work) => work(database));
    const again = new DatabaseSync(':memory:');
    again.exec(readFileSync(other, 'utf8'));
    expect(again.prepare(select).all()).toEqual(database.prepare(select).all());

    database.exec("INSERT INTO kinds VALUES (printf('%.*c', 100000, 'x'))");
    await expect(writeExport(tooLong, 'kinds', (work) => work(database))).rejects.toThrow(
      'A row of kinds is longer than the 100000 bytes that D1 reads at once.',
    );
    expect(existsSync(tooLong)).toBe(false);
  });

  it('leaves nothing behind where a signal ends it', async () => {
    const half = join(folder, 'half.sql');
    const script = `const { writeExport } = await import(process.argv[1]);
      await writeExport(process.argv[2], 'half', () => { console.log('begun'); return new Promise((go) => setTimeout(go, 60_000)); });`;
    const module = join(import.meta.dirname, '../../src/tools/database/export-file.ts');
    const writing = spawn(process.execPath, ['--input-type=module', '-e', script, module, half]);
    await once(writing.stdout, 'data');
    expect(existsSync(half)).toBe(true);
    writing.kill('SIGTERM');
    expect(await once(writing, 'exit')).toEqual([143, null]);
    expect(existsSync(half)).toBe(false);
  });

  it('is refused where it is none, cut off, changed, or of a newer release', async () => {
    const text = readFileSync(file, 'utf8');
    const other = join(folder, 'other.sql');
    const importOf = async (contents: string, sentence: string): Promise<void> => {
      writeFileSync(other, contents);
      await refused(`database import ${other} --yes`, target, sentence);
    };
    await importOf('', `${other} is no export of \`database export\`.`);
    await importOf('PRAGMA defer_foreign_keys=TRUE;\n', `${other} is no export of \`database export\`.`);
    const isCutOff = `${other} is cut off: its last line is not there.`;
    await importOf(text.slice(0, 5000), isCutOff);
    await importOf(text.slice(0, -1), isCutOff);
    await importOf(`${text}\n`, isCutOff);
    await importOf(text.replace('text-3@', 'test-3@'), `${other} is not as it was written: its digest is another.`);
    await importOf(
      text.replace('"format":1', '"format":2'),
      `${other} was made by a newer release, in a form that this checkout does not know.`,
    );
    await refused(`database import ${folder}/no.sql --yes`, target, `${folder}/no.sql cannot be read (ENOENT).`);
    expect(databaseFilesIn(target)).toEqual([]);
  });

  it('of a database that is further on is refused', async () => {
    const newer = join(folder, 'newer.sql');
    await writeExport(newer, 'newer', (work) =>
      work(databaseAfter([...migrations.map(({ name }) => name), '0099_later'])),
    );
    await refused(
      `database import ${newer} --yes`,
      target,
      `The database of ${newer} has had 0099_later, which this checkout does not have: take a newer release.`,
    );
  });
});

describe('an import', () => {
  it('says in a dry run what it would do, and does nothing', async () => {
    const { code, stderr, json } = await run(`database import ${file} --dry-run --json`, target);
    expect([code, stderr]).toEqual([0, '']);
    const { rows } = json;
    expect(json).toMatchObject({ file, database: target, migrations: [], dry_run: true });
    expect(json.after_restore).toEqual({
      tokens: rows.reset_tokens + rows.verification_tokens + rows.outbox,
      sessions: rows.sessions,
    });
    expect(databaseFilesIn(target)).toEqual([]);
  });

  it('makes every table, row, counter, index and trigger as it was', async () => {
    const { code, stdout, stderr } = await run(`database import ${file} --yes`, target);
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'COUNT  DONE']);
    expect(stderr).toBe(
      `The API does not answer from there: start it, then \`STATE_DIR=${target} npm run admin -- after-restore --yes\`.\n`,
    );
    expect(localContents(target)).toEqual(localContents(source));
  });

  it('is refused by a database with rows in it, which stays as it is', async () => {
    const before = localContents(target);
    const { code, stderr } = await run(`database import ${file} --yes`, target);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^The database \S+ is not empty \(there are rows in audit_events, \w+, \w+, \d+ more\): an export is read into an empty one\.\n$/,
      ),
    ]);
    // Where somebody signs up between the look and the import, the database itself refuses.
    await expect(localDatabase(target).read(await readExport(file), Object.keys(before.rows), [])).rejects.toThrow(
      `The database ${target} is not empty: an export is read into an empty one.`,
    );
    expect(localContents(target)).toEqual(before);
  });

  it('lets no id be given again', () => {
    const database = new DatabaseSync(databaseFilesIn(target)[0] ?? '');
    const given = database
      .prepare(
        "INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at) VALUES ('new', '', 0, 0, 0) RETURNING id",
      )
      .get();
    expect(given).toEqual({ id: 9001 });
    database.close();
  });

  it('takes an older export into what a deployment has just made, and applies the migrations since', async () => {
    const [olderFile, made] = [join(folder, 'older.sql'), join(folder, 'made')];
    const older = databaseAfter(migrations.slice(0, -1).map(({ name }) => name));
    older.exec(`${textRows.join(';')};
      INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at) VALUES ('s', 500, 0, 0, 0, 0)`);
    await writeExport(olderFile, 'older', (work) => work(older));
    await withDatabaseOf(BINDING, join(made, 'v3'), async (database) => {
      await database.applyAtOnce(migrations);
      await database.read("INSERT INTO login_attempts VALUES ('of nobody', '', 1, 0, NULL, 0, NULL)");
    });
    // An export that has lost rows since, and says nothing of it, changes nothing.
    const lying = join(folder, 'lying.sql');
    writeFileSync(lying, readFileSync(olderFile, 'utf8').replace(/"sessions":\d+/, '"sessions":99'));
    await refused(
      `database import ${lying} --yes`,
      made,
      `The export was not read into ${made}: CHECK constraint failed: the export is whole. Nothing has changed.`,
    );
    expect(localContents(made).rows['login_attempts']).toHaveLength(1);

    const { code, json } = await run(`database import ${olderFile} --yes --json`, made);
    expect([code, json.migrations]).toEqual([0, [migrations.at(-1)?.name]]);
    const after = localContents(made);
    for (const [table, rows] of Object.entries(contentsOf((sql) => older.prepare(sql).all()).rows)) {
      if (/^(users|d1_migrations|sqlite_sequence)$/.test(table)) continue;
      // A column that came since has its default.
      expect([table, asObjects(after.rows[table])]).toMatchObject([table, asObjects(rows)]);
    }
    expect(after.rows['users']).toHaveLength(json.rows.users);
    const namesOf = ({ schema }: Contents) => schema.map((row) => (row as { name: string }).name);
    expect(namesOf(after)).toEqual(namesOf(localContents(source)));
  });
});

describe('with --remote', () => {
  let cloudflare: Cloudflare;
  const remote = join(folder, 'remote.sql');
  const importing = `database import ${remote} --remote --env staging --yes`;
  const inAccount = (): void => {
    for (const [name, value] of Object.entries(cloudflare.env)) vi.stubEnv(name, value);
    vi.stubEnv('XDG_CONFIG_HOME', folder);
  };
  const runThere = async (command: string): Promise<Outcome> => {
    inAccount();
    return run(command);
  };

  beforeAll(async () => {
    cloudflare = await startCloudflare();
    for (const name of ['edge-accounts', 'edge-accounts-staging']) cloudflare.account.databases.push(newDatabase(name));
    await cloudflare.rows('edge-accounts', readFileSync(file, 'utf8'));
  });
  afterAll(() => cloudflare.stop());

  it('exports what Cloudflare writes in an order and in letters of its own', async () => {
    const { code, json } = await runThere(`database export ${remote} --remote --json`);
    expect([code, json?.database]).toEqual([0, 'edge-accounts']);
    expect(statSync(remote).mode & 0o777).toBe(0o600);
    const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
    database.exec(readFileSync(remote, 'utf8'));
    expect(contentsOf((sql) => database.prepare(sql).all())).toEqual(localContents(source));
    database.close();
  });

  it('imports it into the database of another deployment, all or nothing', async () => {
    cloudflare.fail('POST', /\/import$/);
    const failed = await runThere(importing);
    expect([failed.code, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toMatch(
      /^The export was not read into edge-accounts-staging: .*\/import\) failed\. .*\. Try again: .*\n$/,
    );
    expect(await cloudflare.rows('edge-accounts-staging', "SELECT 1 FROM sqlite_master WHERE name = 'users'")).toEqual(
      [],
    );

    const { code, stderr } = await runThere(importing);
    expect([code, stderr]).toEqual([
      0,
      'The API does not answer from there: deploy, then `npm run admin -- after-restore --remote --env staging --yes`.\n',
    ]);
    const { schema, rows } = localContents(source);
    for (const [table, expected] of Object.entries(rows)) {
      const there = await cloudflare.rows('edge-accounts-staging', `SELECT * FROM "${table}"`);
      expect([table, there.map((row) => JSON.stringify(row)).sort()]).toEqual([table, expected]);
    }
    const there = await cloudflare.rows('edge-accounts-staging', 'SELECT count(*) AS n FROM sqlite_master');
    expect(there[0]?.['n']).toBeGreaterThanOrEqual(schema.length);
  });

  it('knows whether the deployed API answers from it', async () => {
    inAccount();
    const staging = () => openDeployedDatabase('staging').then(({ isServed }) => isServed());
    expect(await staging()).toBe(false);
    const { uuid } = cloudflare.account.databases.find(({ name }) => name === 'edge-accounts-staging') ?? {};
    const worker = newWorker('edge-accounts-staging-api');
    const binding = { type: 'd1', name: 'DB', id: uuid };
    const version = { number: 1, createdOn: '', annotations: {}, metadata: {}, modules: new Map(), assets: undefined };
    cloudflare.account.workers.set(worker.name, worker);
    worker.versions.push({ ...version, id: 'a', bindings: [{ ...binding, id: 'of-another' }] });
    expect(await staging()).toBe(false);
    worker.versions.push({ ...version, id: 'b', bindings: [binding] });
    expect(await staging()).toBe(true);
  });

  it('is refused by a deployed database with rows in it', async () => {
    const again = await runThere(importing);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/^The database edge-accounts-staging is not empty/),
    ]);
  });
});
