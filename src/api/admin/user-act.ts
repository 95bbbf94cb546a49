import type { User } from '../../../drizzle/schema.ts';
import type { Actor } from '../../accounts/acts/audit.ts';
import { deactivateUser, reactivateUser } from '../../accounts/administration/deactivation.ts';
import { setEmail } from '../../accounts/administration/email-change.ts';
import { demoteUser, promoteUser } from '../../accounts/administration/role.ts';
import { graceMs, restoreUser } from '../../accounts/erasure/deletion.ts';
import { eraseUser, mayBeErased } from '../../accounts/erasure/erasure.ts';
import { type Decided, followUp } from '../../accounts/follow-up.ts';
import { countSessions } from '../../accounts/sessions/blacklist.ts';
import { endSessionsOfUser } from '../../accounts/sessions/session.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { findUserByEmail, findUserById, isLastAdministrator } from '../../accounts/users/user.ts';
import { isRefusalCode, type RefusalCode, Refused } from './answer.ts';
import type { UserReference } from './input.ts';
import { type Call, scriptActor } from './operation.ts';

/** The user that is named; refuses where there is none. */
export const requireUser = async ({ db }: Call, reference: UserReference): Promise<User> => {
  const user = 'id' in reference ? await findUserById(db, reference.id) : await findUserByEmail(db, reference.email);
  if (user) return user;
  throw new Refused('NO_USER');
};

/** What acts are given besides the user. */
type Given = { force?: boolean; reason?: string | null; email?: string };

/** An act on a user. What refuses it is the database's to decide; `wouldRefuse` only foretells that, for a dry run. */
type UserAct<Facts extends Given> = {
  outcome: string;
  wouldRefuse: (call: Call, user: User, given: Facts) => Promise<RefusalCode | undefined> | RefusalCode | undefined;
  does: (call: Call, user: User, given: Facts, by: Actor) => Promise<Decided>;
};

const unlessForced = async ({ db }: Call, user: User, { force }: Given): Promise<RefusalCode | undefined> =>
  !force && (await isLastAdministrator(db, user.id)) ? 'LAST_ADMINISTRATOR' : undefined;

export const PROMOTION: UserAct<Given> = {
  outcome: 'promoted',
  wouldRefuse: (_, user) => {
    if (user.role === 'admin') return 'ALREADY_ADMINISTRATOR';
    if (user.deletedAt) return 'ACCOUNT_DELETED';
    if (!user.isActive) return 'ACCOUNT_DEACTIVATED';
    return user.isVerified ? undefined : 'EMAIL_NOT_VERIFIED';
  },
  does: ({ db, now }, { id }, _, by) => promoteUser(db, id, by, now),
};

export const DEMOTION: UserAct<Given> = {
  outcome: 'demoted',
  wouldRefuse: (call, user, given) => (user.role === 'admin' ? unlessForced(call, user, given) : 'NO_ADMINISTRATOR'),
  does: ({ db, now }, { id }, given, by) => demoteUser(db, id, given, by, now),
};

export const DEACTIVATION: UserAct<Given & { reason: string | null }> = {
  outcome: 'deactivated',
  wouldRefuse: (call, user, given) => {
    if (user.deletedAt) return 'ACCOUNT_DELETED';
    return user.isActive ? unlessForced(call, user, given) : 'ALREADY_DEACTIVATED';
  },
  does: ({ db, now }, { id }, given, by) => deactivateUser(db, id, given, by, now),
};

export const REACTIVATION: UserAct<Given> = {
  outcome: 'reactivated',
  wouldRefuse: (_, user) => {
    if (user.deletedAt) return 'ACCOUNT_DELETED';
    return user.isActive ? 'ALREADY_ACTIVE' : undefined;
  },
  does: ({ db, now }, { id }, _, by) => reactivateUser(db, id, by, now),
};

export const RESTORATION: UserAct<Given> = {
  outcome: 'restored',
  wouldRefuse: ({ env, now }, { deletedAt }) => {
    if (!deletedAt) return 'NOT_DELETED';
    const isOver = deletedAt.getTime() <= now.getTime() - graceMs(env.DELETION_GRACE_DAYS);
    return isOver ? 'GRACE_PERIOD_OVER' : undefined;
  },
  does: ({ env, db, now }, { id }, _, by) => restoreUser(db, id, by, graceMs(env.DELETION_GRACE_DAYS), now),
};

export const ERASURE: UserAct<Given & { force: boolean }> = {
  outcome: 'erased',
  wouldRefuse: unlessForced,
  does: ({ db, now }, { id }, { force }, by) =>
    eraseUser(db, { userId: id, where: mayBeErased(force), tellsUser: true }, by, now),
};

export const ADDRESS_CHANGE: UserAct<Given & { email: string }> = {
  outcome: 'email-set',
  wouldRefuse: async ({ db }, user, { email }) => {
    if (user.email === email) return 'SAME_ADDRESS';
    return (await findUserByEmail(db, email)) ? 'ADDRESS_TAKEN' : undefined;
  },
  does: ({ env, db, now }, { id }, { email }, by) => setEmail(db, tokenKeys(env), id, email, by, now),
};

export const END_OF_SESSIONS: UserAct<Given> = {
  outcome: 'sessions-ended',
  wouldRefuse: () => undefined,
  does: ({ db, now }, { id }, _, by) => endSessionsOfUser(db, id, by, now),
};

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
export const actOn = async <Facts extends Given>(
  call: Call,
  { outcome, wouldRefuse, does }: UserAct<Facts>,
  given: Facts & { user: UserReference; as: string; dry_run: boolean },
): Promise<Done> => {
  const { as, dry_run } = given;
  const user = await requireUser(call, given.user);
  const done = { outcome, user: { id: user.id, email: user.email }, dry_run, ended_sessions: 0, mails: 0 };
  if (dry_run) {
    const refusal = await wouldRefuse(call, user, given);
    if (refusal) throw new Refused(refusal);
    return done;
  }
  const by = scriptActor(call, as);
  const decided = await does(call, user, given, by);
  if (isRefusalCode(decided.outcome)) {
    throw new Refused(decided.outcome === 'NO_USER' && user.deletedAt ? 'ACCOUNT_DELETED' : decided.outcome);
  }
  await followUp(call.db, call.env, decided, { userId: user.id, by });
  return { ...done, ended_sessions: countSessions(decided.endedSessions ?? []), mails: decided.mails?.length ?? 0 };
};
