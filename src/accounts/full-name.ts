export const FULL_NAME_MAX_LENGTH = 255;

// Scripts whose letters change their shape beside a joiner, so that some names cannot be spelt without one.
const JOINED_SCRIPTS = [
  ...['Arab', 'Syrc', 'Mong', 'Nkoo', 'Adlm', 'Rohg'],
  ...['Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml', 'Telu', 'Knda', 'Mlym', 'Sinh', 'Khmr', 'Mymr', 'Java', 'Bali'],
];
const JOINED = `[${JOINED_SCRIPTS.map((script) => `\\p{Script_Extensions=${script}}`).join('')}]`;

// The invisible characters that a name may need, where it needs them: a joiner between two letters of such a script or
// two parts of one emoji, and one variation selector after the character that it varies.
const NEEDED = new RegExp(
  [
    `(?<=${JOINED})\\p{Join_Control}(?=${JOINED})`,
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{L}\\p{N}\\p{P}\\p{S}])\\p{Variation_Selector}',
  ].join('|'),
  'gu',
);

// Controls, lone surrogates, private use, unassigned, line and paragraph separators; whatever is drawn as nothing,
// bidirectional marks and overrides among it; and what stands for text that was lost.
const FORBIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\uFFFD\u{1D159}]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A name as it is stored: NFC, without white space around it. */
export const normalizeFullName = (name: string): string => name.normalize('NFC').trim();

/** Why a normalised name cannot be taken, or undefined. Lengths count code points. */
export const fullNameFlaw = (name: string): string | undefined => {
  if (name === '') return 'must not be empty';
  if ([...name].length > FULL_NAME_MAX_LENGTH) return `must have at most ${FULL_NAME_MAX_LENGTH} characters`;
  if (FORBIDDEN.test(name.replace(NEEDED, ''))) return 'must not contain control or invisible characters';
  return VISIBLE.test(name) ? undefined : 'must contain a visible character';
};
