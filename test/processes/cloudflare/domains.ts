import { type Account, newId, requireWorker, type Worker, zoneOf } from './account.ts';
import { type Routes, refusal } from './answer.ts';

type Origin = { hostname: string; enabled?: boolean; previews_enabled?: boolean };

/** The domains and routes of the account's zones that lead to a Worker. */
export const domainRoutes = (account: Account): Routes => {
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

  return {
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
    'GET /accounts/:account/workers/domains': ({ query }) =>
      domainsNow().filter(({ hostname }) => hostname === (query.get('hostname') ?? hostname)),
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
  };
};

/** The host that a route is for. */
export const hostOf = (pattern: string): string => pattern.replace(/^https?:\/\//, '').replace(/\/.*/, '');
