import { Buffer } from 'node:buffer';
import type { PersonalData } from '../../accounts/erasure/export.ts';
import { isoTime, timeOrNull } from '../../workers/time.ts';
import { profileOf } from './user.ts';

/**
 * What an export leaves out, and why: whole tables, and columns of those it holds. Everything else of the schema is in
 * it; a table or column added later is either exported or named here, which a test sees to.
 */
export const NOT_EXPORTED: Record<string, string> = {
  verification_tokens: 'names a link that opens the account; the mail that carried it is with the user',
  reset_tokens: 'names a link that opens the account; the mail that carried it is with the user',
  login_attempts: 'kept under a keyed hash of the address for a day, to slow guessing down; anybody may have guessed',
  mail_requests: 'kept under a keyed hash of the address for a day, to cap mails; anybody may have asked',
  blacklist_outbox: 'ids of ended sessions on their way to the blacklist, for minutes',
  record_outbox: 'ids and times on their way to the private bucket, and the reason of a suspension, which is above',
  erasures: 'begins when the account ends',
  'users.password_hash': 'a secret that proves the password',
  'users.full_name_folded': 'a copy of the name for search',
  user_terms: 'copies of the address, its domain and the words of the name, for search',
  'users.terms': 'the same copies, of which that table is written',
  'users.last_act': 'a random id that holds the statements of one change together',
  'users.avatar_key': 'exported as the picture and its address',
  'sessions.user_id': 'the user',
  'sessions.refresh_counter': 'counts the uses of the session',
  'sessions.rotated_at': 'the same moment as last_used_at',
  'email_changes.id': 'names a link that undoes the change; the mail that carried it is with the user',
  'email_changes.user_id': 'the user',
  'room_participations.user_id': 'the user',
  'passkeys.user_id': 'the user',
  'passkeys.public_key': 'checks what the passkey signs; the passkey is with the user',
  'passkeys.counter': 'counts the uses of the passkey',
  'authenticators.user_id': 'the user',
  'authenticators.secret': 'a secret that makes the codes, encrypted; the app has it',
  'authenticators.key_version': 'names the key that encrypts the secret',
  'authenticators.last_step': 'the same moment as last_used_at, of the code itself',
  'recovery_codes.user_id': 'the user',
  'recovery_codes.hash': 'a secret that opens the account; the code is with the user',
  used_challenges: 'random ids of sign-ins, for minutes; about nobody',
  'outbox.user_id': 'the user',
  'outbox.email': 'the address above, or one of email_changes',
  'outbox.language': 'the language above',
  'outbox.lease': 'the state of a delivery',
  'outbox.leased_until': 'the state of a delivery',
  'outbox.due_at': 'the state of a delivery',
  'outbox.failure': 'what a mail provider said',
  'outbox.data': 'holds the name of a link that opens the account; of a suspension the reason, which is above',
  events: 'what other services are told, by id and type; the same changes are in the account and the audit events',
  event_horizon: 'says how far the events go back; about nobody',
  services: 'other programs of the operator; about nobody',
  receipts: 'what services have confirmed, by the number of an event',
  'room_participations.service_id': 'the random id of a service',
  'audit_events.service': 'names a service, where an act is on no user',
  'audit_events.actor_id': 'may be another person',
  'audit_events.actor_name': 'may be another person',
};

/** All personal data as one document, the picture in it as base64. `avatarBase` is the origin under which pictures are served. */
export const exportOf = (data: PersonalData, avatarBase: string) => ({
  exported_at: isoTime(data.at),
  account: accountOf(data, avatarBase),
  sessions: data.sessions.map((session) => ({
    id: session.id,
    created_at: isoTime(session.createdAt),
    last_used_at: isoTime(session.lastUsedAt),
    expires_at: isoTime(session.expiresAt),
    user_agent: session.userAgent,
    second_factor: session.secondFactor,
    proved_at: isoTime(session.provedAt),
  })),
  email_changes: data.emailChanges.map((change) => ({
    email: change.email,
    former_email: change.formerEmail,
    requested_at: isoTime(change.requestedAt),
    confirmed_at: timeOrNull(change.confirmedAt),
    expires_at: isoTime(change.expiresAt),
  })),
  passkeys: data.passkeys.map((passkey) => ({
    id: passkey.id,
    name: passkey.name,
    created_at: isoTime(passkey.createdAt),
    last_used_at: timeOrNull(passkey.lastUsedAt),
    credential_id: passkey.credentialId,
    transports: passkey.transports,
    backed_up: passkey.backedUp,
    rp_id: passkey.rpId,
  })),
  authenticators: data.authenticators.map((authenticator) => ({
    id: authenticator.id,
    name: authenticator.name,
    created_at: isoTime(authenticator.createdAt),
    last_used_at: timeOrNull(authenticator.lastUsedAt),
  })),
  recovery_codes: data.recoveryCodes.map((code) => ({ created_at: isoTime(code.createdAt) })),
  room_participations: data.participations.map((participation) => ({
    id: participation.id,
    room_id: participation.roomId,
    joined_at: isoTime(participation.joinedAt),
    left_at: timeOrNull(participation.leftAt),
  })),
  pending_mails: data.mails.map((mail) => ({
    id: mail.id,
    kind: mail.kind,
    attempts: mail.attempts,
    created_at: isoTime(mail.createdAt),
    failed_at: timeOrNull(mail.failedAt),
  })),
  audit_events: data.events.map((event) => ({
    id: event.id,
    action: event.action,
    subject_id: event.subjectId,
    origin: event.origin,
    request_id: event.requestId,
    at: isoTime(event.at),
  })),
});

export type Export = ReturnType<typeof exportOf>;

const accountOf = ({ user, picture }: PersonalData, avatarBase: string) => ({
  ...profileOf(user, avatarBase),
  avatar: picture && { content_type: 'image/webp' as const, data: Buffer.from(picture).toString('base64') },
  role: user.role,
  // Whoever has an account that an administrator made was not asked.
  accepted_terms_at: Number(user.acceptedTermsAt) === 0 ? null : isoTime(user.acceptedTermsAt),
  last_sign_in_at: timeOrNull(user.lastSignInAt),
  password_changed_at: timeOrNull(user.passwordChangedAt),
  factors_changed_at: timeOrNull(user.factorsChangedAt),
  email_changed_at: timeOrNull(user.emailChangedAt),
  updated_at: isoTime(user.updatedAt),
  deactivated_at: timeOrNull(user.deactivatedAt),
  deactivation_reason: user.deactivationReason,
  deleted_at: timeOrNull(user.deletedAt),
  reminded_at: timeOrNull(user.remindedAt),
});
