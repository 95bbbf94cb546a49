import {
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

// An authenticator app and an authenticator of passkeys, written from their standards, so that what the API takes is not only
// what its own libraries make.

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const fromBase32 = (text: string): Buffer => {
  const bits = [...text].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};

/** The code that an app shows at a time (RFC 6238 over RFC 4226: SHA-1, thirty seconds, six digits). */
export const codeOf = (secret: string, at = Date.now()): string => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
};

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

// CBOR (RFC 8949), as much of it as an attestation needs.
const head = (major: number, length: number): Buffer => {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
};
type Cbor = number | string | Uint8Array | Cbor[] | Map<number | string, Cbor>;
const cbor = (value: Cbor): Buffer => {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, inner]) => [cbor(key), cbor(inner)])]);
};

/** What a test can make an authenticator say otherwise. */
export type Said = {
  origin?: string;
  rpId?: string;
  challenge?: string;
  isVerified?: boolean;
  counter?: number;
  userHandle?: string;
  format?: string;
};

type Made = { id: string; key: KeyObject; cose: string; rpId: string; userHandle: string; counter: number };

const [PRESENT, VERIFIED, BACKED_UP, ATTESTED] = [1, 4, 24, 64];

const authenticatorData = (rpId: string, flags: number, counter: number, attested = Buffer.alloc(0)): Buffer => {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, attested]);
};

// A key made for these tests alone, and the certificate of a maker of authenticators that there is not, valid for a hundred years.
const MAKERS_KEY =
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4oxiY8G0QuNDCKvt/PsN3YZTgpbeTIZE3wKJQJMeARmhRANCAARq' +
  'PB4vxtcTMvnmdUUFS4qigY52qVc94AVO9KqErVLukymh/Q2mFvFx2jMoXjaR6JXFUvHQuA5P+IppsSDW1RKG';
const MAKERS_CERTIFICATE =
  'MIIBpzCCAUygAwIBAgIUVCcgdLNwlkPYGfWMa5+1H5c9m34wCgYIKoZIzj0EAwIwSTELMAkGA1UEBhMCVVMxCjAIBgNVBAoMAUEx' +
  'IjAgBgNVBAsMGUF1dGhlbnRpY2F0b3IgQXR0ZXN0YXRpb24xCjAIBgNVBAMMAUEwIBcNMjYxMTI4MjE0NjM1WhgPMjEyNjExMDQy' +
  'MTQ2MzVaMEkxCzAJBgNVBAYTAlVTMQowCAYDVQQKDAFBMSIwIAYDVQQLDBlBdXRoZW50aWNhdG9yIEF0dGVzdGF0aW9uMQowCAYD' +
  'VQQDDAFBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEajweL8bXEzL55nVFBUuKooGOdqlXPeAFTvSqhK1S7pMpof0Nphbxcdoz' +
  'KF42keiVxVLx0LgOT/iKabEg1tUShqMQMA4wDAYDVR0TAQH/BAIwADAKBggqhkjOPQQDAgNJADBGAiEA0UKNUTCGz9it1EoSYzPC' +
  'gmPBrnm/8jOfEhY/o6mc8OkCIQDaaFC0N0f9quYmgrragXX4bw84MLtMLREM7pXf3OmivA==';

/** What a maker says of an authenticator, in whatever format: nothing is wrong with it as such. */
const attestation = (authData: Buffer, clientData: Buffer): Map<string, Cbor> => {
  const key = createPrivateKey({ key: Buffer.from(MAKERS_KEY, 'base64'), format: 'der', type: 'pkcs8' });
  return new Map<string, Cbor>([
    ['alg', -7],
    ['sig', sign('sha256', Buffer.concat([authData, sha256(clientData)]), key)],
    ['x5c', [Buffer.from(MAKERS_CERTIFICATE, 'base64')]],
  ]);
};

/** Makes passkeys with ES256 and signs with them, as `navigator.credentials` in a page of `origin` does. */
export class SoftPasskey {
  readonly origin: string;
  made: Made | undefined;
  /** An authenticator that counts its uses. */
  readonly counts: boolean;

  constructor(origin: string, { counts = false } = {}) {
    this.origin = origin;
    this.counts = counts;
  }

  #clientData(type: string, challenge: string, said: Said): Buffer {
    const data = {
      type,
      challenge: said.challenge ?? challenge,
      origin: said.origin ?? this.origin,
      crossOrigin: false,
    };
    return Buffer.from(JSON.stringify(data));
  }

  create(options: any, said: Said = {}) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const [id, rpId] = [randomBytes(16), said.rpId ?? options.rp.id];
    const cose = new Map<number, Cbor>([
      ...([
        [1, 2],
        [3, -7],
        [-1, 1],
      ] as [number, number][]),
      [-2, Buffer.from(String(jwk.x), 'base64url')],
      [-3, Buffer.from(String(jwk.y), 'base64url')],
    ]);
    const length = Buffer.from([0, id.length]);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, cbor(cose)]);
    const flags = PRESENT | BACKED_UP | ATTESTED | (said.isVerified === false ? 0 : VERIFIED);
    const authData = authenticatorData(rpId, flags, 0, attested);
    const format = said.format ?? 'none';
    const clientData = this.#clientData('webauthn.create', options.challenge, said);
    const statement = format === 'none' ? new Map() : attestation(authData, clientData);
    const object = cbor(
      new Map<string, Cbor>([
        ['fmt', format],
        ['attStmt', statement],
        ['authData', authData],
      ]),
    );
    this.made = {
      id: id.toString('base64url'),
      key: privateKey,
      cose: cbor(cose).toString('base64url'),
      rpId,
      userHandle: options.user.id,
      counter: 0,
    };
    return {
      ...{ id: this.made.id, rawId: this.made.id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: clientData.toString('base64url'),
        attestationObject: object.toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  get(options: any, said: Said = {}) {
    const { made } = this;
    if (!made) throw new Error('There is no passkey yet.');
    if (this.counts) made.counter += 1;
    const flags = PRESENT | BACKED_UP | (said.isVerified === false ? 0 : VERIFIED);
    const authData = authenticatorData(said.rpId ?? made.rpId, flags, said.counter ?? made.counter);
    const clientData = this.#clientData('webauthn.get', options.challenge, said);
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), made.key);
    return {
      ...{ id: made.id, rawId: made.id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: said.userHandle ?? made.userHandle,
      },
    };
  }
}

/** A copy of a passkey, as a thief who has cloned the device has it. */
export const clonedFrom = ({ origin, counts, made }: SoftPasskey): SoftPasskey => {
  const clone = new SoftPasskey(origin, { counts });
  clone.made = made && { ...made, key: createPrivateKey({ key: made.key.export({ format: 'jwk' }), format: 'jwk' }) };
  return clone;
};
