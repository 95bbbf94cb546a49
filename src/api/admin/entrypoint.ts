import { WorkerEntrypoint } from 'cloudflare:workers';
import type * as z from 'zod';
import { listAudit, noteAct } from '../../accounts/acts/audit.ts';
import { findFailedMails, listFailedMails, retryFailedMails } from '../../accounts/administration/failed-mail.ts';
import { graceMs } from '../../accounts/erasure/deletion.ts';
import { findDueErasures, listErasures } from '../../accounts/erasure/erasure.ts';
import { exportUserFor } from '../../accounts/erasure/export.ts';
import { AFTER_RESTORE_START, afterRestoreStep } from '../../accounts/restore/after-restore.ts';
import { previewRestoreStep } from '../../accounts/restore/after-restore-preview.ts';
import { listUsers } from '../../accounts/users/user-list.ts';
import { wakeMailer } from '../../outbox/outbox.ts';
import { runSchedule } from '../cron.ts';
import { exportOf } from '../wire/export.ts';
import { isoTime, timeOrNull } from '../wire/time.ts';
import { administratedUserOf } from '../wire/user.ts';
import { Refused } from './answer.ts';
import * as input from './input.ts';
import { planRotation } from './key-rotation.ts';
import { perform, scriptActor } from './operation.ts';
import * as act from './user-act.ts';

type Input<Schema extends z.ZodType> = z.input<Schema>;

// What one call takes on; the command goes on from there.
const MAILS_AT_ONCE = 500;
const DUE_AT_ONCE = 100;

/** Pictures have no request here to tell the host: it is their own, or that of the pages that mail links open. */
const avatarBaseOf = (env: Env): string => env.AVATAR_BASE_URL.replace(/\/$/, '') || new URL(env.APP_URL).origin;

/** The id to go on from, where a page is full. */
const nextOf = (rows: readonly { id: number }[], limit: number): number | null =>
  rows.length === limit ? (rows.at(-1)?.id ?? null) : null;

/**
 * What administrators' scripts do. No HTTP request reaches it: it answers calls over a service binding, from any
 * Worker of the same Cloudflare account that binds it, and that account is the trust boundary. Each method takes one
 * object, checked against a schema whoever calls, and answers plain data; none of them throws.
 */
export class Admin extends WorkerEntrypoint<Env> {
  /** A page of users, newest first; `next` goes in as `before`. */
  listUsers(given: Input<typeof input.Listing>) {
    return perform(this.env, 'users.list', input.Listing, given, async ({ env, db }, { q, ...query }) => {
      const page = await listUsers(db, { ...query, prefix: q });
      const users = page.users.map((user) => administratedUserOf(user, avatarBaseOf(env)));
      return { users, next: page.before ?? null };
    });
  }

  showUser(given: Input<typeof input.OneUser>) {
    return perform(this.env, 'users.show', input.OneUser, given, async (call, { user }) => ({
      user: administratedUserOf(await act.requireUser(call, user), avatarBaseOf(call.env)),
    }));
  }

  promoteUser(given: Input<typeof input.Act>) {
    return perform(this.env, 'users.promote', input.Act, given, (call, by) => act.actOn(call, act.PROMOTION, by));
  }

  demoteUser(given: Input<typeof input.ForcibleAct>) {
    return perform(this.env, 'users.demote', input.ForcibleAct, given, (call, by) => act.actOn(call, act.DEMOTION, by));
  }

  deactivateUser(given: Input<typeof input.Deactivation>) {
    return perform(this.env, 'users.deactivate', input.Deactivation, given, (call, by) =>
      act.actOn(call, act.DEACTIVATION, by),
    );
  }

  reactivateUser(given: Input<typeof input.Act>) {
    return perform(this.env, 'users.reactivate', input.Act, given, (call, by) => act.actOn(call, act.REACTIVATION, by));
  }

  restoreUser(given: Input<typeof input.Act>) {
    return perform(this.env, 'users.restore', input.Act, given, (call, by) => act.actOn(call, act.RESTORATION, by));
  }

  eraseUser(given: Input<typeof input.ForcibleAct>) {
    return perform(this.env, 'users.erase', input.ForcibleAct, given, (call, by) => act.actOn(call, act.ERASURE, by));
  }

  setEmail(given: Input<typeof input.AddressChange>) {
    return perform(this.env, 'users.set-email', input.AddressChange, given, (call, by) =>
      act.actOn(call, act.ADDRESS_CHANGE, by),
    );
  }

  endSessions(given: Input<typeof input.Act>) {
    return perform(this.env, 'users.end-sessions', input.Act, given, (call, by) =>
      act.actOn(call, act.END_OF_SESSIONS, by),
    );
  }

  /** All personal data of a user, in whatever state the account is. */
  exportUser(given: Input<typeof input.Export>) {
    return perform(this.env, 'users.export', input.Export, given, async (call, { user, as }) => {
      const { id } = await act.requireUser(call, user);
      const data = await exportUserFor(call.db, call.env.AVATARS, id, scriptActor(call, as), call.now);
      if (!data) throw new Refused('NO_USER');
      return exportOf(data, avatarBaseOf(call.env));
    });
  }

  /** A page of the mails that the mailer has given up on, newest first. */
  failedMails(given: Input<typeof input.FailedMails>) {
    return perform(this.env, 'mail.failed', input.FailedMails, given, async ({ db }, query) => {
      const failed = await listFailedMails(db, query);
      const mails = failed.map(({ userId, failedAt, createdAt, ...mail }) => ({
        ...mail,
        user_id: userId,
        created_at: isoTime(createdAt),
        failed_at: isoTime(failedAt),
      }));
      return { mails, next: nextOf(failed, query.limit) };
    });
  }

  /** Makes a failed mail due again, or, without an id, the oldest of them: it is called until it answers none. */
  retryMails(given: Input<typeof input.Retry>) {
    return perform(this.env, 'mail.retry', input.Retry, given, async (call, { mail, as, dry_run }) => {
      const { db, env, now } = call;
      const which = mail === undefined ? { limit: MAILS_AT_ONCE } : { id: mail };
      const retried = dry_run
        ? await findFailedMails(db, which)
        : await retryFailedMails(db, which, scriptActor(call, as), now);
      if (mail !== undefined && retried.length === 0) throw new Refused('NO_FAILED_MAIL');
      if (!dry_run) await wakeMailer(env.MAIL, retried);
      return { mails: retried.map(({ id }) => id), dry_run };
    });
  }

  /** A page of the records of erasures, highest id first. */
  listErasures(given: Input<typeof input.Erasures>) {
    return perform(this.env, 'erasures.list', input.Erasures, given, async ({ db }, query) => {
      const found = await listErasures(db, query);
      const erasures = found.map(({ userId, erasedAt, picturesErasedAt }) => ({
        user_id: userId,
        erased_at: isoTime(erasedAt),
        pictures_erased_at: timeOrNull(picturesErasedAt),
      }));
      const ids = found.map(({ userId }) => ({ id: userId }));
      return { erasures, next: nextOf(ids, query.limit) };
    });
  }

  /** One bounded step of putting a restored database right; `next` goes in as `from`, until it is null. */
  afterRestore(given: Input<typeof input.RestoreStep>) {
    return perform(this.env, 'after-restore', input.RestoreStep, given, async (call, { from, as, dry_run }) => {
      const { db, env, now } = call;
      const by = scriptActor(call, as);
      if (!dry_run && from.phase === AFTER_RESTORE_START.phase) await noteAct(db, 'after-restore', by, now);
      const step = dry_run
        ? await previewRestoreStep(db, env.RECORDS, from)
        : await afterRestoreStep(db, env.RECORDS, from, by, now);
      return { phase: step.phase, changed: step.changed, next: step.next ?? null, dry_run };
    });
  }

  /** The scheduled run, at once. A dry run names the accounts that it would erase. */
  runSchedule(given: Input<typeof input.Run>) {
    return perform(this.env, 'schedule.run', input.Run, given, async (call, { as, dry_run }) => {
      const { db, env, now, requestId } = call;
      const due = dry_run ? await findDueErasures(db, graceMs(env.DELETION_GRACE_DAYS), DUE_AT_ONCE, now) : [];
      if (dry_run) return { dry_run, would_erase: due.map(({ id }) => id), steps: {} };
      await noteAct(db, 'schedule.run', scriptActor(call, as), now);
      return { dry_run, would_erase: [], steps: await runSchedule(env, now, requestId) };
    });
  }

  /**
   * Says into which slots new keys go, and when the key in each was made. The keys themselves stay where they are: the
   * new ones are made and written by who calls.
   */
  planKeyRotation(given: Input<typeof input.Rotation>) {
    return perform(this.env, 'keys.rotate', input.Rotation, given, async (call, { keys, leaked, as, dry_run }) => {
      const plan = planRotation(call.env, keys, leaked, call.now);
      if (!dry_run) await noteAct(call.db, 'keys.rotate', scriptActor(call, as), call.now);
      return { keys, ...plan, dry_run };
    });
  }

  /** A page of the audit, newest first. */
  listAudit(given: Input<typeof input.Audit>) {
    return perform(this.env, 'audit', input.Audit, given, async (call, { user, by, ...query }) => {
      // The audit outlives its users, so an id need not be anybody's any more.
      const subjectId = user && ('id' in user ? user.id : (await act.requireUser(call, user)).id);
      const found = await listAudit(call.db, { ...query, subjectId, actor: by });
      const events = found.map((event) => ({
        id: event.id,
        at: isoTime(event.at),
        action: event.action,
        user_id: event.subjectId,
        by: event.actorName ?? event.actorId,
        origin: event.origin,
        request_id: event.requestId,
      }));
      return { events, next: nextOf(found, query.limit) };
    });
  }
}

/** The entrypoint as who binds it sees it. */
export type AdminClient = Omit<Admin, keyof WorkerEntrypoint>;
