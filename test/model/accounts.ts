// Accounts as the contract tells of them, without a database, a request or a Worker: what there is, what each act asks for,
// and what follows from it. Every act changes the world in place and answers `OK` or the refusal; one that is refused changes
// nothing. Times are milliseconds, and all of one step happens at the same moment, `now`.

const [SECOND, DAY] = [1000, 24 * 3600_000];
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const GRACE = 30 * DAY;

export type Account = {
  /** 0 until storage has given one. */
  id: number;
  email: string;
  /** Null: none opens the account. */
  password: string | null;
  passwordChangedAt: number | null;
  emailChangedAt: number | null;
  factorsChangedAt: number | null;
  lastSignInAt: number | null;
  fullName: string | null;
  speaking: string;
  listening: string;
  role: 'user' | 'admin';
  isVerified: boolean;
  /** The key of the picture; `NEW` until storage has given one. */
  picture: string | null;
  createdAt: number;
  deactivatedAt: number | null;
  reason: string | null;
  deletedAt: number | null;
  remindedAt: number | null;
};

/** What is not known before storage has chosen it. */
export const NEW = '(new)';

export type Session = {
  id: string;
  user: number;
  counter: number;
  rotatedAt: number;
  createdAt: number;
  lastUsedAt: number;
  expiresAt: number;
  provedAt: number;
  secondFactor: boolean;
};

export type Purpose = 'verify-email' | 'reset-password' | 'confirm-email' | 'undo-email';
export type Link = { purpose: Purpose; id: string; user: number; expiresAt: number };
/** Another address, which waits for its link, or can be undone. */
export type Change = {
  id: string;
  user: number;
  email: string;
  former: string;
  at: number;
  confirmedAt: number | null;
  expiresAt: number;
};
/** An authenticator app, of which a code works that is of a later time step than the last one, or a passkey, which has no such steps. */
export type Factor = {
  id: string;
  kind: 'authenticator' | 'passkey';
  user: number;
  name: string;
  createdAt: number;
  lastUsedAt: number | null;
  lastStep: number | null;
};
/** A recovery code, by its hash. */
export type Code = { hash: string; user: number; createdAt: number };
/** A challenge that was used. */
export type Used = { id: string; expiresAt: number };
/** `user` is null for the mail that confirms an erasure, which has the address itself. */
export type Mail = {
  user: number | null;
  kind: string;
  data: unknown;
  email: string | null;
  at: number;
  failedAt: number | null;
};
/** `seq` is 0 until storage has given one. */
export type Event = { seq: number; type: string; user: number; data: Record<string, unknown>; at: number };
export type Audit = {
  action: string;
  subject: number | null;
  service: string | null;
  by: number | string | null;
  origin: Origin;
};
type Origin = 'http' | 'script' | 'schedule';
export type Request = { email: string; kind: string; at: number; user: number | null };
export type Attempt = {
  email: string;
  device: string;
  failures: number;
  lockedUntil: number | null;
  at: number;
  user: number | null;
};
export type Participation = {
  id: number;
  user: number;
  room: string;
  joinedAt: number;
  leftAt: number | null;
  service: string;
};
export type Erasure = { user: number; at: number; seq: number; hasPictures: boolean };
export type Service = {
  id: string;
  name: string;
  types: string[] | null;
  generation: number;
  formerUntil: number | null;
};
export type Receipt = { seq: number; service: string; outcome: string };

/** What the private bucket is told, so that a database that is set back can be put right; of a suspension its reason. */
export type Recorded = { kind: string; user: number; at: number; reason: string | null };

/** What may be out of order for one step. `database` means that nobody knows how far the step has come. */
export type Part = 'queue' | 'blacklist' | 'records' | 'pictures' | 'database';

export type World = {
  now: number;
  broken: Part[];
  accounts: Account[];
  sessions: Session[];
  links: Link[];
  changes: Change[];
  factors: Factor[];
  codes: Code[];
  used: Used[];
  mails: Mail[];
  requests: Request[];
  attempts: Attempt[];
  participations: Participation[];
  events: Event[];
  /** Up to which event, itself included, those have expired that are of no erasure. */
  horizon: number;
  audit: Audit[];
  erasures: Erasure[];
  services: Service[];
  receipts: Receipt[];
  /** What is outside the database and has yet to be told. */
  owed: { blacklist: { entry: string; until: number }[]; records: Recorded[] };
  /** The keys of what lies in the bucket of the pictures. */
  pictures: string[];
};

export const emptyWorld = (now: number): World => ({
  ...{
    now,
    broken: [],
    accounts: [],
    sessions: [],
    links: [],
    changes: [],
    factors: [],
    codes: [],
    used: [],
    mails: [],
    requests: [],
    attempts: [],
    participations: [],
  },
  ...{ events: [], horizon: 0, audit: [], erasures: [], services: [], receipts: [] },
  ...{ owed: { blacklist: [], records: [] }, pictures: [] },
});

/** What an act comes to: `OK`, or the code of the refusal. */
export type Told = string;

// Who there is.

export const isActive = ({ deactivatedAt, deletedAt }: Account): boolean =>
  deactivatedAt === null && deletedAt === null;
export const byId = (world: World, id: number): Account | undefined =>
  world.accounts.find((account) => account.id === id);
export const byEmail = (world: World, email: string): Account | undefined =>
  world.accounts.find((account) => account.email === email);
const isLiving = (world: World, { expiresAt }: Session): boolean => expiresAt > world.now;
const sessionsOf = (world: World, user: number): Session[] => world.sessions.filter((session) => session.user === user);
export const livingSessions = (world: World, user: number): Session[] =>
  sessionsOf(world, user).filter((session) => isLiving(world, session));

const isLastAdministrator = (world: World, account: Account): boolean =>
  account.role === 'admin' &&
  isActive(account) &&
  !world.accounts.some((other) => other !== account && other.role === 'admin' && isActive(other));

/** Who acts: a user by an access token, somebody with a script, or the clock. */
export type AccessToken = { user: number; session: string; jti: string; expiresAt: number };
export type Actor = AccessToken | 'script' | 'schedule';

const outOfUse = ({ deletedAt, deactivatedAt }: Account): Told | undefined => {
  if (deletedAt !== null) return 'ACCOUNT_DELETED';
  return deactivatedAt === null ? undefined : 'ACCOUNT_DEACTIVATED';
};

/** Why whoever shows an access token may not go on; undefined where they may. */
export const tokenRefusal = (world: World, token: AccessToken, role: Account['role'] = 'user'): Told | undefined => {
  if (token.expiresAt <= world.now) return 'INVALID_CREDENTIALS';
  const account = byId(world, token.user);
  if (!account) return 'INVALID_CREDENTIALS';
  const session = livingSessions(world, token.user).find(({ id }) => id === token.session);
  const refusal = outOfUse(account) ?? (session ? undefined : 'TOKEN_REVOKED');
  return refusal ?? (role === 'admin' && account.role !== 'admin' ? 'FORBIDDEN' : undefined);
};

// What follows from acts.

const tell = (world: World, type: string, user: number, data: Record<string, unknown> = {}): void => {
  world.events.push({ seq: 0, type, user, data, at: world.now });
};

const mail = (world: World, kind: string, user: number, data: unknown = {}): void => {
  world.mails.push({ user, kind, data, email: null, at: world.now, failedAt: null });
};

/** The same to an address that is not, or no longer, the account's. */
const mailTo = (world: World, kind: string, user: number, email: string, data: unknown): void => {
  world.mails.push({ user, kind, data, email, at: world.now, failedAt: null });
};

const note = (world: World, action: string, subject: number, by: Actor): void => {
  const [origin, who]: [Origin, number | string | null] =
    typeof by === 'object' ? ['http', by.user] : [by, by === 'script' ? 'operator' : null];
  world.audit.push({ action, subject, service: null, by: who, origin });
};

const remove = <Row>(list: Row[], goes: (row: Row) => boolean): Row[] => {
  const gone = list.filter(goes);
  list.splice(0, list.length, ...list.filter((row) => !goes(row)));
  return gone;
};

/** Sessions end, and the blacklist is told of them; of the token, too, that is handed back with one of them. */
const end = (world: World, goes: (session: Session) => boolean, token?: AccessToken): Session[] => {
  const gone = remove(world.sessions, goes);
  if (gone.length === 0) return [];
  const handedBack = token && gone.some(({ id }) => id === token.session);
  const entries = [
    ...gone.map(({ id }) => ({ entry: `sid:${id}`, until: world.now + 15 * MINUTE })),
    ...(handedBack ? [{ entry: `jti:${token.jti}`, until: token.expiresAt }] : []),
  ];
  if (world.broken.includes('blacklist') || world.broken.includes('database')) world.owed.blacklist.push(...entries);
  return gone;
};

/** The same where nothing else tells of it: one event for each user whose sessions have ended. */
const signOut = (world: World, goes: (session: Session) => boolean, token?: AccessToken): void => {
  const gone = end(world, goes, token);
  for (const user of [...new Set(gone.map((session) => session.user))].toSorted((a, b) => a - b)) {
    tell(world, 'user.signed_out', user, {
      session_ids: gone.filter((session) => session.user === user).map(({ id }) => id),
    });
  }
};

// What one act has told the private bucket of at the most, and the pictures of how many erasures it has cleared away.
const [RECORDS_AT_ONCE, ERASURES_AT_ONCE] = [2, 5];

const record = (world: World, kind: string, user: number, reason: string | null = null): void => {
  world.owed.records.push({ kind, user, at: world.now, reason });
};

/** The bucket is told of what happened last, at once; of all else by the scheduled run. */
const tellBucket = (world: World, atMost = RECORDS_AT_ONCE): void => {
  if (world.broken.includes('records') || world.broken.includes('database')) return;
  world.owed.records.splice(-atMost);
};

const clearPictures = (world: World, atMost = ERASURES_AT_ONCE): void => {
  if (world.broken.includes('pictures') || world.broken.includes('database')) return;
  for (const erasure of world.erasures.filter(({ hasPictures }) => hasPictures).slice(0, atMost)) {
    erasure.hasPictures = false;
    remove(world.pictures, (key) => key.startsWith(`${erasure.user}/`));
  }
};

const newLink = (world: World, purpose: 'verify-email' | 'reset-password', user: number): void => {
  remove(world.links, (link) => link.user === user && link.purpose === purpose);
  const expiresAt = world.now + (purpose === 'verify-email' ? DAY : HOUR);
  world.links.push({ purpose, id: NEW, user, expiresAt });
  mail(world, purpose, user, { token: NEW, expiresAt });
};

// What strangers can do.

/** Whether an address gets another mail of a kind: three an hour, and ten a day of all. */
const grant = (world: World, email: string, kind: string, nobody: 0 | null = 0): boolean => {
  const of = world.requests.filter((request) => request.email === email);
  const lastHour = of.filter((request) => request.kind === kind && request.at > world.now - HOUR);
  if (lastHour.length >= 3 || of.filter(({ at }) => at > world.now - DAY).length >= 10) return false;
  world.requests.push({ email, kind, at: world.now, user: byEmail(world, email)?.id ?? nobody });
  return true;
};

const isUnverified = (account: Account): boolean => !account.isVerified && isActive(account);

export type SignUp = { email: string; password: string; fullName: string | null; language: string };

type Begun = Omit<SignUp, 'password'> & Pick<Account, 'password'>;

const startOver = (world: World, { email, password, fullName, language }: Begun): Account => {
  const fields = { password, fullName, speaking: language, listening: language, createdAt: world.now };
  const known = byEmail(world, email);
  if (known) return Object.assign(known, fields);
  const account: Account = {
    ...{ id: 0, email, role: 'user', isVerified: false, passwordChangedAt: null, picture: null, ...fields },
    ...{ emailChangedAt: null, factorsChangedAt: null, lastSignInAt: null },
    ...{ deactivatedAt: null, reason: null, deletedAt: null, remindedAt: null },
  };
  world.accounts.push(account);
  return account;
};

export const signUp = (world: World, form: SignUp): Told => {
  const known = byEmail(world, form.email);
  const kind = known && !isUnverified(known) ? 'already-registered' : 'verify-email';
  const isGranted = grant(world, form.email, kind);
  if (isGranted && kind === 'already-registered') mail(world, kind, known?.id ?? 0);
  if (isGranted && kind === 'verify-email') {
    const { id } = startOver(world, form);
    newLink(world, kind, id);
    remove(world.links, (link) => link.user === id && link.purpose === 'reset-password');
  }
  const user = byEmail(world, form.email)?.id ?? null;
  for (const row of [...world.attempts, ...world.requests]) if (row.email === form.email) row.user ??= user;
  return 'OK';
};

export const resendVerification = (world: World, email: string): Told => {
  const account = byEmail(world, email);
  if (account && isUnverified(account) && grant(world, email, 'verify-email'))
    newLink(world, 'verify-email', account.id);
  return 'OK';
};

export const forgotPassword = (world: World, email: string): Told => {
  const account = byEmail(world, email);
  if (!account || !isActive(account)) return 'OK';
  const purpose = account.isVerified ? 'reset-password' : 'verify-email';
  if (grant(world, email, purpose)) newLink(world, purpose, account.id);
  return 'OK';
};

const isOpen = (world: World, { purpose, id, user }: Link): boolean =>
  world.links.some((link) => link.purpose === purpose && link.id === id && link.user === user);

export const verifyEmail = (world: World, link: Link): Told => {
  if (link.purpose !== 'verify-email') return 'INVALID_TOKEN';
  if (link.expiresAt <= world.now) return 'TOKEN_EXPIRED';
  const account = byId(world, link.user);
  if (!account || !isUnverified(account) || !isOpen(world, link)) return 'INVALID_TOKEN';
  account.isVerified = true;
  tell(world, 'user.created', account.id);
  record(world, 'verified', account.id);
  remove(world.links, ({ id }) => id === link.id);
  return 'OK';
};

// Wrong codes count apart from wrong passwords, under what this stands before.
const OF_FACTOR = 'factor ';

const forgetAttempts = (world: World, user: number, goes: (attempt: Attempt) => boolean = () => true): void =>
  void remove(world.attempts, (attempt) => attempt.user === user && goes(attempt));

const replacePassword = (world: World, account: Account, next: string, ends: (session: Session) => boolean): void => {
  Object.assign(account, { password: next, passwordChangedAt: world.now });
  record(world, 'password-changed', account.id);
  mail(world, 'password-changed', account.id);
  signOut(world, (session) => session.user === account.id && ends(session));
  remove(world.links, (link) => link.user === account.id && link.purpose === 'reset-password');
};

export const resetPassword = (world: World, link: Link, next: string): Told => {
  if (link.purpose !== 'reset-password') return 'INVALID_RESET_TOKEN';
  if (link.expiresAt <= world.now) return 'RESET_TOKEN_EXPIRED';
  const account = byId(world, link.user);
  if (!account || !isActive(account) || !isOpen(world, link)) return 'INVALID_RESET_TOKEN';
  if (account.password === next) return 'SAME_PASSWORD';
  replacePassword(world, account, next, () => true);
  // Of an account that an administrator has made.
  if (!account.isVerified) {
    account.isVerified = true;
    tell(world, 'user.created', account.id);
    record(world, 'verified', account.id);
  }
  forgetAttempts(world, account.id, ({ device }) => !device.startsWith(OF_FACTOR));
  return 'OK';
};

// Signing in.

/** What a browser has: a device cookie ('' for none) and the refresh cookie of a session. */
export type Cookie = { user: number; session: string; counter: number };
export type Browser = { device: string; cookie: Cookie | undefined };

const attemptOf = (world: World, email: string, device: string): Attempt => {
  const known = world.attempts.find((attempt) => attempt.email === email && attempt.device === device);
  if (known) return known;
  const attempt = { email, device, failures: 0, lockedUntil: null, at: world.now, user: null };
  world.attempts.push(attempt);
  return attempt;
};

const fail = (world: World, attempt: Attempt): Told => {
  attempt.failures += 1;
  // 15 minutes, 30, then 60.
  const doublings = Math.min(attempt.failures - 5, 2);
  attempt.lockedUntil = attempt.failures < 5 ? null : world.now + 15 * MINUTE * 2 ** doublings;
  return 'INVALID_CREDENTIALS';
};

const openSession = (world: World, user: number, { cookie }: Browser, secondFactor = false): void => {
  const { now } = world;
  world.sessions.push({
    ...{ id: NEW, user, counter: 0, rotatedAt: now, createdAt: now, lastUsedAt: now, expiresAt: now + 7 * DAY },
    ...{ provedAt: now, secondFactor },
  });
  for (const account of world.accounts) if (account.id === user) account.lastSignInAt = now;
  signOut(world, ({ id }) => id !== NEW && id === cookie?.session);
};

const factorsOf = (world: World, user: number): Factor[] => world.factors.filter((factor) => factor.user === user);

export const login = (
  world: World,
  { email, password }: { email: string; password: string },
  browser: Browser,
): Told => {
  const account = byEmail(world, email);
  const known = world.attempts.find((found) => found.email === email && found.device === browser.device);
  if (known?.lockedUntil && known.lockedUntil > world.now) return 'ACCOUNT_LOCKED';
  const attempt = attemptOf(world, email, browser.device);
  Object.assign(attempt, { at: world.now, user: account?.id ?? null });
  if (account?.password !== password) return fail(world, attempt);
  Object.assign(attempt, { failures: 0, lockedUntil: null });
  const refusal = outOfUse(account) ?? (account.isVerified ? undefined : 'EMAIL_NOT_VERIFIED');
  if (refusal) return refusal;
  if (factorsOf(world, account.id).length > 0) return 'CHALLENGED';
  openSession(world, account.id, browser);
  return 'OK';
};

export const refresh = (world: World, cookie: Cookie): Told => {
  const account = byId(world, cookie.user);
  if (!account) return 'INVALID_REFRESH_TOKEN';
  const refusal = outOfUse(account);
  if (refusal) return refusal;
  const session = world.sessions.find(({ id }) => id === cookie.session);
  if (!session) return 'INVALID_REFRESH_TOKEN';
  const behind = session.counter - cookie.counter;
  const isAskedAgain = behind === 1 && session.rotatedAt > world.now - MINUTE;
  if (behind > 0 && !isAskedAgain) {
    signOut(world, ({ id }) => id === session.id);
    return 'REFRESH_TOKEN_REUSE';
  }
  if (!isLiving(world, session)) return 'INVALID_REFRESH_TOKEN';
  if (isAskedAgain) return 'OK';
  const { now } = world;
  const expiresAt = Math.min(now + 7 * DAY, session.createdAt + 90 * DAY);
  Object.assign(session, { counter: session.counter + 1, rotatedAt: now, lastUsedAt: now, expiresAt });
  return 'OK';
};

export const logout = (world: World, token: AccessToken): Told => {
  const refusal = tokenRefusal(world, token);
  if (refusal) return refusal;
  signOut(world, ({ id }) => id === token.session, token);
  return 'OK';
};

export const logoutByCookie = (world: World, cookie: Cookie): Told => {
  signOut(world, ({ id }) => id === cookie.session);
  return 'OK';
};

export const endSession = (world: World, token: AccessToken, id: string): Told => {
  const refusal = tokenRefusal(world, token);
  if (refusal) return refusal;
  const isMeant = (session: Session) => session.id === id && session.user === token.user;
  if (!world.sessions.some(isMeant)) return 'NOT_FOUND';
  signOut(world, isMeant);
  return 'OK';
};

// Second factors: authenticator apps, passkeys, and recovery codes.

/** What a right password is answered with where there is a second factor. */
export type Challenge = {
  id: string;
  user: number;
  email: string;
  passwordChangedAt: number | null;
  expiresAt: number;
};

/** What somebody gives: a code that an app shows, what a passkey has signed, or a recovery code by its hash. */
export type GivenFactor = { app: string } | { passkey: string; signed: string } | { code: string };

const stepOf = ({ now }: World): number => Math.floor(now / (30 * SECOND));

/** The app whose code is good now; a code works once. */
const appOf = (world: World, user: number, given: GivenFactor): Factor | undefined =>
  factorsOf(world, user).find(
    ({ id, lastStep }) => 'app' in given && id === given.app && lastStep !== null && lastStep < stepOf(world),
  );
/** The passkey that has signed this challenge. */
const passkeyOf = (world: World, user: number, given: GivenFactor, challenge: string): Factor | undefined =>
  factorsOf(world, user).find(({ id }) => 'passkey' in given && id === given.passkey && given.signed === challenge);
const codeOf = (world: World, user: number, given: GivenFactor): Code | undefined =>
  world.codes.find((code) => 'code' in given && code.hash === given.code && code.user === user);

const changeFactors = (world: World, account: Account): void => {
  account.factorsChangedAt = world.now;
  record(world, 'factors-changed', account.id);
};

/** The factor is used; a recovery code goes with it, and its owner is told. */
const useFactor = (world: World, account: Account, given: GivenFactor, challenge: string): void => {
  const app = appOf(world, account.id, given);
  if (app) Object.assign(app, { lastStep: stepOf(world), lastUsedAt: world.now });
  const passkey = passkeyOf(world, account.id, given, challenge);
  if (passkey) passkey.lastUsedAt = world.now;
  const code = codeOf(world, account.id, given);
  if (!code) return;
  remove(world.codes, (row) => row === code);
  mail(world, 'recovery-code-used', account.id, { left: world.codes.filter(({ user }) => user === account.id).length });
  noteByLink(world, 'user.use-recovery-code', account.id);
  changeFactors(world, account);
};

/** A check of a factor, which counts like one of a password, apart from those; undefined where it is right. */
const checkFactor = (
  world: World,
  account: Account,
  given: GivenFactor,
  challenge: string,
  device: string,
): Told | undefined => {
  const name = `${OF_FACTOR}${device}`;
  const known = world.attempts.find((found) => found.email === account.email && found.device === name);
  if (known?.lockedUntil && known.lockedUntil > world.now) return 'ACCOUNT_LOCKED';
  const attempt = attemptOf(world, account.email, name);
  Object.assign(attempt, { at: world.now, user: account.id });
  const isRight =
    appOf(world, account.id, given) ??
    passkeyOf(world, account.id, given, challenge) ??
    codeOf(world, account.id, given);
  return isRight ? undefined : 'WRONG';
};

const attemptAtFactor = (world: World, { email }: Account, device: string): Attempt =>
  attemptOf(world, email, `${OF_FACTOR}${device}`);

export const completeLogin = (world: World, challenge: Challenge, given: GivenFactor, browser: Browser): Told => {
  const account = byId(world, challenge.user);
  if (challenge.expiresAt <= world.now || !account) return 'CHALLENGE_EXPIRED';
  const refusal = outOfUse(account);
  if (refusal) return refusal;
  const isSame = account.email === challenge.email && account.passwordChangedAt === challenge.passwordChangedAt;
  const isUsed = world.used.some(({ id }) => id === challenge.id);
  if (!isSame || isUsed) return 'CHALLENGE_EXPIRED';
  const wrong = checkFactor(world, account, given, challenge.id, browser.device);
  if (wrong === 'ACCOUNT_LOCKED') return wrong;
  const attempt = attemptAtFactor(world, account, browser.device);
  if (wrong) {
    fail(world, attempt);
    return 'INVALID_SECOND_FACTOR';
  }
  Object.assign(attempt, { failures: 0, lockedUntil: null });
  world.used.push({ id: challenge.id, expiresAt: challenge.expiresAt });
  useFactor(world, account, given, challenge.id);
  openSession(world, account.id, browser, true);
  return 'OK';
};

/** A sign-in with a passkey alone; nobody guesses, so nothing is counted. */
export const passkeyLogin = (world: World, passkey: string, challenge: Used, browser: Browser): Told => {
  const factor = world.factors.find(({ id }) => id === passkey);
  const account = factor && byId(world, factor.user);
  if (!account) return 'INVALID_SECOND_FACTOR';
  const refusal = outOfUse(account);
  if (refusal) return refusal;
  world.used.push(challenge);
  useFactor(world, account, { passkey, signed: challenge.id }, challenge.id);
  openSession(world, account.id, browser, true);
  return 'OK';
};

/** `challenge` is what a passkey was asked to sign; what else is given needs none. */
export const proveByFactor = (world: World, token: AccessToken, given: GivenFactor, challenge: Used): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  const session = world.sessions.find(({ id }) => id === token.session);
  if (refusal || !account || !session) return refusal ?? 'INVALID_CREDENTIALS';
  const wrong = checkFactor(world, account, given, challenge.id, '');
  if (wrong === 'ACCOUNT_LOCKED') return wrong;
  const attempt = attemptAtFactor(world, account, '');
  if (wrong) {
    fail(world, attempt);
    return 'passkey' in given ? 'INVALID_PASSKEY' : 'INVALID_CODE';
  }
  Object.assign(attempt, { failures: 0, lockedUntil: null });
  world.used.push('passkey' in given ? challenge : { id: NEW, expiresAt: world.now + 5 * MINUTE });
  useFactor(world, account, given, challenge.id);
  Object.assign(session, { provedAt: world.now, secondFactor: true });
  return 'OK';
};

/** An act on one's own factors, which takes a fresh proof. */
const onFactors = (
  world: World,
  token: AccessToken,
  rule: (account: Account) => Told | false,
  act: (account: Account) => void,
): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  const session = world.sessions.find(({ id }) => id === token.session);
  if (refusal || !account || !session) return refusal ?? 'INVALID_CREDENTIALS';
  if (session.provedAt <= world.now - 10 * MINUTE) return 'FRESH_PROOF_REQUIRED';
  const code = rule(account);
  if (code) return code;
  act(account);
  changeFactors(world, account);
  return 'OK';
};

const newCodes = (world: World, user: number): void => {
  for (let n = 0; n < 10; n += 1) world.codes.push({ hash: NEW, user, createdAt: world.now });
};

/** A factor that was begun by a challenge, or a setup, which is used by it. */
export const addFactor = (world: World, token: AccessToken, kind: Factor['kind'], begun: Used, name: string): Told =>
  onFactors(
    world,
    token,
    ({ id }) => factorsOf(world, id).length >= 10 && 'TOO_MANY_FACTORS',
    ({ id }) => {
      if (factorsOf(world, id).length === 0) {
        newCodes(world, id);
        for (const session of world.sessions) if (session.id === token.session) session.secondFactor = true;
      }
      const lastStep = kind === 'passkey' ? null : stepOf(world);
      world.factors.push({ id: NEW, kind, user: id, name, createdAt: world.now, lastUsedAt: null, lastStep });
      world.used.push(begun);
      tell(world, 'user.factor_added', id, { kind });
      note(world, 'user.add-factor', id, token);
      mail(world, 'factor-added', id, { factor: kind });
    },
  );

export const nameFactor = (world: World, token: AccessToken, id: string, name: string): Told => {
  const refusal = tokenRefusal(world, token);
  if (refusal) return refusal;
  const factor = factorsOf(world, token.user).find((row) => row.id === id);
  if (!factor) return 'NOT_FOUND';
  factor.name = name;
  return 'OK';
};

/** With the last one go the recovery codes, and what it has vouched for. */
export const removeFactor = (world: World, token: AccessToken, factor: string): Told =>
  onFactors(
    world,
    token,
    ({ id }) => !factorsOf(world, id).some((row) => row.id === factor) && 'NOT_FOUND',
    ({ id }) => {
      for (const { kind } of remove(world.factors, (row) => row.id === factor)) {
        tell(world, 'user.factor_removed', id, { kind });
        mail(world, 'factor-removed', id, { factor: kind });
      }
      note(world, 'user.remove-factor', id, token);
      if (factorsOf(world, id).length > 0) return;
      remove(world.codes, ({ user }) => user === id);
      for (const session of sessionsOf(world, id)) session.secondFactor = false;
    },
  );

export const makeCodes = (world: World, token: AccessToken): Told =>
  onFactors(
    world,
    token,
    ({ id }) => factorsOf(world, id).length === 0 && 'NO_SECOND_FACTOR',
    ({ id }) => {
      remove(world.codes, ({ user }) => user === id);
      newCodes(world, id);
      note(world, 'user.make-recovery-codes', id, token);
      mail(world, 'factor-added', id, { factor: 'recovery_codes' });
    },
  );

// One's own account.

/** Another proof of who holds a session. Guesses count like those of a sign-in. */
export const prove = (world: World, token: AccessToken, password: string, device: string): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  const session = world.sessions.find(({ id }) => id === token.session);
  if (refusal || !account || !session) return refusal ?? 'INVALID_CREDENTIALS';
  const known = world.attempts.find((found) => found.email === account.email && found.device === device);
  if (known?.lockedUntil && known.lockedUntil > world.now) return 'ACCOUNT_LOCKED';
  const attempt = attemptOf(world, account.email, device);
  Object.assign(attempt, { at: world.now, user: account.id });
  if (account.password !== password) {
    fail(world, attempt);
    return 'INCORRECT_PASSWORD';
  }
  Object.assign(attempt, { failures: 0, lockedUntil: null });
  session.provedAt = world.now;
  return 'OK';
};

export const changePassword = (world: World, token: AccessToken, current: string, next: string): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  if (refusal || !account) return refusal ?? 'INVALID_CREDENTIALS';
  if (account.password !== current) return 'INCORRECT_PASSWORD';
  if (current === next) return 'SAME_PASSWORD';
  replacePassword(world, account, next, ({ id }) => id !== token.session);
  return 'OK';
};

export type Profile = Partial<Pick<Account, 'fullName' | 'speaking' | 'listening' | 'picture'>>;

const PUBLIC_FIELDS = [
  ['fullName', 'full_name'],
  ['picture', 'avatar_url'],
  ['speaking', 'speaking_language'],
  ['listening', 'listening_language'],
] as const;

/** A picture is `NEW`, or null where it goes. */
export const changeProfile = (world: World, token: AccessToken, change: Profile): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  if (refusal || !account) return refusal ?? 'INVALID_CREDENTIALS';
  if (change.picture && world.broken.includes('pictures')) return 'SERVICE_UNAVAILABLE';
  const differs = PUBLIC_FIELDS.filter(([field]) => change[field] !== undefined && change[field] !== account[field]);
  if (differs.length > 0) tell(world, 'user.updated', account.id, { changed: differs.map(([, name]) => name) });
  const former = account.picture;
  Object.assign(account, change);
  if (change.picture) world.pictures.push(change.picture);
  if (change.picture !== undefined && !world.broken.includes('pictures') && !world.broken.includes('database'))
    remove(world.pictures, (key) => key === former);
  return 'OK';
};

export const softDelete = (world: World, token: AccessToken): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  if (refusal || !account) return refusal ?? 'INVALID_CREDENTIALS';
  if (isLastAdministrator(world, account)) return 'LAST_ADMINISTRATOR';
  account.deletedAt = world.now;
  const eraseAt = world.now + GRACE;
  tell(world, 'user.deleted', account.id, { erase_at: `${new Date(eraseAt).toISOString().slice(0, 19)}Z` });
  note(world, 'user.delete', account.id, token);
  record(world, 'deleted', account.id);
  mail(world, 'account-deleted', account.id, { eraseAt });
  end(world, ({ user }) => user === account.id, token);
  remove(world.links, ({ user, purpose }) => user === account.id && purpose === 'reset-password');
  return 'OK';
};

/** The row goes, and all that refers to it; what stays is the record of it, and a last mail. */
const erase = (world: World, account: Account, by: Actor): void => {
  const { id } = account;
  tell(world, 'user.erased', id);
  note(world, 'user.erase', id, by);
  record(world, 'erased', id);
  world.mails.push({
    user: null,
    kind: 'account-erased',
    data: {},
    email: account.email,
    at: world.now,
    failedAt: null,
  });
  end(world, ({ user }) => user === id, typeof by === 'object' ? by : undefined);
  world.erasures.push({ user: id, at: world.now, seq: 0, hasPictures: true });
  remove(world.accounts, (row) => row === account);
  forget(world, id);
};

/** What refers to a user goes with the row. */
const forget = (world: World, id: number): void => {
  const { links, changes, factors, codes, mails, requests, attempts, participations, sessions } = world;
  for (const list of [links, changes, factors, codes, mails, requests, attempts, participations, sessions]) {
    remove<{ user: number | null }>(list, ({ user }) => user === id);
  }
};

export const eraseSelf = (world: World, token: AccessToken): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  if (refusal || !account) return refusal ?? 'INVALID_CREDENTIALS';
  if (isLastAdministrator(world, account)) return 'LAST_ADMINISTRATOR';
  erase(world, account, token);
  if (!world.broken.includes('pictures')) remove(world.pictures, (key) => key === account.picture);
  tellBucket(world);
  clearPictures(world);
  return 'OK';
};

// Another address.

const isTaken = (world: World, email: string, account: Account): boolean =>
  world.accounts.some((other) => other !== account && other.email === email && !isUnverified(other));

/** Whoever never verified the address makes way. */
const makeRoom = (world: World, email: string): void => {
  for (const { id } of remove(world.accounts, (other) => other.email === email && isUnverified(other)))
    forget(world, id);
};

const ABOUT_ADDRESSES = ['email-change', 'email-change-notice', 'email-changed'];

/** Mails whose link is dead do not leave. */
const dropDeadLinks = (world: World, user: number): void => {
  const living = new Set(world.changes.map(({ id }) => id));
  const isDead = ({ data }: Mail) => !living.has((data as { token: string }).token);
  remove(world.mails, (row) => row.user === user && ABOUT_ADDRESSES.includes(row.kind) && isDead(row));
};

/** What went to the address before, or was counted under it, is gone; what was counted under the new one is the account's. */
const move = (world: World, account: Account, email: string): void => {
  const { id } = account;
  Object.assign(account, { email, emailChangedAt: world.now });
  end(world, (session) => session.user === id);
  remove(world.links, (link) => link.user === id);
  remove(world.mails, (row) => row.user === id && ['verify-email', 'reset-password'].includes(row.kind));
  forgetAttempts(world, id);
  remove(world.requests, (request) => request.user === id);
  for (const row of [...world.attempts, ...world.requests]) if (row.email === email) row.user ??= id;
};

/** Nobody but the mailbox of the new address hears whether it is taken. */
export const requestEmail = (world: World, token: AccessToken, email: string): Told => {
  const refusal = tokenRefusal(world, token);
  const account = byId(world, token.user);
  const session = world.sessions.find(({ id }) => id === token.session);
  if (refusal || !account || !session) return refusal ?? 'INVALID_CREDENTIALS';
  if (session.provedAt <= world.now - 10 * MINUTE) return 'FRESH_PROOF_REQUIRED';
  if (account.email === email) return 'SAME_ADDRESS';
  note(world, 'user.ask-email', account.id, token);
  const kind = isTaken(world, email, account) ? 'already-registered' : 'email-change';
  const isGranted = grant(world, email, kind, null) && grant(world, account.email, 'email-change-notice');
  if (isGranted) remove(world.changes, ({ user, confirmedAt }) => user === account.id && confirmedAt === null);
  dropDeadLinks(world, account.id);
  if (!isGranted) return 'OK';
  const change = { id: NEW, user: account.id, email, former: account.email, at: world.now, confirmedAt: null };
  const expiresAt = world.now + DAY;
  world.changes.push({ ...change, expiresAt });
  const notice = { token: NEW, expiresAt: expiresAt + 3 * DAY };
  mailTo(world, 'email-change-notice', account.id, account.email, notice);
  if (kind === 'email-change') mailTo(world, kind, account.id, email, { token: NEW, expiresAt });
  else mail(world, kind, byEmail(world, email)?.id ?? 0);
  return 'OK';
};

/** The change that a link is about, and the account, where both are there still. */
const changeOf = (world: World, link: Link): { change: Change; account: Account } | undefined => {
  const change = world.changes.find(
    ({ id, user, expiresAt }) => id === link.id && user === link.user && expiresAt > world.now,
  );
  const account = byId(world, link.user);
  return change && account && isActive(account) ? { change, account } : undefined;
};

const noteByLink = (world: World, action: string, user: number): void => {
  world.audit.push({ action, subject: user, service: null, by: user, origin: 'http' });
};

export const confirmEmail = (world: World, link: Link): Told => {
  if (link.purpose !== 'confirm-email') return 'INVALID_TOKEN';
  if (link.expiresAt <= world.now) return 'TOKEN_EXPIRED';
  const { change, account } = changeOf(world, link) ?? {};
  if (!change || !account || change.confirmedAt !== null) return 'INVALID_TOKEN';
  if (isTaken(world, change.email, account)) return 'ADDRESS_TAKEN';
  makeRoom(world, change.email);
  tell(world, 'user.email_changed', account.id);
  record(world, 'email-changed', account.id);
  move(world, account, change.email);
  Object.assign(change, { confirmedAt: world.now, expiresAt: world.now + 3 * DAY });
  mailTo(world, 'email-changed', account.id, change.former, { token: change.id, expiresAt: change.expiresAt });
  noteByLink(world, 'user.change-email', account.id);
  return 'OK';
};

/** Who undoes a change sets another password, by a link to the address before it. */
export const undoEmail = (world: World, link: Link): Told => {
  if (link.purpose !== 'undo-email') return 'INVALID_TOKEN';
  if (link.expiresAt <= world.now) return 'TOKEN_EXPIRED';
  const { change, account } = changeOf(world, link) ?? {};
  if (!change || !account) return 'INVALID_TOKEN';
  const { id } = account;
  if (change.confirmedAt === null) {
    signOut(world, ({ user }) => user === id);
  } else {
    if (isTaken(world, change.former, account)) return 'ADDRESS_TAKEN';
    makeRoom(world, change.former);
    tell(world, 'user.email_changed', id);
    record(world, 'email-changed', id);
    move(world, account, change.former);
  }
  record(world, 'password-changed', id);
  Object.assign(account, { password: null, passwordChangedAt: world.now });
  // With it go those that came after.
  remove(
    world.changes,
    (row) => row === change || (change.confirmedAt !== null && row.user === id && row.at >= change.at),
  );
  dropDeadLinks(world, id);
  newLink(world, 'reset-password', id);
  noteByLink(world, 'user.undo-email', id);
  return 'OK';
};

// What administrators do, over HTTP (`by` is a token) or by a script.

/** An act on somebody's account, by who may: the first of `rules` that is a code refuses it. */
const onUser = (
  world: World,
  by: Actor,
  user: number,
  rules: (account: Account) => (Told | false)[],
  act: (account: Account) => void,
): Told => {
  const refusal = typeof by === 'object' ? tokenRefusal(world, by, 'admin') : undefined;
  if (refusal) return refusal;
  const account = byId(world, user);
  if (!account) return 'NO_USER';
  if (typeof by === 'object' && by.user === user) return 'SELF';
  const code = rules(account).find((rule) => rule !== false);
  if (code) return code;
  act(account);
  return 'OK';
};

const isGone = (by: Actor, { deletedAt }: Account): Told | false =>
  deletedAt !== null && (typeof by === 'object' ? 'NO_USER' : 'ACCOUNT_DELETED');

export const deactivate = (world: World, by: Actor, user: number, reason: string | null, force = false): Told =>
  onUser(
    world,
    by,
    user,
    (account) => [
      isGone(by, account),
      !isActive(account) && 'ALREADY_DEACTIVATED',
      !force && isLastAdministrator(world, account) && 'LAST_ADMINISTRATOR',
    ],
    (account) => {
      Object.assign(account, { deactivatedAt: world.now, reason });
      tell(world, 'user.deactivated', user);
      note(world, 'user.deactivate', user, by);
      record(world, 'deactivated', user, reason);
      mail(world, 'account-deactivated', user, { reason });
      end(world, (session) => session.user === user);
      tellBucket(world);
    },
  );

export const reactivate = (world: World, by: Actor, user: number): Told =>
  onUser(
    world,
    by,
    user,
    (account) => [isGone(by, account), isActive(account) && 'ALREADY_ACTIVE'],
    (account) => {
      Object.assign(account, { deactivatedAt: null, reason: null });
      tell(world, 'user.reactivated', user);
      note(world, 'user.reactivate', user, by);
      record(world, 'reactivated', user);
      mail(world, 'account-reactivated', user);
      tellBucket(world);
    },
  );

const giveRole = (world: World, account: Account, role: Account['role'], action: string): void => {
  account.role = role;
  tell(world, 'user.role_changed', account.id, { role });
  note(world, action, account.id, 'script');
  record(world, role === 'admin' ? 'promoted' : 'demoted', account.id);
  tellBucket(world);
};

export const promote = (world: World, user: number): Told =>
  onUser(
    world,
    'script',
    user,
    (account) => [
      account.role === 'admin' && 'ALREADY_ADMINISTRATOR',
      outOfUse(account) ?? false,
      !account.isVerified && 'EMAIL_NOT_VERIFIED',
    ],
    (account) => giveRole(world, account, 'admin', 'user.promote'),
  );

export const demote = (world: World, user: number, force: boolean): Told =>
  onUser(
    world,
    'script',
    user,
    (account) => [
      account.role !== 'admin' && 'NO_ADMINISTRATOR',
      !force && isLastAdministrator(world, account) && 'LAST_ADMINISTRATOR',
    ],
    (account) => giveRole(world, account, 'user', 'user.demote'),
  );

export const restore = (world: World, user: number): Told =>
  onUser(
    world,
    'script',
    user,
    ({ deletedAt }) => [
      deletedAt === null && 'NOT_DELETED',
      deletedAt !== null && deletedAt <= world.now - GRACE && 'GRACE_PERIOD_OVER',
    ],
    (account) => {
      Object.assign(account, { deletedAt: null, remindedAt: null });
      tell(world, 'user.restored', user);
      note(world, 'user.restore', user, 'script');
      record(world, 'restored', user);
      mail(world, 'account-restored', user);
      tellBucket(world);
    },
  );

export const eraseUser = (world: World, user: number, force: boolean): Told =>
  onUser(
    world,
    'script',
    user,
    (account) => [!force && isLastAdministrator(world, account) && 'LAST_ADMINISTRATOR'],
    (account) => {
      erase(world, account, 'script');
      tellBucket(world);
      clearPictures(world);
    },
  );

/** The new address counts as verified; nothing that its user has asked for is left. */
export const setEmail = (world: World, user: number, email: string): Told =>
  onUser(
    world,
    'script',
    user,
    (account) => [account.email === email && 'SAME_ADDRESS', byEmail(world, email) !== undefined && 'ADDRESS_TAKEN'],
    (account) => {
      tell(world, account.isVerified ? 'user.email_changed' : 'user.created', user);
      account.isVerified = true;
      note(world, 'user.set-email', user, 'script');
      record(world, 'verified', user);
      record(world, 'email-changed', user);
      move(world, account, email);
      remove(world.changes, (change) => change.user === user);
      dropDeadLinks(world, user);
    },
  );

/** Who has lost them all signs in with the password alone, and adds others. */
export const resetSecondFactor = (world: World, user: number): Told =>
  onUser(
    world,
    'script',
    user,
    () => [factorsOf(world, user).length === 0 && 'NO_SECOND_FACTOR'],
    (account) => {
      for (const kind of ['passkey', 'authenticator'])
        for (const _ of remove(world.factors, (factor) => factor.user === user && factor.kind === kind))
          tell(world, 'user.factor_removed', user, { kind });
      remove(world.codes, (code) => code.user === user);
      mail(world, 'factor-removed', user, { factor: 'all' });
      note(world, 'user.reset-second-factor', user, 'script');
      signOut(world, (session) => session.user === user);
      changeFactors(world, account);
    },
  );

export const endSessions = (world: World, by: Actor, user: number): Told =>
  onUser(
    world,
    by,
    user,
    ({ deletedAt }) => [typeof by === 'object' && deletedAt !== null && 'NO_USER'],
    () => {
      signOut(world, (session) => session.user === user);
      note(world, 'user.end-sessions', user, by);
    },
  );

export const unlock = (world: World, by: Actor, user: number): Told =>
  onUser(
    world,
    by,
    user,
    (account) => [
      isGone(by, account),
      !world.attempts.some((row) => row.user === user && row.lockedUntil !== null && row.lockedUntil > world.now) &&
        'NOT_LOCKED',
    ],
    () => {
      forgetAttempts(world, user);
      note(world, 'user.unlock', user, by);
    },
  );

/** The link that sets the first password works as long as the account is kept that nobody verifies. */
const newFirstLink = (world: World, { id, createdAt }: Account): void => {
  remove(world.links, (link) => link.user === id && link.purpose === 'reset-password');
  const expiresAt = createdAt + 7 * DAY;
  world.links.push({ purpose: 'reset-password', id: NEW, user: id, expiresAt });
  mail(world, 'account-created', id, { token: NEW, expiresAt });
};

export const sendVerification = (world: World, by: Actor, user: number): Told =>
  onUser(
    world,
    by,
    user,
    (account) => [
      isGone(by, account),
      account.isVerified && 'ALREADY_VERIFIED',
      !isActive(account) && 'USER_DEACTIVATED',
    ],
    (account) => {
      note(world, 'user.send-verification', user, by);
      if (account.password === null) newFirstLink(world, account);
      else newLink(world, 'verify-email', user);
    },
  );

export const sendReset = (world: World, by: Actor, user: number): Told =>
  onUser(
    world,
    by,
    user,
    (account) => [
      isGone(by, account),
      !account.isVerified && 'EMAIL_NOT_VERIFIED',
      !isActive(account) && 'USER_DEACTIVATED',
    ],
    () => {
      note(world, 'user.send-reset', user, by);
      newLink(world, 'reset-password', user);
    },
  );

/** An account that is made for somebody, who has yet to set a password. */
export const create = (world: World, by: Actor, email: string): Told => {
  const refusal = typeof by === 'object' ? tokenRefusal(world, by, 'admin') : undefined;
  if (refusal) return refusal;
  if (byEmail(world, email)) return 'ADDRESS_TAKEN';
  const account = startOver(world, { email, password: null, fullName: null, language: 'en' });
  note(world, 'user.create', account.id, by);
  newFirstLink(world, account);
  for (const row of [...world.attempts, ...world.requests]) if (row.email === email) row.user ??= account.id;
  return 'OK';
};

// What services do.

export type ServiceToken = { service: string; generation: number };

const serviceOf = (world: World, { service, generation }: ServiceToken): Service | undefined =>
  world.services.find(
    (known) =>
      known.id === service &&
      (known.generation === generation ||
        (known.generation === generation + 1 && known.formerUntil !== null && known.formerUntil > world.now)),
  );

const hears = ({ types }: Service, type: string): boolean => types?.includes(type) ?? true;

const isUsed = (account: Account): boolean => isActive(account) && account.isVerified;

/** The ids of those whom a service may look up, in the order asked. */
export const profiles = (world: World, token: ServiceToken, ids: number[]): number[] | undefined =>
  serviceOf(world, token) &&
  ids.filter((id) => {
    const account = byId(world, id);
    return account !== undefined && isUsed(account);
  });

export type Feed = { events: Event[]; next: number; more: boolean } | { oldest: number } | undefined;

export const feed = (world: World, token: ServiceToken, after: number, limit: number): Feed => {
  const service = serviceOf(world, token);
  if (!service) return undefined;
  const behind = world.events.filter(({ seq }) => seq > after);
  const [first] = behind;
  // Whoever was before the last that has expired meets it, and is told.
  if (first && first.at <= world.now - 89 * DAY && world.horizon > after + 1) return { oldest: world.horizon };
  const page = behind.slice(0, limit);
  const events = page.filter(({ type }) => hears(service, type));
  return { events, next: page.at(-1)?.seq ?? after, more: behind.length > limit };
};

export const confirm = (world: World, token: ServiceToken, seq: number, outcome: string): Told => {
  const service = serviceOf(world, token);
  if (!service) return 'INVALID_CREDENTIALS';
  const event = world.events.find((found) => found.seq === seq);
  if (!event || !hears(service, event.type)) return 'NOT_FOUND';
  const isKnown = world.receipts.some((receipt) => receipt.seq === seq && receipt.service === service.id);
  if (!isKnown) world.receipts.push({ seq, service: service.id, outcome });
  return 'OK';
};

export const joinRoom = (world: World, token: ServiceToken, user: number, room: string): Told => {
  if (!serviceOf(world, token)) return 'INVALID_CREDENTIALS';
  const account = byId(world, user);
  if (!account || !isUsed(account)) return 'NOT_FOUND';
  const isSame = (row: Participation) =>
    row.user === user &&
    row.room === room &&
    row.joinedAt === world.now &&
    row.leftAt === null &&
    row.service === token.service;
  // Told once more, it is the same.
  if (world.participations.some(isSame)) return 'OK';
  world.participations.push({ id: 0, user, room, joinedAt: world.now, leftAt: null, service: token.service });
  return 'OK';
};

export const leaveRoom = (world: World, token: ServiceToken, id: number): Told => {
  if (!serviceOf(world, token)) return 'INVALID_CREDENTIALS';
  const found = world.participations.find((row) => row.id === id && row.service === token.service);
  if (!found) return 'NOT_FOUND';
  found.leftAt = world.now;
  return 'OK';
};

const noteService = (world: World, action: string, service: string): void => {
  world.audit.push({ action, subject: null, service, by: 'operator', origin: 'script' });
};

export const addService = (world: World, name: string, types: string[] | null): Told => {
  if (world.services.some((service) => service.name === name)) return 'NAME_TAKEN';
  world.services.push({ id: NEW, name, types, generation: 1, formerUntil: null });
  noteService(world, 'service.add', name);
  return 'OK';
};

export const rotateService = (world: World, name: string, leaked: boolean): Told => {
  const service = world.services.find((found) => found.name === name);
  if (!service) return 'NO_SERVICE';
  if (!leaked && service.formerUntil !== null && service.formerUntil > world.now) return 'ROTATED_RECENTLY';
  service.generation += 1;
  service.formerUntil = leaked ? null : world.now + DAY;
  noteService(world, 'service.rotate', name);
  return 'OK';
};

export const removeService = (world: World, name: string): Told => {
  if (remove(world.services, (service) => service.name === name).length === 0) return 'NO_SERVICE';
  noteService(world, 'service.remove', name);
  return 'OK';
};

// What the mailer and the clock do.

/** The oldest mail of the user whom a mail is for leaves, or is given up. A mail to nobody, which confirms an erasure, goes by itself. */
export const deliver = (world: World, place: number, isRefused: boolean): Told => {
  const meant = world.mails[place];
  const next = world.mails.find(
    (row) => row.failedAt === null && (row === meant || (row.user !== null && row.user === meant?.user)),
  );
  if (!next) return 'NOTHING';
  if (isRefused) next.failedAt = world.now;
  else remove(world.mails, (row) => row === next);
  // That a suspension was told is known to the bucket, so that nobody is told of it twice.
  if (!isRefused && next.kind === 'account-deactivated' && next.user !== null)
    world.owed.records.push({ kind: 'told', user: next.user, at: next.at, reason: null });
  return 'OK';
};

export const retryMails = (world: World): Told => {
  for (const row of world.mails.filter(({ failedAt }) => failedAt !== null)) {
    row.failedAt = null;
    world.audit.push({ action: 'mail.retry', subject: row.user, service: null, by: 'operator', origin: 'script' });
  }
  return 'OK';
};

const eraseDue = (world: World): void => {
  const due = world.accounts.filter(({ deletedAt }) => deletedAt !== null && deletedAt <= world.now - GRACE);
  for (const account of due.toSorted((a, b) => (a.deletedAt ?? 0) - (b.deletedAt ?? 0)))
    erase(world, account, 'schedule');
};

const remind = (world: World): void => {
  for (const account of world.accounts.toSorted((a, b) => a.id - b.id)) {
    if (account.deletedAt === null || account.remindedAt !== null) continue;
    if (account.deletedAt > world.now - GRACE + 3 * DAY) continue;
    mail(world, 'erasure-reminder', account.id, { eraseAt: account.deletedAt + GRACE });
    account.remindedAt = world.now;
  }
};

/** Events of erasures stay; of the others the last that has expired stays, so that whoever was before it meets it. */
const expireEvents = (world: World): void => {
  const expired = world.events.filter(({ at }) => at <= world.now - 90 * DAY);
  world.horizon = Math.max(world.horizon, expired.at(-1)?.seq ?? 0);
  remove(world.events, ({ seq, type }) => seq < world.horizon && type !== 'user.erased');
  const isKept = new Set(world.events.map(({ seq }) => seq));
  remove(world.receipts, ({ seq }) => !isKept.has(seq));
};

const removeExpired = (world: World): void => {
  const { now } = world;
  remove(world.sessions, ({ expiresAt }) => expiresAt <= now);
  remove(world.links, ({ expiresAt }) => expiresAt <= now);
  remove(world.changes, ({ expiresAt }) => expiresAt <= now);
  remove(world.used, ({ expiresAt }) => expiresAt <= now);
  remove(world.attempts, ({ at }) => at <= now - DAY);
  remove(world.requests, ({ at }) => at <= now - DAY);
  remove(world.mails, ({ failedAt }) => failedAt !== null && failedAt <= now - 7 * DAY);
  remove(world.mails, ({ user, at }) => user === null && at <= now - 7 * DAY);
  const neverVerified = remove(
    world.accounts,
    (account) => isUnverified(account) && account.createdAt <= now - 7 * DAY,
  );
  for (const { id } of neverVerified) forget(world, id);
};

/** The scheduled run: does what is due, and finishes what a failure has left undone. */
export const schedule = (world: World): Told => {
  eraseDue(world);
  clearPictures(world, 50);
  remind(world);
  remove(world.owed.blacklist, ({ until }) => until <= world.now);
  if (!world.broken.includes('blacklist')) world.owed.blacklist = [];
  tellBucket(world, 500);
  expireEvents(world);
  removeExpired(world);
  if (world.broken.includes('pictures')) return 'OK';
  const named = new Set(world.accounts.map(({ picture }) => picture));
  remove(world.pictures, (key) => !named.has(key));
  return 'OK';
};
