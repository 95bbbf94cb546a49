import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

// What wrangler says below a reason to whoever reads it on a terminal.
const ADVICE =
  /^(?:If you think this is a bug|https:\/\/github\.com\/|To learn more about this error|Logs were written to)/;
const LONGEST = 2000;

/**
 * The paragraphs of one complaint: what follows `[ERROR]`, and below it what is indented. There stands the cause: of a
 * request that failed the API's own words, of a bundle the place in the file.
 */
const paragraphsOf = (complaint: string): string[] => {
  const [first = '', ...below] = complaint.split(/\n[^\S\n]*\n/);
  const end = below.findIndex((paragraph) => !/^\n*[^\S\n]/.test(paragraph));
  return [first, ...below.slice(0, end === -1 ? below.length : end)]
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '' && !ADVICE.test(paragraph));
};

/** Why a wrangler has failed, in its own words and on one line, without what it draws around them. */
export const complaintIn = (stderr: string, code: number | null): string => {
  const [, ...complaints] = stripVTControlCharacters(stderr).split(/^.*\[ERROR\] */m);
  const reason = complaints.flatMap(paragraphsOf).join(' ').slice(0, LONGEST);
  return reason || `wrangler ended with ${code}`;
};

/**
 * Passes on what `wrangler dev` prints, from its line "Ready on" on. The tables and hints above that line are held
 * back: until it the Workers answer nothing, so no mail and no log line of theirs stands among them. `release` is for
 * the case that the line does not come: it writes what was held to `stream`, and holds nothing more.
 */
export const holdBack = (output: Readable): { release: (stream: Writable) => void } => {
  let held: string | undefined = '';
  const keep = (text: string): void => {
    held += text;
    const ready = /^.*Ready on .*\n/m.exec(held ?? '');
    if (!ready) return;
    held = held?.slice(ready.index + ready[0].length);
    release(process.stdout);
  };
  const release = (stream: Writable): void => {
    if (held === undefined) return;
    stream.write(held);
    held = undefined;
    output.off('data', keep).pipe(process.stdout, { end: false });
  };
  output.setEncoding('utf8').on('data', keep);
  return { release };
};
