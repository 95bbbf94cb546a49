import * as z from 'zod/mini';
import { type AuditAction, listAudit } from '../../accounts/acts/audit.ts';
import { isoTime } from '../../workers/time.ts';
import { userId } from '../wire/fields.ts';
import { name, nextOf, paging, serviceName, user } from './input.ts';
import { operation } from './operation.ts';
import { USER_ACT_NAMES } from './user-acts.command.ts';
import { requireUser } from './users.ts';

/** Everything that the audit may be asked for. */
export const AUDIT_ACTIONS: readonly AuditAction[] = [
  'user.delete',
  ...Object.values(USER_ACT_NAMES).map((name) => `user.${name}` as const),
  'user.create',
  'user.export',
  'user.verify',
  'user.forget-password',
  'user.add-factor',
  'user.remove-factor',
  'user.make-recovery-codes',
  'user.use-recovery-code',
  'user.bring-factors-back',
  'user.ask-email',
  'user.change-email',
  'user.undo-email',
  'service.add',
  'service.rotate',
  'service.resume',
  'service.remove',
  'mail.retry',
  'keys.rotate',
  'after-restore',
  'schedule.run',
];

const time = z.pipe(
  z.union([z.iso.datetime({ offset: true, error: 'must be a time like 2026-01-31T12:00:00Z' }), z.iso.date()]),
  z.transform((text: string) => new Date(text)),
);

const Query = z.strictObject({
  ...paging,
  user: z.optional(user),
  service: z.optional(serviceName),
  action: z.optional(z.enum(AUDIT_ACTIONS, { error: `must be one of ${AUDIT_ACTIONS.join(', ')}` })),
  origin: z.optional(z.enum(['http', 'script', 'schedule'], { error: 'must be http, script or schedule' })),
  by: z.optional(z.union([userId, name])),
  since: z.optional(time),
  until: z.optional(time),
});

/** What is read of the audit. */
export const AUDIT = {
  /** A page of it, newest first. */
  listAudit: operation('audit', Query, async (call, { user: subject, by, ...query }) => {
    // The audit outlives its users, so an id need not be anybody's any more.
    const subjectId = subject && ('id' in subject ? subject.id : (await requireUser(call, subject)).id);
    const found = await listAudit(call.db, { ...query, subjectId, actor: by });
    const events = found.map((event) => ({
      id: event.id,
      at: isoTime(event.at),
      action: event.action,
      user_id: event.subjectId,
      service: event.service,
      by: event.actorName ?? event.actorId,
      origin: event.origin,
      request_id: event.requestId,
    }));
    return { events, next: nextOf(found, query.limit) };
  }),
};
