// What a file says of itself in its first bytes is all that is believed: the name and the declared type are the
// sender's. A picture is walked from its first byte to its last before anything decodes it, so that its size in pixels
// is known, a file that was cut off is found, and what was appended to it is left behind, as is every frame of an
// animation but the first. A walk looks at each byte a few times at most, whatever the file holds.

/** The types that are taken, by their first bytes. */
export type PictureType = 'image/jpeg' | 'image/png' | 'image/webp';

/** A whole picture: how large it is, how many pixels a decoder would have to hold, and the bytes that make one still picture. */
export type Picture = { type: PictureType; width: number; height: number; pixels: number; bytes: Uint8Array };

type Size = { width: number; height: number };
type Found = Omit<Picture, 'type'>;

const u16 = (bytes: Uint8Array, at: number): number => (byte(bytes, at) << 8) | byte(bytes, at + 1);
const u16le = (bytes: Uint8Array, at: number): number => byte(bytes, at) | (byte(bytes, at + 1) << 8);
const u24le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) | (byte(bytes, at + 2) << 16);
const u32 = (bytes: Uint8Array, at: number): number => ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
const u32le = (bytes: Uint8Array, at: number): number => (u24le(bytes, at) | (byte(bytes, at + 3) << 24)) >>> 0;
const fourCharacters = (bytes: Uint8Array, at: number): string =>
  String.fromCharCode(byte(bytes, at), byte(bytes, at + 1), byte(bytes, at + 2), byte(bytes, at + 3));

/** Beyond the end there are zeros; every reader checks that what it found lies within. */
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

const startsWith = (bytes: Uint8Array, ...start: number[]): boolean => start.every((value, at) => bytes[at] === value);

/** The type of a file by its first bytes, or undefined where it is none of those that are taken. */
export const pictureType = (bytes: Uint8Array): PictureType | undefined => {
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (fourCharacters(bytes, 0) === 'RIFF' && fourCharacters(bytes, 8) === 'WEBP') return 'image/webp';
  return undefined;
};

const framed = ({ width, height }: Size, bytes: Uint8Array): Found | undefined =>
  width > 0 && height > 0 ? { width, height, pixels: width * height, bytes } : undefined;

const EOI = 0xd9;
const SOS = 0xda;

// Encoders write ten, or eighteen for CMYK. Each makes a decoder go over the whole picture, and a few bytes are one.
const MAX_SCANS = 32;

const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/** DHT, JPG and DAC have their numbers among those of the frames. */
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

/** SOF0 to SOF15. */
const isStartOfFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker);

/** The place of the marker that ends a scan, or the end. Within one, 0xFF is followed by a zero or numbers a restart. */
const endOfScan = (bytes: Uint8Array, start: number): number => {
  for (let at = start; at < bytes.length; at += 1) {
    const next = byte(bytes, at + 1);
    if (bytes[at] === 0xff && next !== 0 && !isRestart(next)) return at;
  }
  return bytes.length;
};

/** Some phones and optimisers leave the EOI out, and decoders then call the picture cut off. */
const withEoi = (bytes: Uint8Array): Uint8Array => {
  const ended = new Uint8Array(bytes.length + 2);
  ended.set(bytes);
  ended.set([0xff, EOI], bytes.length);
  return ended;
};

/**
 * Walks a JPEG (ITU-T T.81, annex B) to its EOI. The pictures within its segments, such as a thumbnail, are passed over.
 * One that ends within a scan gets its EOI; whether the scan was whole, the decoder says.
 */
const findJpeg = (bytes: Uint8Array): Found | undefined => {
  let size: Size | undefined;
  let scans = 0;
  let at = 2;
  while (at + 1 < bytes.length) {
    const marker = byte(bytes, at + 1);
    if (byte(bytes, at) !== 0xff || marker === 0) return undefined;
    if (marker === EOI) return size && framed(size, bytes.subarray(0, at + 2));
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || isRestart(marker)) at += 2;
    else {
      const length = u16(bytes, at + 2);
      if (length < 2) return undefined;
      if (isStartOfFrame(marker)) {
        // A second one could be larger than the first.
        if (size) return undefined;
        size = { height: u16(bytes, at + 5), width: u16(bytes, at + 7) };
      }
      at += 2 + length;
      if (marker === SOS) {
        scans += 1;
        if (scans > MAX_SCANS || at >= bytes.length) return undefined;
        at = endOfScan(bytes, at);
        if (at === bytes.length) return size && framed(size, withEoi(bytes));
      }
    }
  }
  return undefined;
};

// Of what a PNG need not have, what its look and its orientation depend on. All else stays behind: compressed texts,
// of which a few bytes hold a thousand times as many, and the later frames of an animation.
const SHOWN_PNG_CHUNKS = ['tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'cICP', 'sBIT', 'eXIf'];

/** Whether a decoder has to know a chunk: its first letter is large (W3C PNG, clause 5.4). */
const isCritical = (type: string): boolean => /^[A-Z]/.test(type);

/** The bytes between some places of a file, in one piece; no copy where they are in one already. */
const spliced = (bytes: Uint8Array, pieces: readonly { start: number; end: number }[]): Uint8Array => {
  const [first] = pieces;
  const last = pieces.at(-1);
  const size = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
  if (first && last && last.end - first.start === size) return bytes.subarray(first.start, last.end);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const { start, end } of pieces) {
    whole.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return whole;
};

/** Walks a PNG (W3C PNG, clause 5) from its IHDR over its IDAT to its IEND. */
const findPng = (bytes: Uint8Array): Found | undefined => {
  const size = { width: u32(bytes, 16), height: u32(bytes, 20) };
  if (u32(bytes, 8) !== 13 || fourCharacters(bytes, 12) !== 'IHDR') return undefined;
  const shown = [{ start: 0, end: 8 }];
  let hasData = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + u32(bytes, at);
    const type = fourCharacters(bytes, at + 4);
    if (end > bytes.length) return undefined;
    if (isCritical(type) || SHOWN_PNG_CHUNKS.includes(type)) shown.push({ start: at, end });
    if (type === 'IDAT') hasData = true;
    if (type === 'IEND') return hasData ? framed(size, spliced(bytes, shown)) : undefined;
    at = end;
  }
  return undefined;
};

type Chunk = { type: string; start: number; data: number; end: number };

// Each is noted. No animation of 5 MB has more: its smallest frame takes 42 bytes.
const MOST_CHUNKS = 125_000;

/** The chunks of a RIFF file between two places (RFC 9649 §2.3), or undefined where one reaches beyond, or they are too many. */
const chunksOf = (bytes: Uint8Array, from: number, to: number): Chunk[] | undefined => {
  const chunks: Chunk[] = [];
  for (let start = from; start + 8 <= to; ) {
    const data = start + 8;
    const end = data + u32le(bytes, start + 4);
    if (end > to || chunks.length === MOST_CHUNKS) return undefined;
    chunks.push({ type: fourCharacters(bytes, start), start, data, end });
    start = end + ((end - data) % 2);
  }
  return chunks;
};

const webpChunks = (bytes: Uint8Array): Chunk[] | undefined => {
  const end = 8 + u32le(bytes, 4);
  return end > bytes.length ? undefined : chunksOf(bytes, 12, end);
};

/** The size that the head of a VP8 (RFC 6386 §9.1) or VP8L (RFC 9649 §3.4) bitstream tells; undefined for other chunks. */
const bitstreamSize = (bytes: Uint8Array, { type, data }: Chunk): Size | undefined => {
  if (type === 'VP8 ') return { width: u16le(bytes, data + 6) & 0x3fff, height: u16le(bytes, data + 8) & 0x3fff };
  if (type !== 'VP8L') return undefined;
  const packed = u32le(bytes, data + 1);
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
};

/** A WebP of some of the chunks of another, each padded to an even length (RFC 9649 §2.3). */
const webpOf = (bytes: Uint8Array, chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> => {
  const size = chunks.reduce((sum, { start, end }) => sum + end - start + ((end - start) % 2), 12);
  const webp = new Uint8Array(size);
  webp.set(bytes.subarray(0, 12));
  new DataView(webp.buffer).setUint32(4, size - 8, true);
  let at = 12;
  for (const { start, end } of chunks) {
    webp.set(bytes.subarray(start, end), at);
    at += end - start + ((end - start) % 2);
  }
  return webp;
};

const FRAME_HEAD_BYTES = 16;

/**
 * Walks a WebP (RFC 9649), simple or extended. Of an animation only the first frame is kept, at its place on the canvas,
 * which is what a browser shows first: a small file can hold very many, and a decoder works on each.
 */
const findWebp = (bytes: Uint8Array): Found | undefined => {
  const chunks = webpChunks(bytes) ?? [];
  const [first] = chunks;
  const frame = chunks.find(({ type }) => type === 'ANMF');
  const inFrame = frame ? chunksOf(bytes, frame.data + FRAME_HEAD_BYTES, frame.end) : [];
  if (!first || !inFrame) return undefined;
  const shown = chunks.filter((chunk) => chunk.type !== 'ANMF' || chunk === frame);
  const sizes = [...shown, ...inFrame].flatMap((chunk) => bitstreamSize(bytes, chunk) ?? []);
  const [bitstream] = sizes;
  if (!bitstream) return undefined;
  const size =
    first.type === 'VP8X'
      ? { width: 1 + u24le(bytes, first.data + 4), height: 1 + u24le(bytes, first.data + 7) }
      : bitstream;
  const isStill = shown.length === chunks.length;
  const found = framed(size, isStill ? bytes.subarray(0, 8 + u32le(bytes, 4)) : webpOf(bytes, shown));
  const area = sizes.reduce((sum, { width, height }) => sum + width * height, 0);
  return found && { ...found, pixels: Math.max(found.pixels, area) };
};

const FINDERS = { 'image/jpeg': findJpeg, 'image/png': findPng, 'image/webp': findWebp };

/**
 * The picture at the start of a file, still and without what comes after it; or undefined where the file is of another
 * type, ends too early or has no size. Nothing is decoded.
 */
export const readPicture = (file: Uint8Array): Picture | undefined => {
  const type = pictureType(file);
  const found = type && FINDERS[type](file);
  return found && { type, ...found };
};

const ALPHA_FLAG = 0x10;
const KEPT_CHUNKS = ['VP8X', 'ALPH', 'VP8 ', 'VP8L'];

/**
 * A still WebP with nothing in it but its pixels: no EXIF, no XMP, no colour profile, no content credentials, no chunk
 * that nobody knows. Undefined where it is none, or is animated.
 */
export const bareWebp = (bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined => {
  const chunks = pictureType(bytes) === 'image/webp' ? webpChunks(bytes) : undefined;
  if (!chunks || chunks.some(({ type }) => type === 'ANIM' || type === 'ANMF')) return undefined;
  const kept = chunks.filter(({ type }) => KEPT_CHUNKS.includes(type));
  const bare = webpOf(bytes, kept);
  // An extended one begins with its flags.
  if (kept[0]?.type === 'VP8X') bare[20] = byte(bare, 20) & ALPHA_FLAG;
  return bare;
};
