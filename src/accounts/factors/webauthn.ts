import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject, decodeClientDataJSON, isoBase64URL } from '@simplewebauthn/server/helpers';
import type { Passkey } from '../../../drizzle/schema.ts';

// Ed25519, ES256 and RS256: named, since what a runtime would offer by itself is not what the other one can verify.
const ALGORITHMS = [-8, -7, -257];
const TIMEOUT_MS = 5 * 60 * 1000;

/** For which site passkeys are: its host, its name for people, and which origins its pages have. */
export type RelyingParty = { id: string; name: string; isOrigin: (origin: string) => boolean };

type Credential = { id: string; rawId: string; type: 'public-key'; clientExtensionResults: Record<string, unknown> };

/** What a browser answers, as `PublicKeyCredential.toJSON` makes it. */
export type NewPasskeyAnswer = Credential & {
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] | undefined };
};
export type PasskeyAnswer = Credential & {
  response: {
    clientDataJSON: string;
    authenticatorData: string;
    signature: string;
    userHandle?: string | null | undefined;
  };
};

type Descriptor = { id: string; type: 'public-key'; transports?: string[] };

/** By what a browser makes a passkey (WebAuthn level 3, §5.1.8). */
export type NewPasskeyOptions = {
  challenge: string;
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: { alg: number; type: 'public-key' }[];
  timeout: number;
  attestation: 'none';
  excludeCredentials: Descriptor[];
  authenticatorSelection: { residentKey: 'required'; requireResidentKey: true; userVerification: 'required' };
  extensions: { credProps: true };
  hints: string[];
};

/** By what a browser uses one (§5.1.9). */
export type PasskeyOptions = {
  challenge: string;
  rpId: string;
  timeout: number;
  userVerification: 'required';
  allowCredentials?: Descriptor[];
};

/** What of a passkey is stored when it is made. */
export type MadePasskey = Pick<Passkey, 'credentialId' | 'publicKey' | 'counter' | 'transports' | 'backedUp' | 'rpId'>;

type Known = Pick<Passkey, 'credentialId' | 'transports'>;

const descriptorOf = ({ credentialId, transports }: Known) => ({ id: credentialId, transports });

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text));

/** What a browser is to make a passkey by: one that is found without a name, and verifies its user. */
export const newPasskeyOptions = (
  site: RelyingParty,
  user: { id: number; email: string; fullName: string | null },
  known: readonly Known[],
  challengeId: string,
): Promise<NewPasskeyOptions> =>
  generateRegistrationOptions({
    rpName: site.name,
    rpID: site.id,
    userID: bytesOf(String(user.id)),
    userName: user.email,
    userDisplayName: user.fullName ?? user.email,
    challenge: Uint8Array.from(Buffer.from(challengeId, 'base64url')),
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    excludeCredentials: known.map(descriptorOf),
    // Made anew each time: the library writes into what it is given.
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  }) as Promise<NewPasskeyOptions>;

/** What a browser is to ask for a passkey by: one of these, or with none whichever its user chooses. */
export const passkeyOptions = (
  site: RelyingParty,
  known: readonly Known[],
  challengeId: string,
): Promise<PasskeyOptions> =>
  generateAuthenticationOptions({
    rpID: site.id,
    challenge: Uint8Array.from(Buffer.from(challengeId, 'base64url')),
    timeout: TIMEOUT_MS,
    userVerification: 'required',
    ...(known.length > 0 ? { allowCredentials: known.map(descriptorOf) } : {}),
  }) as Promise<PasskeyOptions>;

/** The origin that a browser says it asked for; the check of the signature vouches for it. */
const originOf = (clientDataJSON: string): string => decodeClientDataJSON(clientDataJSON).origin;

/**
 * Whether the answer brings certificates of the authenticator's maker. None were asked for, and to check them the library would
 * fetch whatever address they name.
 */
const bringsCertificates = (attestationObject: string): boolean => {
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
  const format = decoded.get('fmt');
  return format !== 'none' && (format !== 'packed' || decoded.get('attStmt').get('x5c') !== undefined);
};

/** The passkey that a browser has made, if its answer holds; what the library says of one that does not is not told. */
export const madePasskey = async (
  site: RelyingParty,
  answer: NewPasskeyAnswer,
  challengeId: string,
): Promise<MadePasskey | undefined> => {
  try {
    const origin = originOf(answer.response.clientDataJSON);
    if (!site.isOrigin(origin) || bringsCertificates(answer.response.attestationObject)) return undefined;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: answer as RegistrationResponseJSON,
      expectedChallenge: challengeId,
      expectedOrigin: origin,
      expectedRPID: site.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return undefined;
    const { credential, credentialBackedUp } = registrationInfo;
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: credential.transports ?? [],
      backedUp: credentialBackedUp,
      rpId: site.id,
    };
  } catch {
    return undefined;
  }
};

/** Whether the passkey says that it is of this user, where it says anything. */
const isOf = ({ userId }: Passkey, handle: string | null | undefined): boolean =>
  !handle || handle === Buffer.from(String(userId)).toString('base64url');

/** What the use of a passkey has to say: its new counter, and whether it is kept in more places than one. */
export type UsedPasskey = Pick<Passkey, 'counter' | 'backedUp'>;

/** What became of a passkey by a browser's answer, if that holds: signed for this challenge, this site, by its verified user. */
export const usedPasskey = async (
  site: RelyingParty,
  passkey: Passkey,
  answer: PasskeyAnswer,
  challengeId: string,
): Promise<UsedPasskey | undefined> => {
  try {
    const origin = originOf(answer.response.clientDataJSON);
    const isOurs = answer.id === passkey.credentialId && isOf(passkey, answer.response.userHandle);
    if (!site.isOrigin(origin) || !isOurs) return undefined;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: answer as AuthenticationResponseJSON,
      expectedChallenge: challengeId,
      expectedOrigin: origin,
      expectedRPID: site.id,
      requireUserVerification: true,
      credential: {
        id: passkey.credentialId,
        publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    });
    if (!verified) return undefined;
    return { counter: authenticationInfo.newCounter, backedUp: authenticationInfo.credentialBackedUp };
  } catch {
    return undefined;
  }
};
