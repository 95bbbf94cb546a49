import { env } from 'cloudflare:workers';
import { database } from '../../drizzle/client.ts';
import { newChallenge } from '../../src/accounts/factors/challenge.ts';
import { serviceKeys, serviceToken } from '../../src/accounts/tokens/service-secret.ts';
import { openToken, tokenKeys } from '../../src/accounts/tokens/signed-token.ts';
import { runSchedule } from '../../src/api/cron.ts';
import { claimMail, failMail, settleMail } from '../../src/outbox/outbox.ts';
import type { Answer } from '../client.ts';
import { picture } from '../picture.ts';
import { codeOf, SoftPasskey } from '../soft-factors.ts';
import { begunApp, passkeyDemand } from '../stored-factors.ts';
import type { AccessToken, Cookie, Link, Part, Told, World } from './accounts.ts';
import * as model from './accounts.ts';
import {
  type Given,
  type Hands,
  type Http,
  http,
  keepChallenge,
  keepCodes,
  keepCookies,
  keepToken,
  linkText,
  type Method,
  pick,
  refreshCookie,
  type Stage,
  said,
  says,
  script,
  type Trial,
} from './trial.ts';

// What everybody can do, each as a command: what the model says of it, and how it is really done. What a command is given are
// numbers; whom and what they mean is looked up when its turn comes, so that fewer commands mean something still.

const AUTH = '/api/v1/auth';
const ME = '/api/v1/users/me';
const USERS = '/api/v1/users';

export const EMAILS = ['ada', 'bob', 'eve', 'dan', 'ivy'].map((name) => `${name}@example.com`);
export const PASSWORDS = ['correct horse battery', 'another battery staple', 'a third horse staple'];
const WRONG = 'nobody has this password';
const NAMES = ['Ada Lovelace', null, 'Grace Hopper'];
const LANGUAGES = ['en', 'fr', 'de'];
const SERVICES = ['meetings', 'captions'];
const DEVICES = ['Telephone', 'Tablet'];

// The commands. `n` are numbers that mean somebody or something.

export type Numbers = Record<string, number>;
/** A command looks up what its numbers mean; undefined: there is nothing of the kind. */
type Command = (stage: Stage, n: Numbers) => Trial | undefined;

/** What of the hands still works, as far as the model knows. */
const WORKS: { [Kind in keyof Hands]?: (held: Hands[Kind][number], world: World) => boolean } = {
  tokens: (token, world) => model.tokenRefusal(world, token) === undefined,
  cookies: ({ session, counter }, { sessions }) =>
    sessions.some((known) => known.id === session && known.counter === counter),
  links: ({ id }, { links, changes }) => [...links, ...changes].some((link) => link.id === id),
  passkeys: ({ id }, { factors }) => factors.some((factor) => factor.id === id),
  apps: ({ id }, { factors }) => factors.some((factor) => factor.id === id),
  codes: ({ hash }, { codes }) => codes.some((code) => code.hash === hash),
  challenges: ({ id, expiresAt }, { now, used }) => expiresAt > now && !used.some((one) => one.id === id),
  services: ({ service }, { services }) => services.some(({ id }) => id === service),
};

/** Something of a list in the hands: mostly what still works, where there is such a thing. */
const inHand = <Kind extends keyof Hands>(
  { hands, world }: Stage,
  kind: Kind,
  number: number,
  isMeant: (held: Hands[Kind][number]) => boolean,
) => {
  const list = (hands[kind] as Hands[Kind][number][]).filter(isMeant);
  const works = WORKS[kind] as ((held: Hands[Kind][number], world: World) => boolean) | undefined;
  const working = number % 4 > 0 && works ? list.filter((one) => works(one, world)) : [];
  return pick(working, number) ?? pick(list, number);
};

/** Needs something of a list in the hands. */
const having =
  <Kind extends keyof Hands>(
    kind: Kind,
    trial: (held: Hands[Kind][number], stage: Stage, n: Numbers) => Trial,
    isMeant: (held: Hands[Kind][number], n: Numbers) => boolean = () => true,
  ): Command =>
  (stage, n) => {
    const found = inHand(stage, kind, n['a'] ?? 0, (one) => isMeant(one, n));
    return found === undefined ? undefined : trial(found, stage, n);
  };

const at = <Value>(list: readonly Value[], number = 0): Value => list[number % list.length] as Value;

/** Mostly links of a kind, now and then any. */
const isOf =
  (purpose: model.Purpose) =>
  (link: Link, n: Numbers): boolean =>
    link.purpose === purpose || (n['d'] ?? 0) % 8 === 7;

// Codes as apps show them, of which none is of any app.
const NO_APP = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const NO_CHALLENGE = 'AAAAAAAAAAAAAAAAAAAAAA';
const NO_CODE = 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA';

/** What somebody gives as a second factor: mostly the code of an app of theirs, or a recovery code, and now and then a wrong one. */
const factorGiven = ({ world, hands }: Stage, user: number, n: Numbers, challenge: string) => {
  const [number, kind] = [n['b'] ?? 0, (n['b'] ?? 0) % 4];
  const isOwn = (one: { user: number }) => one.user === user;
  const app = kind === 0 ? undefined : pick(hands.apps.filter(isOwn), number);
  const code = pick(hands.codes.filter(isOwn), number);
  const passkey = pick(hands.passkeys.filter(isOwn), number);
  if (kind === 2 && passkey) {
    const signed = number % 8 === 6 ? NO_CHALLENGE : challenge;
    const { id, authenticator } = passkey;
    return { given: { passkey: id, signed }, json: { passkey: authenticator.get({ challenge: signed }) } };
  }
  if (kind === 1 && code) return { given: { code: code.hash }, json: { recovery_code: code.text } };
  if (kind === 0 && number % 8 === 0) return { given: { code: '' }, json: { recovery_code: NO_CODE } };
  const json = { code: codeOf(app?.secret ?? NO_APP, world.now) };
  return { given: { app: app?.id ?? '' }, json };
};

const SITE = new URL(env.APP_URL).hostname;

/** A challenge that a session was given. */
const challengeFor = ({ user, session }: AccessToken, purpose: 'passkey-proof' | 'new-passkey') =>
  newChallenge(tokenKeys(env), purpose, [user, session], new Date());

/** A challenge as it is noted once it was used. */
const usedBy = ({ id, expiresAt }: { id: string; expiresAt: Date }) => ({ id, expiresAt: expiresAt.getTime() });

const factorsIn = ({ apps, passkeys }: Hands): { id: string; user: number }[] => [...apps, ...passkeys];

const refreshBy = (cookie: Hands['cookies'][number]): Trial =>
  http({
    ...{ method: 'POST', path: `${AUTH}/refresh-token`, sends: { cookie: refreshCookie(cookie) } },
    model: (world) => model.refresh(world, cookie),
    gives: (held, answer) => {
      keepToken(held, answer);
      keepCookies(held, answer);
    },
  });

const STRANGERS: Record<string, Command> = {
  signUp: (_, n) => {
    const form = {
      ...{ email: at(EMAILS, n['a']), password: at(PASSWORDS, n['b']) },
      ...{ fullName: at(NAMES, n['c']), language: at(LANGUAGES, n['c']) },
    };
    const json = {
      ...{ email: form.email, password: form.password, accepted_terms: true },
      ...{ full_name: form.fullName, speaking_language: form.language, listening_language: form.language },
    };
    const path = `${AUTH}/signup`;
    return http({ method: 'POST', path, success: 201, sends: { json }, model: (world) => model.signUp(world, form) });
  },
  resendVerification: (_, n) => {
    const email = at(EMAILS, n['a']);
    const path = `${AUTH}/resend-verification`;
    return http({
      method: 'POST',
      path,
      sends: { json: { email } },
      model: (world) => model.resendVerification(world, email),
    });
  },
  forgotPassword: (_, n) => {
    const email = at(EMAILS, n['a']);
    const path = `${AUTH}/forgot-password`;
    return http({
      method: 'POST',
      path,
      sends: { json: { email } },
      model: (world) => model.forgotPassword(world, email),
    });
  },
  verifyEmail: having(
    'links',
    (link) =>
      http({
        ...{ method: 'POST', path: `${AUTH}/verify-email`, sends: { json: { token: linkText(link) } } },
        model: (world) => model.verifyEmail(world, link),
      }),
    isOf('verify-email'),
  ),
  resetPassword: having(
    'links',
    (link, _, n) => {
      const json = { token: linkText(link), new_password: at(PASSWORDS, n['b']) };
      return http({
        ...{ method: 'POST', path: `${AUTH}/reset-password`, sends: { json } },
        model: (world) => model.resetPassword(world, link, json.new_password),
      });
    },
    isOf('reset-password'),
  ),
  confirmEmail: having(
    'links',
    (link) =>
      http({
        ...{ method: 'POST', path: `${AUTH}/confirm-email`, sends: { json: { token: linkText(link) } } },
        model: (world) => model.confirmEmail(world, link),
      }),
    isOf('confirm-email'),
  ),
  undoEmail: having(
    'links',
    (link) =>
      http({
        ...{ method: 'POST', path: `${AUTH}/undo-email`, sends: { json: { token: linkText(link) } } },
        model: (world) => model.undoEmail(world, link),
      }),
    isOf('undo-email'),
  ),
  guess: (_, n) => {
    const json = { email: at(EMAILS.slice(0, 2), n['a']), password: WRONG };
    const path = `${AUTH}/login`;
    const stranger = { device: '', cookie: undefined };
    return http({ method: 'POST', path, sends: { json }, model: (world) => model.login(world, json, stranger) });
  },
  login: ({ world, hands }, n) => {
    const email = at(EMAILS, n['a']);
    // Mostly the right one.
    const known = model.byEmail(world, email)?.password ?? at(PASSWORDS, n['b']);
    const password = (n['b'] ?? 0) % 8 === 0 ? WRONG : known;
    const device = (n['c'] ?? 0) % 2 === 0 ? undefined : pick(hands.devices, n['c'] ?? 0);
    const cookie = (n['d'] ?? 0) % 3 > 0 ? undefined : pick(hands.cookies, n['d'] ?? 0);
    const cookies = [...(device ? [`__Secure-device=${device.text}`] : []), ...(cookie ? [refreshCookie(cookie)] : [])];
    const browser = { device: device?.email === email ? device.device : '', cookie };
    const passwordChangedAt = model.byEmail(world, email)?.passwordChangedAt ?? null;
    return http({
      ...{ method: 'POST', path: `${AUTH}/login` },
      sends: { json: { email, password }, ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}) },
      model: (world) => model.login(world, { email, password }, browser),
      tells: (answer) => (answer.body.challenge ? `${answer.status} CHALLENGED` : said(answer)),
      gives: (held, answer) => {
        if (answer.body.challenge) return keepChallenge(held, answer, { email, passwordChangedAt });
        keepToken(held, answer);
        keepCookies(held, answer, email);
      },
    });
  },
  completeLogin: having('challenges', (challenge, stage, n) => {
    const { given, json } = factorGiven(stage, challenge.user, n, challenge.id);
    const { hands } = stage;
    const device = (n['c'] ?? 0) % 2 === 0 ? undefined : pick(hands.devices, n['c'] ?? 0);
    const cookie = (n['d'] ?? 0) % 3 > 0 ? undefined : pick(hands.cookies, n['d'] ?? 0);
    const cookies = [
      challenge.cookie,
      ...(device ? [`__Secure-device=${device.text}`] : []),
      ...(cookie ? [refreshCookie(cookie)] : []),
    ];
    const browser = { device: device?.email === challenge.email ? device.device : '', cookie };
    return http({
      ...{ method: 'POST', path: `${AUTH}/login/second-factor` },
      sends: { json: { challenge: challenge.text, ...json }, cookie: cookies.join('; ') },
      model: (world) => model.completeLogin(world, challenge, given, browser),
      gives: (held, answer) => {
        keepToken(held, answer);
        keepCookies(held, answer, challenge.email);
      },
    });
  }),
  passkeyLogin: having('passkeys', ({ id, user, authenticator }, { world, hands }, n) => {
    const { id: asked, challenge, cookie } = passkeyDemand();
    const former = (n['d'] ?? 0) % 3 > 0 ? undefined : pick(hands.cookies, n['d'] ?? 0);
    const cookies = [cookie, ...(former ? [refreshCookie(former)] : [])].join('; ');
    const email = model.byId(world, user)?.email;
    const [, expiresAt] = openToken(tokenKeys(env), 'passkey-sign-in', challenge) ?? [];
    const json = { challenge, passkey: authenticator.get({ challenge: asked }) };
    return http({
      ...{ method: 'POST', path: `${AUTH}/login/passkey`, sends: { json, cookie: cookies } },
      model: (now) =>
        model.passkeyLogin(now, id, { id: asked, expiresAt: Number(expiresAt) }, { device: '', cookie: former }),
      gives: (held, answer) => {
        keepToken(held, answer);
        keepCookies(held, answer, email);
      },
    });
  }),
  refresh: having('cookies', (cookie) => refreshBy(cookie)),
  // A second tab, a lost answer, or a thief.
  refreshOnceMore: ({ world, hands }, n) => {
    const isSuperseded = ({ session, counter }: Cookie) =>
      world.sessions.some((known) => known.id === session && known.counter > counter);
    const cookie = pick(hands.cookies.filter(isSuperseded), n['a'] ?? 0);
    return cookie && refreshBy(cookie);
  },
  logoutByCookie: having('cookies', (cookie) =>
    http({
      ...{ method: 'POST', path: `${AUTH}/logout`, sends: { cookie: refreshCookie(cookie) } },
      model: (world) => model.logoutByCookie(world, cookie),
    }),
  ),
  lookAtPicture: having('pictures', (key) =>
    http({
      ...{ method: 'GET', path: `/avatars/${key}` },
      model: (world) => {
        if (world.broken.includes('pictures')) return 'SERVICE_UNAVAILABLE';
        return world.accounts.some((account) => account.picture === key && model.isActive(account))
          ? 'OK'
          : 'NOT_FOUND';
      },
    }),
  ),
};

const form = (fields: Record<string, string>): FormData => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('avatar', new File([picture('columns.png')], 'a.png'));
  return body;
};

const profileOf = (world: World, id: number) => {
  const account = model.byId(world, id);
  return `${account?.id} ${account?.email} ${account?.fullName} ${account?.speaking} ${account?.listening} ${account?.picture}`;
};

const profileIn = ({ body }: Answer): string =>
  [body.id, body.email, body.full_name, body.speaking_language, body.listening_language]
    .map(String)
    .concat(String(body.avatar_url?.replace(/^.*\/avatars\//, '') ?? null))
    .join(' ');

/** What an access token opens right now: whoever it is may read the own profile, and no other. */
export const lookAtSelf = (token: Hands['tokens'][number], world: World): Trial => {
  const trial = http({
    ...{ method: 'GET', path: ME, sends: { token: token.text } },
    model: (now) => model.tokenRefusal(now, token) ?? 'OK',
    expects: profileIn,
  });
  return { ...trial, says: (told) => (told === 'OK' ? `200 ${profileOf(world, token.user)}` : says(200)(told)) };
};

const USERS_OF_THEMSELVES: Record<string, Command> = {
  lookAtSelf: having('tokens', (token, { world }) => lookAtSelf(token, world)),
  changeText: having('tokens', (token, _, n) => {
    const change = [
      { fullName: at(NAMES, n['b']) },
      { speaking: at(LANGUAGES, n['b']) },
      { fullName: at(NAMES, n['b']), listening: at(LANGUAGES, n['b']) },
      {},
    ][(n['c'] ?? 0) % 4] as model.Profile;
    const json = {
      full_name: change.fullName,
      speaking_language: change.speaking,
      listening_language: change.listening,
    };
    return http({
      ...{ method: 'PATCH', path: ME, sends: { token: token.text, json } },
      model: (world) => model.changeProfile(world, token, change),
    });
  }),
  changePicture: having('tokens', (token, _, n) => {
    const speaking = at(LANGUAGES, n['b']);
    return http({
      ...{ method: 'PATCH', path: ME, sends: { token: token.text, body: form({ speaking_language: speaking }) } },
      model: (world) => model.changeProfile(world, token, { picture: model.NEW, speaking }),
      gives: (hands, { body }) => hands.pictures.push(body.avatar_url.replace(/^.*\/avatars\//, '')),
    });
  }),
  removePicture: having('tokens', (token) =>
    http({
      ...{ method: 'DELETE', path: `${ME}/avatar`, sends: { token: token.text } },
      model: (world) => model.changeProfile(world, token, { picture: null }),
    }),
  ),
  changePassword: having('tokens', (token, { world }, n) => {
    const current = (n['b'] ?? 0) % 4 === 0 ? WRONG : (model.byId(world, token.user)?.password ?? WRONG);
    const next = at(PASSWORDS, n['c']);
    return http({
      ...{ method: 'POST', path: `${AUTH}/change-password` },
      sends: { token: token.text, json: { current_password: current, new_password: next } },
      model: (now) => model.changePassword(now, token, current, next),
    });
  }),
  prove: having('tokens', (token, { world, hands }, n) => {
    const account = model.byId(world, token.user);
    const password = (n['b'] ?? 0) % 4 === 0 ? WRONG : (account?.password ?? WRONG);
    const device = (n['c'] ?? 0) % 2 === 0 ? undefined : pick(hands.devices, n['c'] ?? 0);
    const cookie = device ? { cookie: `__Secure-device=${device.text}` } : {};
    const known = device && device.email === account?.email ? device.device : '';
    return http({
      ...{ method: 'POST', path: `${AUTH}/prove`, sends: { token: token.text, json: { password }, ...cookie } },
      model: (now) => model.prove(now, token, password, known),
    });
  }),
  proveByFactor: having('tokens', (token, stage, n) => {
    const asked = challengeFor(token, 'passkey-proof');
    const { given, json } = factorGiven(stage, token.user, n, asked.id);
    const sent = { ...json, ...('passkey' in given ? { challenge: asked.text } : {}) };
    return http({
      ...{ method: 'POST', path: `${AUTH}/prove`, sends: { token: token.text, json: sent } },
      model: (now) => model.proveByFactor(now, token, given, usedBy(asked)),
    });
  }),
  addPasskey: having('tokens', (token, _, n) => {
    const begun = challengeFor(token, 'new-passkey');
    const authenticator = new SoftPasskey(env.APP_URL);
    const user = { id: Buffer.from(String(token.user)).toString('base64url') };
    const passkey = authenticator.create({ rp: { id: SITE }, user, challenge: begun.id });
    const json = { challenge: begun.text, passkey, name: at(DEVICES, n['b']) };
    return http({
      ...{ method: 'POST', path: `${ME}/factors/passkeys`, sends: { token: token.text, json }, success: 201 },
      model: (now) => model.addFactor(now, token, 'passkey', usedBy(begun), json.name),
      gives: (held, answer) => {
        held.passkeys.push({ id: answer.body.factor.id, user: token.user, authenticator });
        keepCodes(held, answer, token.user);
      },
    });
  }),
  addApp: having('tokens', (token, { world }, n) => {
    const { setup, secret } = begunApp({ id: token.user, token: token.text });
    const [id = '', expiresAt] = openToken(tokenKeys(env), 'new-authenticator', setup) ?? [];
    const json = { setup, code: codeOf(secret, world.now), name: at(DEVICES, n['b']) };
    return http({
      ...{ method: 'POST', path: `${ME}/factors/authenticators`, sends: { token: token.text, json }, success: 201 },
      model: (now) => model.addFactor(now, token, 'authenticator', { id, expiresAt: Number(expiresAt) }, json.name),
      gives: (held, answer) => {
        held.apps.push({ id: answer.body.factor.id, user: token.user, secret });
        keepCodes(held, answer, token.user);
      },
    });
  }),
  nameFactor: having('tokens', (token, { hands }, n) => {
    const id = pick(factorsIn(hands), n['c'] ?? 0)?.id ?? 'none';
    const json = { name: at(DEVICES, n['b']) };
    return http({
      ...{ method: 'PATCH', path: `${ME}/factors/${id}`, sends: { token: token.text, json } },
      model: (now) => model.nameFactor(now, token, id, json.name),
    });
  }),
  removeFactor: having('tokens', (token, { hands }, n) => {
    const own = factorsIn(hands).filter(({ user }) => user === token.user);
    const id = (pick(own, n['c'] ?? 0) ?? pick(factorsIn(hands), n['c'] ?? 0))?.id ?? 'none';
    return http({
      ...{ method: 'DELETE', path: `${ME}/factors/${id}`, sends: { token: token.text }, success: 204 },
      model: (now) => model.removeFactor(now, token, id),
    });
  }),
  makeCodes: having('tokens', (token) =>
    http({
      ...{ method: 'POST', path: `${ME}/factors/recovery-codes`, sends: { token: token.text }, success: 201 },
      model: (now) => model.makeCodes(now, token),
      gives: (held, answer) => keepCodes(held, answer, token.user),
    }),
  ),
  requestEmail: having('tokens', (token, _, n) => {
    const email = at(EMAILS, n['b']);
    return http({
      ...{ method: 'POST', path: `${ME}/email`, sends: { token: token.text, json: { email } }, success: 202 },
      model: (world) => model.requestEmail(world, token, email),
    });
  }),
  logout: having('tokens', (token) =>
    http({
      ...{ method: 'POST', path: `${AUTH}/logout`, sends: { token: token.text } },
      model: (world) => model.logout(world, token),
    }),
  ),
  listSessions: having('tokens', (token, { world }) => {
    const ids = model.livingSessions(world, token.user).map(({ id }) => id);
    const trial = http({
      ...{ method: 'GET', path: `${ME}/sessions`, sends: { token: token.text } },
      model: (now) => model.tokenRefusal(now, token) ?? 'OK',
      expects: ({ body }) =>
        body.sessions
          .map(({ id }: { id: string }) => id)
          .toSorted()
          .join(),
    });
    return { ...trial, says: (told) => (told === 'OK' ? `200 ${ids.toSorted().join()}` : says(200)(told)) };
  }),
  endSession: having('tokens', (token, { world, hands }, n) => {
    const own = model.livingSessions(world, token.user).map(({ id }) => id);
    const id = (n['b'] ?? 0) % 3 === 0 ? pick(hands.tokens, n['c'] ?? 0)?.session : pick(own, n['c'] ?? 0);
    return http({
      ...{ method: 'DELETE', path: `${ME}/sessions/${id ?? 'none'}`, sends: { token: token.text }, success: 204 },
      model: (now) => model.endSession(now, token, id ?? 'none'),
    });
  }),
  deleteSelf: having('tokens', (token) =>
    http({
      ...{ method: 'DELETE', path: ME, sends: { token: token.text } },
      model: (world) => model.softDelete(world, token),
    }),
  ),
  eraseSelf: having('tokens', (token) =>
    http({
      ...{ method: 'DELETE', path: `${ME}?hard=true`, sends: { token: token.text } },
      model: (world) => model.eraseSelf(world, token),
    }),
  ),
  exportSelf: having('tokens', (token, { world }) => {
    const changes = world.changes.filter(({ user }) => user === token.user);
    const held = [model.byId(world, token.user)?.email, ...changes.flatMap(({ email, former }) => [email, former])];
    const email = EMAILS.filter((known) => held.includes(known)).join();
    const trial = http({
      ...{ method: 'GET', path: `${ME}/export`, sends: { token: token.text } },
      model: (now) => {
        const refusal = model.tokenRefusal(now, token);
        const hasPicture = (model.byId(now, token.user)?.picture ?? null) !== null;
        return refusal ?? (hasPicture && now.broken.includes('pictures') ? 'SERVICE_UNAVAILABLE' : 'OK');
      },
      expects: ({ text }) => EMAILS.filter((known) => text.includes(known)).join(),
    });
    return { ...trial, says: (told) => (told === 'OK' ? `200 ${email}` : says(200)(told)) };
  }),
};

/** Somebody to act on: mostly somebody who is there. */
const someone = ({ world }: Stage, number = 0): number => pick(world.accounts, number)?.id ?? 999_999_999;

/** A token to act with as an administrator: mostly one of an administrator. */
const adminToken = ({ world, hands }: Stage, number: number): Hands['tokens'][number] | undefined => {
  const isAdmin = ({ user }: AccessToken) => model.byId(world, user)?.role === 'admin';
  return (number % 5 > 0 ? pick(hands.tokens.filter(isAdmin), number) : undefined) ?? pick(hands.tokens, number);
};

const REASONS = [null, 'Spam.'];

const NOT_AN_ADMINISTRATOR = '401 Could not validate admin credentials';

/** The administrators' routes say it in sentences, which are fixed to the letter. */
const saysAdmin =
  (done: 'deactivate' | 'reactivate') =>
  (told: Told): string =>
    ({
      OK: `200 User account ${done}d successfully`,
      NO_USER: '404 User not found',
      SELF: `400 You cannot ${done} your own account`,
      FORBIDDEN: '403 You do not have permission to access this resource',
      ALREADY_DEACTIVATED: '400 User is already deactivated',
      ALREADY_ACTIVE: '400 User is already active',
      LAST_ADMINISTRATOR: '400 The last administrator cannot be deactivated',
    })[told] ?? NOT_AN_ADMINISTRATOR;

const administration =
  (done: 'deactivate' | 'reactivate'): Command =>
  (stage, n) => {
    const token = adminToken(stage, n['a'] ?? 0);
    if (!token) return undefined;
    const [user, reason] = [someone(stage, n['b']), at(REASONS, n['c'])];
    return {
      ...http({
        ...{ method: 'PATCH', path: `${USERS}/${done}`, sends: { token: token.text, json: { user_id: user, reason } } },
        model: (world) =>
          done === 'deactivate' ? model.deactivate(world, token, user, reason) : model.reactivate(world, token, user),
        tells: ({ status, body }) => `${status} ${body.message}`,
      }),
      says: saysAdmin(done),
      unavailable: '500 An unexpected error occurred.',
    };
  };

const SUPPORT_SAYS: Record<string, string> = {
  NO_USER: '404 User not found',
  SELF: '400 You cannot do this to your own account',
  FORBIDDEN: '403 You do not have permission to access this resource',
  NOT_LOCKED: '400 User is not locked',
  ALREADY_VERIFIED: '400 User is already verified',
  EMAIL_NOT_VERIFIED: '400 User is not verified',
  USER_DEACTIVATED: '400 User is deactivated',
  ADDRESS_TAKEN: '400 User already exists',
};

/** What support does over HTTP. */
const supporting = (
  { method, path, json }: { method: 'POST' | 'PATCH'; path: string; json: object },
  token: Hands['tokens'][number],
  done: string,
  does: (world: World, token: AccessToken) => Told,
): Trial => ({
  ...http({
    ...{ method, path, success: method === 'POST' ? 201 : 200, sends: { token: token.text, json } },
    model: (world) => does(world, token),
    tells: ({ status, body }) => `${status} ${body.message}`,
  }),
  says: (told) => (told === 'OK' ? done : (SUPPORT_SAYS[told] ?? NOT_AN_ADMINISTRATOR)),
  unavailable: '500 An unexpected error occurred.',
});

const supportsSomeone =
  (act: string, done: string, does: (world: World, by: model.Actor, user: number) => Told): Command =>
  (stage, n) => {
    const [token, user] = [adminToken(stage, n['a'] ?? 0), someone(stage, n['b'])];
    const sent = { method: 'PATCH' as const, path: `${USERS}/${act}`, json: { user_id: user } };
    return token && supporting(sent, token, `200 ${done}`, (world, by) => does(world, by, user));
  };

const ADMINISTRATORS: Record<string, Command> = {
  deactivate: administration('deactivate'),
  reactivate: administration('reactivate'),
  unlock: supportsSomeone('unlock', 'User account unlocked successfully', model.unlock),
  signOutSomeone: supportsSomeone('end-sessions', 'User signed out everywhere successfully', model.endSessions),
  sendVerification: supportsSomeone('send-verification', 'Verification mail sent successfully', model.sendVerification),
  sendReset: supportsSomeone('send-reset', 'Password reset mail sent successfully', model.sendReset),
  create: (stage, n) => {
    const [token, email] = [adminToken(stage, n['a'] ?? 0), at(EMAILS, n['b'])];
    const sent = { method: 'POST' as const, path: USERS, json: { email } };
    return (
      token && supporting(sent, token, '201 User created successfully', (world, by) => model.create(world, by, email))
    );
  },
};

const onSomeone =
  (
    method: Method,
    does: (world: World, user: number, n: Numbers) => Told,
    given: (n: Numbers) => Given = () => ({}),
  ): Command =>
  (stage, n) => {
    const user = someone(stage, n['a']);
    return script(method, { user, ...given(n) }, (world) => does(world, user, n));
  };

const isForced = (n: Numbers): boolean => (n['b'] ?? 0) % 6 === 5;
const forced = (n: Numbers): Given => ({ force: isForced(n) });

const keepServiceToken = (hands: Hands, name: string, world: World): void => {
  const service = world.services.find((found) => found.name === name);
  if (!service) return;
  const keys = serviceKeys(env);
  const text = serviceToken(keys, keys.signs, { id: service.id, generation: service.generation });
  hands.services.push({ text, service: service.id, generation: service.generation });
};

const SCRIPTS: Record<string, Command> = {
  promote: onSomeone('promoteUser', (world, user) => model.promote(world, user)),
  demote: onSomeone('demoteUser', (world, user, n) => model.demote(world, user, isForced(n)), forced),
  deactivateByScript: onSomeone(
    'deactivateUser',
    (world, user, n) => model.deactivate(world, 'script', user, at(REASONS, n['c']), isForced(n)),
    (n) => ({ ...forced(n), reason: at(REASONS, n['c']) }),
  ),
  reactivateByScript: onSomeone('reactivateUser', (world, user) => model.reactivate(world, 'script', user)),
  restore: onSomeone('restoreUser', (world, user) => model.restore(world, user)),
  erase: onSomeone('eraseUser', (world, user, n) => model.eraseUser(world, user, isForced(n)), forced),
  setEmail: onSomeone(
    'setEmail',
    (world, user, n) => model.setEmail(world, user, at(EMAILS, n['b'])),
    (n) => ({ email: at(EMAILS, n['b']) }),
  ),
  resetSecondFactor: onSomeone('resetSecondFactor', (world, user) => model.resetSecondFactor(world, user)),
  endSessions: onSomeone('endSessions', (world, user) => model.endSessions(world, 'script', user)),
  unlockByScript: onSomeone('unlockUser', (world, user) => model.unlock(world, 'script', user)),
  sendVerificationByScript: onSomeone('sendVerification', (world, user) =>
    model.sendVerification(world, 'script', user),
  ),
  sendResetByScript: onSomeone('sendReset', (world, user) => model.sendReset(world, 'script', user)),
  createByScript: (_, n) => {
    const email = at(EMAILS, n['a']);
    return script('createUser', { email }, (world) => model.create(world, 'script', email));
  },
  retryMails: () => script('retryMails', {}, (world) => model.retryMails(world)),
  addService: (_, n) => {
    const [name, types] = [at(SERVICES, n['a']), at([null, ['user.erased', 'user.updated']], n['b'])];
    const does = (world: World) => model.addService(world, name, types);
    return script('addService', { name, ...(types ? { types } : {}) }, does, (hands, world) =>
      keepServiceToken(hands, name, world),
    );
  },
  rotateService: (_, n) => {
    const [name, leaked] = [at(SERVICES, n['a']), (n['b'] ?? 0) % 3 === 0];
    const does = (world: World) => model.rotateService(world, name, leaked);
    return script('rotateService', { name, leaked }, does, (hands, world) => keepServiceToken(hands, name, world));
  },
  removeService: (_, n) => {
    const name = at(SERVICES, n['a']);
    return script('removeService', { name }, (world) => model.removeService(world, name));
  },
};

const ofService = (token: Hands['services'][number], given: Omit<Http, 'sends'> & { json?: unknown }): Trial =>
  http({ ...given, sends: { token: token.text, ...(given.json === undefined ? {} : { json: given.json }) } });

const OUTCOMES = ['erased', 'nothing-held'];

const SERVICES_OF_OTHERS: Record<string, Command> = {
  lookUpProfiles: having('services', (token, { world }) => {
    const ids = [...world.accounts.map(({ id }) => id).toReversed(), 999_999_999];
    const path = `/api/v1/profiles?ids=${ids.join()}`;
    const found = model.profiles(world, token, ids);
    const trial = ofService(token, {
      ...{ method: 'GET', path, model: () => (found ? 'OK' : 'INVALID_CREDENTIALS') },
      expects: ({ body }) => body.profiles.map(({ id }: { id: number }) => id).join(),
    });
    return { ...trial, says: (told) => (told === 'OK' ? `200 ${found?.join()}` : says(200)(told)) };
  }),
  readFeed: having('services', (token, { world }, n) => {
    const after = (n['b'] ?? 0) % 3 === 0 ? 0 : (pick(world.events, n['b'] ?? 0)?.seq ?? 0);
    const limit = at([1, 5, 100], n['c']);
    const feed = model.feed(world, token, after, limit);
    const told =
      feed && 'events' in feed ? `${feed.events.map(({ seq }) => seq).join()} ${feed.next} ${feed.more}` : '';
    const trial = ofService(token, {
      ...{ method: 'GET', path: `/api/v1/events?after=${after}&limit=${limit}` },
      model: () => (feed === undefined ? 'INVALID_CREDENTIALS' : 'oldest' in feed ? 'EVENTS_EXPIRED' : 'OK'),
      expects: ({ body }) => `${body.events.map(({ seq }: { seq: number }) => seq).join()} ${body.next} ${body.more}`,
    });
    return { ...trial, says: (code) => (code === 'OK' ? `200 ${told}` : says(200)(code)) };
  }),
  confirm: having('services', (token, { world }, n) => {
    const seq = (n['b'] ?? 0) % 8 === 7 ? 999_999_999 : (pick(world.events, n['b'] ?? 0)?.seq ?? 1);
    const outcome = at(OUTCOMES, n['c']);
    return ofService(token, {
      ...{ method: 'POST', path: `/api/v1/events/evt_${seq}/receipt`, json: { outcome }, success: 204 },
      model: (now) => model.confirm(now, token, seq, outcome),
    });
  }),
  joinRoom: having('services', (token, stage, n) => {
    const [user, room] = [someone(stage, n['b']), at(['kitchen', 'garden'], n['c'])];
    return ofService(token, {
      ...{ method: 'POST', path: '/api/v1/room-participations', json: { user_id: user, room_id: room }, success: 201 },
      model: (world) => model.joinRoom(world, token, user, room),
    });
  }),
  leaveRoom: having('services', (token, { world }, n) => {
    const id = pick(world.participations, n['b'] ?? 0)?.id ?? 999_999_999;
    const json = { left_at: new Date(world.now).toISOString() };
    return ofService(token, {
      ...{ method: 'PATCH', path: `/api/v1/room-participations/${id}`, json },
      model: (now) => model.leaveRoom(now, token, id),
    });
  }),
};

/** What of a run must fail where a part is out of order. */
const FAILED_STEPS: Partial<Record<Part, string[]>> = { records: ['highest_id'], pictures: ['pictures_removed'] };

const MACHINES: Record<string, Command> = {
  schedule: () => {
    let broken: Part[] = [];
    return {
      model: (world) => {
        broken = world.broken;
        return model.schedule(world);
      },
      real: async (bindings) => {
        const done = await runSchedule({ ...env, ...bindings }, new Date());
        return Object.keys(done)
          .filter((step) => done[step] === null)
          .join();
      },
      says: () => broken.flatMap((part) => FAILED_STEPS[part] ?? []).join(),
    };
  },
  deliverMail: ({ world, outbox }, n) => {
    const waiting = outbox
      .map((id, place) => ({ id, place }))
      .filter(({ place }) => world.mails[place]?.failedAt === null);
    const mail = waiting[(n['a'] ?? 0) % waiting.length];
    if (!mail) return undefined;
    const { id, place } = mail;
    const isRefused = (n['b'] ?? 0) % 4 === 0;
    const lease = { id: crypto.randomUUID(), ms: 60_000 };
    return {
      model: (now) => model.deliver(now, place, isRefused),
      real: async () => {
        const claimed = await claimMail(database(env.DB), { id, userId: null }, lease, new Date());
        if (!claimed) return 'NOTHING';
        if (isRefused) await failMail(database(env.DB), claimed, 'E_REFUSED', new Date());
        else await settleMail(database(env.DB), claimed);
        return 'OK';
      },
      says: (told) => told,
    };
  },
};

export const COMMANDS: Record<string, Command> = {
  ...STRANGERS,
  ...USERS_OF_THEMSELVES,
  ...ADMINISTRATORS,
  ...SCRIPTS,
  ...SERVICES_OF_OTHERS,
  ...MACHINES,
};
