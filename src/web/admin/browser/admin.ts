import { alone, onSubmit } from '../../browser/form.ts';
import { conclude, element, show, startPage, type Views } from '../../browser/page.ts';
import { ask, askWho, isSessionOver, signOut } from './api.ts';
import { fillCommands } from './command.ts';
import { creation } from './creation.ts';
import { numbers } from './numbers.ts';
import { erasures, mails, services } from './operations.ts';
import { people } from './people.ts';
import { showPerson } from './person.ts';
import { go, signInPath } from './place.ts';
import { lackOf, telling } from './refusal.ts';

// The page of administrators. What it shows is said by its address: a person, or a part by its name.

let own = { id: 0, email: '' };

const PARTS = ['new', 'mails', 'services', 'erasures', 'numbers', 'scripts'];

/** Shows what the address says. Rejects where it cannot be read. */
const render = async (done?: string): Promise<void> => {
  const query = new URLSearchParams(location.search);
  const user = query.get('user');
  if (user !== null) return showPerson(user, own.id, done);
  const part = query.get('view') ?? '';
  conclude(PARTS.includes(part) ? part : 'people');
};

/** What cannot be shown is said in its place, with a button that tries again. */
const open = async (done?: string): Promise<void> => {
  try {
    await render(done);
  } catch {
    show('loading');
  }
};

const visit = (query: URLSearchParams, done?: string): void => {
  go('push', query);
  scrollTo(0, 0);
  void open(done);
};

/** Who is signed in, and that they may be here. */
const enter = async (): Promise<void> => {
  try {
    own = await askWho();
    await ask((api) => api.users.$get({ query: { limit: '1' } }));
    element('signed-in').hidden = false;
    (element('signed-in').querySelector('[data-fill]') as HTMLElement).textContent = own.email;
    await render();
  } catch (error) {
    if (isSessionOver(error)) return location.replace(signInPath());
    const lack = lackOf(error);
    if (lack === undefined) throw error;
    conclude(lack, { email: own.email });
  }
};

const loading = (): void => {
  const form = element<HTMLFormElement>('load');
  const act = telling(form, enter);
  onSubmit(form, act);
  void alone(form, act);
};

const signsOut = (form: HTMLFormElement): void =>
  onSubmit(
    form,
    telling(form, async () => {
      await signOut();
      location.replace(signInPath());
    }),
  );

const turnedAway = (): void => {
  fillCommands(document, (name) => `users ${name} ${own.id}`);
  element('signed-in').hidden = true;
  signsOut(element<HTMLFormElement>('sign-out'));
};

const VIEWS: Views = {
  ...{ loading, people, mails, services, erasures, numbers },
  new: () => creation((id) => visit(new URLSearchParams({ user: String(id) }), 'created')),
  scripts: () => fillCommands(document),
  'no-admin': turnedAway,
  'no-factor': turnedAway,
};

document.addEventListener('click', (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="/admin"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  visit(new URL(link.href).searchParams);
});

addEventListener('popstate', () => void open());

signsOut(element<HTMLFormElement>('signed-in'));
startPage(VIEWS, 'loading');
