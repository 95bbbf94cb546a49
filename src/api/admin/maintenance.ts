import * as z from 'zod/mini';
import { noteAct } from '../../accounts/acts/audit.ts';
import { graceMs } from '../../accounts/erasure/deletion.ts';
import { findDueErasures } from '../../accounts/erasure/erasure.ts';
import { AFTER_RESTORE_START, afterRestoreStep, PHASES } from '../../accounts/restore/after-restore.ts';
import { previewRestoreStep } from '../../accounts/restore/after-restore-preview.ts';
import { runSchedule } from '../cron.ts';
import { acting } from './input.ts';
import { operation, scriptActor } from './operation.ts';

// What a dry run names at most.
const DUE_AT_ONCE = 100;

const RestoreStep = z.strictObject({
  ...acting,
  from: z._default(
    z.strictObject({
      phase: z.enum(PHASES, { error: `must be one of ${PHASES.join(', ')}` }),
      after: z.optional(z.string().check(z.maxLength(200, 'Too big: expected string to have <=200 characters'))),
    }),
    AFTER_RESTORE_START,
  ),
});

/** What is done to the whole of a deployment. */
export const MAINTENANCE = {
  /** One bounded step of putting a restored database right; `next` goes in as `from`, until it is null. */
  afterRestore: operation('after-restore', RestoreStep, async (call, { from, as, dry_run }) => {
    const { db, env, now } = call;
    const by = scriptActor(call, as);
    if (!dry_run && from.phase === AFTER_RESTORE_START.phase) await noteAct(db, 'after-restore', by, now);
    const step = dry_run
      ? await previewRestoreStep(db, env.RECORDS, from)
      : await afterRestoreStep(db, env.RECORDS, from, by, now);
    return { phase: step.phase, changed: step.changed, next: step.next ?? null, dry_run };
  }),

  /** The scheduled run, at once. A dry run names the accounts that it would erase. */
  runSchedule: operation('schedule.run', z.strictObject(acting), async (call, { as, dry_run }) => {
    const { db, env, now, requestId } = call;
    const due = dry_run ? await findDueErasures(db, graceMs(env.DELETION_GRACE_DAYS), DUE_AT_ONCE, now) : [];
    if (dry_run) return { dry_run, would_erase: due.map(({ id }) => id), steps: {} };
    await noteAct(db, 'schedule.run', scriptActor(call, as), now);
    return { dry_run, would_erase: [], steps: await runSchedule(env, now, requestId) };
  }),
};
