import { AccountsError } from '../../../../client/client.ts';
import { api } from '../../../browser/api.ts';
import { onSubmit, typedIn } from '../../../browser/form.ts';
import { all, element } from '../../../browser/page.ts';
import { knowsPasskeys, usePasskey } from '../../../browser/passkey.ts';
import { declined, dialog, opened } from './dialog.ts';
import { state } from './state.ts';

// What an account could be lost by asks for a fresh proof of who sits here: the page asks for it, and goes on.

type Proof = Parameters<typeof api.auth.prove.$post>[0]['json'];

const prove = async (json: Proof): Promise<void> => {
  await api.auth.prove.$post({ json });
  dialog('proof').close('proved');
};

const proveByPasskey = async (): Promise<unknown> => {
  if (!knowsPasskeys()) return 'passkeysUnknown';
  const { challenge, passkey_options } = await (await api.auth.prove['passkey-options'].$post()).json();
  const passkey = await usePasskey(passkey_options).catch(() => undefined);
  return passkey ? prove({ challenge, passkey }) : 'noPasskey';
};

/** Wires the dialog of the page that is shown. */
export const startProof = (): void => {
  const form = (id: string) => element<HTMLFormElement>(id);
  onSubmit(form('proof-password'), () => prove({ password: typedIn(form('proof-password'), 'password') }));
  onSubmit(form('proof-passkey'), proveByPasskey);
  onSubmit(form('proof-code'), () => prove({ code: typedIn(form('proof-code'), 'code') }));
  onSubmit(form('proof-recovery'), () => prove({ recovery_code: typedIn(form('proof-recovery'), 'recovery_code') }));
  element('proof-cancel').onclick = () => dialog('proof').close();
};

/** By what the account can prove it, besides its password. */
const offered = (): Set<string> => {
  const { factors, recovery_codes_left } = state.factors;
  return new Set([...factors.map(({ kind }) => kind), ...(recovery_codes_left > 0 ? ['recovery_code'] : [])]);
};

const askForProof = async (): Promise<void> => {
  const means = offered();
  for (const part of all('[data-proof]')) part.hidden = !means.has(part.dataset['proof'] ?? '');
  for (const form of all<HTMLFormElement>('#proof form')) form.reset();
  if ((await opened('proof')) !== 'proved') throw declined();
};

/** Does something that may ask for a proof first; then it goes on as if it had not been asked. */
export const proven = async <Done>(act: () => Promise<Done>): Promise<Done> => {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AccountsError && error.code === 'FRESH_PROOF_REQUIRED')) throw error;
    await askForProof();
    return act();
  }
};
