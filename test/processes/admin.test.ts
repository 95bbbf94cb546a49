import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newSigningKey } from '../../src/accounts/tokens/access-token.ts';
import { newMacKeys, readMacKeys } from '../../src/accounts/tokens/signed-token.ts';
import { table } from '../../src/tools/admin/cli/output.ts';
import { replaceDevVar } from '../../src/tools/admin/cli/secret.ts';
import { decodeText } from '../../src/tools/admin/cli/text-file.ts';
import { readUserLines } from '../../src/tools/admin/commands/deactivate-from-file.ts';
import { databaseFilesIn } from '../../src/tools/start/local-addresses.ts';
import { expectPromised } from '../conformance.ts';
import { jsonOf, type Outcome, runHere } from './command-line.ts';
import { freePort } from './free-port.ts';
import { newCheckout } from './npm-start.ts';

// Each command against a copy of both Workers as `npm start` serves it, from a checkout of its own, so that a developer's
// secrets and data stay as they are. What tells a process from a function (its exit code and what it prints, signals, the
// checkout that it writes into) runs as a process, the rest in this one.

const HOUR = 60 * 60 * 1000;
const PASSWORD = 'correct horse battery';

let folder: string;
let checkout: string;
let state: string;
let port: number;
let copy: ChildProcess;

const begin = (args: readonly string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, ['src/tools/admin/admin.ts', ...args], {
    cwd: checkout,
    // What whoever runs the tests has set for a copy of their own is none of it.
    env: { ...process.env, PORT: undefined, STATE_DIR: state, CLOUDFLARE_API_TOKEN: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const outcomeOf = async (command: ReturnType<typeof begin>): Promise<Outcome> => {
  const [stdout, stderr, [code]] = await Promise.all([
    text(command.stdout),
    text(command.stderr),
    once(command, 'close'),
  ]);
  return { code, stdout, stderr, json: jsonOf(stdout) };
};

/** Runs a command as a process; words of it are separated by spaces. */
const asProcess = (command: string, env?: Record<string, string>): Promise<Outcome> =>
  outcomeOf(begin(command.split(' '), env));

let last: Promise<unknown> = Promise.resolve();

/** Runs a command, one after the other. */
const run = (command: string): Promise<Outcome> => {
  const outcome = last.then(() => runHere(command));
  last = outcome.catch(() => {});
  return outcome;
};

/** A command that did what it was asked to, and had nothing to remark. */
const done = async (command: string, by = run): Promise<Outcome> => {
  const outcome = await by(command);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return outcome;
};

/** A command that failed with one sentence, and said nothing else. */
const refused = async (command: string, sentence: RegExp, by = run): Promise<void> => {
  const { code, stdout, stderr } = await by(command);
  expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([1, '', 1]);
  expect(stderr).toMatch(sentence);
};

const call = async (method: string, path: string, json?: object, headers: Record<string, string> = {}) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  const body = await answer.text();
  expectPromised(method, answer.url, { status: answer.status, headers: answer.headers, text: body });
  return { status: answer.status, body: body.startsWith('{') ? JSON.parse(body) : body };
};

const signUp = (email: string) =>
  call('POST', '/api/v1/auth/signup', { email, password: PASSWORD, accepted_terms: true });

describe('the command line', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'admin-'));
    checkout = join(folder, 'checkout');
    state = join(folder, 'state');
    port = await freePort();
    vi.stubEnv('STATE_DIR', state);
    newCheckout(checkout);
    // Keys that are old enough to be followed by others.
    const key = await newSigningKey(new Date(Date.now() - 3 * HOUR));
    const secrets = `SIGNING_KEY_A='${key}'\nTOKEN_KEYS='${newMacKeys()}'\nTOKEN_KEYS_B='${newMacKeys(2)}'\n`;
    await writeFile(join(checkout, '.dev.vars'), secrets, { mode: 0o600 });
    copy = spawn(process.execPath, ['src/tools/start/start.ts'], {
      cwd: checkout,
      env: { ...process.env, PORT: String(port), STATE_DIR: state, RATE_LIMITS: 'off' },
      stdio: 'ignore',
    });
    await vi.waitFor(async () => expect((await call('GET', '/health')).status).toBe(200), {
      timeout: 60_000,
      interval: 100,
    });
    for (const name of ['ada', 'bob', 'cy', 'dee']) await signUp(`${name}@example.com`);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    if (copy.exitCode === null) {
      const ended = once(copy, 'exit');
      copy.kill('SIGTERM');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  });

  it('lists and shows users as a table, and as JSON with the keys of the API', async () => {
    const [listed, json, shown] = await Promise.all([
      done('users list', asProcess),
      done('users list --status active --q ada --json'),
      done('users show ada@example.com'),
    ]);
    const lines = listed.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ID +E-MAIL +NAME +ROLE +STATE +CREATED$/);
    expect(lines[4]).toMatch(/^1 +ada@example.com +- +user +unverified +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(json.json).toEqual({ users: [expect.objectContaining({ id: 1, role: 'user' })], next: null });
    expect(shown.stdout).toMatch(/^email +ada@example.com$/m);
  });

  it('pages by --limit and --cursor, and reads every page with --all', async () => {
    const [first, second, all] = await Promise.all([
      run('users list --limit 3'),
      done('users list --limit 3 --cursor 2 --json'),
      done('users list --limit 3 --all --json'),
    ]);
    expect([first.code, first.stderr]).toEqual([0, 'There are more: --cursor 2, or --all.\n']);
    expect(all.json.users).toHaveLength(4);
    expect(second.json).toMatchObject({ users: [{ id: 1 }], next: null });

    const found = await done('users list --q EXAMPLE --limit 3 --json');
    expect(found.json).toMatchObject({ users: [{ id: 4 }, { id: 3 }, { id: 2 }], next: expect.any(String) });
    const last = await done(`users list --q example --limit 3 --cursor ${found.json.next} --json`);
    expect(last.json).toMatchObject({ users: [{ id: 1 }], next: null });
    expect((await done('users list --q example --limit 3 --all --json')).json.users).toHaveLength(4);
    await refused('users list --q example --cursor 3', /^before is no `next` of this list\.$/m);
  });

  it('sets an address, and makes and unmakes administrators; a dry run changes nothing', async () => {
    expect((await done('users set-email 1 Ada@Example.org --as grace')).stdout).toBe(
      'User 1 (ada@example.com) has another address now: Ada@Example.org.\n',
    );
    expect((await done('users promote ada@example.org --dry-run')).stdout).toContain('would become an administrator');
    const promoted = await done('users promote ada@example.org --as grace --json');
    expect(promoted.json).toEqual({
      outcome: 'promoted',
      user: { id: 1, email: 'ada@example.org' },
      dry_run: false,
      ended_sessions: 0,
      mails: 0,
    });
    await refused('users demote 1', /^This is the last active administrator/, asProcess);
    await done('users demote 1 --force');
    const { json } = await done('audit --user 1 --json');
    expect(json.events.map(({ action, by }: { action: string; by: string }) => [action, by])).toEqual([
      ['user.demote', expect.any(String)],
      ['user.promote', 'grace'],
      ['user.set-email', 'grace'],
    ]);
  });

  it('suspends, frees, signs out and restores', async () => {
    await done('users set-email 2 bob@example.org');
    expect((await done('users deactivate 2 --reason Spam')).stdout).toBe(
      'User 2 (bob@example.org) is deactivated; a mail is on its way.\n',
    );
    await refused('users deactivate 2', /^The account is already deactivated\.$/m);
    await done('users reactivate 2');
    const login = await call('POST', '/api/v1/auth/login', { email: 'bob@example.org', password: PASSWORD });
    const bearer = { Authorization: `Bearer ${login.body.access_token}` };
    expect((await done('users end-sessions 2')).stdout).toContain('1 session ended');
    expect((await call('GET', '/api/v1/users/me', undefined, bearer)).body.code).toBe('TOKEN_REVOKED');

    const again = await call('POST', '/api/v1/auth/login', { email: 'bob@example.org', password: PASSWORD });
    await call('DELETE', '/api/v1/users/me', undefined, { Authorization: `Bearer ${again.body.access_token}` });
    expect((await done('users restore 2 --json')).json).toMatchObject({ outcome: 'restored', mails: 1 });
  });

  it('adds a service, shows its pair once, and tells of it, of what waits for it and of what it has confirmed', async () => {
    const added = await done(
      'services add captions --url http://127.0.0.1:9/ --types user.erased,user.created',
      asProcess,
    );
    expect(added.stdout).toMatch(
      /^Service captions is added. Events go to http:\/\/127\.0\.0\.1:9\/: user\.erased, user\.created\.\ntoken +1\.[\w.-]+\nsigning secret +whsec_[\w+/]+=\nThey are shown this once/,
    );
    const { json } = await done('services add meetings --json');
    expect(json).toMatchObject({ name: 'meetings', token: expect.any(String), signing_secret: expect.any(String) });
    await refused('services add captions', /^There is a service of that name already\.$/m);
    await refused('services add other --url http://captions.example.com/', /^url must begin with https:\/\/\.$/m);
    await refused(
      'services add other --types user.erased,cats',
      /^types must be names of events, each once, out of user\./m,
    );
    const listed = await done('services list');
    expect(listed.stdout).toMatch(
      /^NAME +STATE +WAITING +SINCE +FAILURE +TYPES +URL\ncaptions +active +0 .*\nmeetings +asks +- /,
    );
    expect((await done('services show captions')).stdout).toMatch(/^types +user\.erased, user\.created$/m);
    const events = { Authorization: `Bearer ${json.token}` };
    expect((await call('GET', '/api/v1/events', undefined, events)).status).toBe(200);
    expect((await done('audit --service captions --json')).json.events).toMatchObject([{ action: 'service.add' }]);
  });

  it('rotates, resumes and removes a service, and asks before what cannot be undone', async () => {
    const unasked = /^This cannot be undone, and there is no terminal to ask at: add --yes/;
    const dry = await done('services rotate captions --dry-run');
    expect(dry.stdout).toMatch(
      /^Service captions would get a new pair; the former one would work until \S+Z\. Nothing was changed\.$/m,
    );
    const rotated = await done('services rotate captions');
    expect(rotated.stdout).toMatch(
      /^Service captions has a new pair; the former one works until \S+Z\.\ntoken +1\..*\nsigning secret +whsec_/,
    );
    await refused(
      'services rotate captions',
      /^The pair before the last rotation works until \S+Z; wait until then\.$/m,
    );
    await refused('services rotate captions --yes', /^--yes goes with --leaked/);
    await refused('services rotate captions --leaked', unasked);
    expect((await done('services rotate captions --leaked --yes')).stdout).toMatch(
      /^Service captions has a new pair; the former one ended\.$/m,
    );
    expect((await done('services resume captions')).stdout).toMatch(
      /^Service captions is sent to again, behind event \d+\.$/m,
    );
    await refused('services resume meetings', /^The service has no url/);
    await refused('services remove meetings', unasked);
    await refused('services remove nobody --yes', /^There is no such service\.$/m);
    expect((await done('services remove captions --yes')).stdout).toMatch(
      /^Service captions is removed: its token opens/,
    );
    expect((await done('services list --json')).json.services).toMatchObject([{ name: 'meetings', state: 'asks' }]);
  });

  it('exports to standard output, or to a new file that nobody else can read', async () => {
    const file = join(folder, 'export.json');
    const [printed, written] = await Promise.all([
      done('users export 2', asProcess),
      run(`users export 2 --out ${file}`),
    ]);
    expect(printed.json.account).toMatchObject({ id: 2, email: 'bob@example.org' });
    expect([written.code, written.stdout, written.stderr]).toEqual([0, '', `The export is in ${file}.\n`]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8')).account.id).toBe(2);
    await refused(`users export 2 --out ${file}`, /is there already\.$/m);
  });

  it('asks before what cannot be undone: without a terminal --yes has to say it', async () => {
    const unasked = /^This cannot be undone, and there is no terminal to ask at: add --yes/;
    const [dry] = await Promise.all([
      done('users erase 4 --dry-run'),
      refused('users erase 4', unasked, asProcess),
      refused('after-restore', unasked),
    ]);
    expect(dry.stdout).toContain('would be erased. Nothing was changed.');
    expect((await done('users erase dee@example.com --yes')).stdout).toBe(
      'User 4 (dee@example.com) is erased; a mail is on its way.\n',
    );
    const { json } = await done('erasures list --json');
    expect(json).toEqual({
      erasures: [
        {
          ...{ user_id: 4, erased_at: expect.any(String), repeated_at: null, pictures_erased_at: expect.any(String) },
          services: [{ name: 'meetings', state: 'told', outcome: null, confirmed_at: null }],
        },
      ],
      next: null,
    });
    const [unconfirmed, old] = [
      await done('erasures list --unconfirmed'),
      await done('erasures list --unconfirmed --older-than 1'),
    ];
    expect(unconfirmed.stdout).toMatch(
      /^USER +ERASED +AGAIN AFTER A RESTORE +PICTURES ERASED +SERVICES\n4 .*Z +meetings told\n$/,
    );
    expect(old.stdout).toBe('There is no such erasure.\n');
    await refused('erasures list --older-than 3651', /^older_than must be at most 3650\.$/m);
  });

  it('follows a file line by line, tells of bad lines by number, and takes up what was interrupted', async () => {
    const unknown = Array.from({ length: 5000 }, (_, n) => `${100_000 + n}`);
    const long = join(folder, 'long.csv');
    await writeFile(long, ['id', '2', ...unknown, '3'].join('\n'));
    const interrupted = begin(['users', 'deactivate', '--from-file', long, '--yes', '--json']);
    interrupted.stderr.once('data', () => interrupted.kill('SIGINT'));
    const first = await outcomeOf(interrupted);
    expect([first.code, first.json.deactivated]).toEqual([1, 1]);
    expect(first.stderr).toMatch(/Stopped before the end; the same command goes on from there\.$/m);
    expect(first.json.problems.length).toBeLessThan(unknown.length);

    const short = join(folder, 'short.csv');
    // As PowerShell writes it.
    await writeFile(short, '\ufeffid,why\r\n2,spam\r\n99\r\n"cy@example.com"\r\nnobody\r\n', 'utf16le');
    const western = join(folder, 'western.csv');
    await writeFile(western, 'cy@example.com,Zoë\n', 'latin1');
    await Promise.all([
      refused(`users deactivate --from-file ${short}`, /add --yes/),
      refused(
        `users deactivate --from-file ${western} --yes`,
        /^\S+western\.csv is not text in UTF-8, nor in UTF-16: save/,
      ),
    ]);
    const second = await run(`users deactivate --from-file ${short} --yes --json`);
    expect(second.json).toEqual({
      deactivated: 1,
      already_deactivated: 1,
      problems: [
        { line: 3, code: 'NO_USER', message: 'There is no such user.' },
        { line: 5, code: 'INVALID_INPUT', message: expect.any(String) },
      ],
      dry_run: false,
    });
    expect(second.stderr).toMatch(/^Line 3: There is no such user\.$/m);
    expect([second.code, second.stderr.trimEnd().split('\n').at(-1)]).toEqual([1, '2 lines could not be followed.']);
  });

  it('tells of failed mails, makes the scheduled run, and puts a restored database right', async () => {
    const [failed, retried, refusedMail, dry, scheduled] = await Promise.all([
      done('mail failed --json'),
      done('mail retry --all'),
      asProcess('mail retry 99 --json'),
      done('schedule run --dry-run'),
      done('schedule run'),
    ]);
    expect(failed.json).toEqual({ mails: [], next: null });
    expect(retried.stdout).toBe('0 mails will be sent again.\n');
    expect([refusedMail.code, refusedMail.stderr]).toEqual([1, 'There is no failed mail of that id.\n']);
    expect(refusedMail.json).toEqual({
      error: { code: 'NO_FAILED_MAIL', message: 'There is no failed mail of that id.' },
    });

    expect(dry.stdout).toBe('No account would be erased. Nothing was changed.\n');
    expect(scheduled.stdout).toMatch(/^STEP +COUNT\nerased +0\n/);
    const restored = await asProcess('after-restore --yes --json');
    expect(restored.code).toBe(0);
    expect(restored.json).toEqual({
      changed: {
        ...{ ids: 2, tokens: expect.any(Number), sessions: expect.any(Number), erased: 0 },
        ...{ verifications: 0, passwords: 0, factors: 0, suspensions: 0, deletions: 0, roles: 0, addresses: 0 },
      },
      administrators: expect.any(Number),
      dry_run: false,
    });
    const { users } = (await run('users list --json')).json;
    for (const { id, role } of users) if (role === 'admin') await run(`users demote ${id} --force`);
    const continued = await run('after-restore --yes --continue deletions --json');
    expect(continued.json).toMatchObject({ changed: { deletions: 0, roles: 0 }, administrators: 0 });
    expect(continued.stderr).toContain('Make somebody an administrator: npm run admin -- users promote');
  });

  it('exports the database, and imports it where all is lost: nobody comes back who was erased since', async () => {
    for (const name of ['gone', 'stays']) await signUp(`${name}@example.com`);
    const idOf = async (name: string): Promise<number> =>
      (await done(`users show ${name}@example.com --json`)).json.user.id;
    const [gone, stays] = [await idOf('gone'), await idOf('stays')];
    const database = new DatabaseSync(databaseFilesIn(state)[0] ?? '');
    database.exec(
      `INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at)
       VALUES ('of-then', ${stays}, 0, 0, ${Date.now()}, ${Date.now() + HOUR})`,
    );
    const file = join(folder, 'accounts.sql');
    expect((await done(`database export ${file}`)).stdout).toMatch(
      /accounts\.sql holds the database .*: \d+ rows in \d+ tables\.\n$/,
    );

    await done(`users erase ${gone} --yes`);
    await done('schedule run');
    const tables = database
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'",
      )
      .all();
    database.exec(`PRAGMA foreign_keys = off; ${tables.map(({ name }) => `DROP TABLE ${name}`).join('; ')}`);

    const { code, json } = await run(`database import ${file} --yes --as grace --json`);
    expect(code).toBe(0);
    expect(json.after_restore).toMatchObject({
      ids: 2,
      tokens: expect.any(Number),
      sessions: 1,
      erased: 1,
      suspensions: 0,
    });
    await refused(`users show ${gone}`, /^There is no such user\.$/m);
    expect((await done('users list --q stays --json')).json.users).toMatchObject([{ id: stays }]);
    expect(database.prepare('SELECT count(*) AS sessions FROM sessions').get()).toEqual({ sessions: 0 });
    expect((await done('audit --json --limit 5')).json.events).toContainEqual(
      expect.objectContaining({ action: 'after-restore', by: 'grace' }),
    );
    await signUp('new@example.com');
    expect(await idOf('new')).toBeGreaterThan(Math.max(gone, stays));
    database.close();
  });

  it('rotates the signing keys once they are told to, and once until the copy is started anew; it shows none', async () => {
    const devVars = () => readFile(join(checkout, '.dev.vars'), 'utf8');
    const before = await devVars();
    const [dry] = await Promise.all([done('keys rotate --dry-run'), refused('keys rotate', /add --yes/)]);
    expect(dry.stdout).toBe('A new key would be written to SIGNING_KEY_B. Nothing was changed.\n');
    expect(await devVars()).toBe(before);

    const rotated = await done('keys rotate --yes', asProcess);
    expect(rotated.stdout).toMatch(/^SIGNING_KEY_B holds a new key, which signs in an hour\. Restart every copy/);
    const [, key = ''] = /^SIGNING_KEY_B='(\{.*\})'$/m.exec(await devVars()) ?? [];
    expect(rotated.stdout).not.toContain(JSON.parse(key).d);
    expect((await devVars()).replace(key, '')).toBe(before);
    await refused('keys rotate --yes', /^The running copy has other keys than \.dev\.vars: restart it/, asProcess);
  });

  it('rotates the keys of refresh tokens and of mail links too, the latter for both Workers', async () => {
    const varsIn = async (file: string) => parseEnv(await readFile(join(checkout, file), 'utf8'));
    const [api, mailer] = ['.dev.vars', 'src/mailer/.dev.vars'];
    const before = [await varsIn(api), await varsIn(mailer)];
    // The second secret is in use: a cookie is signed by its version.
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.org', password: PASSWORD }),
    });
    expect(answer.headers.getSetCookie().join()).toContain('__Secure-refresh_token=2.');

    const rotated = await done('keys rotate tokens --yes', asProcess);
    expect(rotated.stdout).toMatch(/^TOKEN_KEYS holds a new key, which signs within two hours\./);
    await done('keys rotate links --yes', asProcess);
    await done('keys rotate services --yes', asProcess);
    const after = [await varsIn(api), await varsIn(mailer)];
    const [
      { TOKEN_KEYS, MAIL_LINK_KEYS_B, SERVICE_KEYS_B, ...rest } = {},
      { MAIL_LINK_KEYS_B: linksOfMailer, SERVICE_KEYS_B: servicesOfMailer, ...restOfMailer } = {},
    ] = after;
    expect([rest, restOfMailer]).toEqual([{ ...before[0], TOKEN_KEYS: undefined }, before[1]]);
    expect(readMacKeys(TOKEN_KEYS ?? '').versions.size).toBe(1);
    expect(TOKEN_KEYS).not.toBe(before[0]?.['TOKEN_KEYS']);
    expect([MAIL_LINK_KEYS_B, readMacKeys(linksOfMailer ?? '').versions.size]).toEqual([linksOfMailer, 1]);
    expect([SERVICE_KEYS_B, readMacKeys(servicesOfMailer ?? '').versions.size]).toEqual([servicesOfMailer, 1]);
    await refused(
      'keys rotate links --yes',
      /^The running copy has other keys than \.dev\.vars: restart it/,
      asProcess,
    );
  });

  it('replaces both keys of a kind at once where they have leaked, and knows no other kind', async () => {
    const leaked = await done('keys rotate tokens --leaked --dry-run');
    expect(leaked.stdout).toBe('A new key would be written to TOKEN_KEYS and TOKEN_KEYS_B. Nothing was changed.\n');
    const replaced = await done('keys rotate tokens --leaked --yes', asProcess);
    expect(replaced.stdout).toMatch(/^TOKEN_KEYS and TOKEN_KEYS_B hold a new key, and nothing older: everybody has to/);
    const vars = parseEnv(await readFile(join(checkout, '.dev.vars'), 'utf8'));
    expect(vars['TOKEN_KEYS']).toBe(vars['TOKEN_KEYS_B']);
    await refused(
      'keys rotate cookies --yes',
      /^There are keys of these kinds: signing, tokens, links, services, factors\.$/m,
    );
  });

  it('says in one sentence what is wrong', async () => {
    const elsewhere = (command: string) => asProcess(command, { STATE_DIR: join(folder, 'nothing') });
    await Promise.all([
      refused('users show 99', /^There is no such user\.$/m),
      refused('users show nobody', /^user must be the id or the e-mail address of a user\.$/m),
      refused('users shwo 1', /^Unknown command 'shwo'; did you mean show\?$/m),
      refused('users list --colour', /^Unknown option '--colour'\.$/m, asProcess),
      refused('users show', /^Missing required argument 'user'\.$/m),
      refused(
        'users list',
        /^The API is not running on the data in .*nothing; start it with `STATE_DIR=\S+nothing npm start`\.$/m,
        elsewhere,
      ),
    ]);
    const remote = await asProcess('users list --remote', { HOME: folder, XDG_CONFIG_HOME: folder });
    expect([remote.code, remote.stdout]).toEqual([1, '']);
    expect(remote.stderr).toMatch(
      /^There are no usable credentials for --remote: log in with `npm run wrangler -- login`/m,
    );
  });

  it('explains each command with an example', async () => {
    const commands = [
      'users erase',
      'services rotate',
      'audit',
      'after-restore',
      'keys rotate',
      'mail retry',
      'schedule run',
    ];
    for (const { code, stdout } of await Promise.all(commands.map((command) => run(`${command} --help`)))) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/Usage: npm run admin -- .*\n[\s\S]*--json[\s\S]*Examples:\n {2}npm run admin -- /);
    }
  });

  it('is the only way in: the copy answers no guess at its entrypoint over HTTP', async () => {
    const paths = ['/admin', '/Admin', '/Admin/promoteUser', '/cdn-cgi/rpc/Admin', '/cdn-cgi/entrypoint/Admin', '/rpc'];
    const headers = { 'MF-Entrypoint': 'Admin', 'CF-Worker-Entrypoint': 'Admin', 'X-RPC-Method': 'promoteUser' };
    for (const path of paths) {
      const { status } = await call('POST', path, { user: 1, as: 'stranger' }, headers);
      // Where there is a page, nothing is taken.
      expect([path, status]).toEqual([path, path === '/admin' ? 405 : 404]);
    }
    expect((await done('audit --by stranger --json')).json.events).toEqual([]);
  });
});

describe('the way to the copy on this machine', () => {
  let own: string;
  let silent: Server;
  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'way-'));
    await mkdir(join(own, 'state/registry'), { recursive: true });
    // Takes every call and answers none.
    silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(async () => {
    silent.close();
    await rm(own, { recursive: true });
  });

  const portOf = (server: Server) => (server.address() as AddressInfo).port;

  /** The state directory of a copy that the process `pid` serves, and where its Workers are said to be reached. */
  const copyOf = async (pid: number, debugPort?: number) => {
    const registered = join(own, 'state/registry/edge-accounts-api');
    await writeFile(join(own, 'state/running.json'), JSON.stringify({ pid, port: portOf(silent) }));
    if (debugPort === undefined) return rm(registered, { force: true });
    const entry = { debugPortAddress: `127.0.0.1:${debugPort}`, userWorkerService: 'core:user:edge-accounts-api' };
    await writeFile(registered, JSON.stringify(entry));
  };
  const env = () => ({ STATE_DIR: join(own, 'state'), TMPDIR: own });
  const begun = (...words: string[]) =>
    spawn(process.execPath, ['src/tools/admin/admin.ts', ...words], {
      env: { ...process.env, ...env() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const bridges = async () => (await readdir(own)).filter((name) => name !== 'state');

  it('is none to a copy that was killed, that is only starting, or that has just gone', async () => {
    const ended = spawn(process.execPath, ['-e', '']);
    await once(ended, 'exit');
    const refusal = async () => (await outcomeOf(begun('users', 'list'))).stderr;
    await copyOf(ended.pid ?? 0, portOf(silent));
    expect(await refusal()).toMatch(/^The API is not running on the data in .*state; start it with `/);
    await copyOf(process.pid);
    expect(await refusal()).toMatch(/^The API on port \d+ does not answer: it has not started yet\.$/m);
    await copyOf(process.pid, await freePort());
    expect(await refusal()).toMatch(/^The API on port \d+ does not answer: Network connection lost\.$/m);
    expect(await bridges()).toEqual([]);
  });

  it('is open to its own user alone, and is gone with the command, also where a signal ends that', async () => {
    await copyOf(process.pid, portOf(silent));
    const command = begun('users', 'list');
    const [outcome] = await Promise.all([
      outcomeOf(command),
      once(silent, 'connection').then(async () => {
        const [bridge = ''] = await bridges();
        expect((await stat(join(own, bridge))).mode & 0o777).toBe(0o700);
        command.kill('SIGTERM');
      }),
    ]);
    expect(outcome).toEqual({ code: 143, stdout: '', stderr: '', json: undefined });
    expect(await bridges()).toEqual([]);
    // What is killed takes a moment to be gone.
    await vi.waitFor(() => {
      const processes = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
      expect(processes.split('\n').filter((args) => args.includes(own))).toEqual([]);
    }, 30_000);
  });
});

describe('what the commands read and write', () => {
  it('takes the first field of each line for a user, and headings, comments and blanks for nobody', () => {
    expect(readUserLines('User_ID;name\r\n7;Ada\r\n\r\n# gone\n"8",Bob\n  ada@example.com\t1\n')).toEqual([
      { line: 2, user: '7' },
      { line: 5, user: '8' },
      { line: 6, user: 'ada@example.com' },
    ]);
    expect(readUserLines('id')).toEqual([]);
  });

  it('reads a list in UTF-8 or in UTF-16 of either order, with a mark or without, and nothing else', () => {
    const list = 'email,name\r\nida@bücher.example,Łukasz 😀\r\n22,\u0100\r\n';
    const littleEndian = (text: string) => Buffer.from(text, 'utf16le');
    const bigEndian = (text: string) => littleEndian(text).swap16();
    for (const mark of ['\ufeff', '']) {
      for (const encode of [(text: string) => Buffer.from(text), littleEndian, bigEndian]) {
        expect([encode.name, decodeText(encode(mark + list))]).toEqual([encode.name, list]);
      }
    }
    expect(decodeText(new Uint8Array())).toBe('');
    const others = {
      'Windows-1252': Buffer.from('22,Zoë\n', 'latin1'),
      'a zero byte': Buffer.from('22,Zoe\0\n'),
      'UTF-32': Buffer.from([0xff, 0xfe, 0, 0, 0x31, 0, 0, 0]),
      'half a letter of UTF-16': littleEndian(`\ufeff${list}`).subarray(0, -1),
      'a picture': Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46]),
    };
    for (const [name, bytes] of Object.entries(others)) expect([name, decodeText(bytes)]).toEqual([name, undefined]);
  });

  it('lets nobody’s name or reason steer a terminal', () => {
    expect(table(['A', 'B'], [['\x1b[2Jx\ny', null]], '')).toBe('A        B\n [2Jx y  -');
  });

  it('replaces one key of .dev.vars and leaves the rest, for its owner alone', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'dev-vars-')), '.dev.vars');
    const made = new Date('2026-01-02T03:04:05Z');
    const [a, b] = [await newSigningKey(made), await newSigningKey()];
    await writeFile(file, `SIGNING_KEY_A='${a}'\nSIGNING_KEY_B=''\nTOKEN_KEYS='{"1":"$&"}'`, { mode: 0o644 });
    await expect(replaceDevVar(file, 'SIGNING_KEY_A', b, null)).rejects.toThrow(/restart it before you rotate again/);
    await replaceDevVar(file, 'SIGNING_KEY_A', b, '2026-01-02T03:04:05Z');
    expect(await readFile(file, 'utf8')).toBe(`SIGNING_KEY_A='${b}'\nSIGNING_KEY_B=''\nTOKEN_KEYS='{"1":"$&"}'`);
    await replaceDevVar(file, 'SIGNING_KEY_B', a, null);
    expect(await readFile(file, 'utf8')).toContain(`\nSIGNING_KEY_B='${a}'\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await rm(join(file, '..'), { recursive: true });
  });
});
