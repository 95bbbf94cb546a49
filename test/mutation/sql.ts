// What can be changed in a statement that is written by hand. It is read as words and brackets, which does for conditions; a value
// that is filled in is one word.

/** A change of a text: what stands from `start` to `end` becomes `after`. */
export type Change = { kind: string; start: number; end: number; after: string };

type Word = { text: string; start: number; end: number; depth: number };

const WORD = /'[^']*'|\$|[A-Za-z_][\w.]*|\d+|->>?|<=|>=|<>|!=|\|\||[=<>(),;*+-]/g;

/** The words of a statement; `holes` are the places where values are filled in. */
const wordsOf = (text: string, holes: readonly Span[]): Word[] => {
  let plain = text;
  for (const { start, end } of holes) plain = plain.slice(0, start) + '$'.padEnd(end - start) + plain.slice(end);
  let depth = 0;
  return [...plain.matchAll(WORD)].map(([word], at, all) => {
    const start = all[at]?.index ?? 0;
    if (word === ')') depth--;
    const hole = word === '$' ? holes.find((span) => span.start === start) : undefined;
    const found = { text: word.toUpperCase(), start, end: hole?.end ?? start + word.length, depth };
    if (word === '(') depth++;
    return found;
  });
};

export type Span = { start: number; end: number };

// What a condition begins behind, and what ends it; and what nothing is compared in.
const OPENS = 'WHERE ON HAVING WHEN AND OR NOT'.split(' ');
const CLOSES = 'AND OR ORDER LIMIT RETURNING GROUP HAVING UNION THEN WHERE ON JOIN LEFT DO END ELSE WHEN ; ,'.split(
  ' ',
);
const CLAUSES = 'SELECT INSERT UPDATE DELETE WITH CASE SET RETURNING VALUES FROM COALESCE'.split(' ');

const TURNED: Record<string, string> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>', '=': '<>', '<>': '=', '!=': '=' };

/** Where the condition ends that begins with a word. */
const endOf = (words: readonly Word[], first: number): number => {
  const depth = words[first]?.depth ?? 0;
  let last = first;
  for (let at = first; at < words.length; at++) {
    const word = words[at] as Word;
    if (word.depth < depth || (at > first && word.depth === depth && CLOSES.includes(word.text))) break;
    last = at;
  }
  return last;
};

/** Whether a word stands in a condition rather than in what is set or selected. */
const isInCondition = (words: readonly Word[], at: number): boolean => {
  const depth = words[at]?.depth ?? 0;
  for (let before = at - 1; before >= 0; before--) {
    const word = words[before] as Word;
    if (word.depth > depth) continue;
    if (OPENS.includes(word.text)) return true;
    if (CLAUSES.includes(word.text)) return false;
    if (word.depth < depth && words[before + 1]?.text !== '(' && word.text !== '(') return isInCondition(words, before);
  }
  return !words.some(({ text }) => CLAUSES.includes(text)) || words[0]?.text === 'EXISTS';
};

/** The changes of one statement, or piece of one: each condition dropped, each comparison turned. */
export const changesOfSql = (text: string, holes: readonly Span[]): Change[] => {
  const words = wordsOf(text, holes);
  const changes: Change[] = [];
  const isCondition = words.some(({ text: word }) => ['AND', 'OR', 'EXISTS', ...Object.keys(TURNED)].includes(word));
  words.forEach((word, at) => {
    const next = words[at + 1];
    const opens = ['WHERE', 'AND', 'OR', 'ON', 'HAVING'].includes(word.text) && next !== undefined;
    if (opens && !(word.text === 'ON' && next.text === 'CONFLICT')) {
      const end = words[endOf(words, at + 1)]?.end ?? next.end;
      changes.push({
        kind: `${word.text} dropped`,
        start: next.start,
        end,
        after: word.text === 'OR' ? 'false' : 'true',
      });
    }
    if (at === 0 && isCondition && !CLAUSES.includes(word.text) && !OPENS.includes(word.text)) {
      const last = endOf(words, 0);
      const follows = words[last + 1]?.text;
      if (follows === 'AND' || follows === 'OR')
        changes.push({
          kind: 'condition dropped',
          start: word.start,
          end: words[last]?.end ?? word.end,
          after: follows === 'OR' ? 'false' : 'true',
        });
    }
    const turned = TURNED[word.text];
    if (turned && isInCondition(words, at))
      changes.push({ kind: 'comparison turned', start: word.start, end: word.end, after: turned });
    if (word.text === 'EXISTS' && next?.text === '(') {
      const negated = words[at - 1]?.text === 'NOT' ? words[at - 1] : undefined;
      changes.push({
        kind: 'existence turned',
        start: negated?.start ?? word.start,
        end: word.end,
        after: negated ? 'EXISTS' : 'NOT EXISTS',
      });
    }
    if (word.text === 'IS' && next?.text === 'NULL')
      changes.push({ kind: 'null turned', start: word.start, end: next.end, after: 'IS NOT NULL' });
    const third = words[at + 2];
    if (word.text === 'IS' && next?.text === 'NOT' && third?.text === 'NULL')
      changes.push({ kind: 'null turned', start: word.start, end: third.end, after: 'IS NULL' });
  });
  // A piece may end within brackets that are closed elsewhere.
  return changes.filter(({ start, end }) => isBalanced(text.slice(start, end)));
};

const isBalanced = (text: string): boolean => text.split('(').length === text.split(')').length;
