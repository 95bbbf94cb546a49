import { hc, type InferRequestType, type InferResponseType } from 'hono/client';
import { AccountsError, refusalBody } from './accounts-error.ts';
import type { AccountsApp } from './api.ts';
import type { ErrorCode } from './error-code.ts';

export { type AccountsApp, AccountsError, type ErrorCode };

export type AccountsClientOptions = {
  /** Sends the requests. A browser's own keeps the API's cookies; elsewhere the one that is given has to. */
  fetch?: typeof fetch;
  /** Called once when the session is over and nobody signed out, with what the API said about it. */
  onSessionEnd?: (refusal: AccountsError) => void;
};

type Api = ReturnType<typeof hc<AccountsApp>>['api'];
type Logins = Api['v1']['auth']['login'];

type Challenge = Extract<InferResponseType<Logins['$post']>, { challenge: string }>;

/** What completes a sign-in: the challenge, and what was asked for. */
export type Completion = InferRequestType<Logins['second-factor']['$post']>['json'];

/** A passkey that was used, and the challenge that it has answered. */
export type PasskeyLogin = InferRequestType<Logins['passkey']['$post']>['json'];

/** The password was right, and the account asks for a second factor. */
export class SecondFactorRequired extends Error {
  override readonly name: string = 'SecondFactorRequired';
  /** The challenge, by what it can be answered, and for a passkey what the browser is asked by. */
  readonly challenge: Challenge;

  constructor(challenge: Challenge) {
    super('A second factor is required.');
    this.challenge = challenge;
  }
}

export type AccountsClient = {
  /** The routes, as Hono's client spells them: GET /api/v1/users/me is `api.v1.users.me.$get()`. */
  api: Api;
  /** Rejects with `SecondFactorRequired` where the account has one; `completeSignIn` goes on from there. */
  signIn: (email: string, password: string) => Promise<{ user_id: number }>;
  /** Completes it by a code, a recovery code, or what a browser answers for a passkey. */
  completeSignIn: (completion: Completion) => Promise<{ user_id: number }>;
  /** Signs in by a passkey alone, with the challenge of `api.v1.auth.login['passkey-options']`. */
  signInWithPasskey: (login: PasskeyLogin) => Promise<{ user_id: number }>;
  /** Ends the session. Where the API cannot be reached it rejects, and can be called again. */
  signOut: () => Promise<void>;
};

const SESSION_OVER: readonly (ErrorCode | undefined)[] = ['TOKEN_REVOKED', 'ACCOUNT_DELETED', 'ACCOUNT_DEACTIVATED'];

const isUnauthorized = (error: unknown): error is AccountsError =>
  error instanceof AccountsError && error.status === 401;
const isSessionOver = (error: unknown): error is AccountsError =>
  error instanceof AccountsError && SESSION_OVER.includes(error.code);

type TokenAnswer = { access_token: string; expires_in: number };
type AccessToken = { text: string; subject: unknown; expiresAt: number };

// A token is renewed this long before it runs out, so that it does not run out on the way.
const RENEWED_BEFORE_MS = 30 * 1000;

/** Reads whose token it is, the claim `sub` (RFC 9068), and until when it runs by this machine's clock. */
const accessToken = ({ access_token, expires_in }: TokenAnswer): AccessToken => {
  const claims = (access_token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return {
    text: access_token,
    subject: JSON.parse(atob(claims)).sub,
    expiresAt: Date.now() + expires_in * 1000,
  };
};

/** The access token, and the one renewal that everybody waits for. */
class Session {
  /** Undefined is not known yet: a cookie may hold a session. Null is none. */
  token: AccessToken | null | undefined;
  /** Why the last session ended, where nobody signed out. */
  refusal: AccountsError | undefined;
  #renewal: Promise<void> | undefined;
  readonly #refresh: () => Promise<TokenAnswer>;
  readonly #onEnd: ((refusal: AccountsError) => void) | undefined;

  constructor(refresh: () => Promise<TokenAnswer>, onEnd: ((refusal: AccountsError) => void) | undefined) {
    this.#refresh = refresh;
    this.#onEnd = onEnd;
  }

  /** Whether a call has to wait for a renewal. */
  get isDue(): boolean {
    if (this.#renewal || this.token === undefined) return true;
    return this.token !== null && this.token.expiresAt - Date.now() < RENEWED_BEFORE_MS;
  }

  end(refusal: AccountsError): void {
    const wasSignedIn = Boolean(this.token);
    this.token = null;
    this.refusal = refusal;
    if (wasSignedIn) this.#onEnd?.(refusal);
  }

  renew(): Promise<void> {
    this.#renewal ??= this.#renewed(this.token).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renewed(before: AccessToken | null | undefined): Promise<void> {
    try {
      const fresh = accessToken(await this.#refresh());
      // Somebody has signed in or out meanwhile.
      if (this.token !== before) return;
      // The cookie is the browser's: in another tab somebody else may have signed in. No call becomes theirs.
      if (before && before.subject !== fresh.subject) {
        throw new AccountsError(401, { code: 'TOKEN_REVOKED', message: 'Another account has signed in.' });
      }
      this.token = fresh;
    } catch (error) {
      if (this.token === before && (isUnauthorized(error) || isSessionOver(error))) this.end(error);
      throw error;
    }
  }
}

const AUTH = /\/api\/v1\/auth\//;
// The routes that take no token: a 401 of theirs is about a password or a link.
const OPEN = /\/api\/v1\/auth\/(?!(?:change-password|prove(?:\/passkey-options)?)$)/;

const withBearer = (init: RequestInit, token: AccessToken | null | undefined): RequestInit => {
  const headers = new Headers(init.headers);
  if (token) headers.set('Authorization', `Bearer ${token.text}`);
  return { ...init, headers };
};

/**
 * A client of the API at `origin`. What the API refuses rejects with `AccountsError`. The access token stays in
 * memory; it is renewed by the refresh cookie shortly before it runs out, or when the API does not take it any more:
 * once for however many calls there are, and a call that was refused for it is repeated once. A page that is opened
 * anew goes on with the session of its cookie.
 */
export const accountsClient = (origin: string, options: AccountsClientOptions = {}): AccountsClient => {
  const send: typeof fetch = async (input, init) => {
    // Without its type, since a Worker's `fetch` knows no credentials.
    const cookies: object = AUTH.test(String(input)) ? { credentials: 'include' } : {};
    const answer = await (options.fetch ?? fetch)(input, { ...init, ...cookies });
    if (answer.ok) return answer;
    throw new AccountsError(answer.status, await refusalBody(answer), answer.headers);
  };
  const { auth } = hc<AccountsApp>(origin, { fetch: send }).api.v1;
  const session = new Session(async () => (await auth['refresh-token'].$post()).json(), options.onSessionEnd);

  const sendAsUser: typeof fetch = async (input, init = {}) => {
    if (OPEN.test(String(input))) return send(input, init);
    if (session.isDue) await session.renew();
    const used = session.token;
    try {
      return await send(input, withBearer(init, used));
    } catch (error) {
      if (!used) throw error;
      if (isSessionOver(error) && used === session.token) session.end(error);
      if (!isUnauthorized(error)) throw error;
      // Another call may have renewed it meanwhile.
      if (used === session.token) await session.renew();
      // Its answer came after those of others, by which the session is over: it is told the same.
      if (session.token === null && session.refusal) throw session.refusal;
      // A stream is used up; who has another can call again.
      if (session.token?.subject !== used.subject || init.body instanceof ReadableStream) throw error;
      return send(input, withBearer(init, session.token));
    }
  };

  const signedIn = ({ user_id, ...token }: TokenAnswer & { user_id: number }) => {
    session.token = accessToken(token);
    return { user_id };
  };

  return {
    api: hc<AccountsApp>(origin, { fetch: sendAsUser }).api,
    signIn: async (email, password) => {
      const answer = await (await auth.login.$post({ json: { email, password } })).json();
      if ('challenge' in answer) throw new SecondFactorRequired(answer);
      return signedIn(answer);
    },
    completeSignIn: async (json) => signedIn(await (await auth.login['second-factor'].$post({ json })).json()),
    signInWithPasskey: async (json) => signedIn(await (await auth.login.passkey.$post({ json })).json()),
    signOut: async () => {
      const used = session.token;
      session.token = null;
      session.refusal = undefined;
      try {
        await auth.logout.$post({}, { init: withBearer({}, used) });
      } catch (error) {
        // It is over already.
        if (!isUnauthorized(error) && !isSessionOver(error)) throw error;
      }
    },
  };
};
