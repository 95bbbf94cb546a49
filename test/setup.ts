import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, inject, vi } from 'vitest';

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}

const isInUse = async (): Promise<boolean> => {
  const [migrated, ...buckets] = await Promise.all([
    env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'").first(),
    // The mailer binds none.
    ...[env.RECORDS, env.AVATARS].map((bucket) => bucket?.list({ limit: 1 })),
  ]);
  return migrated !== null || buckets.some((listed) => listed && listed.objects.length > 0);
};

// The files that one worker runs share its storage, its clock and its modules: each begins with an empty storage, and
// each test with the real clock. A hook in a module of both would run for the first file alone.
beforeAll(async () => {
  // Where the stand-in listens is known when the configuration has been read. The mailer asks for no numbers.
  const metrics = inject('metricsServer');
  if (metrics) Object.assign(env, { METRICS_URL: `${metrics}/sql`, METRICS_TOKEN: 'token' });
  await reset();
  // On a busy machine storage that is in use at that moment has been seen to live on.
  while (await isInUse()) await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
afterEach(() => {
  vi.useRealTimers();
});
