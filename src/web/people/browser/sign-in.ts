import { SecondFactorRequired } from '../../../client/client.ts';
import { accounts } from '../../browser/api.ts';
import { onSubmit, typedIn } from '../../browser/form.ts';
import { element, ownPage, show, startPage } from '../../browser/page.ts';

// The page that signs in.

/** Where to go on to: a path of this origin that asked for it, and the account otherwise. */
const goOn = (): void => {
  const next = new URLSearchParams(location.search).get('next') ?? '';
  const url = URL.canParse(next, location.href) ? new URL(next, location.href) : undefined;
  location.replace(next !== '' && url?.origin === location.origin ? url : ownPage('/account'));
};

const signIn = async (form: HTMLFormElement): Promise<void> => {
  try {
    await accounts.signIn(typedIn(form, 'email'), typedIn(form, 'password'));
    goOn();
  } catch (error) {
    if (!(error instanceof SecondFactorRequired)) throw error;
    show('factor');
  }
};

const start = (): void => {
  const form = element<HTMLFormElement>('sign-in');
  onSubmit(form, () => signIn(form));
};

startPage({ start }, 'start');
