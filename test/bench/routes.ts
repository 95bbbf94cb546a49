import { refreshTokenText } from '../../src/accounts/sessions/session.ts';
import { linkKeys, oneTimeTokenText } from '../../src/accounts/tokens/one-time-token.ts';
import { serviceKeys, serviceToken } from '../../src/accounts/tokens/service-secret.ts';
import { tokenKeys } from '../../src/accounts/tokens/signed-token.ts';
import { PASSWORD, type Secrets, sessionOf, tokensOf } from './people.ts';

/** One request, and the status that it is meant to have. */
export type Call = {
  method: string;
  path: string;
  status: number;
  headers?: Record<string, string>;
  body?: BodyInit | undefined;
};

/** A route, and how one request to it is made for a person whom nobody has used yet. */
export type Route = { name: string; call: (person: number) => Promise<Call> };

const ADMIN = 1;
export const SERVICE = 'bench-service-00000000';

const json = (body: object): Pick<Call, 'headers' | 'body'> => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/**
 * A request to each route that storage answers for, as somebody for whom it succeeds. `sql` asks the database behind the
 * API, for what only a mail tells.
 */
export const routesOf = (
  secrets: Secrets,
  picture: Uint8Array<ArrayBuffer>,
  sql: (query: string, ...values: unknown[]) => Promise<Record<string, unknown>[]>,
): Route[] => {
  const bearer = async (person: number): Promise<Record<string, string>> => ({
    Authorization: `Bearer ${(await tokensOf(secrets, [person]))[0]}`,
  });
  const service = { Authorization: `Bearer ${serviceToken(serviceKeys(secrets), 1, { id: SERVICE, generation: 1 })}` };
  const email = (person: number): string => `person${person}@example.com`;
  const route = (
    name: string,
    make: (person: number) => Omit<Call, 'method' | 'path'> & { path: string; by?: 'me' | 'admin' | 'service' },
    before?: (person: number) => Promise<unknown>,
  ): Route => ({
    name,
    call: async (person) => {
      await before?.(person);
      const { by, headers, ...call } = make(person);
      const who = by === 'service' ? service : by ? await bearer(by === 'admin' ? ADMIN : person) : {};
      return { ...call, method: name.split(' ', 1)[0] ?? '', headers: { ...headers, ...who } };
    },
  });
  const form = (): FormData => {
    const data = new FormData();
    data.set('avatar', new File([picture], 'a.jpg'));
    return data;
  };
  const expires = new Date(Date.now() + 600_000);
  const linked = (table: string) => (person: number) =>
    sql(
      `INSERT OR REPLACE INTO ${table} (id, user_id, expires_at) VALUES (?, ?, ?)`,
      `link-${String(person).padStart(17, '0')}`,
      person,
      expires.getTime(),
    );
  const link = (purpose: 'verify-email' | 'reset-password', person: number): string =>
    oneTimeTokenText(linkKeys(secrets), purpose, {
      id: `link-${String(person).padStart(17, '0')}`,
      userId: person,
      expiresAt: expires,
    });
  const ME = '/api/v1/users/me';
  const AUTH = '/api/v1/auth';
  return [
    route('GET /health', () => ({ path: '/health', status: 200 })),
    route('GET /.well-known/jwks.json', () => ({ path: '/.well-known/jwks.json', status: 200 })),
    route('GET /users/me', () => ({ path: ME, status: 200, by: 'me' })),
    route('PATCH /users/me, a name', (person) => ({
      path: ME,
      status: 200,
      by: 'me',
      ...json({ full_name: `Grace ${person}` }),
    })),
    route('PATCH /users/me, a picture', () => ({ path: ME, status: 200, by: 'me', body: form() })),
    route('DELETE /users/me/avatar', () => ({ path: `${ME}/avatar`, status: 200, by: 'me' })),
    route('GET /users/me/export', () => ({ path: `${ME}/export`, status: 200, by: 'me' })),
    route('GET /users/me/sessions', () => ({ path: `${ME}/sessions`, status: 200, by: 'me' })),
    route('DELETE /users/me/sessions/…', (person) => ({
      path: `${ME}/sessions/${sessionOf(person)}`,
      status: 204,
      by: 'me',
    })),
    route('DELETE /users/me', () => ({ path: ME, status: 200, by: 'me' })),
    route('DELETE /users/me?hard=true', () => ({ path: `${ME}?hard=true`, status: 200, by: 'me' })),
    route('POST /auth/signup', (person) => ({
      path: `${AUTH}/signup`,
      status: 201,
      ...json({ email: `new${person}-${Date.now()}@example.com`, password: PASSWORD, accepted_terms: true }),
    })),
    route(
      'POST /auth/verify-email',
      (person) => ({ path: `${AUTH}/verify-email`, status: 200, ...json({ token: link('verify-email', person) }) }),
      async (person) => {
        await sql('UPDATE users SET is_verified = 0 WHERE id = ?', person);
        await linked('verification_tokens')(person);
      },
    ),
    route('POST /auth/resend-verification', (person) => ({
      path: `${AUTH}/resend-verification`,
      status: 200,
      ...json({ email: email(person) }),
    })),
    route('POST /auth/login', (person) => ({
      path: `${AUTH}/login`,
      status: 200,
      ...json({ email: email(person), password: PASSWORD }),
    })),
    route('POST /auth/refresh-token', (person) => ({
      path: `${AUTH}/refresh-token`,
      status: 200,
      headers: {
        Cookie: `__Secure-refresh_token=${refreshTokenText(tokenKeys(secrets), { userId: person, sessionId: sessionOf(person), counter: 0 })}`,
      },
    })),
    route('POST /auth/logout', () => ({ path: `${AUTH}/logout`, status: 200, by: 'me' })),
    route('POST /auth/forgot-password', (person) => ({
      path: `${AUTH}/forgot-password`,
      status: 200,
      ...json({ email: email(person) }),
    })),
    route(
      'POST /auth/reset-password',
      (person) => ({
        path: `${AUTH}/reset-password`,
        status: 200,
        ...json({ token: link('reset-password', person), new_password: `${PASSWORD} 2` }),
      }),
      linked('reset_tokens'),
    ),
    route('POST /auth/change-password', () => ({
      path: `${AUTH}/change-password`,
      status: 200,
      by: 'me',
      ...json({ current_password: PASSWORD, new_password: `${PASSWORD} 2` }),
    })),
    route('GET /users', () => ({ path: '/api/v1/users', status: 200, by: 'admin' })),
    route('GET /users?q=', () => ({ path: '/api/v1/users?q=person', status: 200, by: 'admin' })),
    route('GET /users/…', (person) => ({ path: `/api/v1/users/${person}`, status: 200, by: 'admin' })),
    route('PATCH /users/deactivate', (person) => ({
      path: '/api/v1/users/deactivate',
      status: 200,
      by: 'admin',
      ...json({ user_id: person }),
    })),
    route(
      'PATCH /users/reactivate',
      (person) => ({ path: '/api/v1/users/reactivate', status: 200, by: 'admin', ...json({ user_id: person }) }),
      (person) => sql('UPDATE users SET is_active = 0, deactivated_at = 1 WHERE id = ?', person),
    ),
    route('GET /profiles', (person) => ({
      path: `/api/v1/profiles?ids=${person},${person + 1}`,
      status: 200,
      by: 'service',
    })),
    route('GET /events', () => ({ path: '/api/v1/events?limit=10', status: 200, by: 'service' })),
    route('POST /room-participations', (person) => ({
      path: '/api/v1/room-participations',
      status: 201,
      by: 'service',
      ...json({ user_id: person, room_id: 'standup' }),
    })),
  ];
};
