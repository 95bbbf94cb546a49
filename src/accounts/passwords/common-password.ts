import { COMMON_PASSWORDS } from '../data/common-passwords.ts';

let commonPasswords: Set<string> | undefined;

/**
 * Tells whether a password is one of the 10,000 most common of eight characters or more, in whatever case it is typed
 * (ASVS 6.2.4). Expects the password in NFKC, as it is hashed.
 */
export function isCommonPassword(password: string): boolean {
  // Built when a password is first set in an isolate: most isolates never need it, and start-up should not pay for it.
  commonPasswords ??= new Set(COMMON_PASSWORDS.split(/\s/));
  return commonPasswords.has(password.toLowerCase());
}
