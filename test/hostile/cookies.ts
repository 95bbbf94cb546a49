import fc from 'fast-check';
import type { Cast } from './cast.ts';
import { always, MARK, type Of, weighted } from './sent.ts';
import { hostileHeaderValue } from './texts.ts';
import { damaged } from './tokens.ts';

const NAMES = ['__Secure-refresh_token', '__Secure-device'];

const theirs: fc.Arbitrary<Of<string>> = fc.constantFrom(
  ({ user }: Cast) => user.refresh,
  ({ other }: Cast) => other.refresh,
  ({ admin }: Cast) => admin.refresh,
  ({ user }: Cast) => user.device,
  ({ user }: Cast) => user.token,
  ({ service }: Cast) => service.token,
);

const value: fc.Arbitrary<Of<string>> = weighted(
  [3, theirs],
  [3, damaged(theirs)],
  [1, fc.constantFrom('', '""', '"', '%', '%ff', '%ffa'.repeat(1500), MARK, 'a=b', '1.1.1.1').map(always)],
  [1, hostileHeaderValue.map((text) => always(text.replaceAll(';', '')))],
);

const pair: fc.Arbitrary<Of<string>> = fc
  .tuple(
    weighted(
      [6, fc.constantFrom(...NAMES)],
      [1, fc.constantFrom('__proto__', 'refresh_token', '', ' ', 'a', '__secure-refresh_token')],
    ),
    value,
  )
  .map(
    ([name, value]): Of<string> =>
      async (cast) =>
        `${name}=${await value(cast)}`,
  );

/** The value of a Cookie header: ours, damaged, many of a name, and none at all that anybody set. */
export const hostileCookie: fc.Arbitrary<Of<string>> = fc
  .tuple(
    fc.array(pair, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('; ', ';', ' ; ', ',', '; ; '),
    fc.constantFrom(1, 1, 1, 1, 30),
  )
  .map(
    ([pairs, sign, times]): Of<string> =>
      async (cast) => {
        const text = (await Promise.all(pairs.map((of) => of(cast)))).join(sign);
        return Array(times).fill(text).join(sign).slice(0, 30_000);
      },
  );
