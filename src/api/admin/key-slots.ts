/** The secrets that hold keys: two slots of each kind, so that one can be written while the other still verifies. */
export const KEY_SLOTS = {
  signing: ['SIGNING_KEY_A', 'SIGNING_KEY_B'],
  tokens: ['TOKEN_KEYS', 'TOKEN_KEYS_B'],
  links: ['MAIL_LINK_KEYS', 'MAIL_LINK_KEYS_B'],
  services: ['SERVICE_KEYS', 'SERVICE_KEYS_B'],
} as const;

export type KeyKind = keyof typeof KEY_SLOTS;
export const KEY_KINDS = Object.keys(KEY_SLOTS) as KeyKind[];
export type KeySlot = (typeof KEY_SLOTS)[KeyKind][number];

/**
 * Which slots get a new key, under which version where keys have one, and when the newest key in each slot was made; null
 * is an empty slot. Nothing else of a key is told.
 */
export type KeyPlan = { slots: KeySlot[]; version: number | null; made: Partial<Record<KeySlot, string | null>> };
