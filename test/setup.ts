import { applyD1Migrations, type D1Migration, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, vi } from 'vitest';

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}

const hasTables = async (): Promise<boolean> =>
  (await env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'd1_migrations'").first()) !== null;

// The files that one worker runs share its storage, its clock and its modules: each begins with an empty storage, and
// each test with the real clock. A hook in a module of both would run for the first file alone.
beforeAll(async () => {
  await reset();
  // On a busy machine a database that is in use at that moment has been seen to live on.
  while (await hasTables()) await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
afterEach(() => {
  vi.useRealTimers();
});
