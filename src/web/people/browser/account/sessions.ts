import { AccountsError } from '../../../../client/client.ts';
import { api } from '../../../browser/api.ts';
import { onSubmit } from '../../../browser/form.ts';
import { element, say, textOf, words } from '../../../browser/page.ts';
import { partsOf, type Session, state, timeText } from './state.ts';
import { programName } from './user-agent.ts';

/** Ends a session; one that is not there any more has ended. */
const end = async (id: string): Promise<void> => {
  try {
    await api.users.me.sessions[':id'].$delete({ param: { id } });
  } catch (error) {
    if (!(error instanceof AccountsError && error.status === 404)) throw error;
  }
  state.sessions = state.sessions.filter((session) => session.id !== id);
};

const tellAll = (name: string): void => {
  showSessions();
  say(element('others-form').querySelector('[role=status]'), name);
  element('sessions-heading').focus();
};

const nameOf = ({ current, user_agent }: Session): string =>
  [
    user_agent === null ? textOf('unknownProgram') : programName(user_agent),
    ...(current ? [`(${textOf('currentSession')})`] : []),
  ].join(' ');

const rowOf = (session: Session): DocumentFragment => {
  const { id, created_at, last_used_at, current } = session;
  const row = words('session-row', { created: timeText(created_at), used: timeText(last_used_at) });
  const { name, form } = partsOf(row);
  if (!name || !form) return row;
  name.id = `session-${id}`;
  name.textContent = nameOf(session);
  form.querySelector('button')?.setAttribute('aria-describedby', name.id);
  if (current) form.remove();
  onSubmit(form as HTMLFormElement, async () => {
    await end(id);
    tellAll('sessionEnded');
  });
  return row;
};

export const showSessions = (): void => {
  element('session-list').replaceChildren(...state.sessions.map(rowOf));
  const hasOthers = state.sessions.some(({ current }) => !current);
  element('others-form').querySelector('button')?.toggleAttribute('hidden', !hasOthers);
};

/** Where somebody is signed in. */
export const startSessions = (): void => {
  showSessions();
  onSubmit(element<HTMLFormElement>('others-form'), async () => {
    try {
      for (const { id } of state.sessions.filter(({ current }) => !current)) await end(id);
    } finally {
      showSessions();
    }
    element('sessions-heading').focus();
    return 'othersEnded';
  });
};
