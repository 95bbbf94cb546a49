import { AccountsError } from '../../../client/client.ts';
import { onSubmit, typedIn } from '../../browser/form.ts';
import { all } from '../../browser/page.ts';
import { ask } from './api.ts';
import { row } from './list.ts';
import { previewMail } from './preview.ts';
import { telling } from './refusal.ts';
import type { User } from './user.ts';

/** What support does every day, by the last word of the route that does it. */
export type ActName = 'deactivate' | 'reactivate' | 'end-sessions' | 'unlock' | 'send-verification' | 'send-reset';

// An act is asked for once more in a dialog, which says what follows from it, and what has come of it.

const send = (name: ActName, user_id: number, form: HTMLFormElement): Promise<unknown> =>
  ask((api) => {
    const json = { user_id };
    if (name !== 'deactivate') return api.users[name].$patch({ json });
    const reason = typedIn(form, 'reason').trim();
    return api.users.deactivate.$patch({ json: reason ? { ...json, reason } : json });
  });

/**
 * Opens the dialog of an act. `closed` is called where the act has happened, with true, or may have, with false. While it is
 * under way the dialog stays: what comes of it is said there.
 */
export const openDialog = (name: ActName, user: User, closed: (hasHappened: boolean) => void): void => {
  const dialog = row(`ask-${name}`, { email: user.email }) as HTMLDialogElement;
  const form = dialog.querySelector('form') as HTMLFormElement;
  const isBusy = (): boolean => form.querySelector('[aria-disabled]') !== null;
  let isUnclear = false;
  let isDone = false;

  const act = async (): Promise<void> => {
    await send(name, user.id, form);
    isDone = true;
    // A browser lets nobody be kept in a dialog: who presses Escape once more has left it.
    if (dialog.open) dialog.close();
    else closed(true);
  };
  // Without a clear answer it may have happened all the same.
  const failed = (error: unknown): void => {
    isUnclear ||= !(error instanceof AccountsError) || error.status >= 500;
  };
  onSubmit(form, telling(form, act, failed));
  for (const button of all('[data-close]', dialog))
    button.addEventListener('click', () => {
      if (!isBusy()) dialog.close();
    });
  dialog.addEventListener('cancel', (event) => {
    if (isBusy()) event.preventDefault();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (isDone || isUnclear) closed(isDone);
  });
  document.body.append(dialog);
  dialog.showModal();
  if (name === 'deactivate') previewMail(form, user);
};
