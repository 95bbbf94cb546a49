export type LogLine = Record<string, string | number | boolean | null | undefined>;

/**
 * Writes one structured line. The only way to the log, so that one look tells what can reach it:
 * ids, codes, counts and durations; never a token, a password, an address, a name or a query string.
 */
export const log = (level: 'info' | 'warn' | 'error', event: string, line: LogLine = {}): void => {
  console[level](JSON.stringify({ level, event, ...line }));
};

/**
 * What may be said of a thrown value. Drizzle puts the parameters of a statement into its message, so the
 * cause beneath it (D1's own words, which hold none) is taken instead; a parser quotes the text that it could not
 * read, perhaps a secret, and a mail provider the address that it refused, so neither is repeated.
 */
export const faultOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return typeof thrown;
  const innermost = thrown.cause instanceof Error ? thrown.cause : thrown;
  if (innermost.message.startsWith('Failed query')) return 'query failed';
  if (innermost.name === 'SyntaxError') return 'SyntaxError';
  return `${innermost.name}: ${innermost.message}`
    .replace(/[^\s<>()"',;:]+@[^\s<>()"',;:]+/g, '(address)')
    .slice(0, 300);
};
