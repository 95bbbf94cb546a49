import sharp, { type Sharp } from 'sharp';
import type { TestProject } from 'vitest/node';

// Runs in Node, before the tests: real pictures, made by an encoder that is none of ours. The tests in workerd receive
// them as base64, by name.

declare module 'vitest' {
  interface ProvidedContext {
    pictures: Record<string, string>;
  }
}

const RED = [220, 20, 20];
const GREEN = [20, 200, 20];
const BLUE = [20, 20, 220];
const WHITE = [240, 240, 240];

const raw = (width: number, height: number, colour: (x: number, y: number) => number[]): Sharp => {
  const pixels = Array.from({ length: width * height }, (_, at) => colour(at % width, Math.floor(at / width)));
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels: pixels[0]?.length === 4 ? 4 : 3 } });
};

/** Upright: red and green above, blue and white below. Its four corners survive a crop to the centre. */
const corners = () =>
  raw(96, 64, (x, y) => {
    if (y < 32) return x < 48 ? RED : GREEN;
    return x < 48 ? BLUE : WHITE;
  });

/** Three columns of which a crop to the centre keeps the middle. */
const columns = () =>
  raw(90, 30, (x) => {
    if (x < 30) return RED;
    return x < 60 ? GREEN : BLUE;
  });

const turned = async (picture: Sharp, turn: (picture: Sharp) => Sharp): Promise<Sharp> => {
  const { data, info } = await turn(picture).toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
};

/** For each EXIF orientation what a camera that was held so has stored: a viewer undoes it. */
const HELD: ((picture: Sharp) => Promise<Sharp>)[] = [
  async (picture) => picture,
  (picture) => turned(picture, (p) => p.flop()),
  (picture) => turned(picture, (p) => p.rotate(180)),
  (picture) => turned(picture, (p) => p.flip()),
  async (picture) => turned(await turned(picture, (p) => p.rotate(90)), (p) => p.flop()),
  (picture) => turned(picture, (p) => p.rotate(270)),
  async (picture) => turned(await turned(picture, (p) => p.rotate(90)), (p) => p.flip()),
  (picture) => turned(picture, (p) => p.rotate(90)),
];

const PLACE_AND_CAMERA = {
  IFD0: { Make: 'Telltale', Model: 'Snitch 3000', Artist: 'A. Photographer' },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 12/1', GPSLongitudeRef: 'E', GPSLongitude: '13/1 24/1 18/1' },
};

const photograph = async (orientation: number): Promise<Sharp> => {
  const held = await HELD[orientation - 1]?.(corners());
  if (!held) throw new RangeError('The orientations are 1 to 8.');
  return held
    .withExif(PLACE_AND_CAMERA)
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>Secret Lane 7</place></x:xmpmeta>')
    .withMetadata({ orientation });
};

const sheer = () => raw(64, 64, (x) => [...RED, x < 32 ? 0 : 255]);

const animation = async (): Promise<Sharp> => {
  const frames = await Promise.all(
    [GREEN, BLUE, RED].map((colour) =>
      raw(40, 40, () => colour)
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } });
};

const PICTURES: Record<string, () => Promise<Buffer>> = {
  ...Object.fromEntries(
    HELD.map((_, at) => [`held-${at + 1}.jpg`, async () => (await photograph(at + 1)).jpeg().toBuffer()]),
  ),
  'progressive.jpg': () => corners().jpeg({ progressive: true }).toBuffer(),
  'grey.jpg': () => corners().greyscale().jpeg().toBuffer(),
  'cmyk.jpg': () => corners().toColourspace('cmyk').jpeg().toBuffer(),
  'columns.png': () => columns().png().toBuffer(),
  'sheer.png': () => sheer().png().toBuffer(),
  'interlaced.png': () => corners().png({ progressive: true }).toBuffer(),
  'sixteen-bit.png': () => corners().toColourspace('rgb16').png().toBuffer(),
  'held-6.png': async () => (await photograph(6)).png().toBuffer(),
  'lossy.webp': () => corners().webp().toBuffer(),
  'lossless.webp': () => corners().webp({ lossless: true }).toBuffer(),
  'sheer.webp': () => sheer().webp().toBuffer(),
  'held-6.webp': async () => (await photograph(6)).webp().toBuffer(),
  'animated.webp': async () => (await animation()).webp({ loop: 0, delay: 100 }).toBuffer(),
  'animated.gif': async () => (await animation()).gif().toBuffer(),
  'corners.avif': () => corners().avif().toBuffer(),
  'corners.tiff': () => corners().tiff().toBuffer(),
};

export const setup = async (project: TestProject): Promise<void> => {
  const made = Object.entries(PICTURES).map(async ([name, make]) => [name, (await make()).toString('base64')]);
  project.provide('pictures', Object.fromEntries(await Promise.all(made)));
};
