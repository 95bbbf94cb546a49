import { AccountsError } from '../../../../client/client.ts';
import { api } from '../../../browser/api.ts';
import { onSubmit, typedIn } from '../../../browser/form.ts';
import { element, say, textOf, words } from '../../../browser/page.ts';
import { knowsPasskeys, makePasskey } from '../../../browser/passkey.ts';
import { confirmed } from './dialog.ts';
import { proven } from './proof.ts';
import { qrCode } from './qr.ts';
import { showCodes, showRecoveryCodesLeft, startRecoveryCodes } from './recovery-codes.ts';
import { type Factor, partsOf, state, timeText } from './state.ts';
import { programName } from './user-agent.ts';

const factors = api.users.me.factors;
const form = (id: string): HTMLFormElement => element<HTMLFormElement>(id);
const details = (id: string): HTMLDetailsElement => element<HTMLDetailsElement>(id);

/** Says above the list what was done to it, where a screen reader goes on. */
const tell = (name: string): void => {
  showFactors();
  say(element('factors-told').querySelector('[role=status]'), name);
  element('factors-heading').focus();
};

const rename = async (factor: Factor, name: string): Promise<void> => {
  const answer = await factors[':id'].$patch({ param: { id: factor.id }, json: { name } });
  Object.assign(factor, await answer.json());
  tell('factorRenamed');
};

const remove = async ({ id, name }: Factor): Promise<void> => {
  await confirmed('confirmRemoval', { name });
  await proven(() => factors[':id'].$delete({ param: { id } }));
  state.factors.factors = state.factors.factors.filter((factor) => factor.id !== id);
  // With the last one its recovery codes go.
  if (state.factors.factors.length === 0) state.factors.recovery_codes_left = 0;
  tell('factorRemoved');
};

const rowOf = (factor: Factor): DocumentFragment => {
  const { id, name, kind, created_at, last_used_at } = factor;
  const row = words('factor-row');
  const parts = partsOf(row);
  const input = row.querySelector('input') as HTMLInputElement;
  const [renaming, removing] = [parts['rename'] as HTMLFormElement, parts['remove'] as HTMLFormElement];
  Object.assign(parts['name'] ?? {}, { id: `factor-${id}`, textContent: name });
  say(parts['kind'] ?? null, kind);
  const fills = { created: timeText(created_at), used: last_used_at ? timeText(last_used_at) : '' };
  say(parts['times'] ?? null, last_used_at ? 'factorUsed' : 'factorAdded', fills);
  Object.assign(input, { id: `name-${id}`, value: name });
  parts['label']?.setAttribute('for', input.id);
  Object.assign(parts['flaw'] ?? {}, { id: `${input.id}-flaw` });
  input.setAttribute('aria-describedby', `${input.id}-flaw`);
  for (const control of row.querySelectorAll('button, summary'))
    control.setAttribute('aria-describedby', `factor-${id}`);
  onSubmit(renaming, () => rename(factor, typedIn(renaming, 'name')));
  onSubmit(removing, () => remove(factor));
  return row;
};

const showFactors = (): void => {
  element('factor-list').replaceChildren(...state.factors.factors.map(rowOf));
  element('no-factors').hidden = state.factors.factors.length > 0;
  showRecoveryCodesLeft();
};

type Added = { factor: Factor; recovery_codes: string[] | null };

/** Takes up what was added; with the first one come recovery codes. */
const takeUp = async ({ factor, recovery_codes }: Added, name: string): Promise<void> => {
  state.factors.factors.push(factor);
  if (recovery_codes) await showCodes(recovery_codes);
  tell(name);
};

const addPasskey = async (): Promise<unknown> => {
  if (!knowsPasskeys()) return 'passkeysUnknown';
  const { challenge, passkey_options } = await (await factors.passkeys.options.$post()).json();
  const passkey = await makePasskey(passkey_options).catch((error: DOMException) =>
    error.name === 'InvalidStateError' ? 'PASSKEY_EXISTS' : 'noPasskey',
  );
  if (typeof passkey === 'string') return passkey;
  const json = { challenge, name: typedIn(form('passkey-form'), 'name'), passkey };
  const answer = await proven(() => factors.passkeys.$post({ json }));
  details('passkey-adding').open = false;
  return takeUp(await answer.json(), 'passkeyAdded');
};

/** What is handed back with the first code of an app that is being added. */
let setup: { text: string; secret: string; uri: string } | undefined;

const showSetup = (): void => {
  form('app-begin').hidden = setup !== undefined;
  form('app-form').hidden = setup === undefined;
  if (!setup) return;
  element('qr').replaceChildren(qrCode(setup.uri));
  element('secret').textContent = setup.secret.replace(/.{4}(?=.)/g, '$& ');
  element<HTMLAnchorElement>('otpauth').href = setup.uri;
};

const beginApp = async (): Promise<void> => {
  const { setup: text, secret, uri } = await (await factors.authenticators.options.$post()).json();
  setup = { text, secret, uri };
  showSetup();
  element('app-scan').focus();
};

const addApp = async (): Promise<void> => {
  const [code, name] = [typedIn(form('app-form'), 'code'), typedIn(form('app-form'), 'name')];
  const json = { setup: setup?.text ?? '', code, name };
  try {
    const answer = await proven(() => factors.authenticators.$post({ json }));
    setup = undefined;
    form('app-form').reset();
    details('app-adding').open = false;
    showSetup();
    await takeUp(await answer.json(), 'appAdded');
  } catch (error) {
    if (!(error instanceof AccountsError && error.code === 'CHALLENGE_EXPIRED')) throw error;
    // Another secret has to be scanned.
    setup = undefined;
    showSetup();
    say(form('app-begin').querySelector('[role=alert]'), 'CHALLENGE_EXPIRED');
    form('app-begin').querySelector('button')?.focus();
  }
};

/** Second factors, and the codes that stand in for them. */
export const startFactors = (): void => {
  showFactors();
  startRecoveryCodes();
  element<HTMLInputElement>('passkey-name').value = programName(navigator.userAgent);
  element<HTMLInputElement>('app-name').value = textOf('authenticator');
  showSetup();
  onSubmit(form('passkey-form'), addPasskey);
  onSubmit(form('app-begin'), beginApp);
  onSubmit(form('app-form'), addApp);
};
