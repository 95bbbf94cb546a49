-- Who looks for mails that are due reads none of those that were given up, however many a bad week has left.
CREATE INDEX `outbox_unsent` ON `outbox` (`due_at`) WHERE failed_at IS NULL;--> statement-breakpoint
DROP INDEX `outbox_due_at`;