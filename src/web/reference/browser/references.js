// The document's references. The library goes through the whole document each time an operation is opened, which takes
// a telephone seconds; all of ours lead to places in the same document.

/** @param {any} spec @param {string} reference As `#/components/schemas/Error` (RFC 6901). */
const placeOf = (spec, reference) =>
  reference
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value, key) => value?.[key], spec);

/**
 * A part of the document with what it refers to in the place of the references. One that leads back to where it stands
 * stays what it is.
 *
 * @param {any} spec @param {any} part @param {string[]} [within] @returns {any}
 */
const resolved = (spec, part, within = []) => {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map((item) => resolved(spec, item, within));
  const { $ref: reference, ...rest } = part;
  if (typeof reference === 'string') {
    if (within.includes(reference)) return part;
    const target = resolved(spec, placeOf(spec, reference), [...within, reference]);
    return { ...target, ...resolved(spec, rest, within) };
  }
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, resolved(spec, value, within)]));
};

/** The plug-in that resolves the document's references in the library's place. @param {any} spec */
export const resolving = (spec) => () => ({
  statePlugins: {
    spec: {
      wrapActions: {
        requestResolvedSubtree:
          (/** @type {unknown} */ _original, /** @type {any} */ { specSelectors, specActions }) =>
          (/** @type {string[]} */ path) => {
            if (specSelectors.specResolvedSubtree(path)) return;
            const part = path.reduce((value, key) => value?.[key], spec);
            if (part) specActions.updateResolvedSubtree(path, resolved(spec, part));
          },
      },
    },
  },
});
