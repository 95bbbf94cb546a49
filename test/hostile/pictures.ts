import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { bytesOf, joined, picture } from '../picture.ts';
import { latin1, MARK, weighted } from './sent.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const u32 = (value: number): Bytes => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crcOf = (bytes: Bytes): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};

const chunk = (type: string, data: Bytes): Bytes => {
  const named = joined(bytesOf(type), data);
  return joined(u32(data.length), named, u32(crcOf(named)));
};

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

type Head = { width: number; height: number; depth: number; colour: number; interlaced?: boolean };

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A PNG of nothing but zeros, whatever its head says; every size of it is a few kilobytes. */
const png = ({ width, height, depth, colour, interlaced = false }: Head, rows: number, ...more: Bytes[]): Bytes => {
  const stride = 1 + Math.ceil((width * depth * (CHANNELS[colour] ?? 1)) / 8);
  const data = deflateSync(new Uint8Array(Math.min(stride * rows, 4_000_000)));
  return joined(
    PNG,
    chunk('IHDR', joined(u32(width), u32(height), Uint8Array.of(depth, colour, 0, 0, Number(interlaced)))),
    ...more,
    ...(colour === 3 ? [chunk('PLTE', Uint8Array.of(1, 2, 3))] : []),
    chunk('IDAT', new Uint8Array(data)),
    chunk('IEND', new Uint8Array()),
  );
};

const heads = fc.record({
  width: fc.constantFrom(1, 2, 7, 64, 511),
  height: fc.constantFrom(1, 2, 7, 64, 511),
  depth: fc.constantFrom(1, 2, 4, 8, 16, 0, 3, 255),
  colour: fc.constantFrom(0, 2, 3, 4, 6, 1, 5, 7, 255),
  interlaced: fc.boolean(),
});

/** Every colour type at every depth, those among them that there are not. */
const colours: fc.Arbitrary<Bytes> = heads.map((head) => png(head, head.height + 8));

const SIDES: [number, number][] = [
  ...([
    [12_000, 1],
    [12_001, 1],
    [1, 12_001],
    [7072, 7071],
    [2 ** 31 - 1, 1],
    [2 ** 32 - 1, 2 ** 32 - 1],
    [0, 9],
    [65_536, 65_536],
  ] as [number, number][]),
];

/** What says that it is large, with the data of something small. */
const bombs: fc.Arbitrary<Bytes> = fc
  .tuple(fc.constantFrom(...SIDES), fc.constantFrom(1, 8, 16), fc.constantFrom(0, 2, 6))
  .map(([[width, height], depth, colour]) => png({ width, height, depth, colour }, 1));

/** Kilobytes that are megabytes once they are unpacked. */
const packed: fc.Arbitrary<Bytes> = fc.constantFrom('iCCP', 'zTXt', 'iTXt', 'eXIf').map((type) => {
  const zeros = new Uint8Array(deflateSync(new Uint8Array(8_000_000)));
  const named = type === 'eXIf' ? zeros : joined(bytesOf('a\0\0'), zeros);
  return png({ width: 8, height: 8, depth: 8, colour: 2 }, 8, chunk(type, named));
});

const manyChunks = fc
  .constantFrom(['tEXt', 4000], ['IDAT', 4000], ['sBIT', 4000], ['acTL', 3])
  .map(([type, count]) =>
    png(
      { width: 8, height: 8, depth: 8, colour: 2 },
      8,
      ...Array<Bytes>(count as number).fill(chunk(type as string, new Uint8Array())),
    ),
  );

const FILES = [
  ...[
    'held-1.jpg',
    'held-6.jpg',
    'progressive.jpg',
    'grey.jpg',
    'cmyk.jpg',
    'columns.png',
    'sheer.png',
    'interlaced.png',
  ],
  ...['sixteen-bit.png', 'held-6.png', 'lossy.webp', 'lossless.webp', 'sheer.webp', 'held-6.webp', 'animated.webp'],
  ...['animated.gif', 'corners.avif', 'corners.tiff'],
];

const file: fc.Arbitrary<Bytes> = fc.constantFrom(...FILES).map(picture);

/** A real picture that was cut off, patched, put together from two, or that has something behind it. */
const damaged: fc.Arbitrary<Bytes> = fc
  .tuple(
    file,
    fc.constantFrom('cut', 'patched', 'patched', 'patched', 'joined', 'tailed', 'shifted'),
    file,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 0xff, 0x7f, 0x80, 1, 0xd9, 0xda)), { minLength: 1, maxLength: 6 }),
  )
  .map(([bytes, how, other, places]) => {
    const [[place]] = places as [[number, number]];
    if (how === 'cut') return bytes.slice(0, place % bytes.length);
    if (how === 'joined') return joined(bytes.subarray(0, place % bytes.length), other);
    if (how === 'tailed') return joined(bytes, bytesOf(`<script>${MARK}</script>`));
    if (how === 'shifted')
      return joined(bytes.subarray(0, place % bytes.length), bytes.subarray((place % bytes.length) + 1));
    const patched = new Uint8Array(bytes);
    // Most of what is looked at stands in the beginning.
    for (const [at, byte] of places) patched[at % (at % 2 ? bytes.length : Math.min(bytes.length, 64))] = byte;
    return patched;
  });

const head = (text: string): Bytes => latin1(text);
const NO_PICTURES = [
  head(''),
  head('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
  head('GIF89a'),
  head('%PDF-1.7'),
  head('\xff\xd8\xff'),
  head('\x89PNG\r\n\x1a\n'),
  head('RIFF\x00\x00\x00\x00WEBP'),
  head('RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff'),
  head(`RIFF\x1e\x00\x00\x00WEBPANMF\x00\x00\x00\x00${'VP8X\x00\x00\x00\x00'.repeat(3)}`),
  head(`\xff\xd8${'\xff'.repeat(5000)}`),
  head(`\xff\xd8${'\xff\xe0\x00\x02'.repeat(9000)}\xff\xd9`),
  head(`\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00${'\xff\xda\x00\x02a'.repeat(40)}\xff\xd9`),
  head(`\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xd9`),
];

/** A file that says it is a picture: truncated, a bomb, of every colour type, or none at all. */
export const hostilePicture: fc.Arbitrary<Bytes> = weighted<Bytes>(
  [2, file],
  [8, damaged],
  [4, colours],
  [2, bombs],
  [1, packed],
  [1, manyChunks],
  [2, fc.constantFrom(...NO_PICTURES)],
);
