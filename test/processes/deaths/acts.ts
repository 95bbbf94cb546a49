import { decodeJwt } from 'jose';
import { type RecordKind, TOPIC_OF } from '../../../src/accounts/acts/record.ts';
import type { MailKind } from '../../../src/outbox/kind.ts';

// People, what they do and have done to them, and what follows from it.

/** All that follows from what somebody did, or had done to them. Of what a change makes up, such as an id, `NEW` stands for it. */
export type Account = {
  /** Null where there is no such account, or no more. */
  row: {
    name: string | null;
    picture: string | null;
    isVerified: boolean;
    state: 'in use' | 'suspended' | 'deleted';
  } | null;
  sessions: string[];
  links: number;
  events: string[];
  audit: string[];
  mails: MailKind[];
  /** What the private bucket knows, or is to be told: of each topic what happened last. */
  records: RecordKind[];
};

export const NEW = 'new';

const NOBODY: Account = { row: null, sessions: [], links: 0, events: [], audit: [], mails: [], records: [] };

/** A request, who makes it, what it is to answer, and what follows from it. */
export type Act = {
  name: string;
  by: 'self' | 'administrator' | 'nobody';
  method: string;
  path: string;
  body?: object | FormData;
  status: number;
  does: (before: Account) => Account;
  /** What the answer tells of what is new. */
  tells?: (answer: Record<string, unknown>, after: Account) => Account;
};

export type Person = {
  email: string;
  /** 0 until it is known. */
  id: number;
  account: Account;
  /** The sessions that have ended. */
  ended: string[];
  /** What they have asked for and have no answer to yet. */
  underWay: Act | undefined;
  /** The token of the link that they have been sent. */
  link: string | undefined;
  /** Whether something may have happened since they were looked at. */
  isTouched: boolean;
};

export const PASSWORD = 'correct horse battery staple';

const ME = '/api/v1/users/me';

const newPerson = (email: string, id: number, account: Account): Person => ({
  ...{ email, id, account, ended: [], underWay: undefined, link: undefined },
  isTouched: true,
});

/** Somebody who has been here for long, with two sessions. */
export const oldUser = (id: number): Person =>
  newPerson(`user${id}@example.com`, id, {
    ...NOBODY,
    row: { name: null, picture: null, isVerified: true, state: 'in use' },
    sessions: [`first-${id}`, `second-${id}`],
  });

/** Somebody who is about to sign up. */
export const stranger = (nth: number): Person => newPerson(`stranger${nth}@example.com`, 0, NOBODY);

const told = (before: Account, event: string, more: Partial<Account> = {}): Account => ({
  ...before,
  events: [...before.events, event],
  ...more,
});

const recorded = ({ records }: Account, kind: keyof typeof TOPIC_OF): RecordKind[] =>
  [...records.filter((one) => one !== 'erased' && TOPIC_OF[one] !== TOPIC_OF[kind]), kind].toSorted();

const rowOf = ({ row }: Account): NonNullable<Account['row']> => {
  if (!row) throw new Error('There is no such account.');
  return row;
};

const signsUp = ({ email }: Person): Act => ({
  ...{ name: 'sign up', by: 'nobody', method: 'POST', path: '/api/v1/auth/signup', status: 201 },
  body: { email, password: PASSWORD, accepted_terms: true },
  does: () => ({
    ...NOBODY,
    row: { name: null, picture: null, isVerified: false, state: 'in use' },
    links: 1,
    mails: ['verify-email'],
  }),
});

const verifies = ({ link }: Person): Act => ({
  ...{ name: 'verify', by: 'nobody', method: 'POST', path: '/api/v1/auth/verify-email', status: 200 },
  body: { token: link },
  does: (before) => ({
    ...told(before, 'user.created', { row: { ...rowOf(before), isVerified: true }, links: 0 }),
    records: recorded(before, 'verified'),
  }),
});

const logsIn = ({ email }: Person): Act => ({
  ...{ name: 'log in', by: 'nobody', method: 'POST', path: '/api/v1/auth/login', status: 200 },
  body: { email, password: PASSWORD },
  does: (before) => ({ ...before, sessions: [...before.sessions, NEW] }),
  tells: ({ access_token }, after) => {
    const { sid } = decodeJwt<{ sid: string }>(String(access_token));
    return { ...after, sessions: after.sessions.with(-1, sid) };
  },
});

const logsOut = ({ account: { sessions } }: Person): Act => ({
  ...{ name: 'log out', by: 'self', method: 'DELETE', path: `${ME}/sessions/${sessions.at(-1)}`, status: 204 },
  does: (before) => told(before, `user.signed_out ${sessions.at(-1)}`, { sessions: before.sessions.slice(0, -1) }),
});

const isNamed = (name: string): Act => ({
  ...{ name: 'name', by: 'self', method: 'PATCH', path: ME, body: { full_name: name }, status: 200 },
  does: (before) => told(before, 'user.updated full_name', { row: { ...rowOf(before), name } }),
});

const isPictured = (picture: Blob): Act => {
  const body = new FormData();
  body.append('avatar', picture, 'picture.png');
  return {
    ...{ name: 'picture', by: 'self', method: 'PATCH', path: ME, body, status: 200 },
    does: (before) => told(before, 'user.updated avatar_url', { row: { ...rowOf(before), picture: NEW } }),
    tells: ({ avatar_url }, after) => ({
      ...after,
      row: { ...rowOf(after), picture: String(avatar_url).split('/avatars/')[1] ?? '' },
    }),
  };
};

const removesPicture: Act = {
  ...{ name: 'no picture', by: 'self', method: 'DELETE', path: `${ME}/avatar`, status: 200 },
  does: (before) => told(before, 'user.updated avatar_url', { row: { ...rowOf(before), picture: null } }),
};

const isSuspended = ({ id }: Person): Act => ({
  ...{ name: 'suspend', by: 'administrator', method: 'PATCH', path: '/api/v1/users/deactivate', status: 200 },
  body: { user_id: id, reason: 'Spam' },
  does: (before) => ({
    ...told(before, 'user.deactivated', { row: { ...rowOf(before), state: 'suspended' }, sessions: [] }),
    audit: [...before.audit, 'user.deactivate'],
    mails: [...before.mails, 'account-deactivated'],
    records: recorded(before, 'deactivated'),
  }),
});

const isReactivated = ({ id }: Person): Act => ({
  ...{ name: 'reactivate', by: 'administrator', method: 'PATCH', path: '/api/v1/users/reactivate', status: 200 },
  body: { user_id: id },
  does: (before) => ({
    ...told(before, 'user.reactivated', { row: { ...rowOf(before), state: 'in use' } }),
    audit: [...before.audit, 'user.reactivate'],
    mails: [...before.mails, 'account-reactivated'],
    records: recorded(before, 'reactivated'),
  }),
});

const deletes: Act = {
  ...{ name: 'delete', by: 'self', method: 'DELETE', path: ME, status: 200 },
  does: (before) => ({
    ...told(before, 'user.deleted', { row: { ...rowOf(before), state: 'deleted' }, sessions: [] }),
    audit: [...before.audit, 'user.delete'],
    mails: [...before.mails, 'account-deleted'],
    records: recorded(before, 'deleted'),
  }),
};

const erases: Act = {
  ...{ name: 'erase', by: 'self', method: 'DELETE', path: `${ME}?hard=true`, status: 200 },
  does: (before) => ({
    ...told(before, 'user.erased', { row: null, sessions: [], links: 0 }),
    audit: [...before.audit, 'user.erase'],
    // Those that were still to leave go with the account.
    mails: ['account-erased'],
    records: ['erased'],
  }),
};

/** What somebody is known to be from now on. */
export const settle = (person: Person, account: Account): void => {
  person.ended.push(...person.account.sessions.filter((id) => !account.sessions.includes(id)));
  [person.account, person.underWay] = [account, undefined];
};

type Choice = { weight: number; act: (person: Person) => Act };

/** What can happen to somebody next, and how readily it does. */
const choicesOf = ({ id, account: { row, sessions }, link, email }: Person, nth: number, picture: Blob): Choice[] => {
  if (row === null) return [];
  if (!row.isVerified) return link ? [{ weight: 1, act: verifies }] : [];
  if (row.state === 'deleted') return [];
  if (row.state === 'suspended') return [{ weight: 1, act: isReactivated }];
  const canLogIn = email.startsWith('stranger') && sessions.length < 3;
  return [
    ...(id > 0 ? [{ weight: 4, act: isSuspended }] : []),
    ...(canLogIn ? [{ weight: 3, act: logsIn }] : []),
    ...(sessions.length > 1 ? [{ weight: 2, act: logsOut }] : []),
    ...(sessions.length > 0
      ? [
          { weight: 3, act: () => isNamed(`${email.split('@')[0]} the ${nth}th`) },
          { weight: 2, act: () => isPictured(picture) },
          ...(row.picture === null ? [] : [{ weight: 1, act: () => removesPicture }]),
          { weight: 0.5, act: () => deletes },
          { weight: 1, act: () => erases },
        ]
      : []),
  ];
};

/** What happens to somebody as chance will have it; undefined where nothing can. `nth` makes a name that nobody had. */
export const chosenAct = (person: Person, nth: number, picture: Blob, random: () => number): Act | undefined => {
  if (person.account === NOBODY) return signsUp(person);
  const choices = choicesOf(person, nth, picture);
  let at = random() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, act } of choices) {
    at -= weight;
    if (at < 0) return act(person);
  }
  return undefined;
};
