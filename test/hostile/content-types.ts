import fc from 'fast-check';
import { MARK, weighted } from './sent.ts';
import { hostileHeaderValue } from './texts.ts';

const TYPES = [
  ...['application/json', 'Application/JSON', 'application/json; charset=utf-16', 'application/json;charset="utf-8"'],
  ...['application/json, text/plain', 'application/merge-patch+json', 'text/json', 'text/plain', 'application/xml'],
  ...['application/x-www-form-urlencoded', 'application/octet-stream', 'image/png', '*/*', 'application/json;', ';'],
  ...[
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary="',
    'multipart/mixed; boundary=X',
  ],
  ...[
    'multipart/form-data; boundary=X; boundary=Y',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
    `application/${MARK}`,
  ],
  ...[
    'multipart/form-data;'.padEnd(8000, ' '),
    `multipart/form-data${';a="\\'.repeat(2000)}`,
    `multipart/form-data; ${'a'.repeat(8000)}`,
  ],
];

/** A type of a body that the route takes, nearly takes or does not. */
export const hostileContentType: fc.Arbitrary<string> = weighted(
  [4, fc.constantFrom(...TYPES)],
  [1, hostileHeaderValue],
);

const CODINGS = [
  'gzip',
  'br',
  'identity',
  'identity, gzip',
  'GZIP',
  'x-unknown',
  ',',
  'gzip,'.repeat(1000),
  'aws-chunked',
  MARK,
];

/** Headers that tell how a body is coded, how long it is, or how it comes. */
export const hostileCoding: fc.Arbitrary<[string, string][]> = weighted(
  [3, fc.constantFrom(...CODINGS).map((coding): [string, string][] => [['Content-Encoding', coding]])],
  [
    1,
    fc
      .constantFrom('0', '-1', '1e9', '99999999999', '1, 1', 'a')
      .map((length): [string, string][] => [['Content-Length', length]]),
  ],
  [
    1,
    fc
      .constantFrom('chunked', 'gzip, chunked', 'identity')
      .map((coding): [string, string][] => [['Transfer-Encoding', coding]]),
  ],
);
