import { AccountsError } from '../../../client/client.ts';
import { accounts, whenSessionEnds } from '../../browser/api.ts';
import { alone, onSubmit } from '../../browser/form.ts';
import { all, element, ownPage, show, startPage } from '../../browser/page.ts';
import { startAddress } from './account/address.ts';
import { restoreDraft, tellEnded } from './account/ended.ts';
import { startFactors } from './account/factors.ts';
import { startLeaving } from './account/leave.ts';
import { startPassword } from './account/password.ts';
import { startPicture } from './account/picture.ts';
import { startProfile } from './account/profile.ts';
import { startProof } from './account/proof.ts';
import { startSessions } from './account/sessions.ts';
import { loadState, state } from './account/state.ts';

// The page of one's account.

const STATES: readonly (string | undefined)[] = ['ACCOUNT_DELETED', 'ACCOUNT_DEACTIVATED'];

/** Nobody is signed in here, or no longer. */
const isNobody = (error: unknown): boolean =>
  error instanceof AccountsError && (error.status === 401 || STATES.includes(error.code));

const load = async (): Promise<void> => {
  try {
    await loadState();
  } catch (error) {
    if (!isNobody(error)) throw error;
    location.replace(ownPage('/sign-in', { next: ownPage('/account') }));
    return;
  }
  show('account', { email: state.profile.email });
  restoreDraft();
  whenSessionEnds(tellEnded);
};

const loading = (): void => {
  const form = element<HTMLFormElement>('load');
  onSubmit(form, load);
  void alone(form, load);
};

const account = (): void => {
  for (const field of all<HTMLInputElement>('[data-username]')) field.value = state.profile.email;
  onSubmit(element<HTMLFormElement>('sign-out'), async () => {
    await accounts.signOut();
    location.replace(ownPage('/sign-in'));
  });
  startProfile();
  startPicture();
  startAddress();
  startPassword();
  startFactors();
  startSessions();
  startLeaving();
  startProof();
};

startPage({ loading, account }, 'loading');
