import { readFile } from 'node:fs/promises';
import { CliFault } from './cli-fault.ts';

// Byte order marks, and what PowerShell, Excel and Notepad write behind them.
const MARKS = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
] as const;

const zerosAt = (bytes: Uint8Array, parity: 0 | 1): number =>
  bytes.reduce((count, byte, index) => (byte === 0 && index % 2 === parity ? count + 1 : count), 0);

/**
 * Without a mark, zero bytes tell UTF-16: of an id or an address each letter has one, the second where the order is
 * little-endian. A few of them tell nothing.
 */
const encodingOf = (bytes: Uint8Array): string => {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  if (marked) return marked[0];
  const many = bytes.length / 4;
  if (zerosAt(bytes, 1) > many) return 'utf-16le';
  return zerosAt(bytes, 0) > many ? 'utf-16be' : 'utf-8';
};

/** Decodes UTF-8, or UTF-16 of either order; undefined where the bytes are neither. */
export const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: false }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
};

/** Reads a text file that a person has made, with whatever program. */
export const readTextFile = async (file: string): Promise<string> => {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new CliFault(`${file} cannot be read (${error.code}).`);
  });
  const text = decodeText(bytes);
  if (text === undefined) throw new CliFault(`${file} is not text in UTF-8, nor in UTF-16: save it as UTF-8.`);
  return text;
};
