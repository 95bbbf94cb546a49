import * as z from 'zod/mini';
import { noteAct } from '../../accounts/acts/audit.ts';
import { writeRecords } from '../../accounts/acts/record.ts';
import { graceMs } from '../../accounts/erasure/deletion.ts';
import { findDueErasures } from '../../accounts/erasure/erasure.ts';
import { AFTER_RESTORE_START, PHASES } from '../../accounts/restore/phase.ts';
import { runSchedule } from '../cron.ts';
import { acting } from './input.ts';
import { operation, scriptActor } from './operation.ts';

// What a dry run names at most.
const DUE_AT_ONCE = 100;
// What was done since the restore and waits to be told.
const RECORDS_AT_ONCE = 100;

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
  /**
   * One bounded step of putting a restored database right; `next` goes in as `from`, until it is null. The last one that is
   * made tells how many administrators there are then.
   */
  afterRestore: operation('after-restore', RestoreStep, async (call, { from, as, dry_run }) => {
    const { db, env, now } = call;
    const by = scriptActor(call, as);
    // It is read by need: few isolates ever do this.
    const { afterRestoreStep, countAdministrators } = await import('../../accounts/restore/after-restore.ts');
    if (!dry_run && from.phase === AFTER_RESTORE_START.phase) {
      await noteAct(db, 'after-restore', by, now);
      await writeRecords(db, env.RECORDS, RECORDS_AT_ONCE);
    }
    const parts = { db, records: env.RECORDS, by, grace: graceMs(env.DELETION_GRACE_DAYS), now };
    const { phase, changed, next = null } = await afterRestoreStep(parts, from, { isDry: dry_run });
    const administrators = next || dry_run ? null : await countAdministrators(db);
    return { phase, changed, next, administrators, dry_run };
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
