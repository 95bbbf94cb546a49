import { withoutUnseen } from './invisible-character.ts';

export const FULL_NAME_MAX_LENGTH = 255;

// What is no text: controls, lone surrogates, private use, noncharacters, line and paragraph separators, what formats
// (overrides among it) but for what a normalised name has kept, and the planes that no script is meant for. Then blanks
// that count as letters or symbols, and what stands for text that was lost. An unassigned place elsewhere may be a letter
// that is newer than the runtime.
const FORBIDDEN = new RegExp(
  [
    String.raw`[\p{Cc}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\p{Zl}\p{Zp}`,
    String.raw`[\p{Cf}--[\p{Join_Control}\u180E\u{E0020}-\u{E007F}]][\p{Cn}&&[\u{40000}-\u{10FFFF}]]`,
    String.raw`\u115F\u1160\u3164\uFFA0\u2800\u{1D159}\uFFFC\uFFFD]`,
  ].join(''),
  'v',
);
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}\p{Cn}]/u;

/**
 * A name as it is stored: NFC, without white space around it, and without the invisible characters that nobody misses.
 * Its own normal form.
 */
export const normalizeFullName = (name: string): string => withoutUnseen(name).trim();

/** Why a normalised name cannot be taken, or undefined. Lengths count code points. */
export const fullNameFlaw = (name: string): string | undefined => {
  if (name === '') return 'must not be empty';
  if ([...name].length > FULL_NAME_MAX_LENGTH) return `must have at most ${FULL_NAME_MAX_LENGTH} characters`;
  if (FORBIDDEN.test(name)) return 'must not contain control or invisible characters';
  return VISIBLE.test(name) ? undefined : 'must contain a visible character';
};

/** The form of a name that prefix search compares. */
export const foldName = (name: string | null): string | null => name?.normalize('NFKC').toLowerCase() ?? null;
