import * as z from 'zod/mini';
import type { Database } from '../../../drizzle/client.ts';
import type { Actor } from '../../accounts/acts/audit.ts';
import { deactivateUser, reactivateUser } from '../../accounts/administration/deactivation.ts';
import { setEmail } from '../../accounts/administration/email-change.ts';
import { sendReset, sendVerification } from '../../accounts/administration/link-mail.ts';
import { unlockUser } from '../../accounts/administration/lock.ts';
import { demoteUser, promoteUser } from '../../accounts/administration/role.ts';
import { graceMs, restoreUser } from '../../accounts/erasure/deletion.ts';
import { eraseUser } from '../../accounts/erasure/erasure.ts';
import { resetSecondFactor } from '../../accounts/factors/factor.ts';
import { type Decided, followUp } from '../../accounts/follow-up.ts';
import { countSessions } from '../../accounts/sessions/blacklist.ts';
import { endSessionsOfUser } from '../../accounts/sessions/session.ts';
import { tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { email, reason } from '../wire/fields.ts';
import { requireOutcome } from './answer.ts';
import { Act, flag } from './input.ts';
import { type Call, type Operation, operation, scriptActor } from './operation.ts';
import { USER_ACT_NAMES as NAMES, type UserActMethod } from './user-acts.command.ts';
import { requireUser } from './users.ts';

const ForcibleAct = z.extend(Act, { force: flag });

/** An act of the domain, which owns its rule: it is called to be done, or foreseen. */
type DomainAct<Given> = {
  (db: Database, userId: number, given: Given, by: Actor, now: Date): Promise<Decided>;
  foresees: (db: Database, userId: number, given: Given, by: Actor, now: Date) => Promise<{ outcome: string }>;
  outcome: string;
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
const actOn = async <Given>(
  call: Call,
  act: DomainAct<Given>,
  { user, as, dry_run }: z.output<typeof Act>,
  given: Given,
): Promise<Done> => {
  const { id, email } = await requireUser(call, user);
  const by = scriptActor(call, as);
  const decided: Decided = await (dry_run ? act.foresees : act)(call.db, id, given, by, call.now);
  requireOutcome(decided, act.outcome);
  if (!dry_run) await followUp(call.db, call.env, decided, { userId: id, by });
  const { mails = [], endedSessions = [] } = decided;
  const ended_sessions = countSessions(endedSessions);
  return { outcome: act.outcome, user: { id, email }, dry_run, ended_sessions, mails: mails.length };
};

/** The operation of an act: its input, the act of the domain that it is, and what that is given of the input. */
const userAct = <Schema extends z.ZodMiniType<z.output<typeof Act>>, Given>(
  name: (typeof NAMES)[UserActMethod],
  input: Schema,
  act: DomainAct<Given>,
  given: (input: z.output<Schema>, env: Env) => Given,
): Operation<Schema, Done> =>
  operation(`users.${name}`, input, (call, said) => actOn(call, act, said, given(said, call.env)));

/** What is done to users. */
export const USER_ACTS = {
  promoteUser: userAct(NAMES.promoteUser, Act, promoteUser, () => ({})),
  demoteUser: userAct(NAMES.demoteUser, ForcibleAct, demoteUser, ({ force }) => ({ force })),
  deactivateUser: userAct(
    NAMES.deactivateUser,
    z.extend(ForcibleAct, { reason }),
    deactivateUser,
    ({ reason, force }) => ({ reason, force }),
  ),
  reactivateUser: userAct(NAMES.reactivateUser, Act, reactivateUser, () => ({})),
  restoreUser: userAct(NAMES.restoreUser, Act, restoreUser, (_, env) => ({
    grace: graceMs(env.DELETION_GRACE_DAYS),
  })),
  eraseUser: userAct(NAMES.eraseUser, ForcibleAct, eraseUser, ({ force }) => ({ force })),
  setEmail: userAct(NAMES.setEmail, z.extend(Act, { email }), setEmail, ({ email }, env) => ({
    email,
    keys: tokenKeys(env),
  })),
  endSessions: userAct(NAMES.endSessions, Act, endSessionsOfUser, () => ({})),
  unlockUser: userAct(NAMES.unlockUser, Act, unlockUser, () => ({})),
  sendVerification: userAct(NAMES.sendVerification, Act, sendVerification, () => ({})),
  sendReset: userAct(NAMES.sendReset, Act, sendReset, () => ({})),
  resetSecondFactor: userAct(NAMES.resetSecondFactor, Act, resetSecondFactor, () => ({})),
} satisfies Record<UserActMethod, Operation>;
