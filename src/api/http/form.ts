import { Buffer } from 'node:buffer';
import { AppError } from './error.ts';

// A form as RFC 7578 has it and as clients write it, read from bytes that are bounded already. The runtime's own reader
// takes no name without quotes, which .NET writes, knows no transfer encoding, and makes an object of every part there
// is. Here each byte is looked at a few times, whatever stands in it: a delimiter has its line feed at its start and
// nowhere else, so no two tries of one overlap; and the first part too many ends it.

export const MAX_PARTS = 20;
export const MAX_TEXT_BYTES = 64 * 1024;
// Browsers write file names of up to 255 characters, three bytes each, escaped.
const MAX_HEAD_BYTES = 8 * 1024;

/** Sentences for refusals of forms that say more than their code. */
export const FORM_TOO_LARGE = 'The form must not have more than 20 parts or more than 64 KiB of text.';
export const UNKNOWN_ENCODING = 'The form has a part in a transfer encoding that is not supported.';

/** A part of a form: a file if it has a file name, which may be empty, or a type that no text has. */
export type FormPart = { name: string } & ({ text: string } | { file: Uint8Array<ArrayBuffer>; hasFileName: boolean });

type Bytes = Uint8Array<ArrayBuffer>;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DASH = 0x2d;
const EQUALS = 0x3d;

const malformed = (cause?: unknown): AppError => new AppError('MALFORMED_BODY', { cause });
const tooLarge = (): AppError => new AppError('PAYLOAD_TOO_LARGE', { message: FORM_TOO_LARGE });

const PARAMETER = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g;

/**
 * The parameters of a header, by lower-case name: values with quotes and without (RFC 9110 §5.6.6). Only what has to be
 * escaped counts as escaped, since some clients write the backslashes of a path as they are.
 */
const parametersOf = (header: string): Map<string, string> => {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(["\\])/g, '$1') ?? plain);
  }
  return parameters;
};

const typeOf = (header: string): string => header.split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** The bytes that a delimiter has after its line feed (RFC 2046 §5.1.1). */
const dashBoundaryOf = (contentType: string): Bytes => {
  const boundary = parametersOf(contentType).get('boundary') ?? '';
  if (!/^[!-~]([ -~]{0,68}[!-~])?$/.test(boundary)) throw malformed();
  return new Uint8Array(Buffer.from(`--${boundary}`, 'latin1'));
};

const isAt = (bytes: Bytes, at: number, what: Bytes): boolean => {
  for (let offset = 0; offset < what.length; offset += 1) if (bytes[at + offset] !== what[offset]) return false;
  return true;
};

/** Where the line begins that follows blanks and a line end (bare line feeds too); undefined where something else is there. */
const nextLine = (bytes: Bytes, from: number): number | undefined => {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
  if (bytes[at] === CR) at += 1;
  return bytes[at] === LF ? at + 1 : undefined;
};

type Delimiter = { start: number; end: number; isLast: boolean };

/** What follows `--boundary` makes it a delimiter: two dashes the last one, blanks and a line end any other. */
const delimiterAt = (bytes: Bytes, start: number, from: number): Delimiter | undefined => {
  if (bytes[from] === DASH && bytes[from + 1] === DASH) return { start, end: from + 2, isLast: true };
  const end = nextLine(bytes, from);
  return end === undefined ? undefined : { start, end, isLast: false };
};

/** The first delimiter whose line begins at `from` or behind it. The line end before it is its own, not the part's. */
const findDelimiter = (bytes: Bytes, from: number, dashBoundary: Bytes): Delimiter => {
  for (let at = from - 1; at < bytes.length; at += 1) {
    if (at >= from && bytes[at] !== LF) continue;
    if (!isAt(bytes, at + 1, dashBoundary)) continue;
    const start = Math.max(from, bytes[at - 1] === CR ? at - 1 : at);
    const found = delimiterAt(bytes, start, at + 1 + dashBoundary.length);
    if (found) return found;
  }
  throw malformed();
};

/** The headers of a part, by lower-case name, and where its content begins. Folded lines are one (RFC 5322 §2.2.3). */
const readHead = (bytes: Bytes, from: number): { headers: Map<string, string>; end: number } => {
  const limit = Math.min(bytes.length, from + MAX_HEAD_BYTES);
  let line = from;
  for (let at = from; at < limit; at += 1) {
    if (bytes[at] !== LF) continue;
    const isBlank = at === line || (at === line + 1 && bytes[line] === CR);
    if (isBlank) return { headers: headersOf(bytes.subarray(from, line)), end: at + 1 };
    line = at + 1;
  }
  throw malformed();
};

// Whatever else stands there means nothing in a form (RFC 7578 §4.8), however many lines it has.
const CONTENT_HEADER = /(?:^|\n)(content-[a-z-]+)[ \t]*:([^\n]*)/gi;

const headersOf = (head: Bytes): Map<string, string> => {
  const lines = new TextDecoder().decode(head).replace(/\r?\n[ \t]+/g, ' ');
  return new Map(
    [...lines.matchAll(CONTENT_HEADER)].map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()]),
  );
};

/** 0 to 15. */
const hexDigit = (code = 0): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  // The bit that makes a letter small is set.
  const letter = code | 0x20;
  if (letter < 0x61 || letter > 0x66) throw malformed();
  return letter - 0x57;
};

const fromBase64 = (bytes: Bytes): Bytes => {
  try {
    return new Uint8Array(Buffer.from(atob(Buffer.from(bytes).toString('latin1')), 'latin1'));
  } catch (error) {
    throw malformed(error);
  }
};

/** RFC 2045 §6.7; blanks at the end of a line are kept, since nothing on the way adds any. */
const fromQuotedPrintable = (bytes: Bytes): Bytes => {
  const decoded = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at] ?? 0;
    const softBreak = code === EQUALS ? nextLine(bytes, at + 1) : undefined;
    if (softBreak !== undefined) at = softBreak - 1;
    else {
      decoded[length] = code === EQUALS ? hexDigit(bytes[at + 1]) * 16 + hexDigit(bytes[at + 2]) : code;
      length += 1;
      if (code === EQUALS) at += 2;
    }
  }
  return decoded.subarray(0, length);
};

/**
 * What a part holds, out of the encoding that it names. RFC 7578 §4.7 deprecates them over HTTP, and mail libraries
 * write them all the same; the letters of one are never what somebody meant to send.
 */
const decoded = (bytes: Bytes, encoding: string): Bytes => {
  if (['', '7bit', '8bit', 'binary'].includes(encoding)) return bytes;
  if (encoding === 'base64') return fromBase64(bytes);
  if (encoding === 'quoted-printable') return fromQuotedPrintable(bytes);
  throw new AppError('MALFORMED_BODY', { message: UNKNOWN_ENCODING });
};

/** Text in the charset that its part names (RFC 7578 §4.5), UTF-8 otherwise; bytes that are none become U+FFFD, which no field takes. */
const textOf = (bytes: Bytes, contentType: string): string => {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(parametersOf(contentType).get('charset') ?? 'utf-8');
  } catch (error) {
    throw malformed(error);
  }
  return decoder.decode(bytes);
};

/** What the headers of a part tell of it. */
type Head = { name: string; isFile: boolean; hasFileName: boolean; contentType: string; encoding: string };

const headOf = (headers: Map<string, string>): Head => {
  const disposition = headers.get('content-disposition') ?? '';
  const parameters = parametersOf(disposition);
  const name = parameters.get('name');
  if (typeOf(disposition) !== 'form-data' || name === undefined) throw malformed();
  const contentType = headers.get('content-type') ?? '';
  const fileName = parameters.get('filename*') ?? parameters.get('filename');
  return {
    name,
    isFile: fileName !== undefined || /^(?:image\/|application\/octet-stream)/.test(typeOf(contentType)),
    hasFileName: Boolean(fileName),
    contentType,
    encoding: headers.get('content-transfer-encoding')?.toLowerCase() ?? '',
  };
};

const partOf = ({ name, isFile, hasFileName, contentType, encoding }: Head, content: Bytes): FormPart => {
  const bytes = decoded(content, encoding);
  return isFile ? { name, file: bytes, hasFileName } : { name, text: textOf(bytes, contentType) };
};

/**
 * The parts of a `multipart/form-data` body, in their order. What stands before the first delimiter and after the last
 * is passed over (RFC 2046 §5.1.1). Throws `PAYLOAD_TOO_LARGE` at the 21st part and where the texts have more than
 * 64 KiB together, `MALFORMED_BODY` for what cannot be read.
 */
export const readParts = (body: Bytes, contentType: string): FormPart[] => {
  const dashBoundary = dashBoundaryOf(contentType);
  const parts: FormPart[] = [];
  let textBytes = 0;
  let delimiter = findDelimiter(body, 0, dashBoundary);
  while (!delimiter.isLast) {
    if (parts.length === MAX_PARTS) throw tooLarge();
    const { headers, end } = readHead(body, delimiter.end);
    const head = headOf(headers);
    delimiter = findDelimiter(body, end, dashBoundary);
    const content = body.subarray(end, delimiter.start);
    if (!head.isFile) textBytes += content.length;
    if (textBytes > MAX_TEXT_BYTES) throw tooLarge();
    parts.push(partOf(head, content));
  }
  return parts;
};
