import type { Account } from './account.ts';
import { type Cloudflare, CloudflareError, found } from './cloudflare.ts';
import { DeployFault } from './deploy-fault.ts';
import type { Ids, Names } from './names.ts';

/** A resource that a deployment needs: how it is found by its name, and made. Both answer its id; a bucket's is its name. */
type Resource = {
  what: string;
  name: string;
  find: (api: Cloudflare) => Promise<string | undefined>;
  make: (api: Cloudflare) => Promise<string>;
};

/** The id of the database of a name; undefined where there is none. */
export const findDatabase = (api: Cloudflare, name: string): Promise<string | undefined> => database(name).find(api);

const database = (name: string): Resource => ({
  what: 'D1 database',
  name,
  // By its name, since the filter of the list also finds names that only contain it.
  find: async (api) =>
    (await found(api.get<{ uuid: string }>(`/d1/database/${encodeURIComponent(name)}?fields=uuid,name`)))?.uuid,
  make: async (api) => (await api.post<{ uuid: string }>('/d1/database', { name })).uuid,
});

const namespace = (name: string): Resource => ({
  what: 'KV namespace',
  name,
  find: async (api) =>
    (await api.list<{ id: string; title: string }>('/storage/kv/namespaces')).find(({ title }) => title === name)?.id,
  make: async (api) => (await api.post<{ id: string }>('/storage/kv/namespaces', { title: name })).id,
});

const bucket = (name: string): Resource => ({
  what: 'R2 bucket',
  name,
  find: async (api) => (await found(api.get<{ name: string }>(`/r2/buckets/${name}`)))?.name,
  make: async (api) => (await api.post<{ name: string }>('/r2/buckets', { name })).name,
});

const queue = (name: string): Resource => ({
  what: 'queue',
  name,
  find: async (api) =>
    (await found(api.get<{ queue_id: string; queue_name: string }[]>(`/queues?name=${name}`)))?.find(
      ({ queue_name }) => queue_name === name,
    )?.queue_id,
  make: async (api) => (await api.post<{ queue_id: string }>('/queues', { queue_name: name })).queue_id,
});

/** Whoever else made it a moment ago made ours: what counts is that it is there. */
const make = async (api: Cloudflare, { what, name, find, make }: Resource): Promise<string> => {
  try {
    return await make(api);
  } catch (error) {
    const id = await find(api);
    if (id !== undefined) return id;
    if (error instanceof CloudflareError && error.isDenied) {
      throw new DeployFault(`The ${what} ${name} is not there, and the credentials may not make it.`);
    }
    throw new DeployFault(`The ${what} ${name} cannot be made: ${(error as Error).message}.`);
  }
};

/**
 * Finds every resource of a deployment by its name, and makes what is not there; answers the ids. `given` are ids that
 * the configuration names, for which nothing is looked up. A dry run makes nothing, and the id of what it would make
 * is missing in the answer.
 */
export const ensureResources = async (
  { api }: Account,
  names: Names,
  given: Ids,
  { dryRun, say }: { dryRun: boolean; say: (line: string) => void },
): Promise<Ids> => {
  const ensure = async (resource: Resource, known?: string): Promise<string | undefined> => {
    const { what, name, find } = resource;
    const id = known ?? (await find(api));
    if (id !== undefined || dryRun) {
      say(`${what} ${name}: ${id === undefined ? 'would be made' : 'found'}`);
      return id;
    }
    const made = await make(api, resource);
    say(`${what} ${name}: made`);
    return made;
  };
  const id = await ensure(database(names.database), given.database);
  const namespaces: Record<string, string> = {};
  for (const [binding, name] of Object.entries(names.namespaces)) {
    const found = await ensure(namespace(name), given.namespaces[binding]);
    if (found !== undefined) namespaces[binding] = found;
  }
  for (const name of Object.values(names.buckets)) await ensure(bucket(name));
  for (const name of [...Object.values(names.queues), names.deadLetters]) await ensure(queue(name));
  return { namespaces, ...(id === undefined ? {} : { database: id }) };
};
