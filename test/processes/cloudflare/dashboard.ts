import { type Account, requireWorker, type Worker, zoneOf } from './account.ts';
import type { Routes } from './answer.ts';
import { hostOf } from './domains.ts';
import { scriptOf, shownBindings } from './workers.ts';

/** What wrangler compares its configuration with where somebody was at the dashboard. */
export const dashboardRoutes = (account: Account): Routes => {
  const environment = '/accounts/:account/workers/services/:script/environments/production';
  const workerOf = (params: Record<string, string>): Worker => requireWorker(account, params['script']);
  return {
    [`GET ${environment}`]: ({ params }) => {
      const worker = workerOf(params);
      const { compatibility_date, compatibility_flags } = worker.versions.at(-1)?.metadata ?? {};
      const script = { ...scriptOf(worker), ...worker.settings, compatibility_date, compatibility_flags };
      return { environment: 'production', script };
    },
    [`GET ${environment}/bindings`]: ({ params }) => shownBindings(workerOf(params).versions.at(-1)),
    [`GET ${environment}/subdomain`]: ({ params }) => workerOf(params).subdomain,
    [`GET ${environment}/routes`]: ({ params }) =>
      workerOf(params).routes.map((pattern) => ({ pattern, zone_name: zoneOf(account, hostOf(pattern))?.name })),
  };
};
