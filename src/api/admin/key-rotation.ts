import { slotAges, slotToRotate } from '../../accounts/tokens/access-token.ts';
import { ONE_TIME_TOKEN_LIFETIME_MS } from '../../accounts/tokens/one-time-token.ts';
import { macSlotAges, macSlotToRotate, nextMacVersion } from '../../accounts/tokens/signed-token.ts';
import { DAY_MS } from '../../workers/duration.ts';
import { isoTime, timeOrNull } from '../wire/time.ts';
import { Refused } from './answer.ts';

/** The secrets that hold keys: two slots of each kind, so that one can be written while the other still verifies. */
export const KEY_SLOTS = {
  signing: ['SIGNING_KEY_A', 'SIGNING_KEY_B'],
  tokens: ['TOKEN_KEYS', 'TOKEN_KEYS_B'],
  links: ['MAIL_LINK_KEYS', 'MAIL_LINK_KEYS_B'],
} as const;

export type KeyKind = keyof typeof KEY_SLOTS;
export const KEY_KINDS = Object.keys(KEY_SLOTS) as KeyKind[];
export type KeySlot = (typeof KEY_SLOTS)[KeyKind][number];

/**
 * Which slots get a new key, under which version where keys have one, and when the newest key in each slot was made; null
 * is an empty slot. Nothing else of a key is told.
 */
export type KeyPlan = { slots: KeySlot[]; version: number | null; made: Partial<Record<KeySlot, string | null>> };

// For how long something that a version has signed may be good: the device cookie of a browser, and the link that
// verifies an address. Refresh tokens are signed anew within a week.
const LIFE_MS = { tokens: 180 * DAY_MS, links: ONE_TIME_TOKEN_LIFETIME_MS['verify-email'] };

/**
 * Plans a rotation: the slot of the older key gets a new one, unless something that the older one signed may still be in
 * use. With `leaked` both do, at once and whatever they signed.
 */
export const planRotation = (env: Env, kind: KeyKind, leaked: boolean, now: Date): KeyPlan => {
  const [a, b] = KEY_SLOTS[kind];
  const content = [env[a] ?? '', env[b] ?? ''] as const;
  const ages = kind === 'signing' ? slotAges(content) : macSlotAges(content);
  const made = { [a]: timeOrNull(ages[0]), [b]: timeOrNull(ages[1]) };
  const version = kind === 'signing' ? null : nextMacVersion(content, now);
  if (leaked) return { slots: [a, b], version, made };
  const rotation = kind === 'signing' ? slotToRotate(content, now) : macSlotToRotate(content, LIFE_MS[kind], now);
  if (rotation.outcome === 'rotates') return { slots: [rotation.slot === 0 ? a : b], version, made };
  const until = isoTime(rotation.until);
  throw new Refused('KEY_TOO_YOUNG', `What the older key has signed may still be in use; wait until ${until}.`);
};
