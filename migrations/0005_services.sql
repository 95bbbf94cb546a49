CREATE TABLE `event_horizon` (
	`id` integer PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`former` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`type` text NOT NULL,
	`user_id` integer NOT NULL,
	`data` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `receipts` (
	`event_seq` integer NOT NULL,
	`service_id` text NOT NULL,
	`service` text NOT NULL,
	`outcome` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`event_seq`, `service_id`)
);
--> statement-breakpoint
CREATE TABLE `services` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`url` text,
	`types` text,
	`generation` integer NOT NULL,
	`key_version` integer NOT NULL,
	`former_key_version` integer,
	`former_until` integer,
	`created_at` integer NOT NULL,
	`since_seq` integer NOT NULL,
	`seq` integer NOT NULL,
	`lease` text,
	`leased_until` integer,
	`due_at` integer NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`failing_since` integer,
	`failure` text,
	`halted_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `services_name_unique` ON `services` (`name`);--> statement-breakpoint
ALTER TABLE `audit_events` ADD `service` text;--> statement-breakpoint
ALTER TABLE `erasures` ADD `event_seq` integer;--> statement-breakpoint
ALTER TABLE `room_participations` ADD `service_id` text;