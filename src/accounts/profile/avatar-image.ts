import { Buffer } from 'node:buffer';
import { inTime } from '../../workers/deadline.ts';
import { faultOf, log } from '../../workers/log.ts';
import { Unavailable } from '../unavailable.ts';
import { bareWebp, pictureType, readPicture } from './picture.ts';

/** The largest file that is taken as an avatar. */
export const AVATAR_MAX_BYTES = 5 * 1024 * 1024;
export const AVATAR_MAX_PIXELS = 50_000_000;
/** Cloudflare takes no picture with a longer side. */
export const AVATAR_MAX_SIDE = 12_000;
/** An avatar is a square of so many pixels a side. */
export const AVATAR_SIDE = 512;

/** An avatar that is ready to be stored, or why the file makes none, in a sentence where there are several reasons. */
export type AvatarImage =
  | { outcome: 'made'; webp: Uint8Array<ArrayBuffer> }
  | { outcome: 'FILE_TOO_LARGE' | 'INVALID_FILE_TYPE' | 'INVALID_IMAGE'; message?: string };

/** Why a picture makes no avatar. */
export const PICTURE_FLAWS = {
  undecodable: 'The avatar cannot be decoded.',
  pixels: 'The avatar has more than 50 megapixels.',
  side: 'The avatar has a side of more than 12,000 pixels.',
};

const invalid = (flaw: keyof typeof PICTURE_FLAWS): AvatarImage => ({
  outcome: 'INVALID_IMAGE',
  message: PICTURE_FLAWS[flaw],
});

// Codes of the Images binding. It says the third kind both of a picture that it cannot decode and of its own failure.
const PICTURE_AT_FAULT = [9402, 9412, 9413, 9416, 9420, 9520];
const EITHER_AT_FAULT = [9516, 9523, 9529];

/** One pixel, known to be sound. */
const CONTROL_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** The bytes as a stream. A `Blob` would hold a copy of them, and eight pictures at once fill an isolate. */
const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(bytes);
      controller.close();
    },
  });

/** Applies the orientation that EXIF tells, as the binding always does, and crops to the centre. */
const crop = async (images: ImagesBinding, picture: Uint8Array): Promise<Uint8Array> => {
  const result = await images
    .input(streamOf(picture))
    .transform({ width: AVATAR_SIDE, height: AVATAR_SIDE, fit: 'cover', gravity: 'center' })
    .output({ format: 'image/webp', anim: false });
  return new Uint8Array(await result.response().arrayBuffer());
};

const encode = (images: ImagesBinding, picture: Uint8Array): Promise<Uint8Array> =>
  inTime('Images', crop(images, picture));

const takesControlPicture = (images: ImagesBinding): Promise<boolean> =>
  encode(images, CONTROL_PICTURE).then(
    () => true,
    () => false,
  );

/** Whether the binding refused because of the picture. Where its code leaves that open, a sound picture decides it. */
const isPictureAtFault = async (images: ImagesBinding, error: unknown): Promise<boolean> => {
  const code = error instanceof Error && 'code' in error ? Number(error.code) : 0;
  if (PICTURE_AT_FAULT.includes(code)) return true;
  return EITHER_AT_FAULT.includes(code) && (await takesControlPicture(images));
};

/** The picture as a square WebP, or undefined where it cannot be decoded. */
const toAvatar = async (images: ImagesBinding, picture: Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  let encoded: Uint8Array;
  try {
    encoded = await encode(images, picture);
  } catch (error) {
    if (!(await isPictureAtFault(images, error))) throw new Unavailable('Images', error);
    log('info', 'picture-refused', { fault: faultOf(error) });
    return undefined;
  }
  const webp = bareWebp(encoded);
  const made = webp && readPicture(webp);
  // The binding passes on unchanged what it will not process; that must not be stored.
  if (!webp || made?.width !== AVATAR_SIDE || made.height !== AVATAR_SIDE) {
    throw new Unavailable('Images', new Error('The answer is no picture of the size that was asked for.'));
  }
  return webp;
};

/**
 * Makes an avatar of an uploaded file, whatever its name and declared type: first its length, then its own bytes, then
 * its size in pixels, and only then a decoder. Rejects with `Unavailable` where the Images binding fails.
 */
export const makeAvatar = async (images: ImagesBinding, file: Uint8Array): Promise<AvatarImage> => {
  if (file.length > AVATAR_MAX_BYTES) return { outcome: 'FILE_TOO_LARGE' };
  if (!pictureType(file)) return { outcome: 'INVALID_FILE_TYPE' };
  const picture = readPicture(file);
  if (!picture) return invalid('undecodable');
  if (picture.pixels > AVATAR_MAX_PIXELS) return invalid('pixels');
  if (Math.max(picture.width, picture.height) > AVATAR_MAX_SIDE) return invalid('side');
  const webp = await toAvatar(images, picture.bytes);
  return webp ? { outcome: 'made', webp } : invalid('undecodable');
};
