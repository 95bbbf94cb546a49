import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { describe, expect, inject, it, vi } from 'vitest';
import { AVATAR_MAX_BYTES, makeAvatar, PICTURE_FLAWS } from '../src/accounts/profile/avatar-image.ts';
import { bareWebp, pictureType, readPicture } from '../src/accounts/profile/picture.ts';
import { Unavailable } from '../src/accounts/unavailable.ts';
import {
  bytesOf,
  chunksOf,
  claiming,
  colourAt,
  cornersOf,
  joined,
  paddedTo,
  patched,
  picture,
  pixelsOf,
  textOf,
  webpOf,
} from './picture.ts';
import { watched } from './watched.ts';

const TAKEN = Object.keys(inject('pictures')).filter((name) => /\.(?:jpg|png|webp)$/.test(name));
const UPRIGHT = ['red', 'green', 'blue', 'white'];
/** Those of which nothing is left behind: even a plain PNG tells how many pixels an inch has. */
const PLAIN = TAKEN.filter((name) => name !== 'animated.webp' && !name.endsWith('.png'));
const PIXELS_ONLY = ['VP8 ', 'VP8L', 'VP8X', 'ALPH'];

const u24 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff, value >> 16];

/** The head of an extended WebP of that canvas. */
const canvas = (width: number, height: number, flags = 0) => ({
  type: 'VP8X',
  data: Uint8Array.of(flags, 0, 0, 0, ...u24(width - 1), ...u24(height - 1)),
});

/** A lossy bitstream that has a head and nothing else. */
const bitstream = (width: number, height: number) => ({
  type: 'VP8 ',
  data: Uint8Array.of(0, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8),
});

const frame = (width: number, height: number) => ({
  type: 'ANMF',
  data: joined(new Uint8Array(16), webpOf(bitstream(width, height)).subarray(12)),
});

/** The frames that a WebP holds. */
const framesOf = (webp: Uint8Array) => chunksOf(webp).filter(({ type }) => type === 'ANMF');

/** Where the data of a JPEG's first scan begin. */
const scanOf = (jpeg: Uint8Array): number => {
  const at = textOf(jpeg).indexOf('\xff\xda');
  return at + 2 + (((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0));
};

/** An Images binding that answers what it is told to, and counts. */
const imagesThat = (answer: (call: number) => Promise<Uint8Array<ArrayBuffer>>) => {
  let calls = 0;
  const output = vi.fn(async () => {
    calls += 1;
    const bytes = await answer(calls);
    return { response: () => new Response(bytes) };
  });
  const input = vi.fn((_file: ReadableStream) => ({ transform: () => ({ output }) }));
  return { input, output, images: { input } as unknown as ImagesBinding };
};

const imagesError = (code: number): Error => Object.assign(new Error(`IMAGES_TRANSFORM_ERROR ${code}`), { code });

const make = (file: Uint8Array<ArrayBuffer>, images = env.IMAGES) => makeAvatar(images, file);

const made = async (file: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
  const image = await make(file);
  if (image.outcome !== 'made') throw new Error(image.outcome);
  return image.webp;
};

describe('the type of a file', () => {
  it.each([
    ['held-1.jpg', 'image/jpeg'],
    ['progressive.jpg', 'image/jpeg'],
    ['sixteen-bit.png', 'image/png'],
    ['lossless.webp', 'image/webp'],
    ['animated.webp', 'image/webp'],
    ['animated.gif', undefined],
    ['corners.avif', undefined],
    ['corners.tiff', undefined],
  ])('is told by its first bytes: %s', (name, type) => {
    expect(pictureType(picture(name))).toBe(type);
  });

  it.each(['', '\xff\xd8', '<svg xmlns="http://www.w3.org/2000/svg"/>', '%PDF-1.7', 'RIFF\0\0\0\0WAVE', ' \x89PNG'])(
    'is none that is taken: %j',
    (text) => {
      expect(pictureType(bytesOf(text))).toBeUndefined();
      expect(readPicture(bytesOf(text))).toBeUndefined();
    },
  );
});

describe('a picture', () => {
  it.each(TAKEN)('is read to its end, with its size as it is stored: %s', (name) => {
    const file = picture(name);
    const read = readPicture(file);
    if (PLAIN.includes(name)) expect(read?.bytes).toEqual(file);
    const isHeldUpright = /held-[5-8]|held-6\./.test(name);
    const size = { columns: [90, 30], sheer: [64, 64], animated: [40, 40] }[name.split('.')[0] ?? ''];
    expect([read?.width, read?.height]).toEqual(size ?? (isHeldUpright ? [64, 96] : [96, 64]));
  });

  it.each(TAKEN)('that was cut off anywhere is none, but for the data of a JPEG: %s', (name) => {
    const file = picture(name);
    const whole = name.endsWith('.jpg') ? scanOf(file) : file.length - 1;
    for (let length = 0; length <= whole; length += 1) {
      expect(readPicture(file.subarray(0, length)), `${length} of ${file.length} bytes`).toBeUndefined();
    }
  });

  it.each(TAKEN)('leaves behind what was appended to it: %s', (name) => {
    const file = picture(name);
    const appended = joined(file, bytesOf('<script>alert(1)</script>'));
    expect(readPicture(appended)?.bytes).toEqual(readPicture(file)?.bytes);
    expect(textOf(readPicture(appended)?.bytes ?? appended)).not.toContain('script');
  });

  it('in PNG is what it looks like and how it was held, without texts and later frames', () => {
    const png = picture('held-6.png');
    const head = png.subarray(0, 33);
    const chunk = (type: string, data = '') => {
      const length = Uint8Array.of(0, 0, data.length >> 8, data.length & 0xff);
      return joined(length, bytesOf(type), bytesOf(data), new Uint8Array(4));
    };
    const kept = ['gAMA', 'iCCP', 'sBIT', 'NEWx'].map((type) => chunk(type, '1'));
    const left = ['zTXt', 'iTXt', 'tEXt', 'acTL', 'fcTL', 'fdAT', 'tIME', 'noNe'].map((type) => chunk(type, 'Secret'));
    const read = readPicture(joined(head, ...left, ...kept, ...left, png.subarray(33)));
    expect(read?.bytes).toEqual(readPicture(joined(head, ...kept, png.subarray(33)))?.bytes);
    const text = textOf(read?.bytes ?? png);
    expect(text).toContain('eXIf');
    expect(text).not.toMatch(/Secret|iTXt|xmpmeta/);
  });

  it('in JPEG gets the end that it lacks', () => {
    for (const name of ['held-1.jpg', 'progressive.jpg', 'grey.jpg']) {
      const file = picture(name);
      expect(readPicture(file.subarray(0, -2))).toEqual(readPicture(file));
      // Its last byte alone: a marker may be filled up with the first.
      expect(readPicture(file.subarray(0, -1))?.bytes).toEqual(joined(file.subarray(0, -2), bytesOf('\xff\xff\xd9')));
    }
  });

  it('in JPEG has 32 scans at most, each of which makes a decoder go over all of it', () => {
    const file = picture('held-1.jpg').subarray(0, -2);
    const scan = file.subarray(textOf(file).indexOf('\xff\xda'));
    const of = (count: number) => joined(file, ...Array.from({ length: count - 1 }, () => scan), bytesOf('\xff\xd9'));
    expect(readPicture(of(32))).toMatchObject({ width: 96, height: 64 });
    expect(readPicture(of(33))).toBeUndefined();
  });

  // ASVS 1.4.2
  // Threat hostile-picture
  it('that was damaged in any way is read or is not, and the reader ends', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TAKEN),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        fc.uint8Array({ maxLength: 40 }),
        (name, damages, rest) => {
          const file = joined(picture(name), rest);
          for (const [at, value] of damages) file[at % file.length] = value;
          const read = readPicture(file);
          if (!read) return;
          // A JPEG may get its end.
          expect(read.bytes.length).toBeLessThanOrEqual(file.length + 2);
          expect(read.pixels).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('without a size is none', () => {
    expect(readPicture(claiming(0, 30))).toBeUndefined();
    expect(readPicture(claiming(90, 0))).toBeUndefined();
    const jpeg = picture('held-1.jpg');
    const frameAt = textOf(jpeg).indexOf('\xff\xc0');
    expect(readPicture(patched(jpeg, frameAt + 5, 0, 0))).toBeUndefined();
    expect(readPicture(webpOf(bitstream(0, 10)))).toBeUndefined();
  });

  it('without pixels is none', () => {
    const png = picture('columns.png');
    const data = textOf(png).indexOf('IDAT');
    expect(readPicture(patched(png, data, ...bytesOf('tEXt')))).toBeUndefined();
    expect(readPicture(webpOf(canvas(10, 10)))).toBeUndefined();
    expect(readPicture(bytesOf('\xff\xd8\xff\xd9'))).toBeUndefined();
  });

  it('is no page with the first bytes of a picture', () => {
    expect(readPicture(joined(picture('columns.png').subarray(0, 8), bytesOf('<html>'.repeat(50))))).toBeUndefined();
    expect(readPicture(joined(picture('columns.png').subarray(0, 33), bytesOf('<html>'.repeat(50))))).toBeUndefined();
    expect(readPicture(joined(picture('held-1.jpg').subarray(0, 3), bytesOf('<html>'.repeat(50))))).toBeUndefined();
    expect(readPicture(bytesOf(`RIFF\0\0\0\0WEBP${'<html>'.repeat(50)}`))).toBeUndefined();
  });

  it('in PNG begins with its head, and no part of it reaches beyond the end', () => {
    const png = picture('columns.png');
    expect(readPicture(patched(png, 12, ...bytesOf('IHDx')))).toBeUndefined();
    expect(readPicture(patched(png, 11, 12))).toBeUndefined();
    const end = textOf(png).lastIndexOf('IEND');
    expect(readPicture(patched(png, end - 1, 1))).toBeUndefined();
    expect(readPicture(patched(png, textOf(png).indexOf('IDAT') - 4, 0xff))).toBeUndefined();
  });

  it('has one frame, in JPEG: a second could be larger', () => {
    const jpeg = picture('held-1.jpg');
    const at = textOf(jpeg).indexOf('\xff\xc0');
    const length = 2 + (((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0));
    const head = jpeg.subarray(at, at + length);
    expect(readPicture(joined(jpeg.subarray(0, at), head, head, jpeg.subarray(at + length)))).toBeUndefined();
  });

  it('has the size of its frame, not of the thumbnail in its metadata', () => {
    const jpeg = picture('held-1.jpg');
    const thumbnail = picture('progressive.jpg');
    const size = thumbnail.length + 2;
    const segment = joined(Uint8Array.of(0xff, 0xe2, size >> 8, size & 0xff), thumbnail);
    const read = readPicture(joined(jpeg.subarray(0, 2), segment, jpeg.subarray(2)));
    expect(read).toMatchObject({ width: 96, height: 64 });
  });

  // ASVS 5.2.6
  it('counts with the largest of canvas and bitstream, and an animation with its first frame', () => {
    expect(readPicture(webpOf(bitstream(16383, 16383)))?.pixels).toBe(16383 * 16383);
    expect(readPicture(webpOf(canvas(16777216, 2), bitstream(1, 1)))?.pixels).toBe(16777216 * 2);
    expect(readPicture(webpOf(canvas(1, 1), bitstream(9000, 9000)))?.pixels).toBe(81_000_000);
    expect(readPicture(webpOf(canvas(1, 1, 2), frame(9000, 9000)))?.pixels).toBe(81_000_000);
    const frames = Array.from({ length: 60 }, () => frame(1000, 1000));
    expect(readPicture(webpOf(canvas(1000, 1000, 2), ...frames))?.pixels).toBe(1_000_000);
    expect(readPicture(picture('animated.webp'))?.pixels).toBe(40 * 40);
  });

  it('of an animation is its first frame, with what belongs to the whole', () => {
    const animated = picture('animated.webp');
    const [first, ...others] = framesOf(animated);
    expect(others).toHaveLength(2);
    const exif = chunksOf(picture('held-6.webp')).filter(({ type }) => type === 'EXIF');
    const read = readPicture(webpOf(...chunksOf(animated), ...exif));
    expect(chunksOf(read?.bytes ?? new Uint8Array()).map(({ type }) => type)).toEqual(['VP8X', 'ANIM', 'ANMF', 'EXIF']);
    expect(framesOf(read?.bytes ?? new Uint8Array())).toEqual([first]);
  });

  it('with a frame that reaches beyond its place is none', () => {
    const { data } = frame(10, 10);
    expect(readPicture(webpOf(canvas(10, 10, 2), { type: 'ANMF', data: patched(data, 20, 0xff) }))).toBeUndefined();
  });
});

describe('the walk over a picture', () => {
  const jpeg = picture('held-1.jpg');
  const data = scanOf(jpeg);
  const inScan = (bytes: string, size: number) =>
    joined(jpeg.subarray(0, data), bytesOf(bytes.repeat(size / bytes.length)), bytesOf('\xff\xd9'));
  const inHead = (bytes: string, size: number) =>
    joined(jpeg.subarray(0, 2), bytesOf(bytes.repeat(size / bytes.length)), jpeg.subarray(2));
  const png = picture('columns.png');
  const repeated = (chunk: { type: string; data: Uint8Array }, count: number) =>
    Array.from({ length: count }, () => chunk);

  it.each([
    ['stuffed bytes in a scan', (size: number) => inScan('\xff\0', size)],
    ['restarts in a scan', (size: number) => inScan('\xff\xd0', size)],
    ['fill bytes', (size: number) => inHead('\xff', size)],
    ['empty segments', (size: number) => inHead('\xff\xfe\0\x02', size)],
    [
      'empty chunks of a PNG',
      (size: number) =>
        joined(png.subarray(0, 33), bytesOf('\0\0\0\0aaaa\0\0\0\0'.repeat(size / 12)), png.subarray(33)),
    ],
    [
      'empty chunks of a WebP',
      (size: number) =>
        webpOf(canvas(9, 9), ...repeated({ type: 'aaaa', data: new Uint8Array() }, size / 8), bitstream(9, 9)),
    ],
    ['frames', (size: number) => webpOf(canvas(9, 9, 2), ...repeated(frame(9, 9), size / 42))],
  ])('takes work in proportion to what was sent: %s', (_, make) => {
    const file = watched(make(8064));
    expect(readPicture(file.bytes)).toBeDefined();
    expect(file.looks()).toBeLessThan(4 * file.bytes.length);
  });
});

describe('a WebP that is bare', () => {
  it('holds pixels and nothing else', () => {
    const told = picture('held-6.webp');
    expect(chunksOf(told).map(({ type }) => type)).toEqual(expect.arrayContaining(['EXIF', 'XMP ']));
    const bare =
      bareWebp(webpOf(...chunksOf(told), { type: 'C2PA', data: bytesOf('Secret Lane') })) ?? new Uint8Array();
    expect(chunksOf(bare).map(({ type }) => type)).toEqual(['VP8X', 'VP8 ']);
    expect(textOf(bare)).not.toMatch(/Secret|Telltale/);
    expect(bare[20]).toBe(0);
    expect(readPicture(bare)?.bytes).toEqual(bare);
  });

  it('keeps what can be seen through', async () => {
    const bare = bareWebp(picture('sheer.webp')) ?? new Uint8Array();
    const pixels = await pixelsOf(bare);
    expect([pixels.at(2, 2)[3], pixels.at(60, 2)[3]]).toEqual([0, 255]);
  });

  it('stays what it is when it is made bare again', () => {
    for (const name of ['lossy.webp', 'lossless.webp', 'sheer.webp', 'held-6.webp']) {
      const bare = bareWebp(picture(name)) ?? new Uint8Array();
      expect(bareWebp(bare)).toEqual(bare);
    }
  });

  it('is none where it moves, or is no WebP', () => {
    for (const name of ['animated.webp', 'held-1.jpg', 'columns.png']) expect(bareWebp(picture(name))).toBeUndefined();
    expect(bareWebp(picture('lossy.webp').subarray(0, 60))).toBeUndefined();
  });
});

describe('an avatar', () => {
  it.each(TAKEN)('is made of every type that is taken, a bare square of 512 pixels: %s', async (name) => {
    const webp = await made(picture(name));
    expect(readPicture(webp)).toMatchObject({ type: 'image/webp', width: 512, height: 512, pixels: 512 * 512 });
    for (const { type } of chunksOf(webp)) expect(PIXELS_ONLY).toContain(type);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stands upright, however the camera was held: orientation %i', async (held) => {
    const file = picture(`held-${held}.jpg`);
    // What is tested is there: in all but the first the pixels are stored otherwise.
    const stored = await cornersOf(textless(file));
    if (held > 1) expect(stored).not.toEqual(UPRIGHT);
    expect(await cornersOf(await made(file))).toEqual(UPRIGHT);
  });

  it.each(['held-6.png', 'held-6.webp'])('stands upright also where it is no JPEG: %s', async (name) => {
    expect(await cornersOf(await made(picture(name)))).toEqual(UPRIGHT);
  });

  // ASVS 14.2.8
  // Threat hostile-picture
  it('tells neither place nor camera nor photographer', async () => {
    for (const name of ['held-1.jpg', 'held-6.jpg', 'held-6.png', 'held-6.webp']) {
      const before = textOf(picture(name));
      expect(before).toContain('Telltale');
      // In PNG it is compressed.
      if (!name.endsWith('.png')) expect(before).toContain('Secret Lane 7');
      expect(textOf(await made(picture(name)))).not.toMatch(
        /Telltale|Snitch|Photographer|Secret|Exif|EXIF|GPS|XMP|xmp/,
      );
    }
  });

  it('is cropped to the centre', async () => {
    const pixels = await pixelsOf(await made(picture('columns.png')));
    for (const x of [5, 256, 506]) expect(colourAt(pixels, x, 256)).toBe('green');
  });

  it('can still be seen through', async () => {
    const pixels = await pixelsOf(await made(picture('sheer.png')));
    expect([pixels.at(100, 256)[3], pixels.at(400, 256)[3]]).toEqual([0, 255]);
  });

  it('of an animation is its first frame', async () => {
    const pixels = await pixelsOf(await made(picture('animated.webp')));
    expect(colourAt(pixels, 256, 256)).toBe('green');
  });

  it('of an animation is its first frame at its place, over nothing, as a browser shows it', async () => {
    const [still] = chunksOf(picture('lossy.webp')).filter(({ type }) => type === 'VP8 ');
    if (!still) throw new Error('There is no such chunk.');
    // In halves: the frame of 96 × 64 pixels lies in the lower right quarter.
    const head = Uint8Array.of(...u24(48), ...u24(32), ...u24(95), ...u24(63), 100, 0, 0, 0);
    const first = { type: 'ANMF', data: joined(head, webpOf(still).subarray(12)) };
    const whole = framesOf(picture('animated.webp'));
    const animation = { type: 'ANIM', data: Uint8Array.of(0, 0, 255, 255, 0, 0) };
    const pixels = await pixelsOf(await made(webpOf(canvas(192, 128, 0x12), animation, first, ...whole)));
    for (const [x, y] of [
      [20, 20],
      [490, 20],
      [20, 490],
    ] as const)
      expect(pixels.at(x, y)[3]).toBe(0);
    expect(pixels.at(380, 380)[3]).toBe(255);
    expect(colourAt(pixels, 380, 340)).toBe('red');
  });

  // ASVS 15.2.2
  it('of an animation of 60,000 frames takes a decoder one', async () => {
    const sound = await made(picture('columns.png'));
    const { images, input } = imagesThat(async () => sound);
    const [first] = framesOf(picture('animated.webp'));
    const other = webpOf(frame(40, 40)).subarray(12);
    const frames = Buffer.alloc(60_000 * other.length, other);
    const start = webpOf(canvas(40, 40, 2), { type: 'ANIM', data: new Uint8Array(6) }, first ?? frame(1, 1));
    const file = joined(start, frames);
    new DataView(file.buffer).setUint32(4, file.length - 8, true);
    expect(file.length).toBeGreaterThan(2_500_000);
    expect((await make(file, images)).outcome).toBe('made');
    const shown = new Uint8Array(await new Response(input.mock.calls[0]?.[0]).arrayBuffer());
    expect(framesOf(shown)).toEqual([first]);
    expect(shown.length).toBe(start.length);
  });

  it('of deep colours looks the same', async () => {
    expect(picture('sixteen-bit.png')[24]).toBe(16);
    expect(await cornersOf(await made(picture('sixteen-bit.png')))).toEqual(UPRIGHT);
  });

  it('is made of exactly 5 MB and of not a byte more', async () => {
    const file = paddedTo(AVATAR_MAX_BYTES);
    expect(file).toHaveLength(5 * 1024 * 1024);
    expect((await make(file)).outcome).toBe('made');
    expect((await make(joined(file, new Uint8Array(1)))).outcome).toBe('FILE_TOO_LARGE');
  });

  // ASVS 5.2.6
  // Threat hostile-picture
  it('is made of 50 megapixels and of not one pixel more, which no decoder sees', async () => {
    const { images, output } = imagesThat(async () => made(picture('columns.png')));
    expect((await make(claiming(10_000, 5000), images)).outcome).toBe('made');
    const refused = { outcome: 'INVALID_IMAGE', message: PICTURE_FLAWS.pixels };
    expect(await make(claiming(10_000, 5001), images)).toEqual(refused);
    expect(await make(claiming(0x7fffffff, 0x7fffffff), images)).toEqual(refused);
    expect(output).toHaveBeenCalledOnce();
  });

  it('is made of 12,000 pixels a side and of not one more, which no decoder sees', async () => {
    const { images, output } = imagesThat(async () => made(picture('columns.png')));
    expect((await make(claiming(12_000, 1), images)).outcome).toBe('made');
    expect((await make(claiming(1, 12_000), images)).outcome).toBe('made');
    const refused = { outcome: 'INVALID_IMAGE', message: PICTURE_FLAWS.side };
    for (const file of [claiming(12_001, 1), claiming(1, 12_001), webpOf(bitstream(12_001, 1))]) {
      expect(await make(file, images)).toEqual(refused);
    }
    expect(output).toHaveBeenCalledTimes(2);
  });

  // ASVS 1.3.4, 5.2.2
  it('is not made of other files, which no decoder sees', async () => {
    const { images, output } = imagesThat(async () => new Uint8Array());
    for (const name of ['animated.gif', 'corners.avif', 'corners.tiff']) {
      expect((await make(picture(name), images)).outcome).toBe('INVALID_FILE_TYPE');
    }
    for (const text of ['', '<svg xmlns="http://www.w3.org/2000/svg"/>', '%PDF-1.7\n', '<!doctype html>']) {
      expect((await make(bytesOf(text), images)).outcome).toBe('INVALID_FILE_TYPE');
    }
    expect(output).not.toHaveBeenCalled();
  });

  it('is not made of what a decoder cannot read', async () => {
    const png = picture('columns.png');
    const data = textOf(png).indexOf('IDAT') + 4;
    const refused = { outcome: 'INVALID_IMAGE', message: PICTURE_FLAWS.undecodable };
    expect(await make(patched(png, data, 0xff, 0xff, 0xff, 0xff))).toEqual(refused);
    expect(await make(webpOf(bitstream(100, 100)))).toEqual(refused);
    expect(await make(png.subarray(0, 60))).toEqual(refused);
  });

  it('is made of a JPEG that lacks its end, and of none that lacks a part of its data', async () => {
    for (const name of ['held-1.jpg', 'progressive.jpg']) {
      const file = picture(name);
      for (const lacking of [1, 2]) expect(await cornersOf(await made(file.slice(0, -lacking)))).toEqual(UPRIGHT);
      const half = (scanOf(file) + file.length) >> 1;
      for (const length of [scanOf(file) + 1, half, file.length - 20]) {
        expect((await make(file.slice(0, length))).outcome, `${length} of ${file.length}`).toBe('INVALID_IMAGE');
      }
    }
  });

  it.each([9402, 9412, 9413, 9416, 9420, 9520])('is refused where the binding blames the picture: %i', async (code) => {
    const { images, output } = imagesThat(() => Promise.reject(imagesError(code)));
    expect((await make(picture('columns.png'), images)).outcome).toBe('INVALID_IMAGE');
    expect(output).toHaveBeenCalledOnce();
  });

  it.each([9516, 9523, 9529])('is refused where the binding takes a sound picture instead: %i', async (code) => {
    const sound = await made(picture('columns.png'));
    const { images } = imagesThat((call) => (call === 1 ? Promise.reject(imagesError(code)) : Promise.resolve(sound)));
    expect((await make(picture('columns.png'), images)).outcome).toBe('INVALID_IMAGE');
  });

  it.each([imagesError(9516), imagesError(9523), imagesError(9522), imagesError(9422), new Error('gone')])(
    'waits for better times where the binding takes none: %s',
    async (error) => {
      const { images } = imagesThat(() => Promise.reject(error));
      await expect(make(picture('columns.png'), images)).rejects.toThrow(Unavailable);
    },
  );

  // ASVS 5.4.3
  it('shows a decoder nothing but the picture', async () => {
    const sound = await made(picture('columns.png'));
    const { images, input } = imagesThat(async () => sound);
    await make(joined(picture('held-1.jpg'), bytesOf('<script>alert(1)</script>')), images);
    const shown = await new Response(input.mock.calls[0]?.[0]).arrayBuffer();
    expect(new Uint8Array(shown)).toEqual(picture('held-1.jpg'));
  });

  // ASVS 5.4.3
  it('is bare, whatever the binding leaves in it', async () => {
    const sound = await made(picture('columns.png'));
    const exif = chunksOf(picture('held-6.webp')).filter(({ type }) => type === 'EXIF');
    const telling = webpOf(canvas(512, 512, 0x08), ...chunksOf(sound), ...exif);
    expect(textOf(telling)).toContain('Telltale');
    const { images } = imagesThat(async () => telling);
    const image = await make(picture('columns.png'), images);
    if (image.outcome !== 'made') throw new Error(image.outcome);
    expect(chunksOf(image.webp).map(({ type }) => type)).toEqual(['VP8X', 'VP8 ']);
    expect(textOf(image.webp)).not.toContain('Telltale');
  });

  it('is nothing that the binding has passed on as it was', async () => {
    for (const name of ['columns.png', 'lossy.webp', 'animated.webp']) {
      const { images } = imagesThat(async () => picture(name));
      await expect(make(picture(name), images)).rejects.toThrow(Unavailable);
    }
  });

  it.each([
    [512, 511],
    [511, 512],
  ])('is nothing that the binding has made of another size: %i by %i', async (width, height) => {
    const { images } = imagesThat(async () => webpOf(bitstream(width, height)));
    await expect(make(picture('columns.png'), images)).rejects.toThrow(Unavailable);
  });
});

/** A JPEG without the segments that tell how it was held. */
function textless(jpeg: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [jpeg.subarray(0, 2)];
  for (let at = 2; at < jpeg.length; ) {
    const length = 2 + (((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0));
    if (jpeg[at + 1] === 0xda) return joined(...parts, jpeg.subarray(at));
    if (jpeg[at + 1] !== 0xe1) parts.push(jpeg.subarray(at, at + length));
    at += length;
  }
  return joined(...parts);
}
