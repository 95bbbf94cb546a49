import fc from 'fast-check';
import type { AppRoute } from '../app-routes.ts';
import { hostileId } from './ids.ts';
import { always, MARK, type Of, weighted } from './sent.ts';
import { hostileText } from './texts.ts';

const PARAMETER = /:\w+(?:\{(?:[^{}]|\{[^}]*\})*\})?\??/g;

/** The pattern with its parameters filled in, each with another text. */
const filled =
  (pattern: string, values: readonly Of<string>[], encoded: boolean): Of<string> =>
  async (cast) => {
    const texts = await Promise.all(values.map((value) => value(cast)));
    let at = 0;
    return pattern.replace(PARAMETER, () => {
      const text = texts[at++ % texts.length] ?? '';
      return encoded ? encodeURIComponent(text.toWellFormed()) : text.replace(/[?#]/g, '');
    });
  };

/** The path of a route with ids of people and things that may exist. */
export const plainPath = ({ pattern }: AppRoute): fc.Arbitrary<Of<string>> =>
  fc
    .tuple(fc.array(hostileId, { minLength: 2, maxLength: 2 }), fc.boolean())
    .map(([ids, encoded]) => filled(pattern, ids, encoded));

const percented = (text: string, every: number): string =>
  [...text]
    .map((character, at) =>
      at % every === 0 && character !== '/' ? `%${character.charCodeAt(0).toString(16)}` : character,
    )
    .join('');

const TWISTS: ((path: string, text: string, number: number) => string)[] = [
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => `${path}.json`,
  (path) => `${path};a=b`,
  (path) => path.replaceAll('/', '//'),
  (path) => path.replaceAll('/', '/./'),
  (path) => path.replaceAll('/', '%2f'),
  (path) => path.replaceAll('/', '\\'),
  (path, _, number) => percented(path, 1 + (number % 3)),
  (path) => `${path}%`,
  (path) => `${path}%00`,
  (path) => `${path}%ff%fe`,
  (path, _, number) => `${path}${'%ffa'.repeat(number % 4000)}`,
  (path) => `${path}/../${MARK}`,
  (path, _, number) => `${path}${'/a'.repeat(number % 7000)}`,
  (path, _, number) => `${path}${'a'.repeat(number % 15_000)}`,
  (path, text) => `${path}/${encodeURIComponent(text.toWellFormed())}`,
  (path, text) => `/${encodeURIComponent(text.toWellFormed())}${path}`,
  (path, text, number) => `${path.slice(0, number % (path.length + 1))}${text.replace(/[?#]/g, '')}`,
];

/** Something that nearly is the path of a route, or would be for somebody who reads it otherwise. */
export const hostilePath = (route: AppRoute): fc.Arbitrary<Of<string>> =>
  fc.tuple(plainPath(route), fc.constantFrom(...TWISTS), hostileText, fc.nat(100_000)).map(
    ([path, twist, text, number]): Of<string> =>
      async (cast) =>
        twist(await path(cast), text, number),
  );

/** The methods that the runtime knows, whether or not a route takes them. */
export const anyMethod: fc.Arbitrary<Of<string>> = weighted<Of<string>>(
  [3, fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS').map(always)],
  [1, fc.constantFrom('TRACE', 'PROPFIND', 'PURGE', 'LOCK', 'SEARCH', 'COPY').map(always)],
);
