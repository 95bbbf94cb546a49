import { expect } from 'vitest';
import { type Change, type Event, type Link, NEW, type World } from './accounts.ts';
import type { Stored } from './storage.ts';

// Whether the model and what is stored are the same, where ids that only storage knows are taken over from it first.

/** A value as one text, in whatever order its keys stand. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const byText = <Row>(rows: readonly Row[]): Row[] => {
  const texts = new Map(rows.map((row) => [row, textOf(row)]));
  return rows.toSorted((a, b) => ((texts.get(a) ?? '') < (texts.get(b) ?? '') ? -1 : 1));
};

const withSortedIds = ({ data, ...event }: Event): Event => ({
  ...event,
  data: Array.isArray(data['session_ids']) ? { session_ids: data['session_ids'].toSorted() } : data,
});

/** What is compared: in order where order is promised, and sorted where not. */
const shown = (world: Omit<Stored, 'outbox'>) => ({
  accounts: world.accounts.toSorted((a, b) => a.id - b.id),
  sessions: byText(world.sessions),
  links: byText(world.links),
  changes: byText(world.changes),
  factors: byText(world.factors),
  codes: byText(world.codes),
  used: byText(world.used),
  mails: world.mails,
  requests: byText(world.requests),
  attempts: byText(world.attempts),
  participations: world.participations,
  events: world.events.map(withSortedIds),
  horizon: world.horizon,
  audit: world.audit,
  erasures: world.erasures.toSorted((a, b) => a.user - b.user),
  services: byText(world.services),
  receipts: byText(world.receipts),
  owed: { blacklist: byText(world.owed.blacklist), records: world.owed.records },
  pictures: world.pictures.toSorted(),
});

const takeOverUser = (world: World, stored: Stored): void => {
  const account = world.accounts.find(({ id }) => id === 0);
  if (!account) return;
  account.id = stored.accounts.find(({ email }) => email === account.email)?.id ?? 0;
  for (const list of [world.links, world.mails, world.requests, world.attempts]) {
    for (const row of list) if (row.user === 0) row.user = account.id;
  }
  for (const row of world.audit) if (row.subject === 0) row.subject = account.id;
};

const takeOverPicture = (world: World, stored: Stored): void => {
  for (const account of world.accounts.filter(({ picture }) => picture === NEW)) {
    account.picture = stored.accounts.find(({ id }) => id === account.id)?.picture ?? NEW;
    world.pictures = world.pictures.map((key) => (key === NEW ? (account.picture ?? NEW) : key));
  }
};

const takeOverLink = (world: World, link: { id: string }, found: { id: string } | undefined): void => {
  if (!found) return;
  link.id = found.id;
  for (const { data } of world.mails) {
    const carried = data as { token?: string };
    if (carried.token === NEW) carried.token = found.id;
  }
};

const takeOverLinks = (world: World, stored: Stored): void => {
  for (const link of world.links.filter(({ id }) => id === NEW)) {
    const isMeant = ({ user, purpose }: Link) => user === link.user && purpose === link.purpose;
    takeOverLink(world, link, stored.links.find(isMeant));
  }
  for (const change of world.changes.filter(({ id }) => id === NEW)) {
    const isMeant = ({ user, confirmedAt }: Change) => user === change.user && confirmedAt === null;
    takeOverLink(world, change, stored.changes.find(isMeant));
  }
};

/** Gives the rows that are new the ids that storage has and the world does not know yet. */
const takeOverIds = <Key extends string, Row extends Record<Key, string>>(
  rows: readonly Row[],
  stored: readonly Row[],
  key: Key,
  isSame: (row: Row, other: Row) => boolean,
): void => {
  const known = new Set(rows.map((row) => row[key]));
  for (const row of rows.filter((row) => row[key] === NEW)) {
    const found = stored.find((other) => !known.has(other[key]) && isSame(row, other));
    if (!found) continue;
    row[key] = found[key];
    known.add(found[key]);
  }
};

const takeOverFactors = (world: World, stored: Stored): void => {
  const ofSame = (row: { user: number }, other: { user: number }) => row.user === other.user;
  takeOverIds(world.factors, stored.factors, 'id', (row, other) => ofSame(row, other) && row.kind === other.kind);
  takeOverIds(world.codes, stored.codes, 'hash', ofSame);
  takeOverIds(world.used, stored.used, 'id', (row, other) => row.expiresAt === other.expiresAt);
};

/** Ids, which storage chooses. */
const takeOver = (world: World, stored: Stored): void => {
  takeOverUser(world, stored);
  takeOverPicture(world, stored);
  takeOverLinks(world, stored);
  takeOverFactors(world, stored);
  const ids = new Set(world.sessions.map(({ id }) => id));
  for (const session of world.sessions.filter(({ id }) => id === NEW)) {
    session.id = stored.sessions.find(({ id, user }) => user === session.user && !ids.has(id))?.id ?? NEW;
  }
  world.events.forEach((event, place) => {
    event.seq ||= stored.events[place]?.seq ?? 0;
  });
  for (const erasure of world.erasures.filter(({ seq }) => seq === 0)) {
    erasure.seq = world.events.findLast(({ type, user }) => type === 'user.erased' && user === erasure.user)?.seq ?? 0;
  }
  for (const service of world.services.filter(({ id }) => id === NEW)) {
    service.id = stored.services.find(({ name }) => name === service.name)?.id ?? NEW;
  }
  world.participations.forEach((row, place) => {
    row.id ||= stored.participations[place]?.id ?? 0;
  });
};

const isAmong = <Row>(rows: readonly Row[], all: readonly Row[]): boolean => {
  const texts = new Set(all.map(textOf));
  return rows.every((row) => texts.has(textOf(row)));
};

/**
 * Where the database failed in the middle of a step, what is outside it may be told or not, a check of a password may count or
 * not, and pictures may lie about that no row names: all that the scheduled run is there for. No more than that.
 */
const takeOverUnfinished = (world: World, stored: Stored): void => {
  if (isAmong(stored.owed.blacklist, world.owed.blacklist)) world.owed.blacklist = stored.owed.blacklist;
  if (isAmong(stored.owed.records, world.owed.records)) world.owed.records = stored.owed.records;
  world.attempts = stored.attempts;
  for (const erasure of world.erasures) {
    const found = stored.erasures.find(({ user }) => user === erasure.user);
    if (found && !found.hasPictures) erasure.hasPictures = false;
  }
  const named = world.accounts.flatMap(({ picture }) => picture ?? []);
  if (isAmong(named, stored.pictures)) world.pictures = stored.pictures;
};

/** The first of the worlds that is the stored one, with its ids. Fails with what is different from the last of them. */
export const agreed = (candidates: readonly World[], stored: Stored, isUnsure: boolean): World => {
  const found = textOf(shown(stored));
  for (const world of candidates) {
    takeOver(world, stored);
    if (isUnsure) takeOverUnfinished(world, stored);
    if (textOf(shown(world)) === found) return world;
  }
  const [last] = candidates.slice(-1);
  if (!last) throw new Error('There is no world to agree with.');
  expect(shown(stored)).toEqual(shown(last));
  return last;
};
