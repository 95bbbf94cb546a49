let commonPasswords: ReadonlySet<string> | undefined;

/**
 * Learns the most common passwords, once in an isolate: most isolates never need them, so they are no part of the code.
 * `read` answers the text of src/accounts/data/common-passwords.txt, whose first line says where they come from; where it
 * throws, the next who needs them reads again.
 */
export const learnCommonPasswords = async (read: () => Promise<string>): Promise<void> => {
  if (commonPasswords) return;
  const text = await read();
  commonPasswords = new Set(text.slice(text.indexOf('\n')).trim().split(/\s/));
};

/**
 * Tells whether a password is one of the 10,000 most common of eight characters or more, in whatever case it is typed
 * (ASVS 6.2.4). Expects the password in NFKC, as it is hashed, and the common ones learnt.
 */
export const isCommonPassword = (password: string): boolean => {
  if (!commonPasswords) throw new Error('The common passwords are not known yet.');
  return commonPasswords.has(password.toLowerCase());
};
