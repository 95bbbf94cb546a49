import { Webhook } from 'standardwebhooks';
import { type AccountsEvent, isEvent } from './event.ts';

// An event has a few hundred bytes; one that ends very many sessions has some thousand.
const LARGEST_BODY_BYTES = 64 * 1024;

const REFUSALS = {
  WRONG_SIGNATURE: { status: 401, message: 'The push is not signed with the signing secret.' },
  WRONG_TIME: { status: 401, message: 'The push was signed more than five minutes ago, or ahead of this clock.' },
  NO_EVENT: { status: 400, message: 'The push is signed, and its body is no event.' },
  TOO_LARGE: { status: 413, message: `The push has more than ${LARGEST_BODY_BYTES / 1024} KiB.` },
} as const;

/** Why a request is not taken for a push. */
export class PushError extends Error {
  override readonly name = 'PushError';
  readonly code: keyof typeof REFUSALS;
  /** What to answer with. */
  readonly status: number;

  constructor(code: keyof typeof REFUSALS, cause?: unknown) {
    super(REFUSALS[code].message, { cause });
    this.code = code;
    this.status = REFUSALS[code].status;
  }
}

/** The body's text, byte for byte as it was signed, read no further than an event can be long. */
const readText = async (request: Request): Promise<string> => {
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
  let [text, bytes] = ['', 0];
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_BODY_BYTES) throw new PushError('TOO_LARGE');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
};

const refusalFor = (error: unknown): PushError => {
  if (error instanceof SyntaxError) return new PushError('NO_EVENT', error);
  const isTime = error instanceof Error && error.message.startsWith('Message timestamp');
  return new PushError(isTime ? 'WRONG_TIME' : 'WRONG_SIGNATURE', error);
};

/**
 * The event of a push, by Standard Webhooks 1.0.0. While a rotation lasts a push has two signatures, and one that fits
 * is enough. Throws `PushError`.
 */
export const readPush = async (signingSecret: string, request: Request): Promise<AccountsEvent> => {
  const webhook = new Webhook(signingSecret);
  const text = await readText(request);
  let event: unknown;
  try {
    event = webhook.verify(text, Object.fromEntries(request.headers));
  } catch (error) {
    throw refusalFor(error);
  }
  if (!isEvent(event)) throw new PushError('NO_EVENT');
  return event;
};
