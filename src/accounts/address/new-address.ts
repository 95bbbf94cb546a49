import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Database, statement } from '../../../drizzle/client.ts';
import { emailChanges } from '../../../drizzle/schema.ts';
import { enqueueMail, enqueueMailTo, type QueuedMail } from '../../outbox/outbox.ts';
import { type Acting, actByLink, actOnSelf, type Mark } from '../acts/act.ts';
import { recordAudit } from '../acts/audit.ts';
import { type Caller, type CallerRefusal, callerRefusal, ownerWithoutSession, readCaller } from '../acts/caller.ts';
import { recordLater } from '../acts/record.ts';
import { isProved, type Rule, refuseUnless } from '../acts/rule.ts';
import { isRequested, newLink, requestMail } from '../passwords/mail-request.ts';
import { NO_PASSWORD } from '../passwords/password.ts';
import { endSessions, signOut } from '../sessions/session.ts';
import {
  ONE_TIME_TOKEN_LIFETIME_MS,
  type OneTimePurpose,
  type OneTimeToken,
  readOneTimeToken,
} from '../tokens/one-time-token.ts';
import { hashAddress, type MacKeys, randomId } from '../tokens/signed-token.ts';
import { isUnverified } from '../users/account-state.ts';
import { termsWithEmail } from '../users/search-terms.ts';
import { dropDeadLinks, followAddress } from './moved-address.ts';

// A user gives the account another address. The new one confirms it by a link; the one before is told at once, and again when
// it is done, and can undo it by a link of its own. Nobody who asks learns whether an address is taken: the same is written
// for every address, and what the link to it says is said to its mailbox alone.

const CONFIRMABLE_MS = ONE_TIME_TOKEN_LIFETIME_MS['confirm-email'];
const UNDOABLE_MS = ONE_TIME_TOKEN_LIFETIME_MS['undo-email'];

/** Somebody has the address. One who never verified it does not: the mailbox decides. */
const isTaken = (email: string): SQL =>
  sql`EXISTS (SELECT 1 FROM users AS other WHERE other.email = ${email} AND other.id <> users.id
              AND NOT (other.is_verified = 0 AND other.is_active = 1))`;

/** The statement that removes an account which waits for this address to be verified, if `where` holds: nobody has ever signed in to it. */
const makeRoom = (db: Database, email: string, where: SQL) =>
  statement(db, sql`DELETE FROM users WHERE users.email = ${email} AND ${isUnverified} AND ${where}`);

type Wanted = { email: string; from: string; keys: MacKeys };

/** A wish as it is noted: the ids of the change and of the requests for its mails, and until when its links hold. */
type Noting = Wanted & {
  ids: { change: string; wish: string; notice: string };
  expiresAt: number;
  undoableUntil: number;
};

const notingOf = (wanted: Wanted, now: Date): Noting => {
  const expiresAt = now.getTime() + CONFIRMABLE_MS;
  const ids = { change: randomId(), wish: randomId(), notice: randomId() };
  return { ...wanted, ids, expiresAt, undoableUntil: expiresAt + UNDOABLE_MS };
};

/** The caps on mails let the one before be written to, and so the new one. */
const isGranted = ({ ids }: Noting): SQL => isRequested(ids.notice, 'email-change-notice');

/** The statements that ask whether both mailboxes may be written to: the former one only where the new one may. */
const requestMails = ({ db, now }: Acting<Caller>, { email, from, keys, ids }: Noting, { isChanged }: Mark) => ({
  wish: requestMail(
    db,
    ids.wish,
    { addressHash: hashAddress(keys, email), email },
    sql`SELECT CASE WHEN ${isTaken(email)} THEN 'already-registered' ELSE 'email-change' END AS kind
        FROM users WHERE ${isChanged}`,
    now,
  ),
  notice: requestMail(
    db,
    ids.notice,
    { addressHash: hashAddress(keys, from), email: from },
    sql`SELECT 'email-change-notice' AS kind WHERE EXISTS (SELECT 1 FROM mail_requests WHERE id = ${ids.wish})`,
    now,
  ),
});

/** The statements that put the wish in the place of the one before it. */
const replaceWish = ({ db, userId, now }: Acting<Caller>, noting: Noting, { happened, isChanged }: Mark) => ({
  superseded: statement(
    db,
    sql`DELETE FROM email_changes WHERE user_id = ${userId} AND confirmed_at IS NULL AND ${isGranted(noting)}`,
  ),
  deadLinks: dropDeadLinks(db, userId, happened),
  change: statement(
    db,
    sql`INSERT INTO email_changes (id, user_id, email, former_email, requested_at, expires_at)
        SELECT ${noting.ids.change}, users.id, ${noting.email}, users.email, ${now.getTime()}, ${noting.expiresAt}
        FROM users WHERE ${isChanged} AND ${isGranted(noting)}`,
  ),
});

/** The statements that write to both mailboxes; to the new one what its owner may know. */
const writeMails = ({ db, now }: Acting<Caller>, noting: Noting, { isChanged }: Mark) => {
  const { email, from, ids, expiresAt, undoableUntil } = noting;
  const token = ids.change;
  const isWritten = sql`${isChanged} AND ${isGranted(noting)}`;
  return {
    told: enqueueMailTo(db, 'email-change-notice', { token, expiresAt: undoableUntil }, from, isWritten, now),
    asked: enqueueMailTo(
      db,
      'email-change',
      { token, expiresAt },
      email,
      sql`${isWritten} AND ${isRequested(ids.wish, 'email-change')}`,
      now,
    ),
    already: enqueueMail(
      db,
      'already-registered',
      {},
      sql`users.email = ${email} AND ${isGranted(noting)} AND ${isRequested(ids.wish, 'already-registered')}`,
      now,
    ),
  };
};

/** Notes the wish for another address, if both mailboxes may be written to; a taken one is told something else. */
export const noteNewAddress = actOnSelf('email-requested', (acting, wanted: Wanted) => {
  const noting = notingOf(wanted, acting.now);
  return {
    rules: [
      isProved(acting.by, acting.now),
      refuseUnless(sql`users.email <> ${wanted.email}`, 'SAME_ADDRESS'),
      refuseUnless(sql`users.email = ${wanted.from}`, 'ADDRESS_MOVED'),
    ],
    audit: 'user.ask-email',
    follows: (mark) => ({
      ...requestMails(acting, noting, mark),
      ...replaceWish(acting, noting, mark),
      ...writeMails(acting, noting, mark),
    }),
  };
});

/** A wish that was noted, and the mails that are to be sent; there are none beyond the cap on mails. */
export type AddressRequested = { outcome: 'email-requested'; mails: QueuedMail[] };

/**
 * Asks for another address (normalised), in two trips: whose account it is, and the wish. What is answered, and what is done for
 * it, is the same whether or not the address is taken.
 */
export const requestAddress = async (
  db: Database,
  keys: MacKeys,
  email: string,
  by: Caller,
  now = new Date(),
): Promise<AddressRequested | { outcome: 'SAME_ADDRESS' | 'FRESH_PROOF_REQUIRED' | CallerRefusal }> => {
  const [caller] = await readCaller(db, by, now);
  const refusal = callerRefusal(caller);
  if (refusal || !caller) return { outcome: refusal ?? 'INVALID_CREDENTIALS' };
  const noted = await noteNewAddress(db, { email, from: caller.user.email, keys }, by, now);
  // Somebody has moved the account meanwhile: whose address is told is looked up anew.
  if (noted.outcome === 'ADDRESS_MOVED') return requestAddress(db, keys, email, by, now);
  if (noted.outcome !== 'email-requested') return { outcome: noted.outcome };
  return { outcome: 'email-requested', mails: [...noted.told, ...noted.asked, ...noted.already] };
};

/** The change that a link of a mail belongs to. */
type Change = { id: string; email: string; formerEmail: string; requestedAt: Date; isConfirmed: boolean };

const findChange = async (db: Database, token: OneTimeToken, now: Date): Promise<Change | undefined> => {
  const found = await db
    .select()
    .from(emailChanges)
    .where(
      and(eq(emailChanges.id, token.id), eq(emailChanges.userId, token.userId), sql`expires_at > ${now.getTime()}`),
    )
    .get();
  return found && { ...found, isConfirmed: found.confirmedAt !== null };
};

/** What an act by a link of such a mail is given. */
type ByLink = { change: Change; keys: MacKeys; requestId: string };

/** The account is in use, and the change is what it was when it was looked up. */
const isOpen = ({ userId, now }: Acting<undefined>, { id, isConfirmed }: Change): Rule<'INVALID_TOKEN'> =>
  refuseUnless(
    sql`users.is_active = 1 AND EXISTS (
      SELECT 1 FROM email_changes WHERE id = ${id} AND user_id = ${userId} AND expires_at > ${now.getTime()}
        AND (confirmed_at IS NOT NULL) = ${isConfirmed ? 1 : 0})`,
    'INVALID_TOKEN',
  );

const isFree = (email: string): Rule<'ADDRESS_TAKEN'> => refuseUnless(sql`NOT ${isTaken(email)}`, 'ADDRESS_TAKEN');

/** The statement that notes an act by a link: whoever has it acts for the user. */
const auditByLink = (
  { db, userId, now }: Acting<undefined>,
  action: 'user.change-email' | 'user.undo-email',
  requestId: string,
  { happened }: Mark,
) => {
  return recordAudit(db, action, userId, ownerWithoutSession(userId, requestId), happened, now);
};

/** Gives the account the address that its link has confirmed. Every session ends, as with every other address. */
export const moveAddress = actByLink('email-changed', (acting, { change, keys, requestId }: ByLink) => {
  const { db, userId, now } = acting;
  const { id, email, formerEmail } = change;
  const undoableUntil = now.getTime() + UNDOABLE_MS;
  return {
    rules: [isOpen(acting, change), isFree(email)],
    before: (guard) => makeRoom(db, email, guard),
    change: { email, terms: termsWithEmail(email), emailChangedAt: now, updatedAt: now },
    event: { type: 'user.email_changed', data: {} },
    record: { kind: 'email-changed' },
    follows: (mark) => ({
      ...endSessions(db, sql`user_id = ${userId} AND ${mark.happened}`, now),
      ...followAddress(db, userId, email, keys, mark.happened),
      confirmed: statement(
        db,
        sql`UPDATE email_changes SET confirmed_at = ${now.getTime()}, expires_at = ${undoableUntil}
            WHERE id = ${id} AND ${mark.happened}`,
      ),
      mails: enqueueMailTo(
        db,
        'email-changed',
        { token: id, expiresAt: undoableUntil },
        formerEmail,
        mark.isChanged,
        now,
      ),
      audit: auditByLink(acting, 'user.change-email', requestId, mark),
    }),
  };
});

// Whoever undoes a change says that somebody else asked for it, who had proved to be the user: what that somebody knows
// opens nothing any more. The owner sets a password by the link that a forgotten one gets.
const lockOut = ({ now }: Acting<undefined>) => ({ passwordHash: NO_PASSWORD, passwordChangedAt: now, updatedAt: now });

/** Calls a change off that waits for its link. */
export const callOffAddress = actByLink('email-called-off', (acting, { change, requestId }: ByLink) => {
  const { db, userId, now } = acting;
  return {
    rules: [isOpen(acting, change)],
    change: lockOut(acting),
    record: { kind: 'password-changed' },
    follows: (mark) => ({
      ...signOut(db, sql`user_id = ${userId} AND ${mark.happened}`, now),
      calledOff: statement(db, sql`DELETE FROM email_changes WHERE id = ${change.id} AND ${mark.happened}`),
      deadLinks: dropDeadLinks(db, userId, mark.happened),
      ...newLink(db, 'reset-password', mark.isChanged, now),
      audit: auditByLink(acting, 'user.undo-email', requestId, mark),
    }),
  };
});

/** Gives the account the address back that it had before a change; with it go all changes that came after. */
export const takeAddressBack = actByLink('email-undone', (acting, { change, keys, requestId }: ByLink) => {
  const { db, userId, now } = acting;
  const { formerEmail: email, requestedAt } = change;
  return {
    rules: [isOpen(acting, change), isFree(email)],
    before: (guard) => makeRoom(db, email, guard),
    change: { ...lockOut(acting), email, terms: termsWithEmail(email), emailChangedAt: now },
    event: { type: 'user.email_changed', data: {} },
    record: { kind: 'email-changed' },
    follows: (mark) => ({
      passwordRecord: recordLater(db, { kind: 'password-changed' }, userId, mark.isChanged, now),
      ...endSessions(db, sql`user_id = ${userId} AND ${mark.happened}`, now),
      ...followAddress(db, userId, email, keys, mark.happened),
      undone: statement(
        db,
        sql`DELETE FROM email_changes WHERE user_id = ${userId} AND requested_at >= ${requestedAt.getTime()} AND ${mark.happened}`,
      ),
      deadLinks: dropDeadLinks(db, userId, mark.happened),
      ...newLink(db, 'reset-password', mark.isChanged, now),
      audit: auditByLink(acting, 'user.undo-email', requestId, mark),
    }),
  };
});

/** The keys of links, and those under whose hashes addresses are counted. */
export type AddressKeys = { links: MacKeys; addresses: MacKeys };

type LinkRefusal = { outcome: 'INVALID_TOKEN' | 'TOKEN_EXPIRED' | 'ADDRESS_TAKEN' };

const refused = (outcome: LinkRefusal['outcome'] | 'NO_USER'): LinkRefusal => ({
  outcome: outcome === 'NO_USER' ? 'INVALID_TOKEN' : outcome,
});

const readLink = (links: MacKeys, purpose: OneTimePurpose, text: string, now: Date): OneTimeToken | LinkRefusal => {
  const token = readOneTimeToken(links, purpose, text);
  if (!token) return refused('INVALID_TOKEN');
  return token.expiresAt <= now ? refused('TOKEN_EXPIRED') : token;
};

/** Confirms another address by the link of the mail to it: once, while it is the newest wish of an account in use. */
export const confirmAddress = async (
  db: Database,
  { links, addresses: keys }: AddressKeys,
  text: string,
  requestId: string,
  now = new Date(),
) => {
  const token = readLink(links, 'confirm-email', text, now);
  if ('outcome' in token) return token;
  const change = await findChange(db, token, now);
  if (!change || change.isConfirmed) return refused('INVALID_TOKEN');
  const { userId } = token;
  const moved = await moveAddress(db, userId, { change, keys, requestId }, now);
  return moved.outcome === 'email-changed' ? { ...moved, userId } : refused(moved.outcome);
};

/** Undoes a change by the link of the mails to the address before it: calls it off, or gives that address back. */
export const undoAddress = async (
  db: Database,
  { links, addresses: keys }: AddressKeys,
  text: string,
  requestId: string,
  now = new Date(),
) => {
  const token = readLink(links, 'undo-email', text, now);
  if ('outcome' in token) return token;
  const { userId } = token;
  const waiting = await findChange(db, token, now);
  if (waiting && !waiting.isConfirmed) {
    const calledOff = await callOffAddress(db, userId, { change: waiting, keys, requestId }, now);
    if (calledOff.outcome === 'email-called-off') return { ...calledOff, userId };
  }
  // It may have been confirmed just now.
  const change = waiting?.isConfirmed ? waiting : await findChange(db, token, now);
  if (!change?.isConfirmed) return refused('INVALID_TOKEN');
  const undone = await takeAddressBack(db, userId, { change, keys, requestId }, now);
  return undone.outcome === 'email-undone' ? { ...undone, userId } : refused(undone.outcome);
};
