import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

// The codes of authenticator apps (RFC 6238), as every app takes them: SHA-1, six digits, thirty seconds.
const FORM = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
// A clock may be half a minute off, and somebody slow: the codes before and after count too (RFC 6238 §5.2).
const STEPS_OFF = 1;
const SECRET_BYTES = 20;

/** 160 random bits, as RFC 4226 §4 recommends. */
export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES);

const secretOf = (bytes: Uint8Array): Secret => new Secret({ buffer: Uint8Array.from(bytes).buffer });

/** A secret as people type it where they cannot scan. */
export const base32Of = (bytes: Uint8Array): string => secretOf(bytes).base32;

/** The address that an app takes from a QR code; `issuer` is the service, `label` whose account it is. */
export const totpUri = (bytes: Uint8Array, { issuer, label }: { issuer: string; label: string }): string =>
  new TOTP({ ...FORM, issuer, label, secret: secretOf(bytes) }).toString();

/**
 * The time step whose code it is (six digits), among those that are good at this moment and come after `lastStep`; undefined where it
 * is none of them. Compared in constant time.
 */
export const stepOf = (bytes: Uint8Array, code: string, lastStep: number, now: Date): number | undefined => {
  const timestamp = now.getTime();
  const delta = TOTP.validate({ ...FORM, token: code, secret: secretOf(bytes), timestamp, window: STEPS_OFF });
  if (delta === null) return undefined;
  const step = TOTP.counter({ period: FORM.period, timestamp }) + delta;
  return step > lastStep ? step : undefined;
};
