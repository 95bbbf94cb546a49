import { expect } from 'vitest';
import type { RecordKind } from '../../../src/accounts/acts/record.ts';
import type { MailKind } from '../../../src/outbox/kind.ts';
import { type Account, NEW, type Person, settle } from './acts.ts';
import type { TakenMail } from './post-office.ts';
import type { Remains } from './remains.ts';

// An act that was answered has happened whole, one that got no answer has happened whole or not at all, and nothing else has.

const eventLine = ({ type, data }: { type: string; data: string }): string => {
  const { changed, session_ids } = JSON.parse(data) as { changed?: string[]; session_ids?: string[] };
  return [type, ...(changed ?? []), ...(session_ids ?? [])].join(' ');
};

const stateOf = ({ deleted_at, deactivated_at, is_active }: Remains['users'][number]) => {
  const state = deleted_at !== null ? 'deleted' : deactivated_at !== null ? 'suspended' : 'in use';
  if ((state === 'in use') !== Boolean(is_active))
    throw new Error(`An account is ${state} and is_active is ${is_active}.`);
  return state;
};

/** The mails to somebody, in the order of what happened: those that were taken and those that wait. */
const mailsOf = (email: string, id: number, remains: Remains, taken: readonly TakenMail[]): MailKind[] => {
  const waiting = remains.outbox.filter((row) => row.user_id === id || row.email === email);
  const all = new Map([...taken.filter(({ to }) => to === email), ...waiting].map(({ id, kind }) => [id, kind]));
  return [...all].toSorted(([a], [b]) => a - b).map(([, kind]) => kind);
};

/** What the private bucket tells of somebody when it has been told everything: of each topic the newest record. */
const recordsOf = (id: number, { recorded, records }: Remains): RecordKind[] => {
  const keys = [...new Set([...recorded, ...records])].filter((key) => key.split('/')[1] === String(id)).toSorted();
  if (keys.includes(`erased/${id}`)) return ['erased'];
  // That a suspension's mail has left is noted too, and may be noted later than its end.
  const states = keys.filter((key) => !key.endsWith('-told'));
  const newest = new Map(states.map((key) => [key.split('/')[0], key.slice(key.indexOf('Z-') + 2) as RecordKind]));
  return [...newest.values()].toSorted();
};

/** Somebody's account as it is found. */
const foundAccount = (
  { email, id: knownId }: Person,
  remains: Remains,
  taken: readonly TakenMail[],
): { id: number; account: Account } => {
  const row = remains.users.find((user) => user.email === email);
  const id = row?.id ?? knownId;
  const mails = mailsOf(email, id, remains, taken);
  const events = remains.events.filter(({ user_id }) => user_id === id).map(eventLine);
  return {
    id,
    account: {
      row: row
        ? { name: row.full_name, picture: row.avatar_key, isVerified: Boolean(row.is_verified), state: stateOf(row) }
        : null,
      sessions: remains.sessions.filter(({ user_id }) => user_id === id).map((session) => session.id),
      links: remains.links.filter(({ user_id }) => user_id === id).length,
      events,
      audit: remains.audit.filter(({ subject_id }) => subject_id === id).map(({ action }) => action),
      mails: events.includes('user.erased') ? mails.filter((kind) => kind === 'account-erased') : mails,
      records: recordsOf(id, remains),
    },
  };
};

/** An account as one can compare it: what is not among what is known is `NEW`, and sessions have no order. */
const comparable = (account: Account, known: Account): Account => {
  const { row } = account;
  const isNew = row?.picture && row.picture !== known.row?.picture;
  return {
    ...account,
    row: row && { ...row, picture: isNew ? NEW : row.picture },
    sessions: account.sessions.map((id) => (known.sessions.includes(id) ? id : NEW)).toSorted(),
  };
};

/**
 * Holds somebody's account against what is known: it is as it was before what they had asked for last, or as it is after, in
 * everything. Each session that has ended is on the blacklist or will be, and no other; the picture that the row names is there.
 * Answers whether that act was done; undefined where none was under way.
 */
export const judge = (person: Person, remains: Remains, taken: readonly TakenMail[]): boolean | undefined => {
  const { account: known, underWay } = person;
  const { id, account } = foundAccount(person, remains, taken);
  const what = `${person.email} (${id}), ${underWay?.name ?? 'nothing'} under way`;
  const found = comparable(account, known);
  const [before, after] = [known, underWay?.does(known) ?? known].map((one) => comparable(one, known));
  const isBefore = JSON.stringify(found) === JSON.stringify(before);
  if (!isBefore) expect(found, what).toEqual(after);
  settle(person, account);
  [person.id, person.isTouched] = [id, false];
  const told = new Set([...remains.blacklisted, ...remains.blacklist]);
  const [ended, living] = [person.ended, account.sessions].map((ids) => ids.map((sid) => told.has(`sid:${sid}`)));
  expect(ended, `${what}: whether those that ended are told`).not.toContain(false);
  expect(living, `${what}: whether those that live are told`).not.toContain(true);
  if (account.row?.picture) expect(remains.pictures, what).toContain(account.row.picture);
  return underWay && !isBefore;
};
