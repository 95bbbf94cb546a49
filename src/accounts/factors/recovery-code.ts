import { createHash, randomBytes } from 'node:crypto';

/** How many recovery codes are made at a time. */
export const RECOVERY_CODES = 10;

// Crockford's base 32: no letter that is taken for a digit, and none for another letter.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 24;
const WRITTEN = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

const newCode = (): string => [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** Ten new codes as people write them down: 120 random bits each, in groups of four. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () => (newCode().match(/.{4}/g) ?? []).join('-'));

/** One code, however it was typed: without what separates, and with the digits for which letters are taken. */
export const readRecoveryCode = (text: string): string | undefined => {
  const plain = text
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  return WRITTEN.test(plain) ? plain : undefined;
};

/**
 * What is kept of a code. Of 120 random bits a plain hash tells nobody what they are (ASVS 6.5.2); the text is one that
 * `readRecoveryCode` takes.
 */
export const hashRecoveryCode = (text: string): string =>
  createHash('sha256')
    .update(`recovery code ${readRecoveryCode(text)}`)
    .digest('base64url');
