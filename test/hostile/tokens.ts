import fc from 'fast-check';
import { type Forgery, forgedToken, unsignedToken } from '../forged-token.ts';
import type { Cast } from './cast.ts';
import { always, MARK, type Of, weighted } from './sent.ts';
import { hostileHeaderValue } from './texts.ts';

/** What anybody here holds that opens something, or is taken for it. */
const HELD: ((cast: Cast) => string)[] = [
  ({ user }) => user.token,
  ({ admin }) => admin.token,
  ({ other }) => other.token,
  ({ service }) => service.token,
  ({ service }) => service.secret,
  ({ user }) => user.refresh,
  ({ links }) => links.verify,
  ({ links }) => links.reset,
];

/** Changes a text that is right, so that it nearly is. */
const DAMAGES: ((text: string, number: number) => string)[] = [
  (text, number) => text.slice(0, number % text.length),
  (text, number) => `${text.slice(0, number % text.length)}A${text.slice((number % text.length) + 1)}`,
  (text) => `${text}=`,
  (text) => `${text}.`,
  (text) => text.toUpperCase(),
  (text) => text.split('.').toReversed().join('.'),
  (text) => `${text}.${text}`,
  (text) => text.replaceAll('.', ''),
  (text, number) => `${text}${'A'.repeat(number % 16_000)}`,
  (_, number) => '.'.repeat(number % 4000),
];

export const damaged = (text: fc.Arbitrary<Of<string>>): fc.Arbitrary<Of<string>> =>
  fc.tuple(text, fc.constantFrom(...DAMAGES), fc.nat(100_000)).map(
    ([of, damage, number]): Of<string> =>
      async (cast) =>
        damage(await of(cast), number),
  );

const held: fc.Arbitrary<Of<string>> = fc.constantFrom(...HELD);

const ODD = [
  '',
  0,
  -1,
  1.5,
  1e300,
  null,
  true,
  [],
  ['a'],
  {},
  '1',
  '9007199254740993',
  '__proto__',
  MARK,
  "1' OR 1=1 --",
];
const FAR = [0, 1, 2 ** 31, 2 ** 53, 1e300, -1, 'soon', null];

/** Tokens of our own key with one thing wrong: only what is looked at keeps them out. */
const forgery: fc.Arbitrary<Forgery> = weighted<Forgery>(
  [
    4,
    fc
      .tuple(fc.constantFrom('sub', 'sid', 'jti', 'iss', 'aud', 'typ', MARK), fc.constantFrom(...ODD, undefined))
      .map(([name, value]) => ({ claims: { [name]: value } })),
  ],
  [
    3,
    fc
      .tuple(fc.constantFrom('exp', 'iat', 'nbf'), fc.constantFrom(...FAR, undefined))
      .map(([name, value]) => ({ claims: { [name]: value } })),
  ],
  [
    2,
    fc
      .tuple(fc.constantFrom('kid', 'typ', 'jku', 'x5u', 'cty', 'zip'), fc.constantFrom(...ODD, undefined))
      .map(([name, value]) => ({ header: { [name]: value } })),
  ],
  [1, fc.constant({ claims: { padding: MARK.repeat(1200) } })],
);

const forged: fc.Arbitrary<Of<string>> = fc
  .tuple(
    fc.constantFrom(
      ({ user }: Cast) => user.token,
      ({ admin }: Cast) => admin.token,
    ),
    forgery,
  )
  .map(
    ([of, forgery]): Of<string> =>
      // A library that signs refuses some of them; those are sent as they were.
      (cast) =>
        forgedToken(of(cast), forgery).catch(() => of(cast)),
  );

const unsigned: fc.Arbitrary<Of<string>> = fc.constantFrom('none', 'None', 'HS256', 'EdDSA', '').map(
  (alg): Of<string> =>
    ({ user }) =>
      unsignedToken(user.token, alg),
);

/** A JWS of any header and payload that nobody signed. */
const madeUp: fc.Arbitrary<Of<string>> = fc
  .tuple(
    fc.json({ maxDepth: 2 }),
    fc.constantFrom(
      '{"alg":"EdDSA","crit":["b64"],"b64":false}',
      '{"alg":"none"}',
      '[]',
      '{',
      '{"alg":{"a":1}}',
      '{"__proto__":{"alg":"none"}}',
    ),
  )
  .map(([payload, header]) =>
    always([header, payload, MARK].map((part) => Buffer.from(part).toString('base64url')).join('.')),
  );

const SCHEMES = ['Bearer', 'bearer', 'BEARER', 'Bearer ', 'Basic', 'Digest', 'Token', '', 'Bearer Bearer', 'Bearer\t'];

/** The value of an Authorization header that opens nothing, or not this. */
export const hostileAuthorization: fc.Arbitrary<Of<string>> = fc
  .tuple(
    fc.constantFrom(...SCHEMES, ...Array(12).fill('Bearer')),
    weighted(
      [3, held],
      [3, damaged(held)],
      [4, forged],
      [1, unsigned],
      [1, madeUp],
      [1, hostileHeaderValue.map(always)],
    ),
    fc.constantFrom('', '', '', ', Bearer a', ' a', ' '.repeat(5000)),
  )
  .map(
    ([scheme, token, rest]): Of<string> =>
      async (cast) =>
        `${scheme} ${await token(cast)}${rest}`.trim(),
  );
