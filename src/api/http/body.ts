import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './env.ts';
import { AppError, type ErrorCode } from './error.ts';

/** How long a body may take to arrive as a whole. Whoever holds it back longer holds nothing of ours any more. */
export const BODY_DEADLINE_MS = 30_000;

/** How much of a body is taken, and what is told where there is more of it or it breaks off. */
export type BodyLimits = { maxBytes: number; tooLarge: ErrorCode; unreadable: ErrorCode };

const FIRST_BYTES = 16 * 1024;

/**
 * Bytes that arrive in pieces, in one place that grows fourfold, at last to the length that was declared: pieces of one byte
 * cost no more memory than large ones, who declares much has to send some of it, and little is left to be collected.
 */
const gathering = (maxBytes: number, declared: number) => {
  let bytes = new Uint8Array(Math.min(FIRST_BYTES, maxBytes));
  let length = 0;
  return {
    /** Whether there was room. */
    add: (piece: Uint8Array): boolean => {
      const needed = length + piece.byteLength;
      if (needed > maxBytes) return false;
      if (needed > bytes.byteLength) {
        const most = needed <= declared ? declared : maxBytes;
        const grown = new Uint8Array(Math.min(most, Math.max(needed, bytes.byteLength * 4)));
        grown.set(bytes.subarray(0, length));
        bytes = grown;
      }
      bytes.set(piece, length);
      length = needed;
      return true;
    },
    all: (): Uint8Array<ArrayBuffer> => bytes.subarray(0, length),
  };
};

/** Reads to the end, and throws where there are too many bytes or `late` comes first. */
const readAll = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  late: Promise<'late'>,
  { maxBytes, tooLarge, unreadable }: BodyLimits,
  declared: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const gathered = gathering(maxBytes, declared);
  for (;;) {
    const read = reader.read().catch((cause: unknown) => {
      throw new AppError(unreadable, { cause });
    });
    const piece = await Promise.race([read, late]);
    if (piece === 'late') throw new AppError('REQUEST_TIMEOUT');
    if (piece.done) return gathered.all();
    if (!gathered.add(piece.value)) throw new AppError(tooLarge);
  }
};

/**
 * The bytes of a request's body: at most so many, whatever length the client declares, and within 30 seconds, however
 * slowly they come; else 408 `REQUEST_TIMEOUT` (RFC 9110 §15.5.9). What is refused is read no further.
 */
export const readBody = async (request: Request, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> => {
  if (request.body === null) return new Uint8Array();
  const declared = Number(request.headers.get('Content-Length') ?? 0);
  if (declared > limits.maxBytes) throw new AppError(limits.tooLarge);
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), BODY_DEADLINE_MS);
  });
  try {
    return await readAll(reader, late, limits, declared);
  } catch (error) {
    // Nothing is waited for: a body that does not come may not say either that it has heard.
    reader.cancel(error).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

/** Lets go of a body that nobody has begun to read, so that no answer waits for a client that holds it back. */
export const leaveUnread: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  // It rejects where the body was read: that reader has let go of it.
  c.req.raw.body?.cancel().catch(() => undefined);
};
