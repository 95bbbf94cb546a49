import type { Facts, Table } from './document-facts.ts';

// A generated table of a document: a marker, the headings, the rule below them, and the rows.
const TABLE = /^<!-- generated: ([\w-]+) -->\n\n(\|.*\|)\n(\|[ |:-]+\|)\n((?:\|.*\|\n)*)/gm;

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

type Filled = { lines: string; missing: string[] };

/**
 * The rows as they should be: those of the document in their order, without those that are no more, then the new ones. A
 * cell that nothing is known for stays as it was written.
 */
const filledRows = (name: string, headings: readonly string[], old: readonly Facts[], table: Table): Filled => {
  const [first = ''] = headings;
  const known = old.map((row) => row[first] ?? '');
  const keys = table.keys ? [...known.filter((key) => table.keys?.includes(key)), ...table.keys] : known;
  const missing: string[] = [];
  const rows = [...new Set(keys)].map((key) => {
    const facts = table.of(key, old);
    if (!facts) missing.push(`nothing is known of ${key} in the table ${name}.`);
    const row: Facts = { ...old.find((candidate) => candidate[first] === key), ...facts, [first]: key };
    const cells = headings.map((heading) => row[heading] ?? '');
    if (cells.includes('')) missing.push(`a cell of ${key} in the table ${name} is to be written by hand.`);
    return lineOf(cells);
  });
  return { lines: rows.join(''), missing };
};

/** A document with its generated tables filled, but for those that are undefined, and in sentences what is missing. */
export const fillTables = (
  document: string,
  tables: Readonly<Record<string, ((document: string) => Table) | undefined>>,
): { text: string; missing: string[] } => {
  const missing: string[] = [];
  const text = document.replace(TABLE, (whole, name: string, head: string, rule: string, body: string) => {
    if (!(name in tables)) missing.push(`nothing generates a table ${name}.`);
    const table = tables[name]?.(document);
    if (!table) return whole;
    const headings = cellsOf(head);
    const old = body
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Object.fromEntries(cellsOf(line).map((cell, n) => [headings[n] ?? '', cell])));
    const filled = filledRows(name, headings, old, table);
    missing.push(...filled.missing);
    return `<!-- generated: ${name} -->\n\n${head}\n${rule}\n${filled.lines}`;
  });
  return { text, missing };
};

// A generated example: a marker, and an object of JSON on one line.
const EXAMPLE = /^<!-- generated: ([\w-]+) -->\n\n```json\n(\{.*\})\n```$/gm;

/** A document in which each example has exactly the keys that it should, in their order; the values that it has stay. */
export const fillExamples = (document: string, examples: Readonly<Record<string, () => object>>): string =>
  document.replace(EXAMPLE, (whole, name: string, shown: string) => {
    const example = examples[name]?.();
    if (!example) return whole;
    const old = JSON.parse(shown) as Record<string, unknown>;
    const filled = Object.entries(example).map(([key, value]) => [key, key in old ? old[key] : value]);
    return `<!-- generated: ${name} -->\n\n\`\`\`json\n${JSON.stringify(Object.fromEntries(filled))}\n\`\`\``;
  });
