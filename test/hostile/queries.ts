import fc from 'fast-check';
import { hostileCursor, hostileId } from './ids.ts';
import { always, type Of, weighted } from './sent.ts';
import { hostileText } from './texts.ts';

/** What the document says of a parameter in the query. */
export type QueryParameter = { name: string; schema: { enum?: string[]; default?: unknown; examples?: string[] } };

type Pair = [name: string, value: string];

/** What a parameter takes as far as the document tells, and otherwise a cursor or an id. */
const plainValue = ({
  schema: { enum: values = [], default: value, examples = [] },
}: QueryParameter): fc.Arbitrary<Of<string>> => {
  const told = [...values, ...examples, ...(value === undefined ? [] : [String(value)])];
  const open: [number, fc.Arbitrary<Of<string>>][] = [
    [1, fc.constantFrom('a', 'user', '1', '1,2,3').map(always)],
    [1, hostileCursor],
  ];
  return weighted<Of<string>>(
    ...(told.length > 0 ? [[4, fc.constantFrom(...told).map(always)] as [number, fc.Arbitrary<Of<string>>]] : open),
  );
};

const hostileValue = weighted<Of<string>>(
  [3, hostileText.map(always)],
  [2, hostileId],
  [2, hostileCursor],
  [
    1,
    fc.tuple(hostileId, fc.constantFrom(2, 100, 101, 2000)).map(
      ([id, times]): Of<string> =>
        async (cast) =>
          Array(times)
            .fill(await id(cast))
            .join(','),
    ),
  ],
  [
    1,
    fc
      .constantFrom(
        'user.erased,'.repeat(900),
        'user.erased,user.erased',
        '1,'.repeat(7000),
        'user.erased, user.updated',
      )
      .map(always),
  ],
);

/** How a pair is written: as it should be, undecodable, or as nobody does. */
const WRITINGS: ((pair: Pair) => string)[] = [
  ([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
  ([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
  ([name, value]) => `${name}=${value}`.replace(/#/g, ''),
  ([name, value]) => `${name}[]=${encodeURIComponent(value.toWellFormed())}`,
  ([name, value]) => `${name}%00=${encodeURIComponent(value.toWellFormed())}&${name}`,
  ([name, value]) =>
    `${name}=${encodeURIComponent(value.toWellFormed())}&${name}=${encodeURIComponent(value.toWellFormed())}`,
  ([name]) => `${name}`,
  ([name]) => `${name}=%E0%A4%A`,
  ([name]) => `${name}=${'%ffa'.repeat(3000)}`,
  ([name, value]) => `${name}=${value.slice(0, 3)}${'&a'.repeat(5000)}`.replace(/#/g, ''),
];

const written = (
  pairs: fc.Arbitrary<[name: string, value: Of<string>][]>,
  writings: typeof WRITINGS,
): fc.Arbitrary<Of<string>> =>
  fc.tuple(pairs, fc.array(fc.constantFrom(...writings), { minLength: 1, maxLength: 4 })).map(
    ([pairs, ways]): Of<string> =>
      async (cast) => {
        const texts = await Promise.all(
          pairs.map(async ([name, value], at) => ways[at % ways.length]?.([name, await value(cast)]) ?? ''),
        );
        return texts.length === 0 ? '' : `?${texts.join('&')}`;
      },
  );

const asWritten = WRITINGS.slice(0, 1);

/** A query that a route could answer. */
export const plainQuery = (parameters: readonly QueryParameter[]): fc.Arbitrary<Of<string>> => {
  if (parameters.length === 0) return fc.constant(always(''));
  const pair = fc
    .constantFrom(...parameters)
    .chain((parameter) => plainValue(parameter).map((value): [string, Of<string>] => [parameter.name, value]));
  return written(fc.uniqueArray(pair, { maxLength: 3, selector: ([name]) => name }), asWritten);
};

/** One that is wrong in any way; with the names that the route knows, and others. */
export const hostileQuery = (parameters: readonly QueryParameter[]): fc.Arbitrary<Of<string>> => {
  const known = parameters.map(({ name }) => name);
  const name = weighted(
    [8, fc.constantFrom(...known, ...(known.length > 0 ? known : ['q']))],
    [1, hostileText],
    [1, fc.constantFrom('__proto__', 'constructor', 'q', 'lang')],
  );
  return written(fc.array(fc.tuple(name, hostileValue), { minLength: 1, maxLength: 5 }), WRITINGS);
};
