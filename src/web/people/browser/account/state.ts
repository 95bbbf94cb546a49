import { api } from '../../../browser/api.ts';
import { all } from '../../../browser/page.ts';

// What the page knows of the account, as the API has told it last.

type Answer<Call extends (...given: never[]) => Promise<{ json: () => Promise<unknown> }>> = Awaited<
  ReturnType<Awaited<ReturnType<Call>>['json']>
>;

export type Profile = Answer<typeof api.users.me.$get>;
export type Session = Answer<typeof api.users.me.sessions.$get>['sessions'][number];
export type Factors = Answer<typeof api.users.me.factors.$get>;
export type Factor = Factors['factors'][number];

// Nothing of the account is shown, and no part of the page works, before all of it has arrived.
export const state = {} as { profile: Profile; sessions: Session[]; factors: Factors };

/** Asks for everything anew. */
export const loadState = async (): Promise<void> => {
  // Alone at first: it tells whether anybody is signed in.
  const profile = await (await api.users.me.$get()).json();
  const [{ sessions }, factors] = await Promise.all([
    api.users.me.sessions.$get().then((answer) => answer.json()),
    api.users.me.factors.$get().then((answer) => answer.json()),
  ]);
  Object.assign(state, { profile, sessions, factors });
};

/** A time as the page's language writes it. */
export const timeText = (time: string): string =>
  new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(time),
  );

/** The parts of a row that is made from a template, by their names. */
export const partsOf = (row: ParentNode): Record<string, HTMLElement> =>
  Object.fromEntries(all('[data-part]', row).map((part) => [part.dataset['part'], part]));
