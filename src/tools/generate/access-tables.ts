import { apiAccess } from '../../api/document.ts';
import { AUDIENCES, type Audience, CALLERS, type CallerKind, type Cell } from '../../api/openapi/access.ts';
import type { Table } from './document-facts.ts';

// The tables of who may do what.

/** The administrators' routes tell no code. */
const told = (audience: Audience, cell: Cell): string => {
  if (cell === 'passes') return 'passes';
  if (audience === 'administrator') return cell === 'FORBIDDEN' ? '403' : '401';
  return `\`${cell}\``;
};

/** Every kind of caller, what it shows, and what each audience's routes answer it. */
export const callers = (): Table => ({
  keys: Object.keys(CALLERS),
  of: (key) => {
    const kind = key as CallerKind;
    const cells = Object.entries(AUDIENCES).map(([name, of]) => [name, told(name as Audience, of[kind])]);
    return { shows: CALLERS[kind], ...Object.fromEntries(cells) };
  },
});

/** Every route, whom it is for, and what it answers otherwise. */
export const access = (): Table => {
  const routes = new Map(apiAccess().map((route) => [`\`${route.name.replace('/api/v1', '')}\``, route]));
  return {
    keys: [...routes.keys()],
    of: (key) => {
      const route = routes.get(key);
      if (!route) return undefined;
      const { audience, exceptions = {} } = route;
      const byCell = Map.groupBy(Object.keys(exceptions) as CallerKind[], (kind) => exceptions[kind] ?? 'passes');
      const others = [...byCell].map(([cell, kinds]) => `${kinds.join(', ')}: ${told(audience, cell)}`);
      return { for: audience, but: others.join('; ') || '–' };
    },
  };
};
