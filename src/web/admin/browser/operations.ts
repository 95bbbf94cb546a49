import { onSubmit, tellFlaw, typedIn } from '../../browser/form.ts';
import { element } from '../../browser/page.ts';
import { ask } from './api.ts';
import { fillCommands } from './command.ts';
import { fillList, row } from './list.ts';
import { countOf, timeOf } from './words.ts';

// How the service is: mails that failed, services that are behind, erasures that nobody has confirmed.

export const mails = (): void => {
  const read = async (cursor: string | undefined) => {
    const { data } = await ask((api) => api.operations['failed-mails'].$get({ query: cursor ? { cursor } : {} }));
    return { items: data.mails, next: data.next_cursor };
  };
  void fillList(element('list'), read, ({ id, kind, user_id, failure, attempts, created_at, failed_at }) => {
    const fills = { kind, failure: failure ?? 'No reason is known.', user: user_id ? `to account ${user_id}` : '' };
    const item = row('mail-row', {
      ...fills,
      ...{ created: timeOf(created_at), failed: timeOf(failed_at), attempts: countOf(attempts, 'try', 'tries') },
    });
    const link = item.querySelector('a') as HTMLAnchorElement;
    if (user_id) link.href = `/admin?user=${user_id}`;
    else link.remove();
    fillCommands(item, () => `mail retry ${id}`);
    return item;
  });
};

const STATES = {
  asks: 'asks for itself what has happened',
  active: 'is told',
  retrying: 'does not take what it is told; it is tried again',
  halted: 'is told nothing any more',
};

type Waiting = { events: number; or_more: boolean; since: string | null } | null;

const lagOf = (waiting: Waiting): string => {
  if (waiting === null || waiting.events === 0) return waiting ? 'Nothing waits.' : '';
  const count = countOf(waiting.events, 'event');
  return `${waiting.or_more ? `At least ${count}` : count} ${waiting.events === 1 ? 'waits' : 'wait'}, since ${timeOf(waiting.since)}.`;
};

export const services = (): void => {
  const read = async () => ({
    items: (await ask((api) => api.operations.services.$get())).data.services,
    next: null,
  });
  void fillList(element('list'), read, ({ name, url, state, waiting, failure, attempts }) => {
    const item = row('service-row', {
      ...{ name, state: STATES[state], lag: lagOf(waiting), url: url ?? '', isHalted: state === 'halted' ? name : '' },
      failure: failure ? `${failure}, after ${countOf(attempts, 'try', 'tries')}` : '',
    });
    fillCommands(item, () => `services resume ${name}`);
    return item;
  });
};

const fillErasures = (days: number): Promise<void> => {
  const place = element('list');
  place.querySelector('ul')?.replaceChildren();
  const read = async (cursor: string | undefined) => {
    const older = days > 0 ? { older_than_days: String(days) } : {};
    const query = { unconfirmed: 'true' as const, ...older, ...(cursor ? { cursor } : {}) };
    const { data } = await ask((api) => api.operations.erasures.$get({ query }));
    return { items: data.erasures, next: data.next_cursor };
  };
  return fillList(place, read, ({ user_id, erased_at, services }) => {
    const open = services.filter(({ state }) => state !== 'confirmed').map(({ name }) => name);
    return row('erasure-row', { user: String(user_id), erased: timeOf(erased_at), services: open.join(', ') });
  });
};

export const erasures = (): void => {
  const form = element<HTMLFormElement>('older');
  const fresh = element('list').cloneNode(true);
  onSubmit(form, async () => {
    const days = typedIn(form, 'days').trim();
    if (!/^\d*$/.test(days)) return tellFlaw(element('days'), 'daysFlaw');
    element('list').replaceWith(fresh.cloneNode(true));
    await fillErasures(Number(days));
  });
  void fillErasures(0);
};
