import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { generate } from 'selfsigned';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

/** An authority that signs certificates for this test run; `cert` is its own certificate. */
export const newAuthority = async (name: string) => {
  const authority = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = { key: authority.private, cert: authority.cert };
  return {
    cert: ca.cert,
    certify: async (host: string): Promise<{ key: string; cert: string }> => {
      const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
        keyType: 'ec',
        algorithm: 'sha256',
        ca,
        extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
      });
      return { key, cert };
    },
  };
};

/** A mail as the server has taken it. */
export type TakenMail = { from: string; to: string[]; raw: string; mail: Email; user: string | undefined };

/** What the server answers to a recipient or to a mail: nothing, for yes; a reply; or never anything. */
export type Answer = { code: number; text: string } | 'never' | undefined;

const refusal = ({ code, text }: { code: number; text: string }) =>
  Object.assign(new Error(text), { responseCode: code });

/** An SMTP server on this machine that notes what it takes. Port 0 is any free one. */
export const serveSmtp = async (
  options: SMTPServerOptions,
  { port = 0, answer = () => undefined }: { port?: number; answer?: (address: string) => Answer } = {},
) => {
  const taken: TakenMail[] = [];
  const asked: string[] = [];
  const take = async (stream: AsyncIterable<Buffer>, { envelope, user }: SMTPServerSession): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    taken.push({
      from: envelope.mailFrom ? envelope.mailFrom.address : '',
      to: envelope.rcptTo.map(({ address }) => address),
      raw: raw.toString('latin1'),
      mail: await PostalMime.parse(raw),
      user: user as string | undefined,
    });
  };
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 100,
    onRcptTo: ({ address }, _session, callback) => {
      asked.push(address);
      const said = answer(address);
      if (said !== 'never') callback(said && refusal(said));
    },
    // A client that hangs up in the middle of a mail has none taken.
    onData: (stream, session, callback) => {
      take(stream, session).then(() => callback(), callback);
    },
    onAuth: ({ username, password }, _session, callback) => callback(null, { user: `${username}:${password}` }),
    ...options,
  });
  // A client that hangs up in the middle of a handshake is what some tests are about.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    asked,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
};
