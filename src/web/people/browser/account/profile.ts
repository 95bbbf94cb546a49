import { api } from '../../../browser/api.ts';
import { onSubmit, typedIn } from '../../../browser/form.ts';
import { element } from '../../../browser/page.ts';
import { languageOf, searchLanguages, setLanguage } from '../languages.ts';
import { state } from './state.ts';

const input = (id: string): HTMLInputElement => element<HTMLInputElement>(id);

const fill = (): void => {
  const { full_name, speaking_language, listening_language } = state.profile;
  input('full-name').value = full_name ?? '';
  setLanguage(input('speaking'), speaking_language);
  setLanguage(input('listening'), listening_language);
};

/** Name and languages. */
export const startProfile = (): void => {
  const form = element<HTMLFormElement>('profile-form');
  fill();
  for (const id of ['speaking', 'listening']) searchLanguages(input(id));
  onSubmit(form, async () => {
    const json = {
      full_name: typedIn(form, 'full_name').trim() || null,
      speaking_language: languageOf(input('speaking')),
      listening_language: languageOf(input('listening')),
    };
    state.profile = await (await api.users.me.$patch({ json })).json();
    fill();
    return 'profileSaved';
  });
};
