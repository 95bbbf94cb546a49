import { env } from 'cloudflare:workers';
import { inflateSync } from 'node:zlib';
import { inject } from 'vitest';

/** One of the pictures that test/pictures.ts makes. */
export const picture = (name: string): Uint8Array<ArrayBuffer> => {
  const base64 = inject('pictures')[name];
  if (base64 === undefined) throw new Error(`There is no picture ${name}.`);
  return new Uint8Array(Buffer.from(base64, 'base64'));
};

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
export const joined = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));

const uint32 = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** The file with other bytes at one place. */
export const patched = (file: Uint8Array, at: number, ...bytes: number[]): Uint8Array<ArrayBuffer> => {
  const copy = new Uint8Array(file);
  copy.set(bytes, at);
  return copy;
};

/** A PNG whose head claims a size, whatever its data holds. */
export const claiming = (width: number, height: number): Uint8Array<ArrayBuffer> =>
  patched(picture('columns.png'), 16, ...uint32(width), ...uint32(height));

/** A JPEG that comments have filled up to a length; a whole picture still. */
export const paddedTo = (length: number): Uint8Array<ArrayBuffer> => {
  const jpeg = picture('held-1.jpg');
  const padding: Uint8Array[] = [];
  for (let missing = length - jpeg.length; missing > 0; ) {
    // A segment has a head of four bytes and at most 65,533 more; none may be left too small for a head.
    const size = missing <= 65_537 ? missing : Math.min(65_537, missing - 4);
    padding.push(Uint8Array.of(0xff, 0xfe, (size - 2) >> 8, (size - 2) & 0xff), new Uint8Array(size - 4));
    missing -= size;
  }
  return joined(jpeg.subarray(0, 2), ...padding, jpeg.subarray(2));
};

type Riff = { type: string; data: Uint8Array };

/** The chunks of a WebP. */
export const chunksOf = (webp: Uint8Array): Riff[] => {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  const chunks: Riff[] = [];
  for (let at = 12; at < webp.length; ) {
    const size = view.getUint32(at + 4, true);
    chunks.push({ type: textOf(webp.subarray(at, at + 4)), data: webp.subarray(at + 8, at + 8 + size) });
    at += 8 + size + (size % 2);
  }
  return chunks;
};

/** A WebP of chunks. */
export const webpOf = (...chunks: Riff[]): Uint8Array<ArrayBuffer> => {
  const parts = chunks.map(({ type, data }) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return joined(bytesOf(type), size, data, new Uint8Array(data.length % 2));
  });
  const body = joined(bytesOf('WEBP'), ...parts);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return joined(bytesOf('RIFF'), size, body);
};

type Pixels = { width: number; height: number; at: (x: number, y: number) => number[] };

const paeth = (left: number, above: number, corner: number): number => {
  const [a, b, c] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs) as [
    number,
    number,
    number,
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
};

/** Decodes a PNG of 8 bits a channel, without interlacing, as the Images binding writes it. */
const pixelsOfPng = (png: Uint8Array): Pixels => {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[png[25] ?? -1];
  if (png[24] !== 8 || channels === undefined) throw new Error('Such a PNG is not read here.');
  const data: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    if (textOf(png.subarray(at + 4, at + 8)) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const filtered = inflateSync(joined(...data));
  const stride = width * channels;
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < stride; x += 1) {
      const left = x < channels ? 0 : (pixels[y * stride + x - channels] ?? 0);
      const above = y === 0 ? 0 : (pixels[(y - 1) * stride + x] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (pixels[(y - 1) * stride + x - channels] ?? 0);
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filtered[y * (stride + 1)] ?? -1];
      pixels[y * stride + x] = (filtered[y * (stride + 1) + 1 + x] ?? 0) + (guess ?? Number.NaN);
    }
  }
  return {
    width,
    height,
    at: (x, y) => [...pixels.subarray((y * width + x) * channels, (y * width + x + 1) * channels)],
  };
};

/** What a picture shows. */
export const pixelsOf = async (file: Uint8Array<ArrayBuffer>): Promise<Pixels> => {
  const png = await env.IMAGES.input(new Blob([file]).stream()).output({ format: 'image/png' });
  return pixelsOfPng(new Uint8Array(await png.response().arrayBuffer()));
};

/** The nearest of the colours that the pictures are made of. */
export const colourAt = ({ at }: Pixels, x: number, y: number): string => {
  const [red = 0, green = red, blue = red] = at(x, y);
  if (Math.min(red, green, blue) > 200) return 'white';
  if (Math.max(red, green, blue) < 60) return 'black';
  return { [red]: 'red', [green]: 'green', [blue]: 'blue' }[Math.max(red, green, blue)] ?? 'grey';
};

/** The colours of the four corners, row by row. */
export const cornersOf = async (file: Uint8Array<ArrayBuffer>): Promise<string[]> => {
  const pixels = await pixelsOf(file);
  const [right, bottom] = [pixels.width - 20, pixels.height - 20];
  return [
    colourAt(pixels, 20, 20),
    colourAt(pixels, right, 20),
    colourAt(pixels, 20, bottom),
    colourAt(pixels, right, bottom),
  ];
};
