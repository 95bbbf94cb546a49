import type { ErrorCode } from '../http/error.ts';
import { type DescribedRouter, describedRoutes, type Router } from './described.ts';
import { pathParameters } from './path.ts';

/**
 * Every kind of caller, and what it shows. A person shows the access token and the refresh cookie of a session; where a body
 * names an account (an address, a link), it is that of the person, else of somebody in use.
 */
export const CALLERS = {
  nobody: 'no token and no cookie',
  unverified: 'the link of the mail, all that somebody has who never verified the address',
  user: 'the session of an account in use',
  'another user': "the same, where what is asked for is somebody else's",
  administrator: 'the session of an account whose role that is',
  demoted: "the session of an account that was an administrator's when it began",
  deactivated: 'a session from before the suspension',
  deleted: 'a session from before the deletion',
  erased: 'a session from before the erasure',
  expired: 'an access token and a session that have run out',
  revoked: 'an access token that still runs, of a session that has ended',
  'refresh token as bearer': 'a living refresh token in the place of the access token',
  'access token as cookie': 'a living access token in the place of the refresh cookie',
  service: 'the token of a service',
  'another service': "the same, where what is asked for is another service's",
  'removed service': 'the token of a service that was removed',
} as const;

export type CallerKind = keyof typeof CALLERS;

/** What a route answers a kind of caller: what it is there for, or a refusal by its code. */
export type Cell = 'passes' | ErrorCode;
export type Cells = Readonly<Record<CallerKind, Cell>>;

/** Whom a route is for. */
export type Audience = 'anybody' | 'user' | 'administrator' | 'service';

// What becomes of somebody else's thing, which a path names, no audience can say.
const OTHERS: Partial<Record<Audience, CallerKind>> = { user: 'another user', service: 'another service' };

const everybody = (cell: Cell): Cells =>
  Object.fromEntries(Object.keys(CALLERS).map((caller) => [caller, cell])) as Record<CallerKind, Cell>;

const nobody = everybody('INVALID_CREDENTIALS');

const users: Cells = {
  ...nobody,
  ...{ user: 'passes', 'another user': 'passes', administrator: 'passes', demoted: 'passes' },
  ...{ deactivated: 'ACCOUNT_DEACTIVATED', deleted: 'ACCOUNT_DELETED', revoked: 'TOKEN_REVOKED' },
};

/** What every kind of caller is answered where a route says nothing else. */
export const AUDIENCES: Readonly<Record<Audience, Cells>> = {
  anybody: everybody('passes'),
  user: users,
  administrator: { ...users, user: 'FORBIDDEN', 'another user': 'FORBIDDEN', demoted: 'FORBIDDEN' },
  service: { ...nobody, service: 'passes', 'another service': 'passes' },
};

/** Whom a route is for, and whom it answers otherwise than its audience says. */
export type Access = { audience: Audience; exceptions?: Partial<Cells> };

/**
 * What a route answers each kind of caller, by its path as the document writes it. Throws where it is undecided whether somebody
 * else's thing, which the path names, is found; and for an exception that is none.
 */
export const cellsOf = (path: string, { audience, exceptions = {} }: Access): Cells => {
  const other = pathParameters(path).length > 0 ? OTHERS[audience] : undefined;
  if (other && !exceptions[other]) throw new Error(`What ${other} is answered under ${path} is undecided.`);
  for (const [caller, cell] of Object.entries(exceptions))
    if (caller !== other && AUDIENCES[audience][caller as CallerKind] === cell)
      throw new Error(`What ${caller} is answered under ${path} is no exception.`);
  return { ...AUDIENCES[audience], ...exceptions };
};

/** A route as the document names it, whom it is for, and the status that whoever passes is answered with. */
export type RouteAccess = Access & { name: string; cells: Cells; done: number };

/** Who may do what: every route of the app, in its order. Throws where a route or a cell is undecided. */
export const accessOf = (app: Router, routers: readonly DescribedRouter[]): RouteAccess[] =>
  describedRoutes(app, routers).map(([{ method, path }, { audience, exceptions = {}, answers }]) => ({
    ...{ name: `${method} ${path}`, audience, exceptions },
    cells: cellsOf(path, { audience, exceptions }),
    done: Math.min(...Object.keys(answers).map(Number)),
  }));
