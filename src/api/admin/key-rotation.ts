import * as z from 'zod/mini';
import { noteAct } from '../../accounts/acts/audit.ts';
import { countSealedUnder } from '../../accounts/factors/sealed-secrets.ts';
import { type KeyUse, usesOfKeys } from '../../accounts/services/service.ts';
import { slotAges, slotToRotate } from '../../accounts/tokens/access-token.ts';
import {
  differingSlots,
  KEY_KINDS,
  KEY_SLOTS,
  type KeyKind,
  type KeyPlan,
  type KeySlot,
  type SlotDigests,
  unreadableSlots,
} from '../../accounts/tokens/key-slots.ts';
import {
  isMacSlot,
  macSlotAges,
  macSlotToRotate,
  nextMacVersion,
  readMacKeys,
} from '../../accounts/tokens/signed-token.ts';
import { UNVERIFIED_KEPT_MS } from '../../accounts/users/account-state.ts';
import { DAY_MS } from '../../workers/duration.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';
import { Refused } from './answer.ts';
import { acting, flag } from './input.ts';
import { type Call, operation, scriptActor } from './operation.ts';

// For how long something that a version has signed may be good: the device cookie of a browser, and the link by which the owner
// of an account that was made for them sets the first password. Refresh tokens are signed anew within a week. What services
// have is good until it is rotated, and what is encrypted until it is under the newer key: both are asked for.
const LIFE_MS = { tokens: 180 * DAY_MS, links: UNVERIFIED_KEPT_MS, services: 0, factors: 0 };

/** The slots that cannot be read, and those in which the mailer has something else: they get a new key, whatever its age. */
const slotsToMend = (env: Env, kind: KeyKind, mailer: SlotDigests): KeySlot[] => {
  const bad = [...unreadableSlots(kind, { ...env }), ...differingSlots(kind, { ...env }, mailer)];
  return KEY_SLOTS[kind].filter((slot) => bad.includes(slot));
};

/**
 * Plans a rotation: what has to be mended gets a new key. Where nothing has, the slot of the older key does, unless something
 * that the older one signed may still be in use. With `leaked` both do, at once and whatever they signed.
 */
const planRotation = (env: Env, { keys: kind, leaked, mailer }: z.output<typeof Rotation>, now: Date): KeyPlan => {
  const [a, b] = KEY_SLOTS[kind];
  const content = [env[a] ?? '', env[b] ?? ''] as const;
  const ages = kind === 'signing' ? slotAges(content) : macSlotAges(content);
  const made = { [a]: timeOrNull(ages[0]), [b]: timeOrNull(ages[1]) };
  const mends = slotsToMend(env, kind, mailer);
  const version = kind === 'signing' ? null : nextMacVersion(content, now, mends.length > 0);
  if (leaked) return { slots: [a, b], version, made, mends };
  if (mends.length > 0) return { slots: mends, version, made, mends };
  const rotation = kind === 'signing' ? slotToRotate(content, now) : macSlotToRotate(content, LIFE_MS[kind], now);
  if (rotation.outcome === 'rotates') return { slots: [rotation.slot === 0 ? a : b], version, made, mends };
  const until = isoTime(rotation.until);
  throw new Refused('KEY_TOO_YOUNG', `What the older key has signed may still be in use; wait until ${until}.`);
};

/** The versions that are gone when these slots are written, since no other slot has them. */
const endingVersions = (env: Env, kind: KeyKind, slots: readonly KeySlot[]): number[] => {
  const versionsIn = (slot: KeySlot) =>
    env[slot] && isMacSlot(env[slot]) ? [...readMacKeys(env[slot]).versions.keys()] : [];
  const kept = KEY_SLOTS[kind].filter((slot) => !slots.includes(slot)).flatMap(versionsIn);
  return slots.flatMap(versionsIn).filter((version) => !kept.includes(version));
};

// How many services a refusal names.
const NAMED_AT_MOST = 10;

const namesOf = (uses: readonly KeyUse[]): string => {
  const named = uses.slice(0, NAMED_AT_MOST).map(({ name }) => name);
  const more = uses.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
};

/** Refuses a rotation that would end the token and secret of a service, also the former pair while it was promised to work. */
const requireNoServices = async ({ env, db, now }: Call, { slots }: KeyPlan): Promise<void> => {
  const uses = await usesOfKeys(db, endingVersions(env, 'services', slots), now);
  const [present, former] = [uses.filter(({ until }) => !until), uses.filter(({ until }) => until)];
  const last = former.reduce((latest, { until }) => Math.max(latest, Number(until)), 0);
  const steps = [
    ...(present.length > 0 ? [`rotate these services first: ${namesOf(present)}`] : []),
    ...(former.length > 0 ? [`wait until ${isoTime(last)}, while former pairs of these work: ${namesOf(former)}`] : []),
  ];
  if (steps.length > 0) throw new Refused('KEY_IN_USE', `The older key is still in use; ${steps.join('; ')}.`);
};

/** Refuses a rotation after which the secret of an authenticator app could not be read any more. */
const requireNoSecrets = async ({ env, db }: Call, { slots }: KeyPlan): Promise<void> => {
  const secrets = await countSealedUnder(db, endingVersions(env, 'factors', slots));
  if (secrets === 0) return;
  const wait = 'the scheduled run encrypts them anew once the newer key is in use, so try again later';
  throw new Refused(
    'KEY_IN_USE',
    `The older key still encrypts the secrets of ${secrets} authenticator apps; ${wait}.`,
  );
};

/** What a kind of keys still holds that a rotation must not end. */
const REQUIRE_UNUSED: Partial<Record<KeyKind, (call: Call, plan: KeyPlan) => Promise<void>>> = {
  services: requireNoServices,
  factors: requireNoSecrets,
};

const Rotation = z.strictObject({
  ...acting,
  keys: z._default(z.enum(KEY_KINDS, { error: `must be one of ${KEY_KINDS.join(', ')}` }), 'signing'),
  leaked: flag,
  /** What the mailer has in the slots of both Workers. */
  mailer: z._default(z.partialRecord(z.enum(Object.values(KEY_SLOTS).flat()), z.string().check(z.maxLength(100))), {}),
});

/** What is done about the keys that sign. */
export const KEYS = {
  /**
   * Says into which slots new keys go, and when the key in each was made. The keys themselves stay where they are: the
   * new ones are made and written by who calls.
   */
  planKeyRotation: operation('keys.rotate', Rotation, async (call, { keys, leaked, mailer, as, dry_run }) => {
    const plan = planRotation(call.env, { keys, leaked, mailer, as, dry_run }, call.now);
    if (!leaked) await REQUIRE_UNUSED[keys]?.(call, plan);
    if (!dry_run) await noteAct(call.db, 'keys.rotate', scriptActor(call, as), call.now);
    return { keys, ...plan, dry_run };
  }),
};
