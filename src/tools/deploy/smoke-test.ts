import { randomUUID } from 'node:crypto';
import { DeployFault, unreachedBecause } from './deploy-fault.ts';

// A new address, and a version just deployed, take their time to be known everywhere.
const REACHED_WITHIN_MS = 90_000;
const POLL_MS = 2000;
const ANSWER_WITHIN_MS = 15_000;

type Check = {
  what: string;
  path: string;
  body?: object;
  status: number;
  /** Whether the answer is the one that is meant. */
  fits: (body: never, headers: Headers) => boolean;
};

const CHECKS: Check[] = [
  { what: 'it answers', path: '/health', status: 200, fits: ({ status }: { status: string }) => status === 'ok' },
  {
    what: 'its keys are there',
    path: '/.well-known/jwks.json',
    status: 200,
    fits: ({ keys }: { keys: { crv?: string }[] }) => keys.length > 0 && keys.every(({ crv }) => crv === 'Ed25519'),
  },
  {
    what: 'its document is served',
    path: '/openapi.json',
    status: 200,
    fits: ({ openapi }: { openapi: string }) => openapi.startsWith('3.1.'),
  },
  {
    what: 'it refuses a stranger',
    path: '/api/v1/users/me',
    status: 401,
    fits: ({ code }: { code: string }, headers) =>
      code === 'INVALID_CREDENTIALS' && headers.has('X-Request-Id') && headers.has('Strict-Transport-Security'),
  },
  {
    // Reads and writes the database, and takes a password's time.
    what: 'a login of nobody is checked against the database',
    path: '/api/v1/auth/login',
    body: { email: `smoke-test-${randomUUID()}@example.com`, password: 'correct horse battery staple' },
    status: 401,
    fits: ({ code }: { code: string }) => code === 'INVALID_CREDENTIALS',
  },
];

const call = (address: string, { path, body }: Pick<Check, 'path' | 'body'>): Promise<Response> =>
  fetch(new URL(path, address), {
    method: body ? 'POST' : 'GET',
    headers: { 'Content-Type': 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

/** Why a check fails at this moment; undefined where it passes. */
const flawOf = async (address: string, check: Check): Promise<string | undefined> => {
  try {
    const answer = await call(address, check);
    const body = (await answer.json().catch(() => ({}))) as { code?: string };
    if (answer.status === check.status && check.fits(body as never, answer.headers)) return undefined;
    return `${check.path} answered ${[answer.status, body.code].filter(Boolean).join(' ')}`;
  } catch (error) {
    return `${check.path} cannot be reached (${unreachedBecause(error)})`;
  }
};

const passes = async (address: string, check: Check, deadline: number): Promise<void> => {
  for (;;) {
    const flaw = await flawOf(address, check);
    if (flaw === undefined) return;
    if (Date.now() >= deadline) throw new DeployFault(`The smoke test failed at ${address}: ${flaw}.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

/**
 * Asks a deployed API what tells that all its parts are in place, and changes nothing but a counter that is gone a day
 * later; `say` hears of each check that passed. Throws where one does not within a minute and a half.
 */
export const smokeTest = async (
  address: string,
  say: (line: string) => void,
  reachedWithinMs = REACHED_WITHIN_MS,
): Promise<void> => {
  const deadline = Date.now() + reachedWithinMs;
  for (const check of CHECKS) {
    await passes(address, check, deadline);
    say(`  ${check.what}`);
  }
};
