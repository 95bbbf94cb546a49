// Names for what the library leaves without one, so that whoever listens to the page knows what a field is for.

/** @type {[selector: string, nameOf: (place: HTMLElement) => string | undefined][]} */
const NAMES = [
  ['textarea', () => 'Request body'],
  ['.examples-select-element', () => 'Example'],
  ['[data-param-name] :is(input, select)', (field) => ownerOf(field, '[data-param-name]')?.dataset['paramName']],
  [
    '[data-property-name] :is(input:not([type=checkbox]), select)',
    (field) => ownerOf(field, '[data-property-name]')?.dataset['propertyName'],
  ],
  ['.responses-table[role=region]', (table) => `Responses of ${ownerOf(table, '.opblock')?.id.split('-').at(-1)}`],
  ['.response img', () => 'The picture that was answered'],
];

/** @param {HTMLElement} place @param {string} selector @returns {HTMLElement | null} */
const ownerOf = (place, selector) => place.closest(selector);

/** Names all that comes to stand within. @param {HTMLElement} within */
export const nameAll = (within) => {
  const nameNew = () => {
    for (const [selector, nameOf] of NAMES) {
      for (const place of within.querySelectorAll(`:is(${selector}):not([aria-label])`)) {
        place.setAttribute('aria-label', nameOf(/** @type {HTMLElement} */ (place)) ?? '');
      }
    }
  };
  new MutationObserver(nameNew).observe(within, { childList: true, subtree: true });
};
