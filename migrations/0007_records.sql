ALTER TABLE `erasures` ADD `repeated_at` integer;--> statement-breakpoint
ALTER TABLE `record_outbox` ADD `data` text;--> statement-breakpoint
ALTER TABLE `users` ADD `password_changed_at` integer;