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

/** Opens the dialog of an act; `done` is called when it has closed and the act has happened, or may have. */
export const openDialog = (name: ActName, user: User, done: () => void): void => {
  const dialog = row(`ask-${name}`, { email: user.email }) as HTMLDialogElement;
  const form = dialog.querySelector('form') as HTMLFormElement;
  let isUnclear = false;
  let isDone = false;

  const act = async (): Promise<void> => {
    await send(name, user.id, form);
    isDone = true;
    dialog.close();
  };
  // Without an answer it may have happened all the same.
  const failed = (error: unknown): void => {
    isUnclear ||= !(error instanceof AccountsError);
  };
  onSubmit(form, telling(form, act, failed));
  for (const button of all('[data-close]', dialog)) button.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (isDone || isUnclear) done();
  });
  document.body.append(dialog);
  dialog.showModal();
  if (name === 'deactivate') previewMail(form, user);
};
