/** What a command answers: for machines the value, for people a text. */
export const print = (json: boolean | undefined, value: unknown, text: string): void => {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`);
};

/** A remark beside the answer. */
export const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

// What others wrote (names, reasons, a provider's words) steers no terminal and breaks no row.
const cellOf = (value: unknown): string =>
  value === null || value === undefined ? '-' : String(value).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

/** Rows in columns as wide as they need. */
export const table = (header: readonly string[], rows: readonly (readonly unknown[])[], whenEmpty: string): string => {
  if (rows.length === 0) return whenEmpty;
  const lines = [header, ...rows.map((row) => row.map(cellOf))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? '')].length)));
  const pad = (cell: string, column: number): string => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
};

/** The facts of one thing, a line each. */
export const facts = (of: Record<string, unknown>): string => {
  const width = Math.max(...Object.keys(of).map((name) => name.length));
  return Object.entries(of)
    .map(([name, value]) => `${name.padEnd(width)}  ${cellOf(value)}`)
    .join('\n');
};

export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Says how far a long work has come: on a terminal in one line that moves, else in a line now and then. */
export const progress = () => {
  const isTerminal = process.stderr.isTTY;
  let saidAt = 0;
  return {
    say: (text: string): void => {
      if (!isTerminal && Date.now() - saidAt < 1000) return;
      saidAt = Date.now();
      process.stderr.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
    },
    end: (): void => {
      if (isTerminal) process.stderr.write('\r\x1b[K');
    },
  };
};
