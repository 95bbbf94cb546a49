import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

// Times are milliseconds since the epoch. Ids of rows that a token names are 128 random bits in base64url.
// Every reference to `users` cascades, so that erasing the row erases what refers to it; what must outlive
// a user (`audit_events`, `erasures`) holds bare ids and nothing personal.

const time = (name: string) => integer(name, { mode: 'timestamp_ms' });
const flag = (name: string) => integer(name, { mode: 'boolean' });

/** Whether a row's terms are to be written: by whoever changed address or name without them. */
export const termsAreOutdated = sql`iif(json_valid(terms), terms ->> '$.email' IS NOT email OR terms ->> '$.full_name' IS NOT full_name, true)`;

export const users = sqliteTable(
  'users',
  {
    // AUTOINCREMENT: an id is never given twice, also after its user was erased.
    id: integer('id').primaryKey({ autoIncrement: true }),
    email: text('email').notNull().unique(),
    passwordHash: text('password_hash').notNull(),
    fullName: text('full_name'),
    fullNameFolded: text('full_name_folded'),
    avatarKey: text('avatar_key'),
    speakingLanguage: text('speaking_language').notNull().default('en'),
    listeningLanguage: text('listening_language').notNull().default('en'),
    role: text('role', { enum: ['user', 'admin'] })
      .notNull()
      .default('user'),
    // False while deactivated_at or deleted_at is set: the one column that every look at an account reads.
    isActive: flag('is_active').notNull().default(true),
    isVerified: flag('is_verified').notNull().default(false),
    // 0 where nobody has: an administrator made the account.
    acceptedTermsAt: time('accepted_terms_at').notNull(),
    deactivatedAt: time('deactivated_at'),
    deactivationReason: text('deactivation_reason'),
    deletedAt: time('deleted_at'),
    remindedAt: time('reminded_at'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    // The random id of the act that changed the account last: what follows from it asks for it in the same batch.
    lastAct: text('last_act'),
    // What the user is found by, as JSON, with the address and name that it was made of; triggers write `user_terms` from it.
    terms: text('terms'),
    // When another password took the place of the first; null while none has.
    passwordChangedAt: time('password_changed_at'),
    // The same of the address.
    emailChangedAt: time('email_changed_at'),
    // When a second factor or a recovery code came or went last; null while none has.
    factorsChangedAt: time('factors_changed_at'),
    // When a session was opened last, which is known when no session is left.
    lastSignInAt: time('last_sign_in_at'),
  },
  (t) => [
    uniqueIndex('users_avatar_key').on(t.avatarKey),
    index('users_full_name_folded').on(t.fullNameFolded),
    index('users_deleted_at').on(t.deletedAt).where(sql`deleted_at IS NOT NULL`),
    // What administrators list, newest first, by state.
    index('users_active').on(t.id).where(sql`is_active = 1`),
    index('users_deactivated').on(t.id).where(sql`is_active = 0 AND deleted_at IS NULL`),
    index('users_deleted').on(t.id).where(sql`deleted_at IS NOT NULL`),
    index('users_unverified').on(t.createdAt).where(sql`is_verified = 0`),
    index('users_administrators').on(t.id).where(sql`role = 'admin'`),
    // Whose terms are missing, or those of another address or name.
    index('users_terms_outdated').on(t.id).where(termsAreOutdated),
  ],
);

const user = () =>
  integer('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' });

const userOrNobody = () => integer('user_id').references(() => users.id, { onDelete: 'cascade' });

// By what beginnings users are found. Only triggers write it, from `users.terms` and the state of the account: the primary
// key is in the order in which a search lists them.
export const userTerms = sqliteTable(
  'user_terms',
  {
    section: integer('section').notNull(),
    term: text('term').notNull(),
    userId: user(),
    // How many code points it has in common with a term of this user that comes before it, at most.
    shared: integer('shared').notNull(),
    state: text('state', { enum: ['active', 'deactivated', 'deleted'] }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.section, t.term, t.userId] }),
    index('user_terms_user_id').on(t.userId),
    index('user_terms_state').on(t.state, t.section, t.term, sql`user_id DESC`, t.shared),
  ],
);

export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: user(),
    // The refresh token of this counter is the newest; `rotated_at` is when it came to be.
    refreshCounter: integer('refresh_counter').notNull().default(0),
    rotatedAt: time('rotated_at').notNull(),
    userAgent: text('user_agent'),
    createdAt: time('created_at').notNull(),
    lastUsedAt: time('last_used_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    // When whoever holds it has last proved who they are: by signing in, or anew.
    provedAt: time('proved_at').notNull().default(sql`0`),
    // Whether a second factor has opened it, or was proved in it.
    secondFactor: flag('second_factor').notNull().default(false),
  },
  (t) => [index('sessions_user_id').on(t.userId), index('sessions_expires_at').on(t.expiresAt)],
);

// One row a user and purpose: a newer link takes the older one's place.
const oneTimeToken = (name: string) =>
  sqliteTable(
    name,
    {
      id: text('id').primaryKey(),
      userId: user(),
      expiresAt: time('expires_at').notNull(),
    },
    (t) => [uniqueIndex(`${name}_user_id`).on(t.userId), index(`${name}_expires_at`).on(t.expiresAt)],
  );

export const verificationTokens = oneTimeToken('verification_tokens');
export const resetTokens = oneTimeToken('reset_tokens');

// What proves, besides the password, that it is the user. An id is the random one that routes name.
const factor = () => ({
  id: text('id').primaryKey(),
  userId: user(),
  name: text('name').notNull(),
  createdAt: time('created_at').notNull(),
  lastUsedAt: time('last_used_at'),
});

export const passkeys = sqliteTable(
  'passkeys',
  {
    ...factor(),
    // Both as base64url: what the authenticator calls itself, and its public key in COSE (RFC 9052).
    credentialId: text('credential_id').notNull().unique(),
    publicKey: text('public_key').notNull(),
    // Rises with each use, or stays 0 where the authenticator does not count.
    counter: integer('counter').notNull(),
    transports: text('transports', { mode: 'json' }).$type<string[]>().notNull(),
    backedUp: flag('backed_up').notNull(),
    // The host for which it was made: it works for no other.
    rpId: text('rp_id').notNull(),
  },
  (t) => [index('passkeys_user_id').on(t.userId), index('passkeys_rp_id').on(t.rpId)],
);

export const authenticators = sqliteTable(
  'authenticators',
  {
    ...factor(),
    // Encrypted under the key of that version.
    secret: text('secret').notNull(),
    keyVersion: integer('key_version').notNull(),
    // The time step of the code that was used last: no code works twice.
    lastStep: integer('last_step').notNull(),
  },
  (t) => [index('authenticators_user_id').on(t.userId), index('authenticators_key_version').on(t.keyVersion)],
);

// Each works once and is then removed. A code has 120 random bits, so its plain SHA-256 tells nobody what it is.
export const recoveryCodes = sqliteTable(
  'recovery_codes',
  {
    hash: text('hash').primaryKey(),
    userId: user(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [index('recovery_codes_user_id').on(t.userId)],
);

// The challenges that were used, until they would have run out: to use one is to write its row. `used_by` is the random id
// of the batch that did.
export const usedChallenges = sqliteTable(
  'used_challenges',
  {
    id: text('id').primaryKey(),
    usedBy: text('used_by').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [index('used_challenges_expires_at').on(t.expiresAt)],
);

// Another address that a user has asked for, at most one that waits for its link, and those that can still be undone: a
// thief who changes the address twice does not rid the owner of the first one's link.
export const emailChanges = sqliteTable(
  'email_changes',
  {
    id: text('id').primaryKey(),
    userId: user(),
    email: text('email').notNull(),
    formerEmail: text('former_email').notNull(),
    requestedAt: time('requested_at').notNull(),
    confirmedAt: time('confirmed_at'),
    // Until when it can be confirmed, and afterwards until when it can be undone.
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [
    index('email_changes_user_id').on(t.userId),
    uniqueIndex('email_changes_waiting').on(t.userId).where(sql`confirmed_at IS NULL`),
    index('email_changes_expires_at').on(t.expiresAt),
  ],
);

export const roomParticipations = sqliteTable(
  'room_participations',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    userId: user(),
    roomId: text('room_id').notNull(),
    joinedAt: time('joined_at').notNull(),
    leftAt: time('left_at'),
    // The service that has told it and may say when it ended; a bare id, since it outlives the service.
    serviceId: text('service_id'),
  },
  // What is told once more is found by it, however often somebody was anywhere.
  (t) => [index('room_participations_user_id').on(t.userId, t.roomId, t.joinedAt)],
);

// Failures in a row and checks under way, for an address (device '') or for one device of it. The user is whoever has
// the address, so that an erasure takes the counters along; an address without an account is counted as well.
export const loginAttempts = sqliteTable(
  'login_attempts',
  {
    addressHash: text('address_hash').notNull(),
    device: text('device').notNull(),
    failures: integer('failures').notNull(),
    underWay: integer('under_way').notNull(),
    lockedUntil: time('locked_until'),
    attemptedAt: time('attempted_at').notNull(),
    userId: userOrNobody(),
  },
  (t) => [
    primaryKey({ columns: [t.addressHash, t.device] }),
    index('login_attempts_attempted_at').on(t.attemptedAt),
    index('login_attempts_user_id').on(t.userId).where(sql`user_id IS NOT NULL`),
  ],
);

// One row for each mail that sign-up, resend and forgot asked for: what the caps on mails to an address count.
export const mailRequests = sqliteTable(
  'mail_requests',
  {
    id: text('id').primaryKey(),
    addressHash: text('address_hash').notNull(),
    kind: text('kind').notNull(),
    requestedAt: time('requested_at').notNull(),
    userId: userOrNobody(),
  },
  (t) => [
    index('mail_requests_address_hash').on(t.addressHash, t.requestedAt),
    index('mail_requests_requested_at').on(t.requestedAt),
    index('mail_requests_user_id').on(t.userId).where(sql`user_id IS NOT NULL`),
  ],
);

export const outbox = sqliteTable(
  'outbox',
  {
    // AUTOINCREMENT: the order of the ids is the order of what happened.
    id: integer('id').primaryKey({ autoIncrement: true }),
    // Null only for the mail that confirms an erasure, which carries its address itself.
    userId: userOrNobody(),
    kind: text('kind').notNull(),
    data: text('data', { mode: 'json' }).notNull(),
    // Where it goes, if that is another address than the one that the user has when it leaves.
    email: text('email'),
    language: text('language'),
    attempts: integer('attempts').notNull().default(0),
    // The claim of one consumer: nobody else sends this mail, or a later one of its user, before `leased_until`.
    lease: text('lease'),
    leasedUntil: time('leased_until'),
    dueAt: time('due_at').notNull(),
    failedAt: time('failed_at'),
    failure: text('failure'),
    createdAt: time('created_at').notNull(),
  },
  (t) => [
    index('outbox_user_id').on(t.userId),
    // Those that were given up are not in it, however many they are.
    index('outbox_unsent').on(t.dueAt).where(sql`failed_at IS NULL`),
    uniqueIndex('outbox_lease').on(t.lease),
    index('outbox_failed_at').on(t.failedAt).where(sql`failed_at IS NOT NULL`),
    // Those alone are listed, however many others wait.
    index('outbox_failed').on(t.id).where(sql`failed_at IS NOT NULL`),
    index('outbox_of_nobody').on(t.createdAt).where(sql`user_id IS NULL`),
  ],
);

export const auditEvents = sqliteTable(
  'audit_events',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    action: text('action').notNull(),
    subjectId: integer('subject_id'),
    // Who did it: a user's id over HTTP, or the name given to the script.
    actorId: integer('actor_id'),
    actorName: text('actor_name'),
    origin: text('origin', { enum: ['http', 'script', 'schedule'] }).notNull(),
    requestId: text('request_id').notNull(),
    at: time('at').notNull(),
    // The name of the service that an act was on; no user then.
    service: text('service'),
  },
  (t) => [index('audit_events_subject_id').on(t.subjectId), index('audit_events_at').on(t.at)],
);

/** What the private bucket is told of an account. */
export const RECORD_KINDS = [
  'erased',
  'verified',
  'password-changed',
  'email-changed',
  'deactivated',
  // The mail that tells of a suspension has left.
  'told',
  'reactivated',
  'deleted',
  'restored',
  'promoted',
  'demoted',
  // Second factors or recovery codes, with all that there were then.
  'factors-changed',
] as const;

/** The second factors of somebody at a time, by their ids, how many recovery codes there were, and when (ms) they were made. */
export type HeldThen = { factors: string[]; codes: number; codesMadeAt: number | null };

// What the private bucket has yet to be told: an id and a time, so that a restored database can be put right.
export const recordOutbox = sqliteTable('record_outbox', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  kind: text('kind', { enum: RECORD_KINDS }).notNull(),
  userId: integer('user_id').notNull(),
  userCreatedAt: time('user_created_at').notNull(),
  at: time('at').notNull(),
  // What else belongs to it: the reason of a suspension, when an erasure was repeated, or which second factors there are.
  data: text('data', { mode: 'json' }).$type<{ reason?: string; repeatedAt?: number } & Partial<HeldThen>>(),
});

// What the blacklist has yet to be told: an entry that names an ended session or a token, and until when it matters.
export const blacklistOutbox = sqliteTable('blacklist_outbox', {
  // AUTOINCREMENT: whoever has told an entry removes it by its id, which nothing else may have by then.
  id: integer('id').primaryKey({ autoIncrement: true }),
  entry: text('entry').notNull(),
  expiresAt: time('expires_at').notNull(),
});

// The record of an erasure, and what of it is still to be done outside the database.
export const erasures = sqliteTable(
  'erasures',
  {
    userId: integer('user_id').primaryKey(),
    userCreatedAt: time('user_created_at').notNull(),
    erasedAt: time('erased_at').notNull(),
    picturesErasedAt: time('pictures_erased_at'),
    // The event that tells the services of it; null where it happened before there were events.
    eventSeq: integer('event_seq'),
    // When it was made or told again, after a restored database knew nothing of it.
    repeatedAt: time('repeated_at'),
  },
  (t) => [index('erasures_unfinished').on(t.userId).where(sql`pictures_erased_at IS NULL`)],
);

// What happened, for the operator's other services: an id and what changed, and nothing personal. D1 has one writer, so the
// order of `seq` is the order of what happened. It has no index, so that an act writes one row and its number.
export const events = sqliteTable('events', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  type: text('type').notNull(),
  // A bare id: what is told of an erasure outlives the user.
  userId: integer('user_id').notNull(),
  data: text('data', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  at: time('at').notNull(),
});

// One row: up to which event, itself included, those have expired that are not of an erasure. `former` is where it stood before.
export const eventHorizon = sqliteTable('event_horizon', {
  id: integer('id').primaryKey(),
  seq: integer('seq').notNull(),
  former: integer('former').notNull(),
});

// The operator's other programs. Token and signing secret are derived from id, generation and the version of the key that
// made them, and never stored. A push is the first event behind `seq`, sent by whoever holds the lease.
export const services = sqliteTable('services', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  // Where events are pushed to; null: the service asks for them itself.
  url: text('url'),
  // The types of events that it hears of; null: all of them, those too that are added later.
  types: text('types', { mode: 'json' }).$type<string[]>(),
  generation: integer('generation').notNull(),
  keyVersion: integer('key_version').notNull(),
  // The generation before, while it still works.
  formerKeyVersion: integer('former_key_version'),
  formerUntil: time('former_until'),
  createdAt: time('created_at').notNull(),
  // The last event before the service was there, and the last that it has.
  sinceSeq: integer('since_seq').notNull(),
  seq: integer('seq').notNull(),
  lease: text('lease'),
  leasedUntil: time('leased_until'),
  dueAt: time('due_at').notNull(),
  attempts: integer('attempts').notNull().default(0),
  // Since when the next event has failed to arrive, and why it did last.
  failingSince: time('failing_since'),
  failure: text('failure'),
  haltedAt: time('halted_at'),
});

// What a service has confirmed of an event. It outlives the service, whose name it carries: it is the proof of an erasure.
export const receipts = sqliteTable(
  'receipts',
  {
    eventSeq: integer('event_seq').notNull(),
    serviceId: text('service_id').notNull(),
    service: text('service').notNull(),
    outcome: text('outcome', { enum: ['erased', 'nothing-held'] }).notNull(),
    at: time('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.eventSeq, t.serviceId] })],
);

export type Service = typeof services.$inferSelect;
export type User = typeof users.$inferSelect;
export type Session = typeof sessions.$inferSelect;
export type Passkey = typeof passkeys.$inferSelect;
export type Authenticator = typeof authenticators.$inferSelect;
