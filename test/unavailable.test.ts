import { describe, expect, it } from 'vitest';
import { answerOf, Unavailable } from '../src/accounts/unavailable.ts';
import { faultOf } from '../src/workers/log.ts';

describe('a part of the platform', () => {
  it('is answered for as it answers', async () => {
    expect(await answerOf('R2', Promise.resolve(1))).toBe(1);
    expect(await answerOf('R2', Promise.resolve(undefined))).toBeUndefined();
  });

  it.each([new Error('get: internal error (10001)'), new TypeError('x'), 'text', undefined])(
    'is unavailable, whatever it rejects with: %s',
    async (cause) => {
      const failure = await answerOf('R2', Promise.reject(cause)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Unavailable);
      expect(failure).toMatchObject({ message: 'R2 did not answer', cause });
    },
  );

  it('is known in the log by what it said', () => {
    expect(faultOf(new Unavailable('R2', new Error('internal error (10001)')))).toBe('Error: internal error (10001)');
    expect(faultOf(new Unavailable('R2', undefined))).toBe('Unavailable: R2 did not answer');
  });
});
