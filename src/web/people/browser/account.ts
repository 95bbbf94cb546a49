import { AccountsError } from '../../../client/client.ts';
import { accounts, api } from '../../browser/api.ts';
import { alone, onSubmit } from '../../browser/form.ts';
import { element, ownPage, show, startPage } from '../../browser/page.ts';

// The page of one's account.

const toSignIn = (): void => location.replace(ownPage('/sign-in', { next: '/account' }));

let email = '';

const load = async (): Promise<void> => {
  try {
    const profile = await (await api.users.me.$get()).json();
    email = profile.email;
    show('account');
  } catch (error) {
    if (error instanceof AccountsError && error.status === 401) return toSignIn();
    throw error;
  }
};

const loading = (): void => {
  const form = element<HTMLFormElement>('load');
  onSubmit(form, load);
  void alone(form, load);
};

const account = (): void => {
  element('who').textContent = email;
  onSubmit(element<HTMLFormElement>('sign-out'), async () => {
    await accounts.signOut();
    location.replace(ownPage('/sign-in'));
  });
};

startPage({ loading, account }, 'loading');
