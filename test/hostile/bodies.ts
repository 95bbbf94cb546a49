import fc from 'fast-check';
import { PASSWORD } from '../client.ts';
import { hostileId } from './ids.ts';
import { always, type Body, latin1, MARK, type Of, utf8, weighted } from './sent.ts';
import { hostileText } from './texts.ts';

/** A JSON object as it is written, key by key, so that one can stand there twice. */
type Member = [key: string, raw: string];
type Members = Of<Member[]>;

const raw = (value: unknown): string => JSON.stringify(value);

// What makes an example of the document true of somebody who exists. Without a line here a field has what the example has.
const FITTING: Record<string, Of<unknown>[]> = {
  email: [({ user }) => user.email, ({ other }) => other.email, ({ fresh }) => fresh()],
  password: [always(PASSWORD), always('another battery staple')],
  current_password: [always(PASSWORD)],
  token: [
    ({ links }) => links.verify,
    ({ links }) => links.reset,
    ({ links }) => links.verify.slice(0, -1),
    ({ links }) => links.reset.replace(/^\d/, '9'),
    ({ user }) => user.refresh,
  ],
  user_id: [({ other }) => other.id, ({ other }) => String(other.id), ({ user }) => user.id],
};

const fitting = (key: string, value: unknown, number: number): Of<unknown> => {
  const choices = FITTING[key] ?? [];
  return choices[number % choices.length] ?? always(value);
};

/** One of the examples that the document shows of a route's body. */
export const plainMembers = (examples: readonly object[]): fc.Arbitrary<Members> =>
  fc.tuple(fc.constantFrom(...examples), fc.nat(11)).map(
    ([example, number]): Members =>
      async (cast) =>
        Promise.all(
          Object.entries(example).map(
            async ([key, value]): Promise<Member> => [key, raw(await fitting(key, value, number)(cast))],
          ),
        ),
  );

const nested = (open: string, close: string, depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;

const RAW = [
  ...[
    'null',
    'true',
    '0',
    '-0',
    '-1',
    '1.5',
    '1e999',
    '-1e999',
    '1e-999',
    '9007199254740993',
    `1${'0'.repeat(400)}`,
    '0.1e1',
  ],
  ...['[]', '{}', '[[]]', '[""]', '{"length":1}', '{"__proto__":{"role":"admin"}}', '{"toString":1}', '{"then":1}'],
  ...[
    nested('[', ']', 20_000),
    nested('{"a":', '}', 9000),
    `[${'1,'.repeat(20_000)}1]`,
    '"\\ud800"',
    '"\\u0000"',
    '"\\u202e"',
  ],
  ...['""', '" "', '"1"', '"true"', '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"2026-01-01T00:00:00+99:99"'],
  ...['"2026-01-01T00:00:00Z "', '"+275760-09-13T00:00:00Z"', '"2026-03-14T12:00:00.123456789012345678901234567890Z"'],
];

/** A value of any type, as it is written. None opens anything: what is stored as a name is shown again. */
export const hostileValue: fc.Arbitrary<Of<string>> = weighted(
  [4, fc.constantFrom(...RAW).map(always)],
  [5, hostileText.map((text) => always(raw(text)))],
  [1, fc.json({ maxDepth: 3 }).map(always)],
  [
    1,
    hostileId.map(
      (text): Of<string> =>
        async (cast) =>
          raw(await text(cast)),
    ),
  ],
);

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'role',
  'is_active',
  'is_verified',
  'id',
  'deleted_at',
  'email',
  '',
  '\u0000',
  MARK,
];

/** The same object with a member that is other, missing, twice there or unknown. */
const twisted = (members: fc.Arbitrary<Members>): fc.Arbitrary<Members> =>
  fc
    .tuple(
      members,
      fc.nat(),
      fc.constantFrom('other', 'other', 'other', 'missing', 'twice', 'unknown', 'cased'),
      hostileValue,
      fc.constantFrom(...KEYS),
    )
    .map(
      ([members, number, how, value, key]): Members =>
        async (cast) => {
          const before = await members(cast);
          const at = number % Math.max(before.length, 1);
          const text = await value(cast);
          if (how === 'unknown') return [...before.slice(0, at), [key, text], ...before.slice(at)];
          const [name] = before[at] ?? [key];
          if (how === 'other') return [...before.slice(0, at), [name, text], ...before.slice(at + 1)];
          if (how === 'twice') return [...before, [name, text]];
          return how === 'cased' ? before.map(([name, text]) => [name.toUpperCase(), text]) : before.toSpliced(at, 1);
        },
    );

const object = (members: readonly Member[]): string =>
  `{${members.map(([key, text]) => `${raw(key)}:${text}`).join(',')}}`;

/** How text becomes bytes, or does not. */
const WRITINGS: ((text: string) => Uint8Array<ArrayBuffer>)[] = [
  (text) => utf8(`\ufeff${text}`),
  (text) => new Uint8Array(Buffer.from(text, 'utf16le')),
  (text) => latin1(text.replace('"', '"\xff\xfe')),
  (text) => latin1(text.replace(/"$|"(?=\})/, '\xc0\xaf"')),
  (text) => latin1(text.replace(/"(?=\})/, '\xed\xa0\x80"')),
  (text) => utf8(text.slice(0, -1)),
  (text) => utf8(`${text}${text}`),
  (text) => utf8(`${text}\u0000`),
  (text) => utf8(`${' '.repeat(60_000)}${text}`),
  (text) => utf8(text.replaceAll('"', "'")),
  (text) => utf8(`/* ${MARK} */${text}`),
  (text) => utf8(text.replace('{', `{"${MARK}":"${'x'.repeat(64 * 1024)}",`)),
  (text) => utf8(`[${text}]`),
  (text) => utf8(text.replace('{', `{${Array.from({ length: 5000 }, (_, at) => `"k${at}":${at},`).join('')}`)),
  (text) => utf8(text.replace('{', `{"pad":${nested('[', ']', 30_000)},`)),
  (text) => utf8(text.replace('{', `{"pad":"${'\\u0061'.repeat(10_000)}",`)),
  () => utf8(nested('{"a":', '}', 10_000)),
  () => new Uint8Array(),
];

const asUtf8 = (text: string): Uint8Array<ArrayBuffer> => utf8(text);

/** How a body comes: mostly whole. */
export const coming: fc.Arbitrary<Omit<Body, 'bytes'>> = weighted<Omit<Body, 'bytes'>>(
  [12, fc.constant({})],
  [2, fc.constantFrom({ pieces: 2 }, { pieces: 17 }, { pieces: 200 })],
  [1, fc.constantFrom({ pieces: 2, breaksOff: true }, { breaksOff: true })],
);

const written = (
  members: fc.Arbitrary<Members>,
  writing: fc.Arbitrary<(text: string) => Uint8Array<ArrayBuffer>>,
): fc.Arbitrary<Of<Body>> =>
  fc.tuple(members, writing, coming).map(
    ([members, write, comes]): Of<Body> =>
      async (cast) => ({ bytes: write(object(await members(cast))), ...comes }),
  );

export const plainJson = (examples: readonly object[]): fc.Arbitrary<Of<Body>> =>
  written(plainMembers(examples), fc.constant(asUtf8));

/** JSON that a route nearly takes, or bytes that are none. */
export const hostileJson = (examples: readonly object[]): fc.Arbitrary<Of<Body>> => {
  const members = plainMembers(examples);
  return weighted(
    [5, written(twisted(members), fc.constant(asUtf8))],
    [2, written(twisted(twisted(members)), fc.constant(asUtf8))],
    [2, written(members, fc.constantFrom(...WRITINGS))],
    [
      1,
      hostileValue.map(
        (text): Of<Body> =>
          async (cast) => ({ bytes: utf8(await text(cast)) }),
      ),
    ],
  );
};
