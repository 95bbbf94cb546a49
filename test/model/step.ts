import { vi } from 'vitest';
import { type Change, emptyWorld, type Link, type World } from './accounts.ts';
import { agreed } from './agreement.ts';
import { COMMANDS, EMAILS, lookAtSelf, PASSWORDS } from './commands.ts';
import { bindingsWith } from './faults.ts';
import { clear, isBlacklisted, isRecorded, readStored, type Stored } from './storage.ts';
import { emptyHands, type Stage, type Trial } from './trial.ts';
import type { Tried } from './tried.ts';

// One step: the model does it, the API does it, and then the answers, what is stored, and what is in people's hands must agree.

const WORDS = { emails: EMAILS, passwords: PASSWORDS };
const HOUR = 3600_000;

const setClock = (now: number): void => void vi.useFakeTimers({ toFake: ['Date'], now });

/** An empty world, on whose clock no whole second is broken, and so late that what is stored has lain there for hours. */
export const newStage = async (): Promise<Stage> => {
  vi.useRealTimers();
  const now = Math.ceil(Date.now() / 1000) * 1000 + 2 * HOUR;
  await clear();
  setClock(now);
  return { world: emptyWorld(now), hands: emptyHands(), outbox: [], turn: 0 };
};

export const trialOf = (stage: Stage, { name, n }: Tried): Trial | undefined => COMMANDS[name]?.(stage, n);

const demand = (isSo: boolean, what: string): void => {
  if (!isSo) throw new Error(what);
};

const copyOf = (world: World, broken: World['broken']): World => ({ ...structuredClone(world), broken });

/** The worlds that a step may have led to, and whether some of it may be left for the scheduled run. */
const candidatesOf = (trial: Trial, world: World, said: string, tried: Tried, hasFailed: boolean): World[] => {
  const { fault } = tried;
  const before = copyOf(world, []);
  const after = copyOf(world, fault && (fault.part !== 'database' || hasFailed) ? [fault.part] : []);
  const told = trial.model(after);
  if (told === 'OK') succeeded.add(tried.name);
  if (hasFailed && said === trial.unavailable) return [before, after];
  const expected = trial.says(told);
  demand(said === expected, `The answer is "${said}", and should be "${expected}".`);
  return [after];
};

/** What has ended is on the blacklist, but for what is still owed. */
const expectEnded = async (before: World, { now, sessions, owed }: World): Promise<void> => {
  const living = new Set(sessions.map(({ id }) => id));
  const isOwed = new Set(owed.blacklist.map(({ entry }) => entry));
  const ended = before.sessions.filter(({ id, expiresAt }) => expiresAt > now && !living.has(id));
  const entries = ended.map(({ id }) => `sid:${id}`);
  for (const entry of entries.filter((entry) => !isOwed.has(entry)))
    demand(await isBlacklisted(entry), `${entry} is not on the blacklist.`);
};

// A suspension that has ended is forgotten, with its reason.
const OF_SUSPENSIONS = ['deactivated', 'told', 'reactivated'];

/** What was owed to the bucket and is so no more is in it, and so is a suspension that has just begun. */
const expectRecorded = async (before: World, { now, accounts, owed }: World): Promise<void> => {
  const left = new Set(owed.records.map((record) => JSON.stringify(record)));
  const gone = before.owed.records.filter((record) => !left.has(JSON.stringify(record)));
  const isOwed = new Set(owed.records.map(({ user }) => user));
  // One that ended in the same second cannot be told from it.
  const hasEnded = new Set(
    before.events.filter(({ type, at }) => type === 'user.reactivated' && at === now).map(({ user }) => user),
  );
  const begun = accounts.filter(
    ({ id, deactivatedAt }) => deactivatedAt === now && !isOwed.has(id) && !hasEnded.has(id),
  );
  for (const record of [
    ...gone.filter(({ kind }) => !OF_SUSPENSIONS.includes(kind)),
    ...begun.map(({ id }) => ({ kind: 'deactivated', user: id, at: now })),
  ])
    demand(await isRecorded(record), `The bucket has no ${record.kind} of ${record.user}.`);
};

/** Ids and numbers of events only rise. */
const expectRising = (before: World, { accounts, events, participations }: World): void => {
  const highest = (numbers: number[]) => Math.max(0, ...numbers);
  const [lastSeq, lastId] = [
    highest(before.events.map(({ seq }) => seq)),
    highest(before.accounts.map(({ id }) => id)),
  ];
  const known = new Set(before.accounts.map(({ id }) => id));
  for (const { seq, at } of events) demand(seq <= lastSeq || at >= before.now, `Event ${seq} has come in between.`);
  for (const { id } of accounts) demand(known.has(id) || id > lastId, `The id ${id} was given before.`);
  demand(
    participations.every(({ id }) => id > 0),
    'A participation has no id.',
  );
};

/** The links of the mails about another address: one confirms it, and one undoes it. */
const linksOf = ({ id, user, at }: Change): Link[] => [
  { purpose: 'confirm-email', id, user, expiresAt: at + 24 * HOUR },
  { purpose: 'undo-email', id, user, expiresAt: at + 96 * HOUR },
];

const keepLinks = ({ hands, world }: Stage): void => {
  const known = new Set(hands.links.map(({ id }) => id));
  const links = [...world.links, ...world.changes.flatMap(linksOf)];
  hands.links.push(...links.filter(({ id }) => !known.has(id)).map((link) => ({ ...link })));
};

/** Asks what tokens open: those whose session has just ended, and another one each time. */
const probe = async ({ hands, world, turn }: Stage, before: World): Promise<void> => {
  const living = new Set(world.sessions.map(({ id }) => id));
  const ended = new Set(before.sessions.filter(({ id }) => !living.has(id)).map(({ id }) => id));
  const any = hands.tokens[turn % Math.max(1, hands.tokens.length)];
  const asked = [...hands.tokens.filter(({ session }) => ended.has(session)).slice(-2), ...(any ? [any] : [])];
  for (const token of asked) {
    const trial = lookAtSelf(token, world);
    const [said, expected] = [await trial.real({}), trial.says(trial.model(world))];
    demand(said === expected, `A token of ${token.user} opens "${said}", and should "${expected}".`);
  }
};

const settle = async (stage: Stage, stored: Stored, before: World): Promise<void> => {
  stage.world.broken = [];
  stage.outbox = stored.outbox;
  expectRising(before, stage.world);
  await expectEnded(before, stage.world);
  await expectRecorded(before, stage.world);
  keepLinks(stage);
  stage.turn += 1;
  await probe(stage, before);
};

/** The commands that have been done, and not only refused. */
export const succeeded = new Set<string>();

/** Does one step for real and in the model; throws where they do not agree. */
export const take = async (stage: Stage, tried: Tried): Promise<void> => {
  if (tried.name === 'pass') {
    stage.world.now += (tried.n['seconds'] ?? 0) * 1000;
    return setClock(stage.world.now);
  }
  const trial = trialOf(stage, tried);
  if (!trial) return;
  const { bindings, hasFailed } = bindingsWith(tried.fault);
  const said = await trial.real(bindings);
  const before = stage.world;
  const candidates = candidatesOf(trial, before, said, tried, hasFailed());
  const stored = await readStored(WORDS);
  stage.world = agreed(candidates, stored, hasFailed());
  trial.gives?.(stage.hands, stage.world);
  await settle(stage, stored, before);
};
