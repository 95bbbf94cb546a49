// What there is, by tag: the list in the page's margin, there before the reference itself, and the way from a link to
// its operation.

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'];

/** The operations of the document with their tag, in its order. @param {any} spec */
const operationsOf = (spec) =>
  Object.values(spec.paths).flatMap((path) =>
    METHODS.filter((method) => path[method]).map((method) => ({
      method,
      tag: path[method].tags[0],
      id: path[method].operationId,
      summary: path[method].summary,
    })),
  );

/** @param {string[]} parts */
const linkTo = (...parts) => `#/${parts.map(encodeURIComponent).join('/')}`;

/** @param {string} name @param {Record<string, string>} attributes @param {(string | Node)[]} children */
const node = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** Lists the operations of the document as links. @param {any} spec */
export const listContents = (spec) => {
  const operations = operationsOf(spec);
  const groups = spec.tags.map((/** @type {{ name: string }} */ { name }) =>
    node(
      'li',
      {},
      node('a', { href: linkTo(name) }, name),
      node(
        'ul',
        {},
        ...operations
          .filter(({ tag }) => tag === name)
          .map(({ method, tag, id, summary }) =>
            node(
              'li',
              {},
              node(
                'a',
                { href: linkTo(tag, id) },
                node('span', { class: `method ${method}` }, method.toUpperCase()),
                ` ${summary}`,
              ),
            ),
          ),
      ),
    ),
  );
  document.getElementById('contents')?.append(...groups);
  // Where there is a margin, there is room.
  document.getElementById('contents-box')?.toggleAttribute('open', matchMedia('(min-width: 64rem)').matches);
};

/** Opens the operation, or the tag, that the address names, and goes there. @param {any} ui */
export const followHash = (ui) => {
  const [tag = '', id] = location.hash.replace(/^#\//, '').split('/').map(decodeURIComponent);
  if (!location.hash.startsWith('#/') || tag === '') return;
  ui.layoutActions.show(['operations-tag', tag], true);
  if (id) ui.layoutActions.show(['operations', tag, id], true);
  const place = document.getElementById(id ? `operations-${tag}-${id}` : `operations-tag-${tag}`);
  place?.scrollIntoView();
  place?.querySelector('button')?.focus({ preventScroll: true });
};
