// Stands in for `node:crypto` in a Worker whose tests are not about the cost of a password's hash: of the same form, with
// the least of work. test/password-cost.ts does it for tests that run inside a Worker. Without its prefix the name leads to
// the original.

// biome-ignore lint/style/useNodejsImportProtocol: With it this module would import itself.
import { type BinaryLike, type ScryptOptions, scrypt as scryptAtFullCost } from 'crypto';

// biome-ignore lint/style/useNodejsImportProtocol: The same.
export * from 'crypto';

type Done = (error: Error | null, key: Buffer) => void;

export const scrypt = (
  password: BinaryLike,
  salt: BinaryLike,
  bytes: number,
  options: ScryptOptions,
  done: Done,
): void => scryptAtFullCost(password, salt, bytes, { ...options, N: 2, p: 1 }, done);
