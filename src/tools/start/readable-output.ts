import { readFileSync } from 'node:fs';
import { Transform } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

// What the simulator of the mail binding prints of a mail: this line, its headers, a blank line, and where its files lie.
const MAIL = /^\[wrangler:info\] send_email binding called with MessageBuilder:$/;
const HEADER = /^(?:From|To|Cc|Bcc|Subject): /;
const FILE = /^(?:Text|HTML|Attachment \(.*\)): /;

// A line of the Workers' log: one JSON object behind the name of the Worker.
const LOG_LINE = /^(\[[\w-]+\] \{"level":".*)\}$/;

// wrangler 4.156.2 does not know the name of a Worker that has a build command when it prefixes the Worker's lines.
const NAMELESS = '[undefined]';

// The page of the caught mails asks for newer ones every other second.
const ASKS_FOR_MAILS = /^\[wrangler:info\] GET \/dev\/mails 200 /;

/** The line of a mail's text that is its link: the last above the footer that is nothing else. */
const linkIn = (file: string): string | undefined => {
  try {
    const [message = ''] = readFileSync(file, 'utf8').split(/^-- $/m);
    return message.match(/^https?:\/\/\S+$/gm)?.at(-1);
  } catch {
    return undefined;
  }
};

/** What was printed of a mail: its headers, its link where it has one, and the paths of its text and its HTML. */
export type PrintedMail = Record<'from' | 'to' | 'subject' | 'text' | 'html', string> & { link: string | undefined };

const printedMail = (lines: readonly string[]): PrintedMail => {
  const fieldOf = (name: string): string =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
  const text = fieldOf('Text');
  return {
    ...{ from: fieldOf('From'), to: fieldOf('To'), subject: fieldOf('Subject') },
    ...{ text, html: fieldOf('HTML'), link: linkIn(text) },
  };
};

/** A mail as a person reads it: to whom, the subject, the link, and below it what else was printed of it. */
const readableMail = ({ to, subject, link }: PrintedMail, lines: readonly string[]): string => {
  const others = lines.filter((line) => line !== '' && !/^(?:To|Subject): /.test(line));
  const below = [...(link ? [link] : []), ...others].map((line) => `  ${line}\n`).join('');
  return `Mail to ${to}: ${subject}\n${below}`;
};

/** Whether a line goes on with a mail of which these lines have been printed. */
const isNextOf = (mail: readonly string[], line: string): boolean =>
  mail.includes('') ? FILE.test(line) : line === '' || HEADER.test(line);

/** A line of the log with the time at which it was printed, in its last key: the platform keeps it beside the line. */
const withTime = (line: string, now: Date): string =>
  line.replace(LOG_LINE, (_, open: string) => `${open},"at":"${now.toISOString()}"}`);

/**
 * Passes on what `wrangler dev` prints, with each mail in the form of `readableMail`, with `name` before the lines of the
 * Worker that wrangler has no name for, and with the time in each line of the log; without the lines of who asks for caught mails. Every other
 * line stays as it is. `caught` hears of each mail.
 */
export const readableOutput = (
  name: string,
  clock = () => new Date(),
  caught: (mail: PrintedMail, at: Date) => void = () => {},
): Transform => {
  let open = '';
  let mail: string[] | undefined;

  const endMail = (): string => {
    if (!mail) return '';
    const printed = printedMail(mail);
    const text = readableMail(printed, mail);
    mail = undefined;
    caught(printed, clock());
    return text;
  };
  const read = (line: string): string => {
    const plain = stripVTControlCharacters(line);
    if (mail && isNextOf(mail, plain)) {
      mail.push(plain);
      return '';
    }
    const before = endMail();
    if (MAIL.test(plain)) {
      mail = [];
      return before;
    }
    if (ASKS_FOR_MAILS.test(plain)) return before;
    const named = plain.startsWith(NAMELESS) ? line.replace(NAMELESS, `[${name}]`) : line;
    return `${before}${withTime(named, clock())}\n`;
  };
  return new Transform({
    decodeStrings: false,
    transform: (chunk: string, _, done) => {
      const lines = (open + chunk).split('\n');
      open = lines.pop() ?? '';
      const text = lines.map(read).join('');
      // A mail is printed at once, so where what was printed ends with its files, the mail does too.
      const isWhole = open === '' && FILE.test(mail?.at(-1) ?? '');
      done(null, isWhole ? text + endMail() : text);
    },
    flush: (done) => {
      const last = open === '' ? '' : read(open).replace(/\n$/, '');
      done(null, last + endMail());
    },
  });
};
