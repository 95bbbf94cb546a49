import type { AccountsClient, PasskeyLogin } from '../../client/client.ts';

// What a browser makes and answers for passkeys, as the API spells it.

type Adding = AccountsClient['api']['v1']['users']['me']['factors']['passkeys']['$post'];
type NewPasskey = Parameters<Adding>[0]['json']['passkey'];

export const knowsPasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** Whether passkeys can be offered among what the browser fills into a field. */
export const offersPasskeys = async (): Promise<boolean> =>
  knowsPasskeys() && ((await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false);

/** A passkey of the device's user, for the options of a challenge. Rejects where the user or the browser would not. */
export const usePasskey = async (
  options: object,
  more: CredentialRequestOptions = {},
): Promise<PasskeyLogin['passkey']> => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
  const credential = await navigator.credentials.get({ ...more, publicKey });
  return (credential as PublicKeyCredential).toJSON() as PasskeyLogin['passkey'];
};

/** A new passkey. */
export const makePasskey = async (options: object): Promise<NewPasskey> => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
  const credential = await navigator.credentials.create({ publicKey });
  return (credential as PublicKeyCredential).toJSON() as unknown as NewPasskey;
};
