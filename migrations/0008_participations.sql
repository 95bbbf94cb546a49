-- Meant to lose the index room_participations_user_id: it is made anew with more columns, and finds what it found.
DROP INDEX `room_participations_user_id`;--> statement-breakpoint
CREATE INDEX `room_participations_user_id` ON `room_participations` (`user_id`,`room_id`,`joined_at`);