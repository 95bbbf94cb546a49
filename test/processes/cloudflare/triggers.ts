import { type Account, requireWorker, type Worker } from './account.ts';
import { type Routes, refusal } from './answer.ts';

/** A Worker's address below workers.dev, and its schedules. */
export const triggerRoutes = (account: Account): Routes => {
  const script = '/accounts/:account/workers/scripts/:script';
  const workerOf = (params: Record<string, string>): Worker => requireWorker(account, params['script']);
  const subdomainOf = ({ name, subdomain }: Worker) => {
    const suffix = `${name}.${account.subdomain}.workers.dev`;
    const addresses = account.subdomain && { url: `https://${suffix}`, preview_url_suffix: `-${suffix}` };
    return { ...subdomain, ...addresses };
  };

  return {
    'GET /accounts/:account/workers/subdomain': () => {
      if (!account.subdomain) throw refusal(404, 10007, 'workers.api.error.subdomain_not_found');
      return { subdomain: account.subdomain };
    },
    'PUT /accounts/:account/workers/subdomain': ({ json }) => {
      account.subdomain = json().subdomain;
      return { subdomain: account.subdomain };
    },
    'GET /accounts/:account/workers/workers/:script': ({ params }) => {
      const worker = workerOf(params);
      return { id: worker.tag, name: worker.name, subdomain: subdomainOf(worker) };
    },
    // Where nothing is said of previews, they follow the address.
    [`POST ${script}/subdomain`]: ({ params, json }) => {
      const { enabled, previews_enabled = enabled } = json();
      return Object.assign(workerOf(params).subdomain, { enabled, previews_enabled });
    },
    [`GET ${script}/subdomain`]: ({ params }) => workerOf(params).subdomain,

    [`GET ${script}/schedules`]: ({ params }) => ({ schedules: workerOf(params).schedules.map((cron) => ({ cron })) }),
    [`PUT ${script}/schedules`]: ({ params, json }) => {
      const worker = workerOf(params);
      worker.schedules = json().map(({ cron }: { cron: string }) => cron);
      return { schedules: worker.schedules.map((cron) => ({ cron })) };
    },
  };
};
