CREATE TABLE `audit_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`action` text NOT NULL,
	`subject_id` integer,
	`actor_id` integer,
	`actor_name` text,
	`origin` text NOT NULL,
	`request_id` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_events_subject_id` ON `audit_events` (`subject_id`);--> statement-breakpoint
CREATE INDEX `audit_events_at` ON `audit_events` (`at`);--> statement-breakpoint
CREATE TABLE `erasures` (
	`user_id` integer PRIMARY KEY NOT NULL,
	`user_created_at` integer NOT NULL,
	`erased_at` integer NOT NULL,
	`pictures_erased_at` integer
);
--> statement-breakpoint
CREATE INDEX `erasures_unfinished` ON `erasures` (`user_id`) WHERE pictures_erased_at IS NULL;--> statement-breakpoint
CREATE TABLE `login_attempts` (
	`address_hash` text NOT NULL,
	`device` text NOT NULL,
	`failures` integer NOT NULL,
	`under_way` integer NOT NULL,
	`locked_until` integer,
	`attempted_at` integer NOT NULL,
	PRIMARY KEY(`address_hash`, `device`)
);
--> statement-breakpoint
CREATE INDEX `login_attempts_attempted_at` ON `login_attempts` (`attempted_at`);--> statement-breakpoint
CREATE TABLE `mail_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`address_hash` text NOT NULL,
	`kind` text NOT NULL,
	`requested_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `mail_requests_address_hash` ON `mail_requests` (`address_hash`,`requested_at`);--> statement-breakpoint
CREATE INDEX `mail_requests_requested_at` ON `mail_requests` (`requested_at`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer,
	`kind` text NOT NULL,
	`data` text NOT NULL,
	`email` text,
	`language` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`lease` text,
	`leased_until` integer,
	`due_at` integer NOT NULL,
	`failed_at` integer,
	`failure` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `outbox_user_id` ON `outbox` (`user_id`);--> statement-breakpoint
CREATE INDEX `outbox_due_at` ON `outbox` (`due_at`);--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_lease` ON `outbox` (`lease`);--> statement-breakpoint
CREATE INDEX `outbox_failed_at` ON `outbox` (`failed_at`) WHERE failed_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `outbox_of_nobody` ON `outbox` (`created_at`) WHERE user_id IS NULL;--> statement-breakpoint
CREATE TABLE `record_outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`user_id` integer NOT NULL,
	`user_created_at` integer NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reset_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reset_tokens_user_id` ON `reset_tokens` (`user_id`);--> statement-breakpoint
CREATE INDEX `reset_tokens_expires_at` ON `reset_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `room_participations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`room_id` text NOT NULL,
	`joined_at` integer NOT NULL,
	`left_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `room_participations_user_id` ON `room_participations` (`user_id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`refresh_counter` integer DEFAULT 0 NOT NULL,
	`rotated_at` integer NOT NULL,
	`user_agent` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sessions_user_id` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_expires_at` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`email` text NOT NULL,
	`password_hash` text NOT NULL,
	`full_name` text,
	`full_name_folded` text,
	`avatar_key` text,
	`speaking_language` text DEFAULT 'en' NOT NULL,
	`listening_language` text DEFAULT 'en' NOT NULL,
	`role` text DEFAULT 'user' NOT NULL,
	`is_active` integer DEFAULT true NOT NULL,
	`is_verified` integer DEFAULT false NOT NULL,
	`accepted_terms_at` integer NOT NULL,
	`deactivated_at` integer,
	`deactivation_reason` text,
	`deleted_at` integer,
	`reminded_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_unique` ON `users` (`email`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_avatar_key` ON `users` (`avatar_key`);--> statement-breakpoint
CREATE INDEX `users_full_name_folded` ON `users` (`full_name_folded`);--> statement-breakpoint
CREATE INDEX `users_deleted_at` ON `users` (`deleted_at`) WHERE deleted_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_active` ON `users` (`id`) WHERE is_active = 1;--> statement-breakpoint
CREATE INDEX `users_deactivated` ON `users` (`id`) WHERE is_active = 0 AND deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `users_deleted` ON `users` (`id`) WHERE deleted_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `users_unverified` ON `users` (`created_at`) WHERE is_verified = 0;--> statement-breakpoint
CREATE INDEX `users_administrators` ON `users` (`id`) WHERE role = 'admin';--> statement-breakpoint
CREATE TABLE `verification_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `verification_tokens_user_id` ON `verification_tokens` (`user_id`);--> statement-breakpoint
CREATE INDEX `verification_tokens_expires_at` ON `verification_tokens` (`expires_at`);