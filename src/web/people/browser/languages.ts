import { element, textOf } from '../../browser/page.ts';

// A field for a language: a list to search in, in which each stands under its own name. Whatever else is typed counts as a
// language tag, which the API knows better than any list.

type Choice = { tag: string; own: string; local: string; sought: string };

// ISO 639-1, and what people choose beyond it; those that the browser has no name for are left out.
const TAGS =
  'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ast ceb chr ckb dsb fil gsw haw hsb kok mai nds sat yue de-AT de-CH en-AU en-CA en-GB en-IN en-US es-419 es-ES es-MX fr-CA fr-CH nl-BE pt-BR pt-PT sr-Latn zh-Hans zh-Hant'.split(
    ' ',
  );

const nameIn = (locale: string, tag: string): string | undefined => {
  try {
    return new Intl.DisplayNames([locale], { type: 'language', fallback: 'none' }).of(tag);
  } catch {
    // What is no tag has no name.
    return undefined;
  }
};

/** A language's name in itself; undefined where the browser speaks it too little to know. */
const ownName = (tag: string): string | undefined => {
  try {
    return Intl.DisplayNames.supportedLocalesOf([tag]).length > 0 ? nameIn(tag, tag) : undefined;
  } catch {
    return undefined;
  }
};

/** Letters as they are compared: without case and accents. */
const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

const known = new Map<string, Choice[]>();

/** The list in the order of the own names, with what each language is called in the page's. */
const choices = (): Choice[] => {
  const locale = document.documentElement.lang;
  const found =
    known.get(locale) ??
    TAGS.flatMap((tag): Choice[] => {
      const local = nameIn(locale, tag);
      const own = ownName(tag) ?? local;
      return own && local ? [{ tag, own, local, sought: plain(`${own} ${local} ${tag}`) }] : [];
    }).sort((a, b) => a.own.localeCompare(b.own, locale));
  known.set(locale, found);
  return found;
};

/** Those that what was typed leads to; first those in which a word begins with it. */
const matching = (text: string): Choice[] => {
  const sought = plain(text.trim());
  const isBeginning = ({ sought: words }: Choice) => ` ${words}`.includes(` ${sought}`);
  const found = choices().filter(({ sought: words }) => words.includes(sought));
  return [...found.filter(isBeginning), ...found.filter((choice) => !isBeginning(choice))];
};

/** Shows a language in a field, by its own name. */
export const setLanguage = (input: HTMLInputElement, tag: string): void => {
  input.value = ownName(tag) ?? nameIn(document.documentElement.lang, tag) ?? tag;
  Object.assign(input.dataset, { tag, shown: input.value });
};

/** The tag of what stands in a field: of the language that is shown, or as it was typed. */
export const languageOf = ({ value, dataset }: HTMLInputElement): string => {
  if (dataset['tag'] && value === dataset['shown']) return dataset['tag'];
  const typed = plain(value.trim());
  const named = choices().find(({ own, local, tag }) => [own, local, tag].some((name) => plain(name) === typed));
  return named?.tag ?? value.trim();
};

/** The language of the browser that comes first, if it has one. */
export const browserLanguage = (): string => navigator.languages[0] ?? document.documentElement.lang;

const optionOf = (input: HTMLInputElement, { tag, own, local }: Choice, position: number): HTMLElement => {
  const option = document.createElement('li');
  option.id = `${input.id}-${position}`;
  option.role = 'option';
  option.dataset['tag'] = tag;
  option.ariaSelected = 'false';
  const name = document.createElement('span');
  name.lang = tag;
  name.textContent = own;
  option.append(name);
  if (plain(own) !== plain(local)) {
    const translation = document.createElement('small');
    translation.textContent = local;
    option.append(' ', translation);
  }
  return option;
};

/** What stands in the list where nothing matches; it cannot be chosen. */
const noneFound = (): HTMLElement => {
  const none = document.createElement('li');
  none.role = 'option';
  none.ariaDisabled = 'true';
  none.textContent = textOf('noLanguage');
  return none;
};

/** The list below a field, in which one option at most is active. */
const listBelow = (input: HTMLInputElement) => {
  const list = element(`${input.id}-list`);
  let active = -1;

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[data-tag]')];

  const activate = (position: number): void => {
    const all = options();
    all[active]?.setAttribute('aria-selected', 'false');
    active = all.length === 0 ? -1 : Math.min(position, all.length - 1);
    const option = all[active];
    input.removeAttribute('aria-activedescendant');
    if (!option) return;
    option.ariaSelected = 'true';
    input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };

  const open = (): void => {
    const isChosen = input.value === input.dataset['shown'];
    const found = matching(isChosen ? '' : input.value).map((choice, n) => optionOf(input, choice, n));
    list.replaceChildren(...(found.length === 0 ? [noneFound()] : found));
    list.hidden = false;
    input.ariaExpanded = 'true';
    activate(isChosen ? options().findIndex(({ dataset }) => dataset['tag'] === input.dataset['tag']) : -1);
  };

  const close = (): void => {
    list.hidden = true;
    active = -1;
    input.ariaExpanded = 'false';
    input.removeAttribute('aria-activedescendant');
  };

  const down = (): void => (list.hidden ? open() : activate(active + 1));
  const up = (): void => (list.hidden ? open() : activate(Math.max(active - 1, 0)));

  return { list, open, close, down, up, activeOption: () => options()[active] };
};

/** Lets somebody search in a field: arrows move, Enter chooses, Escape leaves it as it was. */
export const searchLanguages = (input: HTMLInputElement): void => {
  const { list, open, close, down, up, activeOption } = listBelow(input);

  const choose = (tag: string | undefined): void => {
    if (tag) setLanguage(input, tag);
    close();
  };

  const moves: Readonly<Record<string, () => void>> = {
    ArrowDown: down,
    ArrowUp: up,
    Enter: () => choose(activeOption()?.dataset['tag']),
    Escape: () => choose(input.dataset['tag']),
  };

  input.addEventListener('focus', () => input.select());
  input.addEventListener('click', () => list.hidden && open());
  input.addEventListener('input', open);
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    const move = moves[event.key];
    const isOfList = event.key.startsWith('Arrow') || (!list.hidden && (event.key !== 'Enter' || activeOption()));
    if (!move || !isOfList) return;
    event.preventDefault();
    move();
  });
  // The field keeps the focus, else the list closes before a click has chosen.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', ({ target }) =>
    choose((target as Element).closest<HTMLElement>('li')?.dataset['tag']),
  );
};
