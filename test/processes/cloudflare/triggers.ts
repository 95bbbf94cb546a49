import { type Account, newId, requireWorker, type Worker, zoneOf } from './account.ts';
import { type Routes, refusal } from './answer.ts';

type Origin = { hostname: string; enabled?: boolean; previews_enabled?: boolean };

/** What leads to a Worker: its address below workers.dev, domains, routes and schedules. */
export const triggerRoutes = (account: Account): Routes => {
  const script = '/accounts/:account/workers/scripts/:script';
  const workerOf = (params: Record<string, string>): Worker => requireWorker(account, params['script']);
  const requireZone = (host: string): string => {
    const zone = zoneOf(account, host);
    if (!zone) throw refusal(404, 10083, `workers.api.error.zone_not_found for "${host}"`);
    return zone.name;
  };
  const domainsNow = () =>
    [...account.workers.values()].flatMap(({ name, domains }) =>
      domains.map((domain) => ({ ...domain, service: name, environment: 'production' })),
    );
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

    'GET /accounts/:account/workers/domains': ({ query }) =>
      domainsNow().filter(({ hostname }) => hostname === (query.get('hostname') ?? hostname)),
    [`POST ${script}/domains/changeset`]: ({ params, json }) => {
      const wanted: Origin[] = json();
      for (const { hostname } of wanted) requireZone(hostname);
      const known = new Map(domainsNow().map((domain) => [domain.hostname, domain]));
      const updated = wanted.flatMap(({ hostname }) => known.get(hostname) ?? []);
      return {
        added: wanted.filter(({ hostname }) => !known.has(hostname)),
        removed: workerOf(params).domains.filter(({ hostname }) => !wanted.some((one) => one.hostname === hostname)),
        updated: updated.map((domain) => ({ ...domain, modified: domain.service !== params['script'] })),
        conflicting: [],
      };
    },
    [`PUT ${script}/domains/records`]: ({ params, json }) => {
      const { origins, override_existing_origin }: { origins: Origin[]; override_existing_origin: boolean } = json();
      const worker = workerOf(params);
      const domains = origins.map(({ hostname, enabled = true, previews_enabled = false }) => {
        const zone_name = requireZone(hostname);
        const other = domainsNow().find((domain) => domain.hostname === hostname && domain.service !== worker.name);
        if (other && !override_existing_origin) {
          throw refusal(409, 100116, `Hostname '${hostname}' is already used by the Worker '${other.service}'.`);
        }
        return { id: newId(), hostname, zone_name, enabled, previews_enabled };
      });
      const taken = new Set(domains.map(({ hostname }) => hostname));
      for (const other of account.workers.values()) {
        other.domains = other.domains.filter(({ hostname }) => !taken.has(hostname));
      }
      worker.domains = domains;
      return domains;
    },
    'GET /accounts/:account/workers/domains/records': ({ query }) =>
      domainsNow().filter(({ service }) => service === (query.get('service') ?? service)),
    'GET /accounts/:account/workers/domains/records/:domain': ({ params }) =>
      domainsNow().find(({ id }) => id === params['domain']),

    [`PUT ${script}/routes`]: ({ params, json }) => {
      const worker = workerOf(params);
      const patterns: string[] = json().map(({ pattern }: { pattern: string }) => pattern);
      for (const pattern of patterns) requireZone(hostOf(pattern));
      worker.routes = patterns;
      return patterns.map((pattern) => ({ id: newId(), pattern }));
    },
    'GET /zones/:zone/workers/routes': ({ params }) => {
      const zone = account.zones.find(({ id }) => id === params['zone']);
      return [...account.workers.values()].flatMap(({ name, routes }) =>
        routes
          .filter((pattern) => zoneOf(account, hostOf(pattern)) === zone)
          .map((pattern) => ({ pattern, script: name })),
      );
    },

    // What wrangler compares with where somebody was at the dashboard.
    'GET /accounts/:account/workers/services/:script/environments/production/subdomain': ({ params }) =>
      workerOf(params).subdomain,
    'GET /accounts/:account/workers/services/:script/environments/production/routes': ({ params }) =>
      workerOf(params).routes.map((pattern) => ({ pattern, zone_name: zoneOf(account, hostOf(pattern))?.name })),
  };
};

const hostOf = (pattern: string): string => pattern.replace(/^https?:\/\//, '').replace(/\/.*/, '');
