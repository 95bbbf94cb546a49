import { DeployFault, unreachedBecause } from './deploy-fault.ts';

// The few calls that a deployment makes besides wrangler's. Cloudflare's own client for all of its API weighs 120 MB.

type ApiError = { code: number; message: string };

type Envelope = { success: boolean; errors: ApiError[]; result: unknown };

/** What Cloudflare's API refused: the status, and the first of its codes. */
export class CloudflareError extends Error {
  readonly status: number;
  readonly code: number | undefined;

  constructor(status: number, errors: readonly ApiError[]) {
    super(errors.map(({ code, message }) => `${message} (${code})`).join('; ') || `status ${status}`);
    this.status = status;
    this.code = errors[0]?.code;
  }

  /** There is no such thing. */
  get isMissing(): boolean {
    return this.status === 404;
  }

  /** The credentials are none, or lack the permission. */
  get isDenied(): boolean {
    return this.status === 401 || this.status === 403 || this.code === 10000 || this.code === 9109;
  }
}

/** Cloudflare's API, by paths below its base. Refusals throw `CloudflareError`, an API out of reach `DeployFault`. */
export type Cloudflare = {
  get: <Result>(path: string) => Promise<Result>;
  /** Every item of a list that comes in pages. */
  list: <Item>(path: string) => Promise<Item[]>;
  /** Waits half a minute for the answer, or as long as is said. */
  post: <Result>(path: string, body: object, withinMs?: number) => Promise<Result>;
};

const BASE_URL = 'https://api.cloudflare.com/client/v4';
const TRIES = 4;
const FIRST_DELAY_MS = 500;
const ANSWER_WITHIN_MS = 30_000;
const PER_PAGE = 100;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const send = async (
  token: string,
  method: string,
  url: string,
  body?: object,
  withinMs = ANSWER_WITHIN_MS,
): Promise<Envelope> => {
  const answer = await fetch(url, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    signal: AbortSignal.timeout(withinMs),
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((error: Error) => {
    throw new DeployFault(`Cloudflare's API cannot be reached: ${unreachedBecause(error)}.`);
  });
  const envelope = (await answer.json().catch(() => undefined)) as Partial<Envelope> | undefined;
  if (answer.ok && envelope?.success) return envelope as Envelope;
  throw new CloudflareError(answer.status, envelope?.errors ?? []);
};

const isPassing = (error: unknown): boolean =>
  error instanceof DeployFault || (error instanceof CloudflareError && (error.status === 429 || error.status >= 500));

/** Asks again where a failure may pass: only what changes nothing, since a change may have happened without an answer. */
const ask = async (token: string, url: string): Promise<Envelope> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(token, 'GET', url);
    } catch (error) {
      if (attempt === TRIES || !isPassing(error)) throw error;
      await wait(FIRST_DELAY_MS * 2 ** (attempt - 1));
    }
  }
};

/** Opens the API with a token; `CLOUDFLARE_API_BASE_URL` leads elsewhere, as it does for wrangler. */
export const cloudflareApi = (token: string, env = process.env): Cloudflare => {
  const base = env['CLOUDFLARE_API_BASE_URL'] ?? BASE_URL;
  return {
    get: async <Result>(path: string) => (await ask(token, base + path)).result as Result,
    post: async <Result>(path: string, body: object, withinMs?: number) =>
      (await send(token, 'POST', base + path, body, withinMs)).result as Result,
    list: async <Item>(path: string) => {
      const items: Item[] = [];
      for (let page = 1; ; page += 1) {
        const { result } = await ask(token, `${base}${path}?page=${page}&per_page=${PER_PAGE}`);
        items.push(...(result as Item[]));
        if ((result as Item[]).length < PER_PAGE) return items;
      }
    },
  };
};

/** What a look-up finds, or undefined where there is no such thing. */
export const found = async <Result>(looking: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof CloudflareError && error.isMissing) return undefined;
    throw error;
  }
};
