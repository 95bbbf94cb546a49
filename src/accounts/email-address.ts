/** The form in which an address is stored, shown and written to: trimmed and Unicode lower-cased (SQLite's `lower` knows ASCII only). */
export const normalizeEmail = (address: string): string => address.trim().toLowerCase();

// The dot-atom of RFC 5322 §3.2.3, opened to non-ASCII by RFC 6531 §3.3. Quoted local parts, comments and
// address literals are left out: nobody has one, and every one of their characters is a way to inject.
const LOCAL_PART = /^[^\s\p{C}"(),:;<>@[\\\].]+(?:\.[^\s\p{C}"(),:;<>@[\\\].]+)*$/u;
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u;

/** Whether a normalised address can be written to: at most 254 bytes, 64 of them before the `@` (RFC 5321 §4.5.3.1). */
export const isEmailAddress = (address: string): boolean => {
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  if (bytes(address) > 254 || bytes(local) > 64 || !LOCAL_PART.test(local)) return false;
  const labels = domain.split('.');
  // A top-level domain is no number: what ends in one is an IPv4 address (RFC 3696 §2).
  return (
    labels.length > 1 &&
    !/^\d+$/.test(labels.at(-1) ?? '') &&
    labels.every((label) => bytes(label) <= 63 && LABEL.test(label))
  );
};
