-- Audit events are written and read: the database itself refuses to change or remove one.
CREATE TRIGGER `audit_events_unchanged` BEFORE UPDATE ON `audit_events` BEGIN
	SELECT RAISE(ABORT, 'audit events are never changed');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_events_kept` BEFORE DELETE ON `audit_events` BEGIN
	SELECT RAISE(ABORT, 'audit events are never removed');
END;
