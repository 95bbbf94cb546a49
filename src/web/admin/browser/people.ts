import { all, element, say, words } from '../../browser/page.ts';
import { ask } from './api.ts';
import { fillList, row } from './list.ts';
import { go } from './place.ts';
import { nameOfState, type User } from './user.ts';

// Finding people: as somebody types, and only what belongs to the newest question is shown.

const PAUSE_MS = 250;

const STATUSES = ['active', 'deactivated', 'deleted'] as const;

const personRow = (user: User): HTMLElement => {
  const { id, email, full_name } = user;
  const item = row('person-row', { name: full_name ?? '', email, state: nameOfState(user) });
  (item.querySelector('a') as HTMLAnchorElement).href = `/admin?user=${id}`;
  return item;
};

/** What is asked for, as the address of the page has it. */
const asked = (): URLSearchParams => {
  const query = new URLSearchParams();
  for (const name of ['q', 'status']) {
    const value = element<HTMLInputElement | HTMLSelectElement>(name).value.trim();
    if (value) query.set(name, value);
  }
  return query;
};

let turn = 0;

const tellCount = (found: HTMLElement): void => {
  const n = found.querySelector('ul')?.children.length ?? 0;
  const isAll = found.querySelector<HTMLElement>('form.more')?.hidden ?? true;
  if (n === 0) say(element('count'), isAll ? 'nobody' : undefined);
  else say(element('count'), isAll ? 'foundAll' : 'foundMore', { n: n.toLocaleString('en') });
};

const search = async (): Promise<void> => {
  turn += 1;
  const mine = turn;
  const [q, status] = [asked().get('q') ?? undefined, STATUSES.find((name) => name === asked().get('status'))];
  const found = words('people-list').firstElementChild as HTMLElement;
  const read = async (cursor: string | undefined) => {
    const query = { ...(q && { q }), ...(status && { status }), ...(cursor && { cursor }) };
    const { data } = await ask((api) => api.users.$get({ query }));
    return { items: data.users, next: data.next_cursor };
  };
  const isFirst = element('found').children.length === 0;
  if (isFirst) element('found').append(found);
  await fillList(found, read, personRow);
  if (mine !== turn) return;
  element('found').replaceChildren(found);
  tellCount(found);
};

/** Goes up and down among the field and what is found. */
const onArrow = (event: KeyboardEvent): void => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const stops = [element('q'), ...all('#found a.person')];
  const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
  if (!next || !stops.includes(document.activeElement as HTMLElement)) return;
  event.preventDefault();
  next.focus();
};

export const people = (): void => {
  const query = new URLSearchParams(location.search);
  for (const name of ['q', 'status']) element<HTMLInputElement>(name).value = query.get(name) ?? '';
  let pause = 0;
  const begin = (): void => {
    clearTimeout(pause);
    go('replace', asked());
    void search();
  };
  element('q').addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(begin, PAUSE_MS);
  });
  element('status').addEventListener('change', begin);
  element('search').addEventListener('submit', (event) => {
    event.preventDefault();
    begin();
  });
  for (const id of ['q', 'found']) element(id).addEventListener('keydown', onArrow);
  void search();
};
