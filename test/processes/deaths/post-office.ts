import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { en } from '../../../src/mailer/locales/en.ts';
import type { MailKind } from '../../../src/outbox/kind.ts';
import type { Reaper } from './reaper.ts';

/** A mail that the server has taken; `key` is the id and the time (ms) of its row, `life` that of the runtime that sent it. */
export type TakenMail = {
  id: number;
  key: string;
  life: number;
  to: string;
  kind: MailKind;
  link: string | undefined;
};

export type PostOffice = {
  port: number;
  taken: TakenMail[];
  /** Once no connection is open: what a process that is dead has sent is here then. */
  quiet: () => Promise<void>;
  close: () => Promise<void>;
};

const FACTS = { appName: 'Edge Accounts', expiresAt: '', changedAt: '', eraseOn: '', reason: null, left: 0 } as const;

const kindBySubject = new Map(
  Object.entries(en.mails).map(
    ([kind, text]) => [text({ ...FACTS, added: 'passkey', removed: 'passkey' }).subject, kind as MailKind] as const,
  ),
);

const read = async (raw: Buffer, life: number): Promise<TakenMail> => {
  const { messageId = '', subject = '', to, text = '' } = await PostalMime.parse(raw);
  const [, key = '', id] = /^<((\d+)\.\d+)@/.exec(messageId) ?? [];
  const kind = kindBySubject.get(subject);
  if (!kind) throw new Error(`Nobody knows the mail "${subject}".`);
  const link = /#token=([^&\s]+)/.exec(text)?.[1];
  return { id: Number(id), key, life, to: to?.[0]?.address ?? '', kind, link };
};

/** An SMTP server with a certificate that takes every mail and tells the reaper at which point of it the mailer is. */
export const openPostOffice = async (
  certificate: { key: string; cert: string },
  reaper: Reaper,
): Promise<PostOffice> => {
  const taken: TakenMail[] = [];
  const take = async (stream: AsyncIterable<Buffer>): Promise<void> => {
    const { life } = reaper;
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    taken.push(await read(Buffer.concat(chunks), life));
  };
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    closeTimeout: 100,
    onRcptTo: (_address, _session, callback) => {
      reaper.at('a mail is announced');
      callback();
    },
    onData: (stream, _session, callback) => {
      const confirm = () => {
        reaper.at('a mail is taken');
        if (reaper.isOver) return;
        callback();
        reaper.at('a mail is confirmed');
      };
      take(stream).then(confirm, callback);
    },
  });
  // A client that is killed hangs up in the middle of whatever it says.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    quiet: async () => {
      while (server.connections.size > 0) await wait(5);
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};
