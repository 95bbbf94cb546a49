import { type BinaryLike, type ScryptOptions, scrypt as scryptAtFullCost } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';

// A password's hash is dear on purpose: a fifth of a second, several times for each account that a test needs. Tests
// that are not about that take the same steps to a hash of the same form with the least of work: src/accounts/passwords
// has its `node:crypto` from here, by vitest.config.ts.

export { randomBytes, timingSafeEqual } from 'node:crypto';

let isFull = false;
let made = 0;

/** How many hashes were made so far. */
export const hashesMade = (): number => made;

type Done = (error: Error | null, key: Buffer) => void;

export const scrypt = (
  password: BinaryLike,
  salt: BinaryLike,
  bytes: number,
  options: ScryptOptions,
  done: Done,
): void => {
  made += 1;
  scryptAtFullCost(password, salt, bytes, isFull ? options : { ...options, N: 2, p: 1 }, done);
};

/** Runs a test whose hashes cost what they cost where the API is at work: what goes on meanwhile is what it is about. */
export const atFullCost = async (test: () => Promise<void>): Promise<void> => {
  isFull = true;
  try {
    await test();
  } finally {
    isFull = false;
  }
};

/** The same for a whole file. */
export const hashAtFullCost = (): void => {
  beforeAll(() => {
    isFull = true;
  });
  afterAll(() => {
    isFull = false;
  });
};
