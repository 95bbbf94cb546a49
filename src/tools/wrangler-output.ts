import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

/** Why a wrangler has failed, in its own words, without what it draws around them. */
export const complaintIn = (stderr: string, code: number | null): string => {
  const text = `${stripVTControlCharacters(stderr)}\n\n`;
  const reason = /\[ERROR\] *([\s\S]*?)\n\n/.exec(text)?.[1]?.replace(/\s+/g, ' ').trim();
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
