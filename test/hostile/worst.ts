// The worst that each kind of input has been found to ask of the CPU, and beside it a plain request of the same size to the
// same route. Nothing here is random: what is measured has to be the same each time.

/** A request as it goes over the wire. */
export type Wire = {
  method: string;
  path: string;
  /** Whose token it carries. */
  by?: Caller;
  headers?: Record<string, string>;
  body?: Buffer;
};

export type Caller = 'user' | 'admin' | 'service';

/** What is sent, and the plain request of the same size that it is held against. */
export type Pair = { name: string; hostile: Wire; plain: Wire };

/** A refresh token that works, a challenge for a new passkey of the user's session, and the origin of our pages. */
export type Given = { refresh: string; challenge: string; origin: string };

const ME = '/api/v1/users/me';
const USERS = '/api/v1/users';
const REFRESH = '/api/v1/auth/refresh-token';
const VERIFY = '/api/v1/auth/verify-email';

// What Cloudflare lets through: a URL of 16 KB, headers of 128 KB.
const URL_SIZE = 15_000;
const HEADER_SIZE = 60_000;
const JSON_SIZE = 60_000;
const FORM_SIZE = 5_200_000;

const fill = (unit: string, size: number): string => unit.repeat(Math.floor(size / unit.length));

/** Both go to one path; the plain one has as many letters. */
const byPath = (
  name: string,
  before: string,
  unit: string,
  { by, after = '' }: { by?: Caller; after?: string } = {},
): Pair => {
  const filling = fill(unit, URL_SIZE);
  const get = (path: string): Wire => ({ method: 'GET', path, ...(by && { by }) });
  return { name, hostile: get(before + filling + after), plain: get(before + 'a'.repeat(filling.length) + after) };
};

const paths = (): Pair[] => [
  byPath('a path, undecodable', '/', '%ffa'),
  byPath('a path, undecodable at its end', '/', '%41', { after: '%ff' }),
  byPath('a path with a lone percent', '/%', 'a%20'),
  byPath('a path of slashes', '/', '/a'),
  byPath('a path of encoded slashes', '/', '%2f'),
  byPath('the path of a picture, of slashes', '/avatars/', 'a/'),
  byPath('the path of a picture, of ends', '/avatars/', '.webp', { after: '/' }),
  byPath('an id, undecodable', `${USERS}/`, '%ffa', { by: 'admin' }),
];

/** The plain one has as many letters in a name that nobody looks at. */
const byQuery = (name: string, by: Caller, path: string, plain: string): Pair => ({
  name,
  hostile: { method: 'GET', path, by },
  plain: { method: 'GET', path: `${plain}&b=${'a'.repeat(Math.max(0, path.length - plain.length - 3))}`, by },
});

const queries = (): Pair[] => {
  const [one, hundred] = [`${USERS}?limit=1`, `/api/v1/profiles?ids=1${',2'.repeat(99)}`];
  const search = (text: string): string => `${USERS}?limit=1&q=${encodeURIComponent(text)}`;
  const events = '/api/v1/events?limit=1000&types=user.updated';
  return [
    byQuery('a query, undecodable', 'admin', `${USERS}?q=${fill('%ffa', URL_SIZE)}`, `${USERS}?q=a`),
    byQuery('a query of names', 'admin', one + fill('&a', URL_SIZE), one),
    byQuery('a query of one name', 'admin', one + fill('&c=a', URL_SIZE), one),
    byQuery('a query of encoded names', 'admin', one + fill('&%61', URL_SIZE), one),
    byQuery('ids', 'service', `/api/v1/profiles?ids=1${fill(',1', URL_SIZE)}`, '/api/v1/profiles?ids=a'),
    byQuery('a hundred ids and names', 'service', hundred + fill('&a', URL_SIZE), hundred),
    byQuery('types of events', 'service', events + fill(',user.created', URL_SIZE), events),
    byQuery('a cursor', 'admin', `${USERS}?cursor=1${fill('.1', URL_SIZE)}`, `${USERS}?cursor=1`),
    byQuery('a search for marks', 'admin', search('\u0301\u0316'.repeat(127)), search('a'.repeat(255))),
    byQuery('a search for ligatures', 'admin', search('ﷺ'.repeat(255)), search('a'.repeat(255))),
  ];
};

/** The plain one has the same bytes where nobody looks. */
const byHeader = (
  name: string,
  request: Wire,
  header: string,
  value: string,
  also: Record<string, string> = {},
): Pair => ({
  name,
  hostile: { ...request, headers: { ...request.headers, [header]: value } },
  plain: { ...request, headers: { ...request.headers, ...also, 'X-Nobody': 'a'.repeat(value.length) } },
});

const headers = (): Pair[] => {
  const health: Wire = { method: 'GET', path: '/health' };
  const page: Wire = { method: 'GET', path: '/verify-email' };
  const me: Wire = { method: 'GET', path: ME };
  const mine: Wire = { method: 'PATCH', path: ME, by: 'user' };
  const json = { 'Content-Type': 'application/json' };
  return [
    byHeader('languages, none', page, 'Accept-Language', fill(',', HEADER_SIZE)),
    byHeader('languages that nobody reads', page, 'Accept-Language', fill('xx,', HEADER_SIZE)),
    byHeader('languages by their weight', page, 'Accept-Language', fill('xx;q=0.1,', HEADER_SIZE)),
    byHeader('a language of subtags', page, 'Accept-Language', `xx${fill('-a', HEADER_SIZE)}`),
    byHeader('tags', { method: 'GET', path: '/pages/page.css' }, 'If-None-Match', fill('"a",', HEADER_SIZE)),
    byHeader(
      'tags without an end',
      { method: 'GET', path: '/avatars/1/aaaaaaaaaaaaaaaaaaaaaa.webp' },
      'If-None-Match',
      fill('"', HEADER_SIZE + 1),
    ),
    byHeader('an origin of labels', me, 'Origin', `http://${fill('a.', HEADER_SIZE)}example`),
    byHeader('an origin of slashes', me, 'Origin', `http:${fill('/', HEADER_SIZE)}a`),
    byHeader('a bearer of blanks', me, 'Authorization', `Bearer${fill(' ', HEADER_SIZE)}!`),
    byHeader('a bearer of dots', me, 'Authorization', `Bearer ${fill('.', HEADER_SIZE)}`),
    byHeader('a bearer of letters', me, 'Authorization', `Bearer a.b.${fill('abcd', HEADER_SIZE)}`),
    byHeader(
      'a bearer with a head of brackets',
      me,
      'Authorization',
      `Bearer ${Buffer.from(fill('[', 30_000)).toString('base64url')}.e30.AAAA`,
    ),
    byHeader(
      "a service's token of dots",
      { method: 'GET', path: '/api/v1/events' },
      'Authorization',
      `Bearer 1${fill('.1', HEADER_SIZE)}`,
    ),
    byHeader('a type of parameters', mine, 'Content-Type', `multipart/form-data${fill(';a="\\"', HEADER_SIZE)}`, json),
    byHeader('a type of blanks', mine, 'Content-Type', `multipart/form-data; ${fill(' ', HEADER_SIZE)}a`, json),
    byHeader(
      'a coding of commas',
      { ...mine, headers: { ...mine.headers, ...json } },
      'Content-Encoding',
      fill(',', HEADER_SIZE),
    ),
    byHeader('an address of colons', health, 'CF-Connecting-IP', fill(':', HEADER_SIZE)),
  ];
};

const cookies = (refresh: string): Pair[] => {
  const post: Wire = { method: 'POST', path: REFRESH };
  const one = { Cookie: '__Secure-refresh_token=1.1.a.1.b' };
  const many = (value: string): string => fill(`__Secure-refresh_token=${value};`, HEADER_SIZE);
  return [
    byHeader('cookies that sign nothing', post, 'Cookie', many('1.1.a.1.b'), one),
    byHeader('cookies of nothing', post, 'Cookie', many('a'), one),
    byHeader('one cookie that is right, often', post, 'Cookie', many(refresh), {
      Cookie: `__Secure-refresh_token=${refresh}`,
    }),
    byHeader('cookies, undecodable', post, 'Cookie', many('%ff'), one),
    byHeader('a cookie, undecodable', post, 'Cookie', `__Secure-refresh_token=${fill('%ffa', HEADER_SIZE)}`, one),
    byHeader('a cookie of semicolons', post, 'Cookie', fill(';', HEADER_SIZE), one),
    byHeader('a cookie of names', post, 'Cookie', fill('a=b;', HEADER_SIZE), one),
  ];
};

const json = (path: string, text: string, more: Partial<Wire> = {}): Wire => ({
  method: 'POST',
  path,
  ...more,
  headers: { 'Content-Type': 'application/json', ...more.headers },
  body: Buffer.from(text),
});

/** The plain one is an object of ordinary members. */
const members = (size: number): string =>
  Array.from(
    { length: Math.floor(size / 60) },
    (_, at) => `"field_${at}":"${'an ordinary text '.repeat(3).slice(0, 60 - 14 - String(at).length)}"`,
  ).join(',');

const byJson = (name: string, text: string): Pair => ({
  name,
  hostile: json(VERIFY, text),
  plain: json(VERIFY, `{"token":"a",${members(text.length - 16)}}`),
});

const bodies = (): Pair[] => {
  const within = (filling: string): string => `{"token":"a","more":${filling}}`;
  const field = (name: string, wire: (text: string) => Wire, text: string): Pair => ({
    name,
    hostile: wire(JSON.stringify(text)),
    plain: wire(JSON.stringify('a'.repeat(Buffer.byteLength(text)))),
  });
  const named = (name: string, length: number, marks: string): Pair =>
    field(
      name,
      (text) => json(ME, `{"full_name":${text}}`, { method: 'PATCH', by: 'user' }),
      marks.repeat(length / [...marks].length),
    );
  // Each behind the one that it has to come before.
  const RUN = '\u0301\u0316';
  const MARKS = 'a\u0316\u0301\u0315\u0300';
  return [
    byJson('JSON of brackets', within(`${'['.repeat(JSON_SIZE / 2)}${']'.repeat(JSON_SIZE / 2)}`)),
    byJson('JSON of objects', within(`${'{"a":'.repeat(JSON_SIZE / 6)}1${'}'.repeat(JSON_SIZE / 6)}`)),
    byJson('JSON of brackets without an end', within('['.repeat(JSON_SIZE))),
    byJson(
      'JSON of names',
      `{"token":"a",${Array.from({ length: 5500 }, (_, at) => `"k${at}":${at % 10}`).join(',')}}`,
    ),
    byJson('JSON of one name', `{${fill('"token":"a",', JSON_SIZE)}"token":"a"}`),
    byJson('JSON of __proto__', `{${fill('"__proto__":{},', JSON_SIZE)}"token":"a"}`),
    byJson('JSON of numbers', within(`[${fill('1,', JSON_SIZE)}1]`)),
    byJson('JSON of long numbers', within(`[${fill(`${'9'.repeat(999)},`, JSON_SIZE)}1]`)),
    byJson('JSON of one number', within('9'.repeat(JSON_SIZE))),
    byJson('JSON of escapes', within(`"${fill('\\u0061', JSON_SIZE)}"`)),
    byJson('JSON of blanks', `{"token":"a"${' '.repeat(JSON_SIZE)}}`),
    byJson('JSON of empty objects', within(`[${fill('{},', JSON_SIZE)}{}]`)),
    byJson('a link of dots', `{"token":"1${'.1'.repeat(255)}"}`),
    named('a name of marks', 4000, MARKS),
    named('a name of marks on one letter', 4000, RUN),
    named('a name of as many marks as can be', 1020, RUN),
    named('a name of joiners', 4000, 'ب\u200c'),
    named('a name of joined emoji', 4000, '👩\u200d'),
    named('a name of selectors', 4000, '\ufe0f'),
    named('a name of jamo', 4000, '\u1100\u1161\u11a8'),
    field(
      'a reason of marks',
      (text) =>
        json(`${USERS}/deactivate`, `{"user_id":1,"reason":${text}}`, {
          method: 'PATCH',
          by: 'admin',
        }),
      RUN.repeat(2000),
    ),
    field(
      'an address of marks',
      (text) => json('/api/v1/auth/forgot-password', `{"email":${text}}`),
      `${RUN.repeat(250)}@a.bc`,
    ),
    field(
      'an address of labels',
      (text) => json('/api/v1/auth/forgot-password', `{"email":${text}}`),
      `a@${'ü.'.repeat(250)}bc`,
    ),
    field(
      'an address of dots',
      (text) => json('/api/v1/auth/forgot-password', `{"email":${text}}`),
      `a@${'・'.repeat(300)}.bc`,
    ),
    field(
      'a password of ligatures',
      (text) => json('/api/v1/auth/reset-password', `{"token":"a","new_password":${text}}`),
      'ﷺ'.repeat(512),
    ),
    field(
      'a password of marks',
      (text) => json('/api/v1/auth/reset-password', `{"token":"a","new_password":${text}}`),
      RUN.repeat(256),
    ),
    field(
      'a language of subtags',
      (text) => json(ME, `{"speaking_language":${text}}`, { method: 'PATCH', by: 'user' }),
      `en-a${'-bb'.repeat(20)}`,
    ),
  ];
};

/** What a browser would have made of our options; the plain one brings as many zeros, which stand for next to nothing. */
const factors = ({ challenge, origin }: Given): Pair[] => {
  const FACTORS = `${ME}/factors`;
  const encoded = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');
  const said = JSON.stringify({ type: 'webauthn.create', challenge: 'AAAA', origin });
  const added = (clientDataJSON: string, attestationObject: string, more: object = {}): Wire => {
    const response = { clientDataJSON, attestationObject };
    const passkey = { id: 'AAAA', rawId: 'AAAA', type: 'public-key', response, ...more };
    return json(`${FACTORS}/passkeys`, JSON.stringify({ challenge, name: 'a', passkey }), { by: 'user' });
  };
  const byObject = (name: string, cbor: string): Pair => ({
    name,
    hostile: added(encoded(said), encoded(cbor)),
    plain: added(encoded(said), encoded('\0'.repeat(cbor.length))),
  });
  const byData = (name: string, text: string): Pair => ({
    name,
    hostile: added(encoded(text), 'AAAA'),
    plain: added('A'.repeat(encoded(text).length), 'AAAA'),
  });
  const sent = (name: string, path: string, of: (text: string) => object, text: string, by?: Caller): Pair => ({
    name,
    hostile: json(path, JSON.stringify(of(text)), by && { by }),
    plain: json(path, JSON.stringify(of('a'.repeat(Buffer.byteLength(text)))), by && { by }),
  });
  const extensions = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, at % 10]));
  const size = JSON.stringify(extensions).length;
  return [
    byObject('a passkey of arrays', '\x81'.repeat(1536)),
    byObject('a passkey of maps', '\xa1\x61a'.repeat(512)),
    byObject('a passkey of many names', `\xb9\x01\xfe${'\x61a\0'.repeat(510)}`),
    byObject('a passkey of tags', '\xc1'.repeat(1536)),
    byObject('a passkey of long arrays', `\x99\x05\xfd${'\0'.repeat(1533)}`),
    byData('a passkey whose data are brackets', '['.repeat(6000)),
    byData('a passkey whose data are names', `{${Array.from({ length: 700 }, (_, at) => `"${at}":1`).join(',')}}`),
    {
      name: 'a passkey of extensions',
      hostile: added('AAAA', 'AAAA', { clientExtensionResults: extensions }),
      plain: added('AAAA', 'AAAA', { clientExtensionResults: { a: 'a'.repeat(size - 8) } }),
    },
    sent(
      'the name of a factor, of marks',
      `${FACTORS}/passkeys`,
      (name) => ({ challenge, name }),
      '\u0301\u0316'.repeat(250),
      'user',
    ),
    sent(
      'a recovery code of dashes',
      '/api/v1/auth/prove',
      (recovery_code) => ({ recovery_code }),
      '-'.repeat(100),
      'user',
    ),
    sent('a code of blanks', '/api/v1/auth/prove', (code) => ({ code }), '\u3000'.repeat(20), 'user'),
    sent(
      'a challenge of dots',
      '/api/v1/auth/login/second-factor',
      (text) => ({ challenge: text, code: '000000' }),
      `1${'.1'.repeat(511)}`,
    ),
    sent(
      'the name of an account, of marks',
      USERS,
      (full_name) => ({ email: 'a@example.com', full_name, accepted_terms: true }),
      '\u0301\u0316'.repeat(2000),
      'admin',
    ),
  ];
};

const HEAD = 'Content-Disposition: form-data; name="avatar"; filename="a"';

const form = (body: Buffer): Wire => ({
  method: 'PATCH',
  path: ME,
  by: 'user',
  headers: { 'Content-Type': 'multipart/form-data; boundary=X' },
  body,
});

const part = (head: string, content: Buffer | string): Buffer =>
  Buffer.concat([
    Buffer.from(`--X\r\n${head}\r\n\r\n`),
    Buffer.from(content as string, 'latin1'),
    Buffer.from('\r\n--X--\r\n'),
  ]);

/** The plain one brings a file of the same size that is no picture. */
const byForm = (name: string, body: Buffer): Pair => ({
  name,
  hostile: form(body),
  plain: form(part(HEAD, 'a'.repeat(body.length - 100))),
});

const forms = (): Pair[] => {
  const file = (content: string, head = HEAD): Buffer => part(head, content);
  const empty = '--X\r\nContent-Disposition: form-data; name="full_name"\r\n\r\n\r\n';
  return [
    byForm('a form of parts', Buffer.from(`${fill(empty, FORM_SIZE)}--X--\r\n`)),
    byForm(
      'a form of twenty long heads',
      Buffer.from(
        `${fill(`--X\r\nContent-Disposition: form-data; name="a"${fill(';a="\\"', 8000)}\r\n\r\n\r\n`, 160_000)}--X--\r\n`,
      ),
    ),
    byForm(
      'a form of short lines in heads',
      Buffer.from(
        `${fill(`--X\r\nContent-Disposition: form-data; name="a"\r\n${fill('a:b\r\n', 8000)}\r\n\r\n`, 160_000)}--X--\r\n`,
      ),
    ),
    byForm('a file of line feeds', file(fill('\n', FORM_SIZE))),
    byForm('a file of beginnings of a boundary', file(fill('\r\n--', FORM_SIZE))),
    byForm('a file of boundaries with more behind', file(fill('\n--X         y', FORM_SIZE))),
    byForm(
      'a file in base64',
      file(
        fill('QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz\r\n', FORM_SIZE),
        `${HEAD}\r\nContent-Transfer-Encoding: base64`,
      ),
    ),
    byForm(
      'a file in quoted-printable',
      file(fill('=41', FORM_SIZE), `${HEAD}\r\nContent-Transfer-Encoding: quoted-printable`),
    ),
    byForm('a text that is too long', file(fill('a', FORM_SIZE), 'Content-Disposition: form-data; name="full_name"')),
  ];
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const repeated = (bytes: Buffer, size: number): Buffer =>
  Buffer.alloc(Math.floor(size / bytes.length) * bytes.length, bytes);

/** What looks like a picture and is none, so that nothing of it is decoded; the plain one is no picture at all. */
const pictures = (): Pair[] => {
  const size = FORM_SIZE - 100_000;
  const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\0\0\0\0', 'latin1');
  const riff = (chunks: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(chunks.length + 4);
    return Buffer.concat([Buffer.from('RIFF'), length, Buffer.from('WEBP'), chunks]);
  };
  const picture = (name: string, bytes: Buffer): Pair =>
    byForm(name, Buffer.concat([Buffer.from(`--X\r\n${HEAD}\r\n\r\n`), bytes, Buffer.from('\r\n--X--\r\n')]));
  const frame = Buffer.concat([Buffer.from('ANMF'), Buffer.from([16, 0, 0, 0]), Buffer.alloc(16)]);
  return [
    picture(
      'a JPEG of segments',
      Buffer.concat([Buffer.from([0xff, 0xd8]), repeated(Buffer.from([0xff, 0xe0, 0, 2]), size)]),
    ),
    picture('a JPEG of fill bytes', Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(size, 0xff)])),
    picture(
      'a JPEG of restarts',
      Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 2]), repeated(Buffer.from([0xff, 0xd0]), size)]),
    ),
    picture(
      'a PNG of chunks',
      Buffer.concat([png, repeated(Buffer.concat([u32(0), Buffer.from('sBIT'), u32(0)]), size)]),
    ),
    picture(
      'a PNG of texts',
      Buffer.concat([png, repeated(Buffer.concat([u32(0), Buffer.from('tEXt'), u32(0)]), size)]),
    ),
    picture(
      'a PNG of data',
      Buffer.concat([
        png,
        repeated(Buffer.concat([u32(0), Buffer.from('IDAT'), u32(0)]), size),
        u32(0),
        Buffer.from('IEND'),
        u32(0),
      ]),
    ),
    picture('a WebP of chunks', riff(repeated(Buffer.from('ABCD\0\0\0\0', 'latin1'), size))),
    picture('a WebP of frames', riff(repeated(frame, size))),
    picture('a WebP of bitstreams', riff(repeated(Buffer.from('VP8L\0\0\0\0', 'latin1'), size))),
  ];
};

/** Every pair there is. */
export const worstOf = (given: Given): Pair[] =>
  [paths(), queries(), headers(), cookies(given.refresh), bodies(), factors(given), forms(), pictures()].flat();
