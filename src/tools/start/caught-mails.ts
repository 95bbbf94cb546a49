import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../root.ts';
import type { PrintedMail } from './readable-output.ts';

/** A mail that the copy has caught; `id` rises, also from one start to the next. */
type CaughtMail = Omit<PrintedMail, 'html'> & { id: number; at: string };

type Answer = { status?: number; headers?: Record<string, string>; body?: string };

const BROWSER = join(ROOT, 'src/web/mails/browser');
const MOST_MAILS = 1000;

const PAGE_POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
].join('; ');

// A mail is looked at and runs nothing; its links open beside it, since the pages that they lead to stand in no frame.
const MAIL_POLICY = [
  ...["default-src 'none'", "style-src 'unsafe-inline'", "form-action 'none'", "frame-ancestors 'self'"],
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ');

const file = (name: string, type: string, headers: Record<string, string> = {}): Answer => ({
  headers: { 'Content-Type': `text/${type}; charset=utf-8`, ...headers },
  body: readFileSync(join(BROWSER, name), 'utf8'),
});

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** The mails, newest first: as a page to a browser, and to a program as JSON, of which `after` takes the newer ones. */
const listOf = (mails: readonly CaughtMail[], accept: string, after: number): Answer => {
  if (accept.includes('text/html')) return file('mails.html', 'html', { 'Content-Security-Policy': PAGE_POLICY });
  const newer = mails.filter(({ id }) => id > after);
  return {
    headers: { 'Content-Type': 'application/json' },
    body: `${JSON.stringify({ mails: newer }, null, 2)}\n`,
  };
};

const mailPage = (html: string): Answer => ({
  headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': MAIL_POLICY },
  body: html.replace('<head>', '<head><base target="_blank">'),
});

/**
 * Keeps the mails that the copy prints and serves them to its API Worker, on a port that the system chooses; `address` says
 * which, `add` takes one more. It reads a mail's files at once: they are gone when the Workers end.
 */
export const serveCaughtMails = async (): Promise<{ address: string; add: (mail: PrintedMail, at: Date) => void }> => {
  const mails: CaughtMail[] = [];
  const pages = new Map<number, string>();
  let lastId = Date.now();

  const add = ({ text, html, ...mail }: PrintedMail, at: Date): void => {
    lastId += 1;
    mails.unshift({ id: lastId, at: at.toISOString(), ...mail, text: textOf(text) });
    pages.set(lastId, textOf(html));
    for (const { id } of mails.splice(MOST_MAILS)) pages.delete(id);
  };
  const answerTo = ({ url = '', headers, method }: IncomingMessage): Answer => {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' } };
    const name = pathname.slice('/dev/mails'.length);
    if (name === '') return listOf(mails, headers.accept ?? '', Number(searchParams.get('after')));
    if (name === '/mails.css') return file('mails.css', 'css');
    if (name === '/mails.js') return file('mails.js', 'javascript');
    const page = pages.get(Number(name.slice(1)));
    return page === undefined ? { status: 404 } : mailPage(page);
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const isWorker = request.headers.host === new URL(address).host;
    const { status = 200, headers = {}, body = '' }: Answer = isWorker ? answerTo(request) : { status: 404 };
    const frame = {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    };
    response.writeHead(status, { ...frame, Vary: 'Accept', ...headers }).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, add };
};
