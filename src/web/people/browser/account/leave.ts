import { DAY_MS } from '../../../../workers/duration.ts';
import { api } from '../../../browser/api.ts';
import { onSubmit, tellFlaw, typedIn } from '../../../browser/form.ts';
import { all, conclude, element } from '../../../browser/page.ts';
import { confirmed } from './dialog.ts';
import { save } from './file.ts';
import { proven } from './proof.ts';
import { state } from './state.ts';

/** The day of the erasure, where the account is closed now: the page says after how many days. */
const erasureDay = (): string => {
  const days = Number(document.documentElement.dataset['graceDays']);
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long', timeZone: 'UTC' }).format(
    Date.now() + days * DAY_MS,
  );
};

const closeSoftly = async (): Promise<void> => {
  const date = erasureDay();
  await confirmed('confirmLeaving', { date });
  await proven(() => api.users.me.$delete({ query: {} }));
  conclude('left', { date });
};

const erase = async (): Promise<void> => {
  const form = element<HTMLFormElement>('hard-form');
  const input = element<HTMLInputElement>('confirmation');
  if (typedIn(form, 'confirmation').trim().toLowerCase() !== state.profile.email.toLowerCase()) {
    tellFlaw(input, 'confirmationFlaw');
    return;
  }
  await proven(() => api.users.me.$delete({ query: { hard: 'true' } }));
  conclude('erased');
};

/** A copy of one's data, and leaving. */
export const startLeaving = (): void => {
  for (const place of all('#soft-form [data-fill=date]')) place.textContent = erasureDay();
  onSubmit(element<HTMLFormElement>('soft-form'), closeSoftly);
  onSubmit(element<HTMLFormElement>('hard-form'), erase);
  onSubmit(element<HTMLFormElement>('data-form'), async () => {
    const answer = await api.users.me.export.$get();
    save(await answer.blob(), 'account.json');
    return 'dataSaved';
  });
};
