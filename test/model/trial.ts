import { env } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import { hashRecoveryCode } from '../../src/accounts/factors/recovery-code.ts';
import { readRefreshToken } from '../../src/accounts/sessions/session.ts';
import { linkKeys, oneTimeTokenText } from '../../src/accounts/tokens/one-time-token.ts';
import { openToken, tokenKeys } from '../../src/accounts/tokens/signed-token.ts';
import { adminOf } from '../admin-client.ts';
import { type Answer, type Call, call, cookiesOf } from '../client.ts';
import type { SoftPasskey } from '../soft-factors.ts';
import type { AccessToken, Challenge, Cookie, Link, ServiceToken, Told, World } from './accounts.ts';

// How something is tried once, by the model and for real, over HTTP or by a script; and what people have in hand of it.

/** What people have in their hands, whether or not it works still. */
export type Hands = {
  tokens: (AccessToken & { text: string })[];
  cookies: (Cookie & { text: string })[];
  /** Device cookies, each with the address that it is of. */
  devices: { text: string; email: string; device: string }[];
  links: Link[];
  /** Authenticator apps, passkeys, recovery codes by their hash, and challenges. */
  apps: { id: string; user: number; secret: string }[];
  passkeys: { id: string; user: number; authenticator: SoftPasskey }[];
  codes: { text: string; hash: string; user: number }[];
  challenges: (Challenge & { text: string; cookie: string })[];
  services: (ServiceToken & { text: string })[];
  pictures: string[];
};

export const emptyHands = (): Hands => ({
  tokens: [],
  cookies: [],
  devices: [],
  links: [],
  apps: [],
  passkeys: [],
  codes: [],
  challenges: [],
  services: [],
  pictures: [],
});

/** Where a run stands. `outbox` are the ids of the mails that wait, `turn` counts the steps. */
export type Stage = { world: World; hands: Hands; outbox: number[]; turn: number };

/** An act as it is tried: the model's, the real one, what that should say, and what one has in hand afterwards. */
export type Trial = {
  model: (world: World) => Told;
  real: (bindings: Partial<Env>) => Promise<string>;
  /** How an answer of the model is told. */
  says: (told: Told) => string;
  /** What is said where the database does not answer; undefined where it must. */
  unavailable?: string;
  gives?: (hands: Hands, world: World) => void;
};

/** The list's entry of that number, counted from the newest. */
export const pick = <Row>(list: readonly Row[], number: number): Row | undefined =>
  list[list.length - 1 - (number % list.length)];

// How answers are told: the status and, where there is one, the code.

const STATUS: Record<string, number> = {
  ...{ INVALID_CREDENTIALS: 401, TOKEN_REVOKED: 401, INVALID_REFRESH_TOKEN: 401, REFRESH_TOKEN_REUSE: 401 },
  ...{ ACCOUNT_DELETED: 403, ACCOUNT_DEACTIVATED: 403, ACCOUNT_LOCKED: 403, EMAIL_NOT_VERIFIED: 403, FORBIDDEN: 403 },
  ...{ FRESH_PROOF_REQUIRED: 403, ADDRESS_TAKEN: 409 },
  ...{ CHALLENGED: 200, INVALID_SECOND_FACTOR: 401, NO_SECOND_FACTOR: 409, TOO_MANY_FACTORS: 409 },
  ...{ NOT_FOUND: 404, LAST_ADMINISTRATOR: 409, EVENTS_EXPIRED: 410, SERVICE_UNAVAILABLE: 503 },
};

export const UNAVAILABLE = '503 SERVICE_UNAVAILABLE';

export const said = ({ status, body }: Answer): string => (status < 400 ? `${status}` : `${status} ${body.code}`);
export const says =
  (success: number) =>
  (told: Told): string =>
    told === 'OK' ? `${success}` : `${STATUS[told] ?? 400} ${told}`;

export type Http = {
  method: string;
  path: string;
  model: Trial['model'];
  success?: number;
  sends?: Call;
  gives?: (hands: Hands, answer: Answer) => void;
  /** What else the answer must have said. */
  expects?: (answer: Answer) => string;
  /** How an answer is told, where it is not by its code. */
  tells?: (answer: Answer) => string;
};

export const http = ({ method, path, model, success = 200, sends = {}, gives, expects, tells = said }: Http): Trial => {
  let answer: Answer | undefined;
  return {
    model,
    real: async (bindings) => {
      answer = await call(method, path, { ...sends, env: bindings });
      return expects && answer.status < 400 ? `${tells(answer)} ${expects(answer)}` : tells(answer);
    },
    says: says(success),
    unavailable: UNAVAILABLE,
    gives: (hands) => {
      if (answer && answer.status < 400) gives?.(hands, answer);
    },
  };
};

export const keepToken = (hands: Hands, { body }: Answer): void => {
  const text = body.access_token as string;
  const { sub, sid, jti = '', exp = 0 } = decodeJwt<{ sid: string }>(text);
  hands.tokens.push({ text, user: Number(sub), session: sid, jti, expiresAt: exp * 1000 });
};

const cookieNamed = (answer: Answer, name: string): string | undefined =>
  new RegExp(`${name}=([^;]+)`).exec(cookiesOf(answer))?.[1];

export const keepCookies = (hands: Hands, answer: Answer, email?: string): void => {
  const text = cookieNamed(answer, 'refresh_token') ?? '';
  const cookie = readRefreshToken(tokenKeys(env), text);
  if (cookie) hands.cookies.push({ text, user: cookie.userId, session: cookie.sessionId, counter: cookie.counter });
  const device = cookieNamed(answer, 'device');
  const [, id] = device === undefined ? [] : (openToken(tokenKeys(env), 'device', device) ?? []);
  if (device !== undefined && id !== undefined && email !== undefined)
    hands.devices.push({ text: device, email, device: id });
};

/** The recovery codes that an answer shows. */
export const keepCodes = (hands: Hands, { body }: Answer, user: number): void => {
  for (const text of body.recovery_codes ?? []) hands.codes.push({ text, hash: hashRecoveryCode(text), user });
};

/** The challenge that a right password was answered with. */
export const keepChallenge = (hands: Hands, answer: Answer, at: Omit<Challenge, 'id' | 'user' | 'expiresAt'>): void => {
  const text = answer.body.challenge as string;
  const [id = '', expiresAt, , user] = openToken(tokenKeys(env), 'second-factor', text) ?? [];
  const cookie = `__Secure-challenge=${cookieNamed(answer, 'challenge')}`;
  hands.challenges.push({ ...at, id, user: Number(user), expiresAt: Number(expiresAt), text, cookie });
};

export const refreshCookie = ({ text }: { text: string }): string => `__Secure-refresh_token=${text}`;

export const linkText = ({ purpose, id, user, expiresAt }: Link): string =>
  oneTimeTokenText(linkKeys(env), purpose, { id, userId: user, expiresAt: new Date(expiresAt) });

export type Method = keyof Omit<ReturnType<typeof adminOf>, 'fetch' | 'connect' | 'queue' | 'scheduled'>;
export type Given = Record<string, unknown>;

/** What somebody with a script does; they are told by code. */
export const script = (method: Method, given: Given, does: Trial['model'], gives?: Trial['gives']): Trial => {
  let answer: { ok: boolean; code?: string; value?: unknown } = { ok: false };
  return {
    model: does,
    real: async (bindings) => {
      const admin = adminOf(bindings) as unknown as Record<string, (given: Given) => Promise<typeof answer>>;
      answer = (await admin[method]?.({ as: 'operator', ...given })) ?? answer;
      return answer.ok ? 'OK' : String(answer.code);
    },
    says: (told) => told,
    unavailable: 'FAULT',
    gives: (hands, world) => {
      if (answer.ok) gives?.(hands, world);
    },
  };
};
