import type { Context } from 'hono';
import { setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import type { IssuedRefreshToken } from '../../accounts/sessions/session.ts';

export const REFRESH_COOKIE = '__Secure-refresh_token';
const DEVICE_COOKIE = '__Secure-device';
const DEVICE_LIFETIME_S = 180 * 24 * 60 * 60;

const ATTRIBUTES = { path: '/api/v1/auth', httpOnly: true, secure: true, sameSite: 'Strict' } satisfies CookieOptions;

// Each is a MAC to check; a browser has few of one name.
const MOST_COOKIES = 20;

/** The values of the cookies of a name, as they came: none of ours needs an encoding. */
const cookiesNamed = (c: Context, name: string): string[] => {
  const pairs = (c.req.header('Cookie') ?? '').matchAll(new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*"?([^;"]*)`, 'g'));
  return [...pairs].slice(0, MOST_COOKIES).map(([, value = '']) => value.trim());
};

/** Every refresh cookie that came: a browser sends one for each domain that set it, the host's own and those above it. */
export const refreshCookies = (c: Context): string[] => cookiesNamed(c, REFRESH_COOKIE);

export const setRefreshCookie = (c: Context, { text, maxAgeSeconds }: IssuedRefreshToken): void =>
  setCookie(c, REFRESH_COOKIE, text, { ...ATTRIBUTES, maxAge: maxAgeSeconds });

/** Takes the cookie back: the same attributes and `Max-Age=0`. */
export const clearRefreshCookie = (c: Context): void => setCookie(c, REFRESH_COOKIE, '', { ...ATTRIBUTES, maxAge: 0 });

export const deviceCookie = (c: Context): string | undefined => cookiesNamed(c, DEVICE_COOKIE)[0];

/** Marks a browser that has signed in, so that a stranger's wrong guesses do not lock it out. */
export const setDeviceCookie = (c: Context, token: string): void =>
  setCookie(c, DEVICE_COOKIE, token, { ...ATTRIBUTES, maxAge: DEVICE_LIFETIME_S });

/** The secret to which challenges of a sign-in are bound, so that what was asked of this browser no other answers. */
export const CHALLENGE_COOKIE = '__Secure-challenge';

export const challengeCookie = (c: Context): string | undefined => cookiesNamed(c, CHALLENGE_COOKIE)[0];

export const setChallengeCookie = (c: Context, secret: string, maxAgeSeconds: number): void =>
  setCookie(c, CHALLENGE_COOKIE, secret, { ...ATTRIBUTES, maxAge: maxAgeSeconds });

export const clearChallengeCookie = (c: Context): void =>
  setCookie(c, CHALLENGE_COOKIE, '', { ...ATTRIBUTES, maxAge: 0 });
