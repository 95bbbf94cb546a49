-- The code before lives with this: it leaves both references empty, and removes the counters of an address by its hash.
CREATE TABLE `blacklist_outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`entry` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `login_attempts` ADD `user_id` integer REFERENCES users(id) ON DELETE cascade;--> statement-breakpoint
CREATE INDEX `login_attempts_user_id` ON `login_attempts` (`user_id`) WHERE user_id IS NOT NULL;--> statement-breakpoint
ALTER TABLE `mail_requests` ADD `user_id` integer REFERENCES users(id) ON DELETE cascade;--> statement-breakpoint
CREATE INDEX `mail_requests_user_id` ON `mail_requests` (`user_id`) WHERE user_id IS NOT NULL;