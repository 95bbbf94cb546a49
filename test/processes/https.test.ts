import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificate, readHttps } from '../../src/tools/start/https.ts';

const DAY = 24 * 60 * 60 * 1000;

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edge-accounts-https-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const pemOf = async (now?: Date): Promise<string> => readFileSync((await ensureCertificate(root, now)).cert, 'utf8');

describe('the certificate of a local copy', () => {
  it('is for localhost alone, vouches for nothing else, and has a key that only its owner reads', async () => {
    const { key, cert } = await ensureCertificate(root);
    const certificate = new X509Certificate(readFileSync(cert));
    expect(certificate.subjectAltName?.split(', ')).toEqual([
      'DNS:localhost',
      'IP Address:127.0.0.1',
      'IP Address:0:0:0:0:0:0:0:1',
    ]);
    expect(certificate.ca).toBe(false);
    // Server authentication. Apple's systems ask for it, and for at most 825 days.
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBeLessThan(825 * DAY);
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  it('is the same for every copy, also for two that start at once, until a month before its end', async () => {
    const [first, second] = await Promise.all([pemOf(), pemOf()]);
    expect(second).toBe(first);
    expect(await pemOf(new Date(Date.now() + 300 * DAY))).toBe(first);
    expect(await pemOf(new Date(Date.now() + 340 * DAY))).not.toBe(first);
  });

  it('is made anew where its key is another or a file is broken', async () => {
    const before = await pemOf();
    const { key, cert } = await ensureCertificate(root);
    writeFileSync(key, 'half a k');
    const after = await pemOf();
    expect(after).not.toBe(before);
    writeFileSync(cert, before);
    expect([before, after]).not.toContain(await pemOf());
  });
});

it('HTTPS is on or off, and off unless somebody says so.', () => {
  expect([undefined, '', 'off', 'on'].map((text) => readHttps(text ?? ''))).toEqual([false, false, false, true]);
  expect(() => readHttps('yes')).toThrow(/^HTTPS must be on or off, and "yes" is neither\.$/);
});
