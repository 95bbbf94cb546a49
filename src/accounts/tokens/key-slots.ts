import { createHash } from 'node:crypto';
import { isMacSlot } from './signed-token.ts';

/** The secrets that hold keys: two slots of each kind, so that one can be written while the other still verifies. */
export const KEY_SLOTS = {
  signing: ['SIGNING_KEY_A', 'SIGNING_KEY_B'],
  tokens: ['TOKEN_KEYS', 'TOKEN_KEYS_B'],
  links: ['MAIL_LINK_KEYS', 'MAIL_LINK_KEYS_B'],
  services: ['SERVICE_KEYS', 'SERVICE_KEYS_B'],
  factors: ['FACTOR_KEYS', 'FACTOR_KEYS_B'],
} as const;

export type KeyKind = keyof typeof KEY_SLOTS;
export const KEY_KINDS = Object.keys(KEY_SLOTS) as KeyKind[];
export type KeySlot = (typeof KEY_SLOTS)[KeyKind][number];

/** The kinds that both Workers have, the same in both. */
export const SHARED_KINDS = ['links', 'services'] as const satisfies readonly KeyKind[];

/**
 * Which slots get a new key, under which version where keys have one, and when the newest key in each slot was made; null
 * is an empty slot, or one that cannot be read. `mends` are those of them that cannot be read, or are not the same in both
 * Workers. Nothing else of a key is told.
 */
export type KeyPlan = {
  slots: KeySlot[];
  version: number | null;
  made: Partial<Record<KeySlot, string | null>>;
  mends: KeySlot[];
};

const is32Bytes = (text: unknown): boolean => typeof text === 'string' && Buffer.from(text, 'base64url').length === 32;

/** Whether a secret is a signing key, as `newSigningKey` makes it, or an empty slot. */
export const isSigningSlot = (secret: string): boolean => {
  if (secret.trim() === '') return true;
  try {
    const { kty, crv, x, d, kid, created_at } = JSON.parse(secret) as Record<string, unknown>;
    const isEd25519 = kty === 'OKP' && crv === 'Ed25519' && is32Bytes(x) && is32Bytes(d);
    return isEd25519 && typeof kid === 'string' && kid !== '' && Number.isFinite(created_at);
  } catch {
    return false;
  }
};

/** The secrets with keys, and whatever else stands beside them. */
type Secrets = Readonly<Record<string, unknown>>;

const textOf = (secrets: Secrets, slot: KeySlot): string => String(secrets[slot] ?? '');

/** The slots of a kind that cannot be read. */
export const unreadableSlots = (kind: KeyKind, secrets: Secrets): KeySlot[] => {
  const isReadable = kind === 'signing' ? isSigningSlot : isMacSlot;
  return KEY_SLOTS[kind].filter((slot) => !isReadable(textOf(secrets, slot)));
};

const unusableSlots = (kind: KeyKind, secrets: Secrets): KeySlot[] => {
  const isEmpty = KEY_SLOTS[kind].every((slot) => textOf(secrets, slot).trim() === '');
  return isEmpty ? [KEY_SLOTS[kind][0]] : unreadableSlots(kind, secrets);
};

/**
 * Names in one sentence the secrets of these kinds that are missing or unusable, and no value; undefined where all is well. A
 * Worker asks when it starts, so that the platform refuses a version that has one: with the second slot malformed it would
 * start, and every login fail.
 */
export const keysFlaw = (kinds: readonly KeyKind[], secrets: Secrets): string | undefined => {
  const names = kinds.flatMap((kind) => unusableSlots(kind, secrets));
  return names.length === 0 ? undefined : `These secrets are missing or unusable: ${names.join(', ')}.`;
};

/** What tells whether two Workers have the same in a slot, and nothing of what it is: a key has 256 random bits. */
export type SlotDigests = Partial<Record<KeySlot, string>>;

/** The digests of the slots that both Workers have. */
export const sharedDigests = (secrets: Secrets): SlotDigests =>
  Object.fromEntries(
    SHARED_KINDS.flatMap((kind) => KEY_SLOTS[kind]).map((slot) => [
      slot,
      createHash('sha256').update(textOf(secrets, slot)).digest('base64url'),
    ]),
  );

/** The slots of a kind in which the other Worker has something else. */
export const differingSlots = (kind: KeyKind, secrets: Secrets, others: SlotDigests): KeySlot[] => {
  const ours = sharedDigests(secrets);
  return KEY_SLOTS[kind].filter((slot) => others[slot] !== undefined && others[slot] !== ours[slot]);
};
