import { domainToASCII, domainToUnicode } from 'node:url';

// Longer than any spelling that an address can have and still be one.
const LONGEST_SPELLING = 1000;

// RFC 1035 §2.3.4, without the length of the first label and the root.
const LONGEST_DOMAIN = 253;

// The dot-atom of RFC 5322 §3.2.3, opened to non-ASCII by RFC 6531 §3.3. Quoted local parts, comments and
// address literals are left out: nobody has one, and every one of their characters is a way to inject. So is `=?`, which
// begins an encoded word (RFC 2047): some mail programs decode it even here.
const ATOM = '[^\\s\\p{C}"(),:;<>@[\\\\\\].]+';
const LOCAL_PART = new RegExp(`^(?!.*=\\?)${ATOM}(?:\\.${ATOM})*$`, 'u');

// In ASCII: the letters, digits and hyphens of a host's name (RFC 1123 §2.1), at most 63.
const ASCII_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ASCII_OTHER = /(?![A-Za-z0-9.-])\p{ASCII}/u;

// What stands in letters only where its neighbours allow it (RFC 5892, appendix A). Those of the joiners UTS 46 has asked.
const CONTEXTUAL = new RegExp(
  [
    '[\\u200C\\u200D]',
    '(?<=l)\\u00B7(?=l)',
    '\\u0375(?=\\p{Script=Greek})',
    '(?<=\\p{Script=Hebrew})[\\u05F3\\u05F4]',
    '\\u30FB(?=.*[\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Han}])',
    '(?<=[\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Han}].*)\\u30FB',
  ].join('|'),
  'gu',
);
const LETTERS = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}-]*$/u;

const bytes = (text: string): number => new TextEncoder().encode(text).length;

// Lower-casing can undo NFC, and NFC brings capitals (U+212A); in this order the form is its own.
const canonicalLocalPart = (text: string): string => text.normalize('NFC').toLowerCase().normalize('NFC');

/**
 * The one spelling of a label: in letters where it is made of nothing else, so that nobody reads a sign in it that
 * separates or misleads; any other as the A-label. Undefined where it is none, or decodes to nothing valid.
 */
const canonicalLabel = (ascii: string, unicode: string): string | undefined => {
  if (!ASCII_LABEL.test(ascii)) return undefined;
  if (!ascii.startsWith('xn--')) return ascii;
  if (unicode.startsWith('xn--') || /^-|-$/.test(unicode)) return undefined;
  return LETTERS.test(unicode.replace(CONTEXTUAL, '')) ? unicode : ascii;
};

/** A domain as a name has it, in its two forms; undefined where it has none. */
type Domain = { unicode: string; ascii: string };

/**
 * What UTS 46 makes of a domain (non-transitional, so that `ß` stays), as the URL parser of the runtime applies it. That
 * parser takes more than names (`%41`, `:80`, a tab that it drops), so anything else in ASCII is refused before.
 */
const canonicalDomain = (text: string): Domain | undefined => {
  if (ASCII_OTHER.test(text)) return undefined;
  const ascii = domainToASCII(text);
  if (ascii.length > LONGEST_DOMAIN) return undefined;
  const inUnicode = domainToUnicode(ascii).split('.');
  const labels = ascii.split('.').map((label, position) => canonicalLabel(label, inUnicode[position] ?? ''));
  // A top-level domain is no number: what ends in one is an IPv4 address (RFC 3696 §2).
  if (labels.length < 2 || labels.includes(undefined) || /(?:^|\.)\d+$/.test(ascii)) return undefined;
  return { unicode: labels.join('.'), ascii };
};

/**
 * The canonical form of an address, in which it is unique, stored, hashed, shown and looked for: trimmed, NFC, the local
 * part lower-cased as Unicode does, the domain by UTS 46 and in letters. Nothing else is folded, so two mailboxes stay
 * two. Undefined where nobody can be written to by that address; it has at most 254 bytes, 64 of them before the `@`
 * (RFC 5321 §4.5.3.1), with its domain in either form.
 */
export const canonicalEmail = (text: string): string | undefined => {
  if (text.length > LONGEST_SPELLING) return undefined;
  const spelling = text.trim().normalize('NFC');
  const at = spelling.lastIndexOf('@');
  const local = canonicalLocalPart(spelling.slice(0, Math.max(at, 0)));
  const domain = canonicalDomain(spelling.slice(at + 1));
  if (!domain || bytes(local) > 64 || !LOCAL_PART.test(local)) return undefined;
  const address = `${local}@${domain.unicode}`;
  return bytes(address) > 254 || bytes(local) + 1 + domain.ascii.length > 254 ? undefined : address;
};

/**
 * The address as a mail is sent to it. With the A-label of its domain where the local part is ASCII, since every server
 * takes that; one with other letters needs a server that knows SMTPUTF8 anyhow, and stays as it is (RFC 6531 §3.2).
 */
export const deliveryAddress = (address: string): string => {
  const [, local, host = ''] = /^(\p{ASCII}+)@([^@]*)$/u.exec(address) ?? [];
  const domain = canonicalDomain(host);
  return local !== undefined && domain ? `${local}@${domain.ascii}` : address;
};

// With another label behind it a label is a domain, and never a number.
const canonicalPart = (label: string): string =>
  canonicalDomain(`${label}.example`)?.unicode.replace(/\.example$/, '') ?? canonicalLocalPart(label);

/** What the canonical domains begin with that `text` is the beginning of. */
export const canonicalDomainPrefix = (text: string): string =>
  text
    .split(/[.\u3002\uFF0E\uFF61]/)
    .map(canonicalPart)
    .join('.');

/** What the canonical addresses begin with that `text` is the beginning of, in whichever spelling. */
export const canonicalEmailPrefix = (text: string): string => {
  const spelling = text.trim().normalize('NFC');
  const at = spelling.lastIndexOf('@');
  if (at < 0) return canonicalLocalPart(spelling);
  return `${canonicalLocalPart(spelling.slice(0, at))}@${canonicalDomainPrefix(spelling.slice(at + 1))}`;
};
