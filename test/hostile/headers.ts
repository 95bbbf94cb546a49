import fc from 'fast-check';
import { MARK, weighted } from './sent.ts';
import { hostileHeaderValue } from './texts.ts';

/** Headers that the API, its libraries or the platform read, and one that nobody does. */
const NAMES = [
  ...['Accept', 'Accept-Encoding', 'Accept-Language', 'Origin', 'Referer', 'User-Agent', 'If-None-Match', 'If-Match'],
  ...['If-Modified-Since', 'Range', 'Expect', 'TE', 'Host', 'Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'Via'],
  ...['CF-Connecting-IP', 'CF-Ray', 'X-Request-Id', 'X-HTTP-Method-Override', 'Access-Control-Request-Method', 'Date'],
  ...['Access-Control-Request-Headers', 'Sec-Fetch-Site', 'Content-Language', 'Content-Range', 'Upgrade', 'Prefer'],
  ...['__proto__', 'X-Nobody'],
];

const FITTING = new Map<string, string[]>(
  Object.entries({
    Origin: [
      'null',
      'https://evil.example',
      'http://localhost:1',
      'http://localhost.evil.example',
      'file://',
      `https://${MARK}.example`,
      'http://[',
      'http://127.0.0.1:8787',
      'https://api.example.com',
      `chrome-extension://${MARK}`,
    ],
    'If-None-Match': ['*', '"a"', 'W/"a"', '"'.repeat(9999), '"a",'.repeat(3000), 'W/'.repeat(4000)],
    'Accept-Language': [
      '*',
      'de;q=0.9',
      'de;q=NaN',
      'de;q=-1',
      ';q=',
      ','.repeat(9000),
      'zh-yue,'.repeat(2000),
      `xx-${'a-'.repeat(4000)}`,
      'a;q=0.001,'.repeat(1500),
    ],
    Range: ['bytes=0-0', 'bytes=-1', 'bytes=9-1', 'bytes=0-,0-,0-', `bytes=${'0-,'.repeat(4000)}`],
    'CF-Connecting-IP': ['::1', '::ffff:127.0.0.1', '999.1.1.1', 'fe80::1%eth0', MARK, ':'.repeat(200)],
    'Access-Control-Request-Method': ['PATCH', 'TRACE', MARK],
    'X-HTTP-Method-Override': ['DELETE'],
  }),
);

const value = (name: string): fc.Arbitrary<string> => {
  const fitting = FITTING.get(name);
  return fitting ? weighted([2, fc.constantFrom(...fitting)], [1, hostileHeaderValue]) : hostileHeaderValue;
};

/** Headers beside those that say who calls and what the body is; `told` are the ones that the document knows of the route. */
export const hostileHeaders = (told: readonly string[]): fc.Arbitrary<[string, string][]> =>
  fc.array(
    fc
      .constantFrom(...NAMES, ...told, ...told)
      .chain((name) => value(name).map((text): [string, string] => [name, text])),
    { minLength: 1, maxLength: 3 },
  );
