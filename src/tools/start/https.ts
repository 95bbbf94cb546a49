import { createPrivateKey, KeyObject, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { DAY_MS } from '../../workers/duration.ts';
import { withLock } from '../install/lock.mjs';
import { StartFault } from './start-fault.ts';

/** The files of a certificate, as PEM. */
export type Certificate = { key: string; cert: string };

// Apple's systems take none for longer than 825 days, nor one without the names and the use below.
const VALID_MS = 365 * DAY_MS;
const LEFT_MS = 30 * DAY_MS;

/** Reads `HTTPS`: whether a copy answers over https; it does not unless it is told to. */
export const readHttps = (text = process.env['HTTPS']): boolean => {
  if (!text || text === 'off') return false;
  if (text === 'on') return true;
  throw new StartFault(`HTTPS must be on or off, and "${text}" is neither.`);
};

/** Lets this process reach what answers with the certificate. */
export const trust = ({ cert }: Certificate): void =>
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(cert, 'utf8')]);

/** What tells `wrangler dev` to answer with the certificate. */
export const wranglerOptions = ({ key, cert }: Certificate): string[] => [
  ...['--local-protocol', 'https'],
  ...['--https-key-path', key, '--https-cert-path', cert],
];

/**
 * Makes the certificate of the copies that answer over https, each clone its own: for localhost alone, with a key that
 * nobody else can read, so that a browser may be told to trust it. It stays the same until a month before its end.
 */
export const ensureCertificate = (root: string, now = new Date()): Promise<Certificate> => {
  const folder = join(root, '.wrangler/https');
  const files = { key: join(folder, 'localhost.key'), cert: join(folder, 'localhost.pem') };
  return withLock(join(root, '.wrangler/https.lock'), async () => {
    if (isUsable(files, now)) return files;
    const made = await newCertificate(now);
    mkdirSync(folder, { recursive: true });
    write(files.key, made.key, 0o600);
    write(files.cert, made.cert, 0o644);
    return files;
  });
};

/** Whether both files are there, belong together and stay valid for a while. */
const isUsable = (files: Certificate, now: Date): boolean => {
  try {
    const certificate = new X509Certificate(readFileSync(files.cert));
    const isValid = Date.parse(certificate.validTo) > now.getTime() + LEFT_MS;
    return isValid && certificate.checkPrivateKey(createPrivateKey(readFileSync(files.key)));
  } catch {
    return false;
  }
};

const newCertificate = async (now: Date): Promise<{ key: string; cert: string }> => {
  // Both take a while to load, and most copies answer without them. The second does not load before the first.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: [{ CN: ['edge-accounts on localhost'] }],
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + VALID_MS),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      // It signs nothing but answers of this machine, even where it is trusted.
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { key: key.toString(), cert: certificate.toString('pem') };
};

/** The file appears whole or not at all. */
const write = (file: string, text: string, mode: number): void => {
  const draft = `${file}.draft`;
  writeFileSync(draft, text, { mode });
  renameSync(draft, file);
};
