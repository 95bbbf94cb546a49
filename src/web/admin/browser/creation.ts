import { onSubmit, typedIn } from '../../browser/form.ts';
import { element } from '../../browser/page.ts';
import { ask } from './api.ts';
import { telling } from './refusal.ts';

/** Creates an account; `created` goes on to it. */
export const creation = (created: (id: number) => void): void => {
  const form = element<HTMLFormElement>('create');
  const act = async (): Promise<void> => {
    const name = typedIn(form, 'full_name').trim();
    const json = {
      email: typedIn(form, 'email'),
      ...(name ? { full_name: name } : {}),
      speaking_language: typedIn(form, 'speaking_language').trim(),
      listening_language: typedIn(form, 'listening_language').trim(),
    };
    created((await ask((api) => api.users.$post({ json }))).data.user.id);
  };
  onSubmit(form, telling(form, act));
};
