import { type SQL, sql } from 'drizzle-orm';
import type { SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core';
import { batch, type Database, type Results, type Statements, statement } from '../../../drizzle/client.ts';
import { type User, users } from '../../../drizzle/schema.ts';
import { type RecordedEvent, recordEvent, type ToldEvent } from '../../outbox/event.ts';
import { randomId } from '../tokens/signed-token.ts';
import { type Actor, type AuditAction, recordAudit } from './audit.ts';
import { actorRefusal, type Caller, type CallerRefusal, mayAct, readCaller } from './caller.ts';
import { recordLater, type ToldRecord } from './record.ts';
import { isNotSelf, type Rule } from './rule.ts';

// An act is one batch: it reads who acts and which rule does not hold, one guarded UPDATE makes the change and signs the row
// with the act's own random id, and every statement that follows asks for that signature. So each of them happens exactly
// where the change did, wherever it stands and whatever stands between.

/** What the statements that follow a change stand under. */
export type Mark = {
  /** Holds in any statement, where the change was made. */
  happened: SQL;
  /** Holds on the row of `users` that was changed. */
  isChanged: SQL;
};

/** An act as it is told: the first rule that does not hold is the refusal, and what follows is done as it is named. */
export type Told<Code extends string, Follows extends Statements> = {
  rules: readonly Rule<Code>[];
  /** What has to be out of the way before the change can be made; it stands under the guard of the change. */
  before?: (guard: SQL) => Statements[string];
  change?: SQLiteUpdateSetSource<typeof users>;
  /** What the operator's other services are told; it stands under the guard of the change, and sees the row before it. */
  event?: ToldEvent;
  audit?: AuditAction;
  /** What the private bucket is told. */
  record?: ToldRecord;
  /** What else follows: mails, sessions that end, links that go. What these statements return is part of the answer. */
  follows?: (mark: Mark) => Follows;
  /** In the end the row goes, and what refers to it. */
  removes?: boolean;
};

/** Whose account an act changes, and who acts: nobody is known who comes by a link. */
export type Acting<By extends Actor | undefined = Actor> = { db: Database; userId: number; by: By; now: Date };

/** How an act is told from what it is given. */
type Tell<By extends Actor | undefined, Given, Code extends string, Follows extends Statements> = (
  acting: Acting<By>,
  given: Given,
) => Told<Code, Follows>;

/** What an act answers: its outcome and what the statements that follow have returned, or why it was refused. */
export type Answer<Outcome extends string, Code extends string, Follows extends Statements> =
  | ({ outcome: Outcome; event: RecordedEvent | undefined } & Results<Follows>)
  | { outcome: Code };

/** Who acts, and which rule does not hold. */
const reading = ({ db, userId, by, now }: Acting<Actor | undefined>, rules: readonly Rule<string>[]) => {
  const cases = rules.map(({ condition, code }) => sql`WHEN (${condition}) IS NOT TRUE THEN ${code}`);
  return {
    'act.caller': readCaller(db, by, now),
    'act.verdict': statement<{ code: string | null }>(
      db,
      sql`SELECT CASE ${sql.join(cases, sql` `)} END AS code FROM users WHERE users.id = ${userId}`,
    ),
  };
};

/** Why an act is refused, by what was read; undefined where it is not. */
const refusalOf = <Code extends string>(
  { 'act.caller': [caller], 'act.verdict': [verdict] }: Results<ReturnType<typeof reading>>,
  by: Actor | undefined,
  role: User['role'],
): Code | CallerRefusal | 'NO_USER' | undefined => {
  const code = verdict ? verdict.code : 'NO_USER';
  return actorRefusal(by, caller, role) ?? ((code ?? undefined) as Code | 'NO_USER' | undefined);
};

/** Under which the change is made: who acts may, and every rule holds. */
const guardOf = (
  { userId, by, now }: Acting<Actor | undefined>,
  rules: readonly Rule<string>[],
  role: User['role'],
): SQL => {
  const guard = [mayAct(by, now, role), ...rules.map(({ condition }) => sql`(${condition})`)];
  return sql`users.id = ${userId} AND ${sql.join(guard, sql` AND `)}`;
};

/** The update that makes the change under its guard and signs the row, and before it what makes way, and the event that tells of it. */
const changing = (
  { db, now }: Acting<Actor | undefined>,
  { before, change, event }: Pick<Told<string, Statements>, 'before' | 'change' | 'event'>,
  guard: SQL,
  id: string,
) => ({
  ...(before ? { 'act.before': before(sql`EXISTS (SELECT 1 FROM users WHERE ${guard})`) } : {}),
  ...(event ? { 'act.event': recordEvent(db, event, guard, now) } : {}),
  'act.change': db
    .update(users)
    .set({ ...change, lastAct: id })
    .where(guard)
    .returning({ id: users.id }),
});

const neitherNor = (outcome: string): never => {
  throw new Error(`An account was neither ${outcome} nor refused to be.`);
};

const perform = async <Outcome extends string, Code extends string, Follows extends Statements>(
  outcome: Outcome,
  role: User['role'],
  acting: Acting<Actor | undefined>,
  told: Told<Code, Follows>,
): Promise<Answer<Outcome, Code | CallerRefusal | 'NO_USER', Follows>> => {
  const { db, userId, by, now } = acting;
  const id = randomId();
  const isChanged = sql`users.id = ${userId} AND users.last_act = ${id}`;
  const happened = sql`EXISTS (SELECT 1 FROM users WHERE ${isChanged})`;
  const follows: Statements = told.follows?.({ happened, isChanged }) ?? {};
  // The names have a dot, which none of those that follow has.
  const results = await batch(db, {
    ...reading(acting, told.rules),
    ...changing(acting, told, guardOf(acting, told.rules, role), id),
    ...(told.audit && by ? { 'act.audit': recordAudit(db, told.audit, userId, by, happened, now) } : {}),
    ...(told.record ? { 'act.record': recordLater(db, told.record, userId, isChanged, now) } : {}),
    ...follows,
    ...(told.removes ? { 'act.removal': db.delete(users).where(isChanged) } : {}),
  });
  if (results['act.change'].length === 0) return { outcome: refusalOf<Code>(results, by, role) ?? neitherNor(outcome) };
  const returned = Object.keys(follows).map((name) => [name, (results as Record<string, unknown>)[name]]);
  const event = (results as { 'act.event'?: RecordedEvent[] })['act.event']?.[0];
  return { outcome, event, ...(Object.fromEntries(returned) as Results<Follows>) };
};

/** An act on the own account, by a session: `(db, given, by, now)`. */
export const actOnSelf = <Outcome extends string, Given, Code extends string, Follows extends Statements>(
  outcome: Outcome,
  tell: Tell<Caller, Given, Code, Follows>,
) => {
  const does = (db: Database, given: Given, by: Caller, now = new Date()) => {
    const acting = { db, userId: by.userId, by, now };
    // Whoever is nobody has no session, and hears that first.
    type Refused = Code | CallerRefusal;
    return perform(outcome, 'user', acting, tell(acting, given)) as Promise<Answer<Outcome, Refused, Follows>>;
  };
  return Object.assign(does, { outcome });
};

/** An act by a link that names the account, whoever has it: `(db, userId, given, now)`. A rule asks whether the link holds. */
export const actByLink = <Outcome extends string, Given, Code extends string, Follows extends Statements>(
  outcome: Outcome,
  tell: Tell<undefined, Given, Code, Follows>,
) => {
  const does = (db: Database, userId: number, given: Given, now = new Date()) => {
    const acting = { db, userId, by: undefined, now };
    type Refused = Code | 'NO_USER';
    return perform(outcome, 'user', acting, tell(acting, given)) as Promise<Answer<Outcome, Refused, Follows>>;
  };
  return Object.assign(does, { outcome });
};

/** An act on somebody's account. It is called to be done; `foresees`, called the same way, changes nothing. */
export type ActOnUser<Outcome extends string, Given, Code extends string, Follows extends Statements> = {
  (
    db: Database,
    userId: number,
    given: Given,
    by: Actor,
    now?: Date,
  ): Promise<Answer<Outcome, Code | CallerRefusal | 'SELF' | 'NO_USER', Follows>>;
  /** What calling it at this moment would answer as the outcome. */
  foresees: (
    db: Database,
    userId: number,
    given: Given,
    by: Actor,
    now?: Date,
  ) => Promise<{ outcome: Outcome | Code | CallerRefusal | 'SELF' | 'NO_USER' }>;
  /** What it answers where it is done. */
  outcome: Outcome;
};

/**
 * An act on somebody's account, by a script, the schedule, or over HTTP by an administrator who is somebody else. Its rules
 * are what decides, what tells why not, and what is foreseen.
 */
export const actOnUser = <Outcome extends string, Given, Code extends string, Follows extends Statements>(
  outcome: Outcome,
  tell: Tell<Actor, Given, Code, Follows>,
): ActOnUser<Outcome, Given, Code, Follows> => {
  const toldOf = (acting: Acting, given: Given): Told<Code | 'SELF', Follows> => {
    const told = tell(acting, given);
    return { ...told, rules: [isNotSelf(acting.by), ...told.rules] };
  };
  const does = (db: Database, userId: number, given: Given, by: Actor, now = new Date()) => {
    const acting = { db, userId, by, now };
    return perform(outcome, 'admin', acting, toldOf(acting, given));
  };
  const foresees = async (db: Database, userId: number, given: Given, by: Actor, now = new Date()) => {
    const acting = { db, userId, by, now };
    const read = await batch(db, reading(acting, toldOf(acting, given).rules));
    return { outcome: refusalOf<Code | 'SELF'>(read, by, 'admin') ?? outcome };
  };
  return Object.assign(does, { outcome, foresees });
};
