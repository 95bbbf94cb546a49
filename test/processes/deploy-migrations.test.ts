import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cloudflare } from './cloudflare.ts';
import { addressOf, changesIn, deploy, home, PATIENCE, standIn } from './deploy-command.ts';
import { newCheckout } from './npm-start.ts';
import { generatedRebuild, landRebuild, rebuildAsShown } from './rebuild.ts';

describe('npm run deploy, where a migration is new', { timeout: PATIENCE }, () => {
  // A checkout of its own: what a deployment writes on its way is named by the environment alone.
  const checkout = join(home, 'checkout');
  const deployFrom = (...args: string[]) => deploy(cloudflare, args, {}, checkout);
  let cloudflare: Cloudflare;
  let address: string;

  beforeAll(async () => {
    newCheckout(checkout);
    cloudflare = await standIn();
    address = await addressOf(() => cloudflare.serve('edge-accounts-api'));
    expect((await deployFrom('--address', address)).stderr).toBe('');
  }, PATIENCE);

  describe('with a table that is rebuilt', () => {
    const PEOPLE = 'SELECT count(*) AS users, (SELECT count(*) FROM sessions) AS sessions FROM users';
    const COUNT = "SELECT seq FROM sqlite_sequence WHERE name = 'users'";
    let before: unknown;

    beforeAll(async () => {
      await cloudflare.rows(
        'edge-accounts',
        `INSERT INTO users (id, email, password_hash, accepted_terms_at, created_at, updated_at)
           VALUES (41, 'bo@example.com', '', 0, 0, 0), (42, 'cy@example.com', '', 0, 0, 0);
         INSERT INTO sessions (id, user_id, rotated_at, created_at, last_used_at, expires_at) VALUES ('s', 41, 0, 0, 0, 0);
         DELETE FROM users WHERE id = 42;`,
      );
      before = await cloudflare.rows('edge-accounts', PEOPLE);
      expect(before).not.toMatchObject([{ sessions: 0 }]);
    }, PATIENCE);

    it('refuses what loses something and leaves everything as it is, in a dry run too', async () => {
      landRebuild(checkout, generatedRebuild('users'));
      cloudflare.requests.length = 0;
      // A refusal comes before what is missing is made.
      const isQueue = ({ queue_name }: { queue_name: string }) => queue_name === 'edge-accounts-mail-dead';
      const [queue] = cloudflare.account.queues.splice(cloudflare.account.queues.findIndex(isQueue), 1);
      for (const args of [['--dry-run'], []]) {
        const { code, stderr } = await deployFrom(...args);
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /^The new migrations lose or break something in a database with rows, so none was applied: 0099_rebuilt: .*; 0099_rebuilt: (\d+) of \1 rows of sessions are gone; .*\. CONTRIBUTING\.md says how to keep it\.\n$/,
        );
      }
      expect(changesIn(cloudflare.requests)).toEqual([]);
      expect(await cloudflare.rows('edge-accounts', PEOPLE)).toEqual(before);
      expect(await cloudflare.rows('edge-accounts', "SELECT 1 FROM d1_migrations WHERE name LIKE '0099%'")).toEqual([]);
      if (queue) cloudflare.account.queues.push(queue);
    });

    it('applies what loses nothing, and nothing is lost', async () => {
      landRebuild(checkout, rebuildAsShown('users'));
      const { code, stdout, stderr } = await deployFrom('--address', address);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('Migrations: 0099_rebuilt applied\n');
      expect(stdout).toContain('Addresses: all are in their canonical form\n');
      expect(await cloudflare.rows('edge-accounts', PEOPLE)).toEqual(before);
      expect(await cloudflare.rows('edge-accounts', COUNT)).toEqual([{ seq: 42 }]);
    });
  });

  it('names the migration that fails on data and the cause, and leaves the code of before', async () => {
    const meta = join(checkout, 'migrations/meta');
    copyFileSync(join(meta, '0099_snapshot.json'), join(meta, '0100_snapshot.json'));
    // Two accounts, of which the rows that a deployment makes up for its trial have none.
    await cloudflare.rows(
      'edge-accounts',
      `INSERT INTO users (email, password_hash, accepted_terms_at, created_at, updated_at)
       VALUES ('one@example.com', '', 0, 0, 0), ('two@example.com', '', 0, 0, 0)`,
    );
    const sql = "UPDATE users SET email = 'one@example.com' WHERE email = 'two@example.com';";
    writeFileSync(join(checkout, 'migrations/0100_failing.sql'), sql);
    cloudflare.requests.length = 0;
    const { code, stderr } = await deployFrom('--address', address);
    expect(stderr).toMatch(
      /^The migrations failed, and no code was deployed: .*0100_failing\.sql failed .*UNIQUE constraint failed: users\.email.*\n$/,
    );
    expect(code).toBe(1);
    expect(cloudflare.requests.filter((request) => /^(PUT|POST) \S+\/workers\/scripts\//.test(request))).toEqual([]);
    rmSync(join(meta, '0100_snapshot.json'));
  });

  it('says in a sentence which snapshot is missing', async () => {
    cloudflare.requests.length = 0;
    const { code, stderr } = await deployFrom();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^The migration 0100_failing has no snapshot that can be read: migrations\/meta\/0100_snapshot\.json \(ENOENT\)\. .*\n$/,
      ),
    ]);
    expect(changesIn(cloudflare.requests)).toEqual([]);
    rmSync(join(checkout, 'migrations/0100_failing.sql'));
  });

  it('refuses to go behind a database that is further on', async () => {
    await cloudflare.rows('edge-accounts', "INSERT INTO d1_migrations (name) VALUES ('0099_of_a_newer_release.sql')");
    cloudflare.requests.length = 0;
    const { code, stderr } = await deployFrom();
    expect([code, stderr]).toEqual([
      1,
      'The database has had 0099_of_a_newer_release, which this checkout does not have: deploy a newer one, or roll back with wrangler.\n',
    ]);
    expect(changesIn(cloudflare.requests)).toEqual([]);
  });
});
