import { vi } from 'vitest';
import { type Answer, call, ORIGIN } from '../client.ts';
import { type Body, MARK, type Sent } from './sent.ts';
import { type Work, workOf } from './work.ts';

// What every answer keeps, whatever was sent: `call` itself holds it to the API's document.

const streamOf = ({ bytes, pieces = 1, breaksOff = false }: Body): ReadableStream => {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + size));
      at += size;
      if (at < bytes.length) return;
      if (breaksOff) controller.error(new Error('The client went away.'));
      else controller.close();
    },
  });
};

const bodyOf = (body: Body): BodyInit => (body.pieces || body.breaksOff ? streamOf(body) : body.bytes);

/** What was sent that opens something: whoever reads answers or the log must not find it there. */
const secretsOf = ({ headers, body }: Sent): string[] => {
  const inHeaders = headers
    .filter(([name]) => name === 'Authorization' || name === 'Cookie')
    .flatMap(([, value]) => value.split(/[;,=\s]+/));
  const text = Buffer.from(body?.bytes.subarray(0, 70_000) ?? []).toString('utf8');
  const inBody = [...text.matchAll(/"(?:\w*(?:password|token|secret|code))":"([^"\\]+)"/g)].map(
    ([, secret = '']) => secret,
  );
  return [...inHeaders, ...inBody].filter((secret) => secret.length >= 16 && !secret.startsWith('__Secure'));
};

// Whose words they are: those of zod, drizzle, D1 and SQLite, hono, jose, the engine, the runtime, the decoder of pictures.
const LIBRARY_WORDS = new RegExp(
  [
    ...[
      'zod',
      'drizzle',
      'D1_',
      'SQLITE',
      'sqlite',
      'hono',
      'jose',
      'JWS',
      'JWT',
      'JWK',
      'kj/',
      'workerd',
      'miniflare',
      'sharp',
      'vips',
    ],
    ...[
      'Invalid input',
      'Invalid option',
      'Invalid string',
      'expected (?:string|number|object|boolean|array)',
      'received ',
      'Unrecognized key',
    ],
    ...[
      'Unexpected (?:token|end)',
      'JSON at position',
      'Cannot read',
      'is not a function',
      'is not defined',
      'not iterable',
      'Maximum call stack',
    ],
    ...[
      '(?:Type|Range|Syntax|Reference|URI)Error',
      'DOMException',
      'Error:',
      '\\n\\s+at ',
      'node:',
      '\\.[jt]s:\\d',
      'Failed query',
      'UNIQUE constraint',
    ],
    ...[
      '\\bundefined\\b',
      '\\bNaN\\b',
      '\\[object ',
      'signature verification',
      'claim (?:value|check)',
      'malformed URI',
      'IMAGES_',
      'multipart',
    ],
  ].join('|'),
);
// The sentence of a refusal names the media types that a route takes.
const withoutTypes = (text: string): string => text.replaceAll('multipart/form-data', '');

// Nothing that is asked for here takes that long, on the busiest machine.
const PATIENCE_MS = 45_000;

const inTime = async (answer: Promise<Answer>): Promise<Answer> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('There is no answer.')), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

const told = ({ headers, text }: Answer): string =>
  `${[...headers].map((pair) => pair.join(': ')).join('\n')}\n${text}`;

/** What of an answer and of the log breaks a promise. */
const flawsOf = (sent: Sent, answer: Answer, lines: readonly string[]): string[] => {
  const whole = told(answer);
  const secrets = secretsOf(sent);
  const inLog = lines.filter((line) => JSON.parse(line).event !== 'origin-refused').join('\n');
  const isRefusal = answer.status >= 400;
  return [
    ...(answer.status >= 500 ? [`it is a ${answer.status}`] : []),
    ...secrets.filter((secret) => whole.includes(secret)).map((secret) => `it holds what is secret: ${secret}`),
    ...secrets
      .filter((secret) => lines.join('\n').includes(secret))
      .map((secret) => `the log holds what is secret: ${secret}`),
    ...(isRefusal && whole.toLowerCase().includes(MARK) ? ['a refusal repeats what was sent'] : []),
    ...(inLog.toLowerCase().includes(MARK) ? ['the log repeats what was sent'] : []),
    ...(isRefusal
      ? (LIBRARY_WORDS.exec(withoutTypes(answer.text)) ?? []).map((words) => `it has a library's words: ${words}`)
      : []),
  ];
};

// The most that a request without a fault asks of others: a change of password hashes twice, a picture that nobody can read is
// tried and then a sound one, a thousand events are read with one more, an erasure takes along whatever is somebody's.
const MOST: Work = { statements: 40, rowsRead: 1500, hashes: 2, pictures: 2 };

const excesses = (work: Work): string[] =>
  (Object.keys(MOST) as (keyof Work)[]).filter((of) => work[of] > MOST[of]).map((of) => `it takes ${work[of]} ${of}`);

let lines: string[] = [];

/** Begins to listen to the log. */
export const listen = (): void => {
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(parts.join(' ')));
  }
};

/** What became of a request: undefined where no client library can send it. */
export type Kept = { status: number; work: Work };

/** Sends a request and throws where its answer breaks a promise. */
export const expectKept = async (sent: Sent): Promise<Kept | undefined> => {
  const { method, path, headers, body } = sent;
  if (!isSendable(sent)) return undefined;
  lines = [];
  let answer: Answer | undefined;
  const work = await workOf(async (bindings) => {
    const sending = { headers: joined(headers), ...(body && { body: bodyOf(body) }), env: bindings };
    // A path of two slashes is none of another host.
    answer = await inTime(call(method, ORIGIN + path, sending));
  });
  if (!answer) throw new Error('There is no answer.');
  const flaws = [...flawsOf(sent, answer, lines), ...excesses(work)];
  if (flaws.length > 0)
    throw new Error(
      `${flaws.join('; ')}\n${answer.status} ${answer.text.slice(0, 400)}\n${lines.join('\n').slice(0, 1000)}`,
    );
  return { status: answer.status, work };
};

/** Those of one name as one, as servers have them. */
const joined = (pairs: Sent['headers']): Record<string, string> => {
  const headers = new Headers();
  for (const [name, value] of pairs) headers.append(name, value);
  return Object.fromEntries(headers);
};

const isSendable = ({ method, path, headers }: Sent): boolean => {
  try {
    return new Request(ORIGIN + path, { method, headers: joined(headers) }).url.startsWith(`${ORIGIN}/`);
  } catch {
    return false;
  }
};
