import { api } from '../../browser/api.ts';
import { onSubmit, typedIn } from '../../browser/form.ts';
import { conclude, element, show, startPage } from '../../browser/page.ts';
import { browserLanguage, languageOf, searchLanguages, setLanguage } from './languages.ts';

// The page that opens an account.

/** The address that the mail went to. */
let email = '';

const languageFields = () => ['speaking', 'listening'].map((id) => element<HTMLInputElement>(id));

const signUp = async (form: HTMLFormElement): Promise<void> => {
  const [speaking_language = '', listening_language = ''] = languageFields().map(languageOf);
  const json = {
    ...{ email: typedIn(form, 'email'), password: typedIn(form, 'password'), accepted_terms: true as const },
    ...{ full_name: typedIn(form, 'full_name').trim() || null, speaking_language, listening_language },
  };
  await api.auth.signup.$post({ json });
  email = json.email.trim();
  conclude('sent', { email });
};

const start = (): void => {
  const form = element<HTMLFormElement>('sign-up');
  const terms = element<HTMLAnchorElement>('terms-link');
  if (terms.getAttribute('href') === '') terms.replaceWith(terms.textContent);
  for (const field of languageFields()) {
    setLanguage(field, browserLanguage());
    searchLanguages(field);
  }
  onSubmit(form, () => signUp(form));
};

const sent = (): void => {
  onSubmit(element<HTMLFormElement>('again'), async () => {
    await api.auth['resend-verification'].$post({ json: { email } });
    return 'sentAgain';
  });
  element('other-address').onclick = () => {
    show('start');
    element('email').focus();
  };
};

startPage({ start, sent }, 'start');
