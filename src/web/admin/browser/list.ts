import { alone, onSubmit } from '../../browser/form.ts';
import { all, textOf, words } from '../../browser/page.ts';
import { telling } from './refusal.ts';

/** A page of a list, and where the next begins; null where there is none. */
type Page<Item> = { items: readonly Item[]; next: string | null };

/** A template's only element, with what only an answer tells; what `data-if` names and is empty is left out. */
export const row = (name: string, fills: Readonly<Record<string, string>> = {}): HTMLElement => {
  const filled = words(name, fills);
  for (const part of all('[data-if]', filled)) if (!fills[part.dataset['if'] ?? '']) part.remove();
  return filled.firstElementChild as HTMLElement;
};

/**
 * Reads a list into a place, page by page as it is asked for, and goes to the first of each further one. Settles when the
 * first page is there, or has failed; then the button tries again.
 */
export const fillList = <Item>(
  place: HTMLElement,
  read: (cursor: string | undefined) => Promise<Page<Item>>,
  rowOf: (item: Item) => HTMLElement,
): Promise<void> => {
  const list = place.querySelector('ul') as HTMLElement;
  const more = place.querySelector('form.more') as HTMLFormElement;
  const button = more.querySelector('button') as HTMLElement;
  const moreText = button.textContent;
  let cursor: string | undefined;

  const load = async (): Promise<void> => {
    const { items, next } = await read(cursor);
    const rows = items.map(rowOf);
    list.append(...rows);
    if (cursor !== undefined) rows[0]?.querySelector('a')?.focus();
    cursor = next ?? undefined;
    button.textContent = moreText;
    more.hidden = next === null;
    (place.querySelector('.empty') as HTMLElement).hidden = list.children.length > 0;
  };
  const tellingLoad = telling(more, load, () => {
    button.textContent = textOf('again');
  });
  onSubmit(more, tellingLoad);
  return alone(more, tellingLoad);
};
