import type { AccountsError } from '../../../../client/client.ts';
import { all, element, has, say } from '../../../browser/page.ts';
import { dialog } from './dialog.ts';
import { state } from './state.ts';

// Where the session is over, the page says so. What was typed waits in this tab for whoever it belongs to; nothing secret does.

const DRAFT = 'account-draft';

const KEPT = ['full-name', 'speaking', 'listening', 'new-email', 'passkey-name', 'app-name'];

const keepDraft = (): void => {
  const typed = KEPT.map((id) => [id, element<HTMLInputElement>(id).value]);
  sessionStorage.setItem(DRAFT, JSON.stringify({ email: state.profile.email, typed }));
};

/** Puts back what was typed before the session was over, if it is the same account. */
export const restoreDraft = (): void => {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? '{}');
  sessionStorage.removeItem(DRAFT);
  if (draft.email !== state.profile.email) return;
  for (const [id, value] of draft.typed) element<HTMLInputElement>(id).value = value;
};

/** Says that the session is over, above all else. */
export const tellEnded = ({ code }: AccountsError): void => {
  const ended = document.querySelector<HTMLDialogElement>('#ended');
  // Whoever has left knows.
  if (!ended || ended.open) return;
  keepDraft();
  for (const open of all<HTMLDialogElement>('dialog[open]')) open.close();
  say(element('ended-why'), code !== undefined && has(code) ? code : 'sessionOver');
  dialog('ended').oncancel = (event) => event.preventDefault();
  ended.showModal();
};
