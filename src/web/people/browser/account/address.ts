import { api } from '../../../browser/api.ts';
import { onSubmit, typedIn } from '../../../browser/form.ts';
import { element, say } from '../../../browser/page.ts';
import { proven } from './proof.ts';

/** The address that waits to be confirmed, as far as the page knows. */
let pending: string | undefined;
let isKnown = false;

const showPending = (): void => say(element('pending'), pending && 'pendingAddress', { email: pending ?? '' });

/** Nothing but the copy of all data tells of a change that waits; it is asked for where somebody is about to change it. */
const askForPending = async (): Promise<void> => {
  if (isKnown) return;
  isKnown = true;
  const { email_changes } = await (await api.users.me.export.$get()).json();
  const waiting = email_changes.find(
    ({ confirmed_at, expires_at }) => !confirmed_at && Date.parse(expires_at) > Date.now(),
  );
  pending ??= waiting?.email;
  showPending();
};

/** The address, and another one. */
export const startAddress = (): void => {
  const form = element<HTMLFormElement>('address-form');
  showPending();
  element('address-change').addEventListener('toggle', () => {
    askForPending().catch(() => {
      // Whether one waits is not what was asked for; the next time it is looked at again.
      isKnown = false;
    });
  });
  onSubmit(form, async () => {
    const email = typedIn(form, 'email').trim();
    await proven(() => api.users.me.email.$post({ json: { email } }));
    [pending, isKnown] = [email, true];
    form.reset();
    showPending();
  });
};
