import { describe, expect, it } from 'vitest';
import { parseAst } from 'vitest/node';
import { mutate } from '../mutation/mutants.ts';
import { sampleOf } from '../mutation/sample.ts';
import { changesOfSql } from '../mutation/sql.ts';

// What `npm run test:mutation` would change, without running it.

/** A piece of SQL in each of its changed forms; a value that is filled in is `$`. */
const formsOf = (text: string): string[] => {
  const holes = [...text.matchAll(/\$/g)].map(({ index }) => ({ start: index, end: index + 1 }));
  return changesOfSql(text, holes).map(({ start, end, after }) => text.slice(0, start) + after + text.slice(end));
};

describe('the changes of SQL', () => {
  it('drop each condition with all that belongs to it', () => {
    expect(formsOf('DELETE FROM a WHERE id IN (SELECT b FROM c ORDER BY d) AND e IN ($) LIMIT 1')).toEqual([
      'DELETE FROM a WHERE true AND e IN ($) LIMIT 1',
      'DELETE FROM a WHERE id IN (SELECT b FROM c ORDER BY d) AND true LIMIT 1',
    ]);
    expect(formsOf('$ OR (a IN ($) OR b IN ($))')).toEqual([
      'false OR (a IN ($) OR b IN ($))',
      '$ OR false',
      '$ OR (a IN ($) OR false)',
    ]);
  });

  it('turn what is compared, and not what is set', () => {
    expect(formsOf('UPDATE a SET b = $ WHERE c <= $')).toEqual([
      'UPDATE a SET b = $ WHERE true',
      'UPDATE a SET b = $ WHERE c < $',
    ]);
    expect(formsOf("SELECT a FROM b WHERE c ->> 'd'")).toEqual(['SELECT a FROM b WHERE true']);
  });

  it('turn what has to be there, or not', () => {
    expect(formsOf('CASE WHEN NOT EXISTS (SELECT 1) THEN a IS NULL END')).toEqual([
      'CASE WHEN EXISTS (SELECT 1) THEN a IS NULL END',
      'CASE WHEN NOT EXISTS (SELECT 1) THEN a IS NOT NULL END',
    ]);
  });
});

describe('the changes of the Workers', () => {
  const { files, mutants, probes } = mutate();

  it('leave each file a program, in which every one of them has its switch', () => {
    const switches = [...files.values()].flatMap((file) => {
      const code = file.switched();
      expect(() => parseAst(code, { lang: 'ts' }), file.file).not.toThrow();
      return [...code.matchAll(/mutantIs\((\d+)\)/g)].map(([, id]) => Number(id));
    });
    const ids = [...mutants, ...probes].map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(3000);
    expect([...new Set(switches)].toSorted((a, b) => a - b)).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('have each a name of its own, by which the same seed chooses the same, some of every room', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    const chosen = sampleOf(mutants, '1', 450);
    expect(sampleOf(mutants.toReversed(), '1', 450).toSorted((a, b) => a.id - b.id)).toEqual(
      chosen.toSorted((a, b) => a.id - b.id),
    );
    expect(chosen.length).toBeGreaterThanOrEqual(400);
    const roomsOf = (some: typeof mutants) => new Set(some.map(({ file }) => file.split('/').slice(0, 3).join('/')));
    for (const room of ['src/outbox', 'src/mailer', 'src/api/http', 'src/api/routes', 'src/accounts/sessions'])
      expect([...roomsOf(chosen)].some((path) => path.startsWith(room))).toBe(true);
  });
});
