import { AccountsError } from '../../../client/client.ts';
import { conclude, element, say, show } from '../../browser/page.ts';
import { type ActName, openDialog } from './act.ts';
import { ask } from './api.ts';
import { fillCommands } from './command.ts';
import { fillList, row } from './list.ts';
import { nameOfState, type Person, readPerson, type State, stateOf } from './user.ts';
import { countOf, timeOf } from './words.ts';

// One person: what is known of the account, who is signed in to it, what was done to it, and what can be done.

const HAS: Record<ActName, (state: State, person: Person) => boolean> = {
  deactivate: (state) => state === 'active' || state === 'unverified',
  reactivate: (state) => state === 'suspended',
  'end-sessions': (_, { access }) => access.sessions.length > 0,
  unlock: (_, { access }) => access.locks.length > 0,
  'send-verification': (state) => state === 'unverified',
  'send-reset': (state) => state === 'active',
};

const KINDS = { password: 'Password', second_factor: 'Second factor' };

const LANGUAGES = new Intl.DisplayNames('en', { type: 'language' });

const languageOf = (tag: string): string => {
  try {
    return `${LANGUAGES.of(tag)} (${tag})`;
  } catch {
    return tag;
  }
};

const stateText = ({ user }: Person): string => {
  const since = user.deleted_at ?? user.deactivated_at;
  return since === null ? nameOfState(user) : `${nameOfState(user)} since ${timeOf(since)}`;
};

const factorsText = ({ passkeys, authenticators, recovery_codes }: Person['access']['second_factors']): string =>
  [
    countOf(passkeys, 'passkey'),
    countOf(authenticators, 'authenticator app'),
    countOf(recovery_codes, 'recovery code'),
  ].join(', ');

const fillsOf = (person: Person): Record<string, string> => {
  const { user, access } = person;
  return {
    id: String(user.id),
    email: user.email,
    name: user.full_name ?? '–',
    state: stateText(person),
    role: user.role === 'admin' ? 'Administrator' : 'User',
    languages: `speaks ${languageOf(user.speaking_language)}, hears and reads ${languageOf(user.listening_language)}`,
    created: timeOf(user.created_at),
    lastSignIn: timeOf(access.last_sign_in_at),
    factors: factorsText(access.second_factors),
    reason: user.deactivation_reason ?? '',
  };
};

const fillLocks = ({ access: { locks } }: Person): void => {
  element('locks').hidden = locks.length === 0;
  const rows = locks.map(({ kind, known_device, failures, locked_until }) =>
    row('lock-row', {
      kind: `${KINDS[kind]}${known_device ? ', from a device that has signed in before' : ''}`,
      failures: countOf(failures, 'wrong guess', 'wrong guesses'),
      until: locked_until === null ? 'Not locked' : `Locked until ${timeOf(locked_until)}`,
    }),
  );
  element('locks')
    .querySelector('ul')
    ?.append(...rows);
};

const fillSessions = ({ access: { sessions } }: Person): void => {
  const place = element('sessions');
  const rows = sessions.map(({ user_agent, created_at, last_used_at }) =>
    row('session-row', { agent: user_agent ?? 'Unknown', created: timeOf(created_at), used: timeOf(last_used_at) }),
  );
  place.querySelector('ul')?.append(...rows);
  (place.querySelector('.empty') as HTMLElement).hidden = rows.length > 0;
};

const fillPicture = ({ user: { avatar_url } }: Person): void => {
  if (avatar_url === null) return;
  const picture = element<HTMLImageElement>('avatar');
  picture.src = avatar_url;
  picture.hidden = false;
};

type Actor = { user_id: number } | { name: string } | null;

const actorText = (actor: Actor, origin: string): string => {
  if (actor === null) return 'by itself';
  return 'user_id' in actor ? `by account ${actor.user_id}` : `by ${actor.name} (${origin})`;
};

const fillAudit = (id: string): void => {
  const read = async (cursor: string | undefined) => {
    const query = cursor ? { cursor } : {};
    try {
      const { data } = await ask((api) => api.users[':id'].audit.$get({ param: { id }, query }));
      return { items: data.records, next: data.next_cursor };
    } catch (error) {
      // Of an account that there has never been nothing is noted.
      if (error instanceof AccountsError && error.status === 404) return { items: [], next: null };
      throw error;
    }
  };
  void fillList(element('audit'), read, ({ action, at, actor, origin, request_id }) =>
    row('audit-row', { action, at: timeOf(at), by: actorText(actor, origin), request: request_id ?? '–' }),
  );
};

const fillScripts = ({ user }: Person): void => {
  const fits: Record<string, boolean> = {
    promote: user.role !== 'admin' && stateOf(user) === 'active',
    demote: user.role === 'admin',
    restore: user.deleted_at !== null,
  };
  for (const item of document.querySelectorAll<HTMLElement>('[data-command]'))
    item.hidden = fits[item.dataset['command'] ?? ''] === false;
  fillCommands(document, (name) => `users ${name} ${user.id}${name === 'set-email' ? ' NEW-ADDRESS' : ''}`);
};

const fillActs = (person: Person, isOwn: boolean, closed: (done?: string) => void): void => {
  const state = stateOf(person.user);
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-act]')) {
    const name = button.dataset['act'] as ActName;
    button.hidden = isOwn || !HAS[name](state, person);
    button.addEventListener('click', () =>
      openDialog(name, person.user, (hasHappened) => closed(hasHappened ? `done-${name}` : undefined)),
    );
  }
  element('yourself').hidden = !isOwn;
};

const fill = (person: Person, ownId: number): void => {
  const id = String(person.user.id);
  if (!person.user.deactivation_reason) document.querySelector('main [data-if=reason]')?.remove();
  fillPicture(person);
  fillLocks(person);
  fillSessions(person);
  fillScripts(person);
  fillActs(person, person.user.id === ownId, (done) => {
    // What cannot be shown now is shown by the view that tries again.
    showPerson(id, ownId, done).catch(() => show('loading'));
  });
  fillAudit(id);
};

/** Shows a person, and what has just been done. Rejects where neither the account nor that there is none can be told. */
export const showPerson = async (id: string, ownId: number, done?: string): Promise<void> => {
  try {
    const person = await readPerson(id);
    conclude('person', fillsOf(person));
    fill(person, ownId);
    say(element('done'), done);
  } catch (error) {
    if (!(error instanceof AccountsError) || error.status !== 404) throw error;
    show('gone', { id });
    element('heading').focus();
    fillAudit(id);
  }
};
