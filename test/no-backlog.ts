import type { Backlog } from '../src/accounts/backlog.ts';

/** What is still to be done where nothing is. */
export const NO_BACKLOG: Backlog = {
  mails_due: 0,
  oldest_mail_s: 0,
  mails_unsent: 0,
  mails_failed: 0,
  erasures_unfinished: 0,
  oldest_erasure_s: 0,
  erasures_overdue: 0,
  oldest_overdue_s: 0,
  records_waiting: 0,
  oldest_record_s: 0,
  services_behind: 0,
  oldest_event_s: 0,
  services_halted: 0,
};
