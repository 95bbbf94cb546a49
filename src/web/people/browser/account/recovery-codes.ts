import { api } from '../../../browser/api.ts';
import { alone, onSubmit } from '../../../browser/form.ts';
import { element, say } from '../../../browser/page.ts';
import { confirmed, dialog, opened } from './dialog.ts';
import { save } from './file.ts';
import { proven } from './proof.ts';
import { state } from './state.ts';

export const showRecoveryCodesLeft = (): void => {
  const { factors, recovery_codes_left } = state.factors;
  say(element('recovery-left'), 'recoveryLeft', { count: String(recovery_codes_left) });
  element('recovery-form').hidden = factors.length === 0;
};

/** Shows new codes, this once, until they are kept. */
export const showCodes = async (codes: readonly string[]): Promise<void> => {
  state.factors.recovery_codes_left = codes.length;
  element('code-list').replaceChildren(
    ...codes.map((code) => {
      const item = document.createElement('li');
      item.textContent = code;
      return item;
    }),
  );
  await opened('codes');
  element('code-list').replaceChildren();
  showRecoveryCodesLeft();
};

const shownCodes = (): string => [...element('code-list').children].map((item) => `${item.textContent}\n`).join('');

const copy = (): Promise<string> =>
  navigator.clipboard.writeText(shownCodes()).then(
    () => 'codesCopied',
    () => 'codesNotCopied',
  );

/** Recovery codes. */
export const startRecoveryCodes = (): void => {
  showRecoveryCodesLeft();
  // Nobody loses them by a key that is pressed too early.
  dialog('codes').oncancel = (event) => event.preventDefault();
  element('codes-copy').onclick = () => void alone(dialog('codes'), copy);
  element('codes-download').onclick = ({ currentTarget }) =>
    save(new Blob([shownCodes()]), `${(currentTarget as HTMLElement).dataset['file']}.txt`);
  element('codes-close').onclick = () => dialog('codes').close();
  onSubmit(element<HTMLFormElement>('recovery-form'), async () => {
    await confirmed('confirmRenewal');
    const answer = await proven(() => api.users.me.factors['recovery-codes'].$post());
    await showCodes((await answer.json()).recovery_codes);
  });
};
