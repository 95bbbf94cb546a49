import { database } from '../drizzle/client.ts';
import { removeExpired } from './accounts/retention.ts';
import { log } from './log.ts';
import { forgottenMails, wakeMailer } from './mail/outbox.ts';

// What one run takes on; the next one, a minute later, goes on from there.
const MAILS_A_RUN = 500;
const EXPIRED_ROWS_A_RUN = 500;

/** The scheduled run, each minute: finishes what a failure has left undone. */
export const runSchedule = async (env: Env, now: Date): Promise<void> => {
  const db = database(env.DB);
  const mails = await forgottenMails(db, MAILS_A_RUN, now);
  await wakeMailer(env.MAIL, mails);
  const expired = await removeExpired(db, EXPIRED_ROWS_A_RUN, now);
  log('info', 'schedule', { mails: mails.length, expired });
};
