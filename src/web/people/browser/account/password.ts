import { api } from '../../../browser/api.ts';
import { onSubmit, typedIn } from '../../../browser/form.ts';
import { element } from '../../../browser/page.ts';
import { showSessions } from './sessions.ts';
import { state } from './state.ts';

/** The password. */
export const startPassword = (): void => {
  const form = element<HTMLFormElement>('password-form');
  onSubmit(form, async () => {
    const [current_password, new_password] = [typedIn(form, 'current_password'), typedIn(form, 'new_password')];
    await api.auth['change-password'].$post({ json: { current_password, new_password } });
    form.reset();
    state.sessions = state.sessions.filter(({ current }) => current);
    showSessions();
    return 'passwordSaved';
  });
};
