import fc from 'fast-check';
import type { Cast } from './cast.ts';

/** A request as it is sent: what of it anybody could reach by hand, to the byte. */
export type Sent = {
  method: string;
  /** With its query. */
  path: string;
  headers: [name: string, value: string][];
  body?: Body | undefined;
};

/** A body, how many pieces it comes in, and whether it breaks off before its end; whole where neither is said. */
export type Body = { bytes: Uint8Array<ArrayBuffer>; pieces?: number; breaksOff?: boolean };

/** What depends on who is there when the request is made: ids, tokens, cookies, links. */
export type Of<Value> = (cast: Cast) => Value | Promise<Value>;

/** The same whoever is there. */
export const always =
  <Value>(value: Value): Of<Value> =>
  () =>
    value;

/** One of several, each as often as its number says. */
export const weighted = <Value>(...choices: [weight: number, arbitrary: fc.Arbitrary<Value>][]): fc.Arbitrary<Value> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** Stands in whatever is made up here, so that it can be found again wherever it should not be. */
export const MARK = 'qz0mark7zq';

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'utf8'));
export const latin1 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));

const clipped = (text: string): string => (text.length <= 600 ? text : `${text.slice(0, 500)}… (${text.length})`);

/** A request as a failure shows it. */
export const shown = ({ method, path, headers, body }: Sent): string =>
  [
    `${method} ${clipped(path)}`,
    ...headers.map(([name, value]) => `${name}: ${clipped(value)}`),
    ...(body
      ? [
          `(${body.bytes.length} bytes, ${body.pieces ?? 1} pieces${body.breaksOff ? ', breaks off' : ''})`,
          clipped(JSON.stringify(Buffer.from(body.bytes).toString('latin1'))),
        ]
      : []),
  ].join('\n');
