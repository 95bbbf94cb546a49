import { element, type Fills, textOf } from '../../../browser/page.ts';

// Dialogs above the page. The browser puts the focus into one that opens, and back where it was when it closes.

/** Somebody called off what was asked for. */
export const declined = (): DOMException => new DOMException('Called off.', 'AbortError');

export const dialog = (id: string): HTMLDialogElement => element<HTMLDialogElement>(id);

/** Opens a dialog and waits until it is closed; answers by what. */
export const opened = (id: string): Promise<string> =>
  new Promise((resolve) => {
    const shown = dialog(id);
    shown.returnValue = '';
    shown.addEventListener('close', () => resolve(shown.returnValue), { once: true });
    shown.showModal();
  });

/** Asks before what cannot be taken back; rejects where it is called off. */
export const confirmed = async (question: string, fills: Fills = {}): Promise<void> => {
  element('confirm-heading').textContent = textOf(question, fills);
  element('confirm-yes').onclick = () => dialog('confirm').close('yes');
  element('confirm-no').onclick = () => dialog('confirm').close();
  if ((await opened('confirm')) !== 'yes') throw declined();
};
