// A page's states and sentences lie in it as templates, in its language: here they are shown.

/** What an answer tells, by the name of the hole in a sentence that it fills. */
export type Fills = Readonly<Record<string, string>>;

/** What each view does once it is shown: it listens to its own controls, and fills in what it knows. */
export type Views = Readonly<Record<string, () => void>>;

const PATIENCE_MS = 30_000;

let views: Views = {};
let shown: { name: string; fills: Fills } = { name: '', fills: {} };

export const element = <Kind extends HTMLElement = HTMLElement>(id: string): Kind =>
  document.getElementById(id) as Kind;

export const all = <Kind extends HTMLElement = HTMLElement>(
  selector: string,
  within: ParentNode = document,
): Kind[] => [...within.querySelectorAll<Kind>(selector)];

export const has = (name: string): boolean => document.getElementById(name) !== null;

/** A copy of a template, with what only an answer tells. */
export const words = (name: string, fills: Fills = {}): DocumentFragment => {
  const copy = element<HTMLTemplateElement>(name).content.cloneNode(true) as DocumentFragment;
  for (const hole of all('[data-fill]', copy)) hole.textContent = fills[hole.dataset['fill'] ?? ''] ?? '';
  return copy;
};

export const textOf = (name: string, fills: Fills = {}): string => words(name, fills).textContent ?? '';

/** Says something in a place that is read aloud when it changes; nothing, where no sentence is named. */
export const say = (place: Element | null, name?: string, fills: Fills = {}): void =>
  place?.replaceChildren(...(name === undefined ? [] : [words(name, fills)]));

/** Links to pages of ours keep the language that was chosen here. */
const keepLanguage = (within: ParentNode): void => {
  const language = new URLSearchParams(location.search).get('lang');
  if (!language) return;
  for (const link of all<HTMLAnchorElement>('a[data-own]', within)) {
    const url = new URL(link.href);
    url.searchParams.set('lang', language);
    link.href = url.href;
  }
};

/** A page of ours, in the language that was chosen here. */
export const ownPage = (path: string, more: Record<string, string> = {}): string => {
  const language = new URLSearchParams(location.search).get('lang');
  const query = new URLSearchParams({ ...more, ...(language ? { lang: language } : {}) });
  return query.size > 0 ? `${path}?${query}` : path;
};

export const show = (name: string, fills: Fills = {}): void => {
  shown = { name, fills };
  element('view').replaceChildren(words(name, fills));
  document.title = element('heading').textContent ?? '';
  keepLanguage(document);
  views[name]?.();
};

/** Shows how something ended, where a screen reader goes on reading. */
export const conclude = (name: string, fills: Fills = {}): void => {
  show(name, fills);
  element('heading').focus();
};

const fetchPage = (url: string): Promise<Document | null> =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.timeout = PATIENCE_MS;
    request.onloadend = () => resolve(request.status === 200 ? request.response : null);
    request.send();
  });

type Typed = HTMLInputElement | HTMLTextAreaElement;

const typed = (): Map<string, Typed> =>
  new Map(all<Typed>('main :is(input, textarea)[id]:not([type=file])').map((field) => [field.id, field]));

const restore = (before: Map<string, Typed>): void => {
  for (const [id, field] of typed()) {
    const old = before.get(id);
    if (!old) continue;
    field.value = old.value;
    Object.assign(field.dataset, old.dataset);
    if (old instanceof HTMLInputElement && field instanceof HTMLInputElement) field.checked = old.checked;
  }
};

/** Puts the same page in another language in the place of this one, so that nothing that was typed is lost. */
const changeLanguage = async (url: string): Promise<void> => {
  const page = await fetchPage(url);
  // What did not arrive is opened in the usual way, which tells why.
  if (!page) return location.assign(url);
  const before = typed();
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(page.body);
  history.replaceState(null, '', url);
  show(shown.name, shown.fills);
  restore(before);
  document.querySelector<HTMLElement>('nav [aria-current]')?.focus();
};

/** The other language's address keeps the rest of the query. */
const inLanguage = (link: HTMLAnchorElement): string => {
  const url = new URL(location.href);
  url.searchParams.set('lang', link.hreflang);
  return url.href;
};

const onClick = (event: MouseEvent): void => {
  const target = event.target as Element;
  const toggle = target.closest('button[aria-pressed][aria-controls]');
  if (toggle) {
    const isShown = toggle.getAttribute('aria-pressed') === 'false';
    toggle.setAttribute('aria-pressed', String(isShown));
    element<HTMLInputElement>(toggle.getAttribute('aria-controls') ?? '').type = isShown ? 'text' : 'password';
  }
  const link = target.closest<HTMLAnchorElement>('a[hreflang]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  void changeLanguage(inLanguage(link));
};

/** Begins a page with one of its views. */
export const startPage = (wiring: Views, first: string, fills: Fills = {}): void => {
  views = wiring;
  document.addEventListener('click', onClick);
  show(first, fills);
};
