import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROJECT } from './npm-start.ts';

// The package as it is published, in another project that has nothing else. Nothing is asked of a registry: what it depends
// on is packed from node_modules, so that the install fails for whatever it needs besides.

const DEPENDENCIES = ['hono', 'jose', 'standardwebhooks', '@stablelib/base64', 'fast-sha256'];

const app = mkdtempSync(join(realpathSync(tmpdir()), 'edge-accounts-package-'));
const installed = join(app, 'node_modules/edge-accounts');
const run = promisify(execFile);
const npm = (cwd: string, ...args: string[]) => run('npm', [...args, '--silent', '--ignore-scripts'], { cwd });
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Packs folders of the project; answers the file of each. */
const pack = async (...args: string[]): Promise<string[]> => {
  const { stdout } = await npm(PROJECT, 'pack', ...args, '--pack-destination', app);
  return stdout
    .trim()
    .split('\n')
    .map((file) => join(app, basename(file)));
};

let tarball = '';

beforeAll(async () => {
  const packed = await pack(...DEPENDENCIES.map((name) => `./node_modules/${name}`));
  [tarball = ''] = await pack('--workspace', 'client');
  const overrides = Object.fromEntries(DEPENDENCIES.map((name, index) => [name, `file:${packed[index]}`]));
  const dependencies = { 'edge-accounts': `file:${tarball}` };
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module', dependencies, overrides }));
  await npm(app, 'install', '--offline', '--no-audit', '--no-fund');
});
afterAll(() => rmSync(app, { recursive: true }));

it('The package is small, says what it is, and has the version of the API and of the libraries that it was tried with.', () => {
  const files = readdirSync(installed);
  expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'client.js', 'service.js', 'service.d.ts']));
  expect(files.length).toBeLessThan(25);
  const bytes = files.map((file) => statSync(join(installed, file)).size).reduce((sum, size) => sum + size);
  expect(bytes).toBeLessThan(100_000);
  expect(statSync(tarball).size).toBeLessThan(bytes);

  const ours = readJson(PROJECT, 'package.json');
  const theirs = readJson(installed, 'package.json');
  expect([theirs.version, theirs.license]).toEqual([ours.version, ours.license]);
  for (const [name, range] of Object.entries(theirs.dependencies)) expect(range).toBe(`^${ours.dependencies[name]}`);
  const root = readJson(app, 'package-lock.json').packages;
  expect(
    Object.keys(root)
      .map((path) => path.replace('node_modules/', ''))
      .filter(Boolean)
      .toSorted(),
  ).toEqual(['edge-accounts', ...DEPENDENCIES].toSorted());
});

it('Plain Node takes both entries, and a push that is signed is received.', async () => {
  const script = `
    import { accountsClient, AccountsError } from 'edge-accounts/client';
    import * as service from 'edge-accounts/service';
    import { Webhook } from 'standardwebhooks';

    const signingSecret = 'whsec_' + btoa('a secret of the service, of 32 by');
    const event = { id: 'evt_1', seq: 1, type: 'user.erased', timestamp: '2026-03-14T12:00:00Z', data: { user_id: 12 } };
    const [body, now] = [JSON.stringify(event), new Date()];
    const headers = {
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now / 1000)),
      'webhook-signature': new Webhook(signingSecret).sign(event.id, now, body),
    };
    const accounts = service.accountsService({ origin: 'http://localhost:1', signingSecret });
    const { type } = await accounts.receive(new Request('http://localhost:2', { method: 'POST', headers, body }));
    const unavailable = await accounts.verifyToken('eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.AA').catch((error) => error);
    const client = accountsClient('http://localhost:1');
    console.log(JSON.stringify({
      type,
      unavailable: unavailable.name,
      client: Object.keys(client),
      shared: service.AccountsError === AccountsError,
      exported: Object.keys(service).sort(),
    }));
  `;
  writeFileSync(join(app, 'both.js'), script);
  const { stdout } = await run(process.execPath, ['both.js'], { cwd: app });
  expect(JSON.parse(stdout)).toEqual({
    type: 'user.erased',
    unavailable: 'VerificationUnavailable',
    client: ['api', 'signIn', 'completeSignIn', 'signInWithPasskey', 'signOut'],
    shared: true,
    exported: ['AccountsError', 'EventsExpired', 'PushError', 'VerificationUnavailable', 'accountsService'],
  });
});

it('The compiler takes it as other projects are set up: for browsers, and for Node alone by the rules of Node.', async () => {
  cpSync(join(PROJECT, 'test/consumer'), join(app, 'consumer'), { recursive: true });
  writeFileSync(
    join(app, 'service.ts'),
    `import { accountsService, type AccountsEvent } from 'edge-accounts/service';
     const { ACCOUNTS_TOKEN: token } = process.env;
     const accounts = accountsService({ origin: 'https://accounts.example.com', token });
     export const erased: AccountsEvent[] = [];
     for await (const event of accounts.events({ types: ['user.erased'] })) erased.push(event);
     // @ts-expect-error: nothing of this type happens.
     accounts.events({ types: ['user.renamed'] });`,
  );
  const compilerOptions = {
    ...{ target: 'ES2024', lib: ['ES2024'], module: 'NodeNext', strict: true, exactOptionalPropertyTypes: true },
    ...{ types: ['node'], typeRoots: [join(PROJECT, 'node_modules/@types')], skipDefaultLibCheck: true, noEmit: true },
  };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['service.ts'] }));
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  for (const project of ['consumer', '.']) {
    const complaint = await run(process.execPath, [tsc, '--project', project], { cwd: app }).catch((error) => error);
    expect(complaint.stdout).toBe('');
  }
});
