import type { Database } from '../../../drizzle/client.ts';
import type { User } from '../../../drizzle/schema.ts';
import type { Actor } from '../../accounts/acts/audit.ts';
import { deactivateUser, reactivateUser } from '../../accounts/administration/deactivation.ts';
import { setEmail } from '../../accounts/administration/email-change.ts';
import { demoteUser, promoteUser } from '../../accounts/administration/role.ts';
import { graceMs, restoreUser } from '../../accounts/erasure/deletion.ts';
import { eraseUser } from '../../accounts/erasure/erasure.ts';
import { type Decided, followUp } from '../../accounts/follow-up.ts';
import { countSessions } from '../../accounts/sessions/blacklist.ts';
import { endSessionsOfUser } from '../../accounts/sessions/session.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { findUserByEmail, findUserById } from '../../accounts/users/find-user.ts';
import { isRefusalCode, Refused } from './answer.ts';
import type { UserReference } from './input.ts';
import { type Call, scriptActor } from './operation.ts';

/** The user that is named; refuses where there is none. */
export const requireUser = async ({ db }: Call, reference: UserReference): Promise<User> => {
  const user = 'id' in reference ? await findUserById(db, reference.id) : await findUserByEmail(db, reference.email);
  if (user) return user;
  throw new Refused('NO_USER');
};

/** What a command is given besides the user. */
type Input = { force?: boolean; reason?: string | null; email?: string };

/** An act on a user, as a script has it done or foreseen; each is one of the domain's, which owns its rule. */
type UserAct<Given extends Input> = {
  outcome: string;
  does: (call: Call, userId: number, input: Given, by: Actor) => Promise<Decided>;
  foresees: (call: Call, userId: number, input: Given, by: Actor) => Promise<{ outcome: string }>;
};

/** An act of the domain, and what it is given of a command's input. */
const userAct = <Given, From extends Input = Input>(
  act: {
    (db: Database, userId: number, given: Given, by: Actor, now: Date): Promise<Decided>;
    foresees: (db: Database, userId: number, given: Given, by: Actor, now: Date) => Promise<{ outcome: string }>;
    outcome: string;
  },
  given: (input: From, call: Call) => Given,
): UserAct<From> => ({
  outcome: act.outcome,
  does: (call, userId, input, by) => act(call.db, userId, given(input, call), by, call.now),
  foresees: (call, userId, input, by) => act.foresees(call.db, userId, given(input, call), by, call.now),
});

export const PROMOTION = userAct(promoteUser, () => ({}));
export const DEMOTION = userAct(demoteUser, ({ force = false }) => ({ force }));
export const DEACTIVATION = userAct(deactivateUser, ({ reason = null, force = false }) => ({ reason, force }));
export const REACTIVATION = userAct(reactivateUser, () => ({}));
export const RESTORATION = userAct(restoreUser, (_, { env }) => ({ grace: graceMs(env.DELETION_GRACE_DAYS) }));
export const ERASURE = userAct(eraseUser, ({ force = false }) => ({ force }));
export const ADDRESS_CHANGE = userAct(setEmail, ({ email }: { email: string }, { env }) => ({
  email,
  keys: tokenKeys(env),
}));
export const END_OF_SESSIONS = userAct(endSessionsOfUser, () => ({}));

/** What was done to whom, or would have been. */
export type Done = {
  outcome: string;
  user: { id: number; email: string };
  dry_run: boolean;
  ended_sessions: number;
  mails: number;
};

/**
 * Does an act to a user and tells the world outside the database before it answers, or says what would happen. An
 * account that is deleted is still somebody to a script, so that a refusal says what it is.
 */
export const actOn = async <Given extends Input>(
  call: Call,
  { outcome, foresees, does }: UserAct<Given>,
  input: Given & { user: UserReference; as: string; dry_run: boolean },
): Promise<Done> => {
  const { as, dry_run } = input;
  const { id, email } = await requireUser(call, input.user);
  const by = scriptActor(call, as);
  const decided: Decided = await (dry_run ? foresees : does)(call, id, input, by);
  if (isRefusalCode(decided.outcome)) throw new Refused(decided.outcome);
  if (!dry_run) await followUp(call.db, call.env, decided, { userId: id, by });
  const { mails = [], endedSessions = [] } = decided;
  return {
    outcome,
    user: { id, email },
    dry_run,
    ended_sessions: countSessions(endedSessions),
    mails: mails.length,
  };
};
