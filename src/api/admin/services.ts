import * as z from 'zod/mini';
import {
  addService,
  listServices,
  removeService,
  resumeService,
  rotateService,
} from '../../accounts/services/service.ts';
import {
  type ServiceIdentity,
  serviceKeys,
  serviceToken,
  signingSecret,
} from '../../accounts/tokens/service-secret.ts';
import type { MacKeys } from '../../accounts/tokens/signed-token.ts';
import { EVENT_TYPES } from '../../outbox/event.ts';
import { queuePushes } from '../../outbox/push.ts';
import { isDevelopment } from '../../workers/settings.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';
import { listedServiceOf } from '../wire/service.ts';
import { Refused } from './answer.ts';
import { acting, flag, serviceName } from './input.ts';
import { type Call, operation, scriptActor } from './operation.ts';

const Act = z.strictObject({ ...acting, name: serviceName });

const URL_AT_MOST = 2000;

const TYPES = `must be names of events, each once, out of ${EVENT_TYPES.join(', ')}`;

const Addition = z.extend(Act, {
  url: z.optional(z.string({ error: 'must be a url' })),
  types: z.optional(
    z.array(z.string({ error: TYPES }), { error: TYPES }).check(
      z.minLength(1, { error: TYPES, abort: true }),
      z.refine((types) => types.every((type) => (EVENT_TYPES as readonly string[]).includes(type)), TYPES),
      z.refine((types) => new Set(types).size === types.length, TYPES),
    ),
  ),
});

const isLoopback = ({ hostname }: URL): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

/** Why events cannot be pushed to a url; undefined where they can. In development what runs on the same machine may be without TLS. */
const urlFlaw = (text: string, env: Env): string | undefined => {
  if (!URL.canParse(text)) return 'must be a url';
  const url = new URL(text);
  const isPlain = url.protocol === 'http:' && isDevelopment({ ...env }) && isLoopback(url);
  if (url.protocol !== 'https:' && !isPlain) return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  if (url.href.includes('#')) return 'must not have a fragment';
  return url.href.length > URL_AT_MOST ? `must have at most ${URL_AT_MOST} characters` : undefined;
};

/** The url as it is called. */
const pushUrl = (text: string | undefined, env: Env): string | null => {
  if (text === undefined) return null;
  const flaw = urlFlaw(text, env);
  if (flaw) throw new Refused('INVALID_INPUT', `url ${flaw}.`);
  return new URL(text).href;
};

/** The token and the signing secret of a service, which nothing keeps: they are told this once. A dry run tells none. */
const pairOf = (keys: MacKeys, identity: ServiceIdentity, dry_run: boolean) => ({
  token: dry_run ? null : serviceToken(keys, keys.signs, identity),
  signing_secret: dry_run ? null : signingSecret(keys, keys.signs, identity),
});

const readServices = async ({ env, db, now }: Call, name?: string) => {
  const keys = serviceKeys(env);
  return (await listServices(db, name)).map((service) => listedServiceOf(service, keys, now));
};

const actingOn = (call: Call, { name, as, dry_run }: z.output<typeof Act>) => ({
  ...{ db: call.db, name, by: scriptActor(call, as), now: call.now, dryRun: dry_run },
});

/** What is done about the operator's other programs. */
export const SERVICES = {
  /** All of them, in the order of their names. */
  listServices: operation('services.list', z.strictObject({}), async (call) => ({
    services: await readServices(call),
  })),

  showService: operation('services.show', z.strictObject({ name: serviceName }), async (call, { name }) => {
    const [service] = await readServices(call, name);
    if (!service) throw new Refused('NO_SERVICE');
    return { service };
  }),

  /** Makes one. Without a url it asks for events itself, and without types it hears of all. */
  addService: operation('services.add', Addition, async (call, given) => {
    const { name, dry_run } = given;
    const [keys, url, types] = [serviceKeys(call.env), pushUrl(given.url, call.env), given.types ?? null];
    const added = await addService(actingOn(call, given), keys, { url, types });
    if (added.outcome !== 'added') throw new Refused(added.outcome);
    return { name, url, types, ...pairOf(keys, added.identity, dry_run), dry_run };
  }),

  rotateService: operation('services.rotate', z.extend(Act, { leaked: flag }), async (call, given) => {
    const { name, dry_run, leaked } = given;
    const keys = serviceKeys(call.env);
    const rotated = await rotateService(actingOn(call, given), keys, leaked);
    if (rotated.outcome === 'ROTATED_RECENTLY') {
      const until = isoTime(rotated.until);
      throw new Refused(rotated.outcome, `The pair before the last rotation works until ${until}; wait until then.`);
    }
    if (rotated.outcome !== 'rotated') throw new Refused(rotated.outcome);
    const { identity, formerUntil } = rotated;
    return { name, ...pairOf(keys, identity, dry_run), former_until: timeOrNull(formerUntil), dry_run };
  }),

  /** Goes on sending behind the event that it answers, and begins with it at once. */
  resumeService: operation('services.resume', z.extend(Act, { from_now: flag }), async (call, given) => {
    const { name, dry_run, from_now } = given;
    const resumed = await resumeService(actingOn(call, given), from_now);
    if (resumed.outcome !== 'resumed') throw new Refused(resumed.outcome);
    const { id, after, lost } = resumed;
    if (!dry_run) await queuePushes(call.env.EVENTS, [id]);
    return { name, after, lost, dry_run };
  }),

  removeService: operation('services.remove', Act, async (call, given) => {
    const { outcome } = await removeService(actingOn(call, given));
    if (outcome !== 'removed') throw new Refused(outcome);
    return { name: given.name, dry_run: given.dry_run };
  }),
};
