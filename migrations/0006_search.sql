-- The code before lives with this: it writes no terms, and the triggers put its other changes into a table that it does not know.
-- By hand: WITHOUT ROWID and the order of the primary key, which a search reads from its beginning; and the triggers.
-- Try with users.terms: json_object('email', 'users.email ' || n, 'full_name', 'users.full_name ' || n, 'words', json('[["ada",0]]'), 'phrases', json('[]'), 'address', 'ada@example.com', 'domain', 'example.com')
CREATE TABLE `user_terms` (
	`section` integer NOT NULL,
	`term` text NOT NULL,
	`user_id` integer NOT NULL,
	`shared` integer NOT NULL,
	`state` text NOT NULL,
	PRIMARY KEY(`section`, `term`, `user_id` DESC),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `user_terms_user_id` ON `user_terms` (`user_id`);--> statement-breakpoint
CREATE INDEX `user_terms_state` ON `user_terms` (`state`,`section`,`term`,user_id DESC,`shared`);--> statement-breakpoint
ALTER TABLE `users` ADD `terms` text;--> statement-breakpoint
CREATE INDEX `users_terms_outdated` ON `users` (`id`) WHERE iif(json_valid(terms), terms ->> '$.email' IS NOT email OR terms ->> '$.full_name' IS NOT full_name, true);
--> statement-breakpoint
-- Sections: 0 words, from 100 on domains and from 200 on addresses by what they share with those before, 300 phrases. That is
-- counted up to the first code point that differs; the counter runs as far as a term is long. What stays is not written again.
CREATE TRIGGER `users_terms_changed` AFTER UPDATE OF `terms` ON `users` BEGIN
	DELETE FROM `user_terms` WHERE `user_id` = NEW.`id` AND NOT iif(`section` IN (0, 300),
		EXISTS (
			SELECT 1 FROM json_each(NEW.`terms`, iif(`section` = 0, '$.words', '$.phrases')) AS kept
			WHERE kept.value ->> 0 = `term` AND kept.value ->> 1 = `shared`
		),
		`term` IS NEW.`terms` ->> iif(`section` < 200, '$.domain', '$.address') AND `shared` = (
			SELECT count.key FROM json_each('[0' || replace(hex(zeroblob(255)), '00', ',0') || ']') AS count
			WHERE NOT EXISTS (
				SELECT 1 FROM json_each(NEW.`terms`, '$.words') AS word
				WHERE length(word.value ->> 0) > count.key
				AND substr(word.value ->> 0, 1, count.key + 1) = substr(`term`, 1, count.key + 1)
			)
			AND (`section` < 200 OR substr(NEW.`terms` ->> '$.domain', 1, count.key + 1) <> substr(`term`, 1, count.key + 1))
			LIMIT 1
		)
	);
	INSERT INTO `user_terms` (`section`, `term`, `user_id`, `shared`, `state`)
	SELECT `section`, `term`, NEW.`id`, `shared`, iif(NEW.`deleted_at` IS NOT NULL, 'deleted', iif(NEW.`is_active`, 'active', 'deactivated'))
	FROM (
		SELECT 0 AS `section`, value ->> 0 AS `term`, value ->> 1 AS `shared` FROM json_each(NEW.`terms`, '$.words')
		UNION ALL
		SELECT `first` + iif(`shared` < 3, 0, min(`shared`, 12) - 2), `term`, `shared` FROM (
			SELECT part.column1 AS `first`, part.column2 AS `term`, coalesce((
				SELECT count.key FROM json_each('[0' || replace(hex(zeroblob(255)), '00', ',0') || ']') AS count
				WHERE NOT EXISTS (
					SELECT 1 FROM json_each(NEW.`terms`, '$.words') AS word
					WHERE length(word.value ->> 0) > count.key
					AND substr(word.value ->> 0, 1, count.key + 1) = substr(part.column2, 1, count.key + 1)
				)
				AND (part.column1 = 100 OR substr(NEW.`terms` ->> '$.domain', 1, count.key + 1) <> substr(part.column2, 1, count.key + 1))
				LIMIT 1
			), 255) AS `shared`
			FROM (VALUES (100, NEW.`terms` ->> '$.domain'), (200, NEW.`terms` ->> '$.address')) AS part
		)
		UNION ALL
		SELECT 300, value ->> 0, value ->> 1 FROM json_each(NEW.`terms`, '$.phrases')
	)
	WHERE `term` <> ''
	ON CONFLICT DO NOTHING;
END;
--> statement-breakpoint
CREATE TRIGGER `users_state_changed` AFTER UPDATE OF `is_active`, `deleted_at` ON `users`
WHEN NEW.`is_active` <> OLD.`is_active` OR (NEW.`deleted_at` IS NULL) <> (OLD.`deleted_at` IS NULL) BEGIN
	UPDATE `user_terms` SET `state` = iif(NEW.`deleted_at` IS NOT NULL, 'deleted', iif(NEW.`is_active`, 'active', 'deactivated'))
	WHERE `user_id` = NEW.`id`;
END;
