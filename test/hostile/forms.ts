import fc from 'fast-check';
import { bytesOf, joined } from '../picture.ts';
import { coming } from './bodies.ts';
import { hostilePicture } from './pictures.ts';
import { always, type Body, MARK, type Of, utf8, weighted } from './sent.ts';
import { hostileText } from './texts.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Part = { head: string; content: Bytes };
/** A form and the type that it is sent under. */
export type Form = { type: string; body: Body };

const NAMINGS: ((name: string) => string)[] = [
  (name) => `name="${name}"`,
  (name) => `name="${name}"`,
  (name) => `name=${name}`,
  (name) => `NAME = "${name}" ; x=1`,
  (name) => `name*=utf-8''${encodeURIComponent(name.toWellFormed())}`,
  (name) => `name="${name}"; name=other`,
  (name) => `name="${name}"; name*=utf-8''other`,
  (name) => `filename="a"; name="${name}"`,
  (name) => `name="${name}`,
  (name) => `name='${name}'`,
  (name) => `name="\\"${name}"`,
  () => 'filename=""',
];

const FILES = [
  '',
  '; filename=""',
  '; filename="a.png"',
  '; filename=a b.png',
  "; filename*=utf-8''%e2%82%ac.png",
  `; filename="${MARK}"`,
  '; filename="C:\\a\\"',
  `; filename="${'x'.repeat(7000)}"`,
];

const MORE = [
  ...[
    '',
    '',
    '',
    '',
    'Content-Type: image/png',
    'Content-Type: text/html',
    'Content-Type: text/plain; charset=utf-16le',
  ],
  ...[
    'Content-Type: text/plain; charset=klingon',
    'Content-Type: text/plain; charset="utf-7"',
    'Content-Type: application/octet-stream',
  ],
  ...[
    'Content-Transfer-Encoding: base64',
    'Content-Transfer-Encoding: quoted-printable',
    'Content-Transfer-Encoding: x-uuencode',
  ],
  ...[
    'Content-Length: 0',
    ' folded',
    ':',
    'No colon',
    `X: ${'y'.repeat(8100)}`,
    `__proto__: 1`,
    'Content-Disposition: attachment; name="a"',
  ],
];

const field = (known: readonly string[]): fc.Arbitrary<string> =>
  weighted(
    [6, fc.constantFrom(...known)],
    [1, fc.constantFrom('__proto__', 'constructor', 'id', 'role', '', MARK)],
    [1, hostileText.map((text) => text.replace(/["\r\n]/g, ''))],
  );

const content: fc.Arbitrary<Bytes> = weighted<Bytes>(
  [4, hostilePicture],
  [3, hostileText.map(utf8)],
  [
    2,
    fc
      .constantFrom(
        '',
        'fr',
        'Ada Lovelace',
        'null',
        '=ff=',
        '=\r\n',
        'QQ==',
        '\r\n--X\r\n',
        '--X--',
        '\xff\xfe',
        '\n'.repeat(5000),
      )
      .map(bytesOf),
  ],
);

const part = (known: readonly string[]): fc.Arbitrary<Part> =>
  fc
    .tuple(
      field(known),
      fc.constantFrom(...NAMINGS),
      fc.constantFrom(...FILES),
      fc.constantFrom(...MORE),
      fc.constantFrom('form-data', 'form-data', 'form-data', 'Form-Data', 'attachment', ''),
      content,
    )
    .map(([name, naming, file, more, kind, content]) => ({
      head: [`Content-Disposition: ${kind}; ${naming(name)}${file}`, ...(more ? [more] : [])].join('\r\n'),
      content,
    }));

const BOUNDARIES: [boundary: string, parameter: string][] = [
  ...([
    ['X', 'boundary=X'],
    ['X', 'boundary=X'],
    ['X', 'boundary="X"'],
    ['X', 'charset=utf-8; Boundary=X'],
  ] as [string, string][]),
  ...([
    ['a b', 'boundary="a b"'],
    ["'()+_,-./:=?", `boundary="'()+_,-./:=?"`],
    ['x'.repeat(70), `boundary=${'x'.repeat(70)}`],
  ] as [string, string][]),
  ...([
    ['X', 'boundary=Y'],
    ['X', 'boundary=X;boundary=Y'],
    ['x'.repeat(71), `boundary=${'x'.repeat(71)}`],
    ['', 'boundary=""'],
  ] as [string, string][]),
  ...([
    ['--', 'boundary=--'],
    ['X', ''],
    ['\t', 'boundary="\t"'],
    ['a\\"b', 'boundary="a\\"b"'],
  ] as [string, string][]),
];

const ENDS = ['--', '--', '--', '--', '--', '', ' \t', '--garbage', '-'];

const formOf = (
  parts: readonly Part[],
  [boundary, parameter]: [string, string],
  end: string,
  lineEnd: string,
  before: string,
): Omit<Form, 'body'> & { bytes: Bytes } => ({
  type: `multipart/form-data; ${parameter}`,
  bytes: joined(
    bytesOf(before),
    ...parts.flatMap(({ head, content }) => [
      bytesOf(`--${boundary}${lineEnd}`),
      utf8(head.replaceAll('\r\n', lineEnd)),
      bytesOf(lineEnd + lineEnd),
      content,
      bytesOf(lineEnd),
    ]),
    bytesOf(`--${boundary}${end}${lineEnd}`),
  ),
});

const empty: Part = { head: 'Content-Disposition: form-data; name="full_name"', content: new Uint8Array() };

/** Parts by the ten-thousand, each of nothing. */
const countless: fc.Arbitrary<Form> = fc.constantFrom(21, 500, 10_000, 60_000).map((count) => ({
  type: 'multipart/form-data; boundary=X',
  body: { bytes: bytesOf(`${`--X\r\n${empty.head}\r\n\r\n\r\n`.repeat(count)}--X--\r\n`) },
}));

/** Megabytes that look like the beginning of a boundary, or like lines, or like a head without an end. */
const vast: fc.Arbitrary<Form> = fc
  .tuple(
    fc.constantFrom('\n', '\r\n--', '\n--X ', 'a:b\r\n', '--X', '\u0000'),
    fc.constantFrom(70_000, 5 * 1024 * 1024, 8 * 1024 * 1024),
    fc.boolean(),
  )
  .map(([unit, size, inside]) => {
    const filling = unit.repeat(Math.floor(size / unit.length));
    const head = 'Content-Disposition: form-data; name="avatar"; filename="a"\r\n\r\n';
    return {
      type: 'multipart/form-data; boundary=X',
      body: { bytes: bytesOf(`--X\r\n${inside ? head : ''}${filling}\r\n--X--\r\n`) },
    };
  });

/** A form as hardly a client writes it; `known` are the fields that the document tells of. */
export const hostileForm = (known: readonly string[]): fc.Arbitrary<Of<Form>> =>
  weighted<Form>(
    [
      40,
      fc
        .tuple(
          fc.array(part(known), { maxLength: 5 }),
          fc.constantFrom(...BOUNDARIES),
          fc.constantFrom(...ENDS),
          fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
          fc.constantFrom('', '', '', 'preamble\r\n', '\r\n', '--Y\r\n'),
          coming,
        )
        .map(([parts, boundary, end, lineEnd, before, comes]) => {
          const { type, bytes } = formOf(parts, boundary, end, lineEnd, before);
          return { type, body: { bytes, ...comes } };
        }),
    ],
    [2, countless],
    [1, vast],
  ).map(always);

/** A form with one picture, well written: what is wrong is the picture. */
export const formWithPicture = (known: readonly string[]): fc.Arbitrary<Of<Form>> =>
  fc.tuple(fc.constantFrom(...known), hostilePicture).map(([name, content]) => {
    const { type, bytes } = formOf(
      [{ head: `Content-Disposition: form-data; name="${name}"; filename="a"`, content }],
      ['X', 'boundary=X'],
      '--',
      '\r\n',
      '',
    );
    return always({ type, body: { bytes } });
  });
