import fc from 'fast-check';
import { always, MARK, type Of, weighted } from './sent.ts';
import { hostileText } from './texts.ts';

const NUMBERS = [
  ...['0', '-1', '-0', '1.5', '1e3', '01', '+1', ' 1', '1 ', '1_000', '0x1', '1n', '١', '１', '9007199254740991'],
  ...['9007199254740992', '9223372036854775808', '99999999999999999999999999', 'Infinity', 'NaN', '1,2', '1;2', '1|2'],
];

/** Ids of people, sessions, events, participations and pictures that exist. */
const theirs: fc.Arbitrary<Of<string>> = fc.constantFrom<Of<string>[]>(
  ({ user }) => String(user.id),
  ({ other }) => String(other.id),
  ({ admin }) => String(admin.id),
  ({ erased }) => String(erased),
  ({ user }) => user.session,
  ({ other }) => other.session,
  ({ event }) => `evt_${event}`,
  ({ participation }) => String(participation),
  ({ picture }) => picture,
);

/** An id of whatever there is, or of nothing. */
export const hostileId: fc.Arbitrary<Of<string>> = weighted(
  [4, theirs],
  [2, fc.constantFrom(...NUMBERS).map(always)],
  [1, fc.constantFrom(...NUMBERS).map((number) => always(`evt_${number}`))],
  [1, fc.constantFrom('1/a.webp', `${MARK}.webp`, '1/../2/a.webp', '1/%2e%2e/a.webp', '.webp', '1/.webp').map(always)],
  [2, hostileText.map(always)],
);

const cursors: fc.Arbitrary<Of<string>> = fc
  .tuple(fc.nat(), fc.constantFrom('whole', 'cut', 'longer', 'turned', 'of another list'))
  .map(
    ([number, how]): Of<string> =>
      ({ cursors }) => {
        const cursor = cursors[number % cursors.length] ?? '';
        const [version, ...parts] = cursor.split('.');
        if (how === 'cut') return cursor.slice(0, number % Math.max(cursor.length, 1));
        if (how === 'longer') return `${cursor}${'A'.repeat(number % 3000)}`;
        if (how === 'turned') return [version, ...parts.toReversed()].join('.');
        return how === 'whole' ? cursor : [version, '9007199254740993', ...parts.slice(1)].join('.');
      },
  );

/** Where a list goes on: a cursor of ours, one that was tampered with, a token of another kind, or anything. */
export const hostileCursor: fc.Arbitrary<Of<string>> = weighted(
  [4, cursors],
  [
    1,
    fc.constantFrom<Of<string>[]>(
      ({ user }) => user.refresh,
      ({ links }) => links.verify,
      ({ service }) => service.token,
    ),
  ],
  [
    2,
    fc.constantFrom('.', '..', '1..', '1.1.', '1.1.1.1', '__proto__.1', '1.-1.x', `1.${'9'.repeat(400)}.x`).map(always),
  ],
  [1, hostileText.map(always)],
);
