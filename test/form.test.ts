import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FormPart, MAX_PARTS, MAX_TEXT_BYTES, readParts } from '../src/api/http/form.ts';
import { type Account, call, newAccount, rows } from './client.ts';
import { bytesOf, colourAt, joined, picture, pixelsOf } from './picture.ts';
import { watched } from './watched.ts';

const ME = '/api/v1/users/me';
const X = 'multipart/form-data; boundary=X';

/** As .NET's MultipartFormDataContent writes it, to the byte. */
const DOTNET_BOUNDARY = '9a63f0e1-8e4c-4dbf-8f11-cafefeedbeef';
const DOTNET = [
  `--${DOTNET_BOUNDARY}`,
  'Content-Type: text/plain; charset=utf-8',
  'Content-Disposition: form-data; name=full_name',
  '',
  'Dot Net',
  `--${DOTNET_BOUNDARY}--`,
  '',
].join('\r\n');

const part = (head: string, content: string | Uint8Array): Uint8Array =>
  joined(
    bytesOf(`--X\r\n${head}\r\n\r\n`),
    typeof content === 'string' ? Buffer.from(content) : content,
    bytesOf('\r\n'),
  );
const form = (...parts: Uint8Array[]) => joined(...parts, bytesOf('--X--\r\n'));
const field = (name: string, value: string) => part(`Content-Disposition: form-data; name="${name}"`, value);
const named = 'Content-Disposition: form-data; name="full_name"';

let account: Account;

beforeAll(async () => {
  account = await newAccount();
});

const submit = (body: Uint8Array<ArrayBuffer> | string, type = X) =>
  call('PATCH', ME, { token: account.token, body, headers: { 'Content-Type': type } });

/** The name that the account has after a form that is taken. */
const nameAfter = async (body: Uint8Array<ArrayBuffer> | string, type = X) => {
  await rows("UPDATE users SET full_name = 'before' WHERE id = ?", account.id);
  const { status, body: answer } = await submit(body, type);
  return status === 200 ? answer.full_name : answer.code;
};

const valuesOf = (parts: FormPart[]) =>
  parts.map((one) => [one.name, 'text' in one ? one.text : Buffer.from(one.file).toString('latin1')]);

describe('a form', () => {
  it('of .NET, with a name without quotes and a boundary with, sets the name', async () => {
    expect(await nameAfter(DOTNET, `multipart/form-data; boundary="${DOTNET_BOUNDARY}"`)).toBe('Dot Net');
  });

  it('of .NET brings a picture, under names without quotes and in both spellings', async () => {
    const head = [
      'Content-Type: image/png',
      "Content-Disposition: form-data; name=avatar; filename=urlaub.png; filename*=utf-8''urlaub.png",
    ].join('\r\n');
    expect((await submit(form(part(head, picture('columns.png'))))).body.avatar_url).toMatch(/\.webp$/);
  });

  it.each([
    ['a name in lower case and no blanks', 'content-disposition:form-data;name="full_name"'],
    ['parameters in another order', 'Content-Disposition: form-data; x=1; NAME=full_name'],
    ['blanks around the sign', 'Content-Disposition: Form-Data ; name = "full_name"'],
    ['a folded head', 'Content-Disposition: form-data;\r\n\tname="full_name"'],
    ['a type and a charset', `Content-Type: text/plain; charset="UTF-8"\r\n${named}`],
    ['a length, as Python and Java write it', `${named}\r\nContent-Length: 3`],
    ['an encoding that changes nothing', `${named}\r\nContent-Transfer-Encoding: 8bit`],
    ['another such', `${named}\r\nContent-Transfer-Encoding: BINARY`],
  ])('is read with %s', async (_, head) => {
    expect(await nameAfter(form(part(head, 'Ada')))).toBe('Ada');
  });

  it.each([
    ['something before it', `hello\r\n\r\n--X\r\n${named}\r\n\r\nAda\r\n--X--\r\n`],
    ['something after it', `--X\r\n${named}\r\n\r\nAda\r\n--X--\r\ngood bye`],
    ['an end without a line end', `--X\r\n${named}\r\n\r\nAda\r\n--X--`],
    ['blanks behind a boundary', `--X \t\r\n${named}\r\n\r\nAda\r\n--X--  \r\n`],
    ['bare line feeds', `--X\n${named}\n\nAda\n--X--\n`],
  ])('is read with %s', async (_, text) => {
    expect(await nameAfter(text)).toBe('Ada');
  });

  it.each([
    ['with quotes and signs that need them', 'a=b/c:d?(e),f', 'boundary="a=b/c:d?(e),f"'],
    ['with such signs and no quotes', '----=_Part_1_2.3', 'boundary=----=_Part_1_2.3'],
    ['with blanks in it', 'a b', 'boundary="a b"'],
    ['after another parameter', 'X', 'charset=utf-8; Boundary=X'],
    ['of 70 characters', 'x'.repeat(70), `boundary=${'x'.repeat(70)}`],
  ])('has a boundary %s', async (_, boundary, parameter) => {
    const text = `--${boundary}\r\n${named}\r\n\r\nAda\r\n--${boundary}--\r\n`;
    expect(await nameAfter(text, `multipart/form-data; ${parameter}`)).toBe('Ada');
  });

  it.each([
    ['a boundary of 71 characters', form(field('full_name', 'Ada')), `multipart/form-data; boundary=${'x'.repeat(71)}`],
    ['a boundary of nothing', form(field('full_name', 'Ada')), 'multipart/form-data; boundary=""'],
    ['another boundary', form(field('full_name', 'Ada')), 'multipart/form-data; boundary=Y'],
    ['no end', joined(field('full_name', 'Ada')), X],
    ['a head without an end', joined(bytesOf(`--X\r\n${named}\r\n`)), X],
    ['a head of more than 8 KiB', form(part(`${named}\r\nX-Long: ${'x'.repeat(9000)}`, 'Ada')), X],
    ['a part without a head', bytesOf('--X\r\n\r\nAda\r\n--X--\r\n'), X],
    ['a part without a name', form(part('Content-Disposition: form-data; filename="a"', 'Ada')), X],
    ['a part that is no field', form(part('Content-Disposition: attachment; name="full_name"', 'Ada')), X],
    ['a charset that nobody knows', form(part(`Content-Type: text/plain; charset=klingon\r\n${named}`, 'Ada')), X],
    ['base64 that is none', form(part(`${named}\r\nContent-Transfer-Encoding: base64`, 'QWRh!')), X],
    ['quoted-printable that is none', form(part(`${named}\r\nContent-Transfer-Encoding: quoted-printable`, 'A=x')), X],
  ])('with %s is malformed', async (_, body, type) => {
    expect(await nameAfter(body, type)).toBe('MALFORMED_BODY');
    expect((await submit(body, type)).body.message).toBe('The request body cannot be read.');
  });

  it('keeps what only looks like a boundary', () => {
    const value = 'a\r\n--Y\r\n--\r\n-X\r\n --X\r\n--XY\r\n--X-\r\nb\r';
    expect(valuesOf(readParts(form(field('a', value), field('b', '')), X))).toEqual([
      ['a', value],
      ['b', ''],
    ]);
  });

  it('is read as it was written, whatever it holds', () => {
    const name = fc.stringMatching(/^[\w .[\]-]{1,20}$/);
    const content = fc.string({ unit: fc.constantFrom('\r', '\n', '-', 'X', 'Y', 'é', '\u0000', '--X', '\r\n--') });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, content), { maxLength: MAX_PARTS }), (fields) => {
        // What would end a part is not in one.
        const sent = fields.map(([name, value]): [string, string] => [name, value.replaceAll('X', 'Z')]);
        expect(valuesOf(readParts(form(...sent.map(([name, value]) => field(name, value))), X))).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });

  // Threat hostile-input
  it('that is anything at all is read or refused', () => {
    const bit = fc.constantFrom(...['--X', '--X--', '\r\n', '\n', `${named}`, ';', '"', '=', ':', ' ', 'a', 'base64']);
    fc.assert(
      fc.property(fc.string({ unit: bit, maxLength: 40 }), (text) => {
        try {
          expect(readParts(bytesOf(text), X).length).toBeLessThanOrEqual(MAX_PARTS);
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED_BODY' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a part', () => {
  const encoded = (encoding: string, content: string, type = 'text/plain; charset=utf-8') =>
    form(part(`Content-Type: ${type}\r\n${named}\r\nContent-Transfer-Encoding: ${encoding}`, content));

  it('in base64 is what it stands for, not its letters', async () => {
    expect(await nameAfter(encoded('base64', Buffer.from('Zoë').toString('base64')))).toBe('Zoë');
    expect(await nameAfter(encoded('BASE64', 'QWRhIExvdmVs\r\nYWNl\r\n'))).toBe('Ada Lovelace');
  });

  it('in quoted-printable is what it stands for', async () => {
    expect(await nameAfter(encoded('quoted-printable', 'Zo=C3=ab =\r\nof =3D'))).toBe('Zoë of =');
  });

  it('in quoted-printable has two hexadecimal digits behind each =, large or small, and nothing else', async () => {
    const latin = 'ISO-8859-1';
    const read = (text: string) =>
      valuesOf(readParts(encoded('quoted-printable', text, `text/plain; charset=${latin}`), X))[0]?.[1];
    for (let code = 32; code < 127; code += 1) {
      const digit = String.fromCharCode(code);
      for (const digits of [`4${digit}`, `${digit}1`]) {
        const byte = Uint8Array.of(Number.parseInt(digits, 16));
        if (/[\da-f]/i.test(digit))
          expect([digits, read(`=${digits}`)]).toEqual([digits, new TextDecoder(latin).decode(byte)]);
        else expect(() => read(`=${digits}`), digits).toThrow(expect.objectContaining({ code: 'MALFORMED_BODY' }));
      }
    }
  });

  it('in base64 may be a picture', async () => {
    const head = 'Content-Disposition: form-data; name="avatar"; filename="a.png"\r\nContent-Transfer-Encoding: base64';
    const lines = Buffer.from(picture('columns.png')).toString('base64').replace(/.{76}/g, '$&\r\n');
    const { body } = await submit(form(part(head, lines)));
    const { bytes } = await call('GET', new URL(body.avatar_url).pathname);
    expect(colourAt(await pixelsOf(bytes), 256, 256)).toBe('green');
  });

  it.each(['x-uuencode', 'gzip', '7 bit'])('in any other encoding is refused, by its name: %s', async (encoding) => {
    const answer = await submit(encoded(encoding, 'Ada'));
    expect([answer.status, answer.body.code]).toEqual([400, 'MALFORMED_BODY']);
    expect(answer.body.message).toContain('transfer encoding');
  });

  it('is text in the charset that it names', async () => {
    const latin = part(`Content-Type: text/plain; charset=ISO-8859-1\r\n${named}`, Uint8Array.of(0x5a, 0x6f, 0xeb));
    expect(await nameAfter(form(latin))).toBe('Zoë');
  });

  it.each([
    ['a file name', 'Content-Disposition: form-data; name="avatar"; filename="a"'],
    ['an empty file name', 'Content-Disposition: form-data; name="avatar"; filename=""'],
    ['a file name in another spelling', "Content-Disposition: form-data; name=avatar; filename*=UTF-8''%e2%82%ac.png"],
    ['the type of a picture', 'Content-Disposition: form-data; name="avatar"\r\nContent-Type: image/png'],
    ['the type of bytes', 'Content-Disposition: form-data; name="avatar"\r\nContent-Type: application/octet-stream'],
    ['a file name that is a path', 'Content-Disposition: form-data; name="avatar"; filename="C:\\photos\\"'],
  ])('is a file where it has %s', async (_, head) => {
    const { status, body } = await submit(form(part(head, picture('columns.png'))));
    expect([status, body.avatar_url]).toEqual([200, expect.stringMatching(/\.webp$/)]);
  });
});

describe('the size of a form', () => {
  const empty = (count: number, name = 'unknown') => form(...Array.from({ length: count }, () => field(name, '')));
  const refusal = { code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('20 parts') };

  it('is 20 parts and not one more', async () => {
    expect((await submit(empty(MAX_PARTS))).status).toBe(200);
    const answer = await submit(empty(MAX_PARTS + 1));
    expect([answer.status, answer.body]).toEqual([413, expect.objectContaining(refusal)]);
  });

  it('is 64 KiB of text and not a byte more, in one part or in several', async () => {
    const half = 'x'.repeat(MAX_TEXT_BYTES / 2);
    expect((await submit(form(field('a', half), field('b', half)))).status).toBe(200);
    for (const parts of [[field('a', half), field('b', `${half}x`)], [field('a', `${half}${half}x`)]]) {
      const answer = await submit(form(...parts));
      expect([answer.status, answer.body]).toEqual([413, expect.objectContaining(refusal)]);
    }
  });

  it('counts no picture as text', async () => {
    const head = 'Content-Disposition: form-data; name="avatar"; filename="a.jpg"';
    const text = field('a', 'x'.repeat(MAX_TEXT_BYTES - 10_000));
    expect((await submit(form(text, part(head, picture('held-1.jpg'))))).status).toBe(200);
  });
});

/** How often the bytes of a form are looked at until it is read or refused. */
const looksAt = (bytes: Uint8Array<ArrayBuffer>, type = X): number => {
  const form = watched(bytes);
  try {
    readParts(form.bytes, type);
  } catch (error) {
    expect(error).toHaveProperty('code');
  }
  return form.looks();
};

describe('reading a form', () => {
  const FILE = 'Content-Disposition: form-data; name="avatar"; filename="a"';
  const long = 'x'.repeat(70);
  const file = (content: string, boundary = 'X') =>
    bytesOf(`--${boundary}\r\n${FILE}\r\n\r\n${content}\r\n--${boundary}--\r\n`);

  it.each([
    ['bytes of any kind', (size: number) => file('abcdefg\n'.repeat(size / 8)), 'X'],
    ['line feeds alone', (size: number) => file('\n'.repeat(size)), 'X'],
    ['line ends alone', (size: number) => file('\r\n'.repeat(size / 2)), 'X'],
    ['beginnings of a boundary', (size: number) => file('\r\n--'.repeat(size / 4)), 'X'],
    ['all but the last of a boundary', (size: number) => file(`\n--${long.slice(1)}`.repeat(size / 72), long), long],
    ['longer boundaries', (size: number) => file(`\n--${long}x`.repeat(size / 74), long), long],
    ['boundaries with blanks behind', (size: number) => file(`\n--X${' '.repeat(60)}x`.repeat(size / 65)), 'X'],
    ['one boundary with blanks behind', (size: number) => file(`\n--X${' '.repeat(size)}x`), 'X'],
    ['no part at all', (size: number) => bytesOf('\n--Y'.repeat(size / 4)), 'X'],
  ])('looks at each byte three times at most, of %s', (_, make, boundary) => {
    const bytes = make(7200);
    expect(looksAt(bytes, `multipart/form-data; boundary=${boundary}`)).toBeLessThan(3.2 * bytes.length);
  });

  // ASVS 15.2.2
  // Threat exhaustion
  it('ends at the part that is too many, however many follow', () => {
    const empty = Buffer.from(field('full_name', '')).toString();
    const [small, large] = [30, 90_000].map((count) => bytesOf(`${empty.repeat(count)}--X--\r\n`));
    expect(large?.length).toBeGreaterThan(5_000_000);
    expect(large && looksAt(large)).toBe(small && looksAt(small));
  });

  it('decodes no text that is too long', () => {
    for (const encoding of ['base64', 'quoted-printable']) {
      const text = part(`${named}\r\nContent-Transfer-Encoding: ${encoding}`, '=!'.repeat(MAX_TEXT_BYTES));
      expect(() => readParts(form(text), X)).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }));
    }
  });
});
