import * as z from 'zod/mini';
import { findFailedMails, listFailedMails, retryFailedMails } from '../../accounts/administration/failed-mail.ts';
import { wakeMailer } from '../../outbox/outbox.ts';
import { failedMailOf } from '../wire/failed-mail.ts';
import { Refused } from './answer.ts';
import { acting, nextOf, paging } from './input.ts';
import { operation, scriptActor } from './operation.ts';

// What one call takes on; the command goes on from there.
const MAILS_AT_ONCE = 500;

const Retry = z.strictObject({
  ...acting,
  mail: z.optional(z.int('must be the id of a mail').check(z.minimum(1, 'must be the id of a mail'))),
});

/** What is done about mails that the mailer has given up on. */
export const MAILS = {
  /** A page of them, newest first. */
  failedMails: operation('mail.failed', z.strictObject(paging), async ({ db }, query) => {
    const failed = await listFailedMails(db, query);
    return { mails: failed.map(failedMailOf), next: nextOf(failed, query.limit) };
  }),

  /** Makes one due again, or, without an id, the oldest of them: it is called until it answers none. */
  retryMails: operation('mail.retry', Retry, async (call, { mail, as, dry_run }) => {
    const { db, env, now } = call;
    const which = mail === undefined ? { limit: MAILS_AT_ONCE } : { id: mail };
    const retried = dry_run
      ? await findFailedMails(db, which)
      : await retryFailedMails(db, which, scriptActor(call, as), now);
    if (mail !== undefined && retried.length === 0) throw new Refused('NO_FAILED_MAIL');
    if (!dry_run) await wakeMailer(env.MAIL, retried);
    return { mails: retried.map(({ id }) => id), dry_run };
  }),
};
