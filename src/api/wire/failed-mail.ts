import type { FailedMail } from '../../accounts/administration/failed-mail.ts';
import { isoTime } from '../../workers/time.ts';

/** A mail that the mailer has given up on, as administrators see it. */
export const failedMailOf = ({ userId, failedAt, createdAt, ...mail }: FailedMail) => ({
  ...mail,
  user_id: userId,
  created_at: isoTime(createdAt),
  failed_at: isoTime(failedAt),
});

export type ListedFailedMail = ReturnType<typeof failedMailOf>;
