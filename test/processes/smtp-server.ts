import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

const newKeys = () => webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/** An authority that signs certificates for this test run; `cert` is its own certificate. */
export const newAuthority = async (name: string) => {
  const own = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...{ name: [{ CN: [name] }], keys: own, signingAlgorithm: SIGNING },
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const certify = async (host: string): Promise<{ key: string; cert: string }> => {
    const { publicKey, privateKey } = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      ...{ subject: [{ CN: [host] }], issuer: authority.subject, publicKey },
      ...{ signingKey: own.privateKey, signingAlgorithm: SIGNING },
      extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: host }])],
    });
    const key = KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' });
    return { key: key.toString(), cert: certificate.toString('pem') };
  };
  return { cert: authority.toString('pem'), certify };
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
