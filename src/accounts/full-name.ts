export const FULL_NAME_MAX_LENGTH = 255;

// Controls, lone surrogates, private use, unassigned, line and paragraph separators; and whatever is drawn as nothing,
// bidirectional marks and overrides among it. Let through: the two joiners and the variation selectors, which
// Persian, Indic, Mongolian and Japanese names are spelt with.
const FORBIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?![\p{Join_Control}\p{Variation_Selector}])[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A name as it is stored: NFC, without white space around it. */
export const normalizeFullName = (name: string): string => name.normalize('NFC').trim();

/** Why a normalised name cannot be taken, or undefined. Lengths count code points. */
export const fullNameFlaw = (name: string): string | undefined => {
  if (name === '') return 'must not be empty';
  if ([...name].length > FULL_NAME_MAX_LENGTH) return `must have at most ${FULL_NAME_MAX_LENGTH} characters`;
  if (FORBIDDEN.test(name)) return 'must not contain control or invisible characters';
  return VISIBLE.test(name) ? undefined : 'must contain a visible character';
};
