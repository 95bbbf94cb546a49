// What wrangler notes in a database of the migrations that it has had, word for word as wrangler 4.156.2 does it, so that
// `wrangler d1 migrations` goes on where we were, and we where it was.

/** Makes the table of the notes, where it is not there. */
export const NOTES = `CREATE TABLE IF NOT EXISTS "d1_migrations"(
\t\tid         INTEGER PRIMARY KEY AUTOINCREMENT,
\t\tname       TEXT UNIQUE,
\t\tapplied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);`;

/** A migration's SQL with the note that it was applied behind it; its own last statement has to end with a semicolon. */
export const noted = ({ name, sql }: { name: string; sql: string }): string => `${sql}
INSERT INTO "d1_migrations" (name)
values ('${name}.sql');`;
