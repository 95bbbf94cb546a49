import { refreshTokenText } from '../../src/accounts/sessions/session.ts';
import { linkKeys, type OneTimePurpose, oneTimeTokenText } from '../../src/accounts/tokens/one-time-token.ts';
import { serviceKeys, serviceToken } from '../../src/accounts/tokens/service-secret.ts';
import { tokenKeys } from '../../src/accounts/tokens/signed-token.ts';
import { codeOf, SoftPasskey } from '../soft-factors.ts';
import { ORIGIN, PASSWORD, type Secrets, sessionOf, tokensOf } from './people.ts';

/** One request, and the status that it is meant to have. */
export type Call = {
  method: string;
  path: string;
  status: number;
  headers?: Record<string, string>;
  body?: BodyInit | undefined;
};

/** What a request has come to: the fields of its answer, and the cookies that came with it. */
export type Asked = { fields: Record<string, any>; cookies: string };

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
 * API, for what only a mail tells, and `ask` sends what has to come before.
 */
export const routesOf = (
  secrets: Secrets,
  picture: Uint8Array<ArrayBuffer>,
  sql: (query: string, ...values: unknown[]) => Promise<Record<string, unknown>[]>,
  ask: (call: Call) => Promise<Asked>,
): Route[] => {
  const bearer = async (person: number): Promise<Record<string, string>> => ({
    Authorization: `Bearer ${(await tokensOf(secrets, [person]))[0]}`,
  });
  const ME = '/api/v1/users/me';
  const AUTH = '/api/v1/auth';
  const FACTORS = `${ME}/factors`;
  const service = { Authorization: `Bearer ${serviceToken(serviceKeys(secrets), 1, { id: SERVICE, generation: 1 })}` };
  const email = (person: number): string => `person${person}@example.com`;
  const route = (
    name: string,
    make: (
      person: number,
      known: Asked,
    ) => Omit<Call, 'method' | 'path'> & { path: string; by?: 'me' | 'admin' | 'service' },
    before?: (person: number) => Promise<Asked | unknown>,
  ): Route => ({
    name,
    call: async (person) => {
      const { by, headers, ...call } = make(person, (await before?.(person)) as Asked);
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
  const begin = async (person: number): Promise<Asked> =>
    ask({ method: 'POST', path: `${FACTORS}/authenticators/options`, status: 200, headers: await bearer(person) });
  /** Adds an app to somebody's account; answers its id among the fields, and its secret. */
  const withApp = async (person: number): Promise<Asked> => {
    const { setup = '', secret = '' } = (await begin(person)).fields;
    // Of the step before, so that the next one is still unused.
    const code = codeOf(secret, Date.now() - 30_000);
    const { headers, body } = json({ setup, code, name: 'Telephone' });
    const path = `${FACTORS}/authenticators`;
    const who = await bearer(person);
    await ask({ method: 'POST', path, status: 201, headers: { ...headers, ...who }, body });
    const [row] = await sql('SELECT id FROM authenticators WHERE user_id = ?', person);
    return { fields: { secret, id: String(row?.['id']) }, cookies: '' };
  };
  const halfSignedIn = async (person: number): Promise<Asked> => {
    const { fields } = await withApp(person);
    const half = await ask({
      ...{ method: 'POST', path: `${AUTH}/login`, status: 200 },
      ...json({ email: email(person), password: PASSWORD }),
    });
    return { fields: { ...fields, ...half.fields }, cookies: half.cookies };
  };
  const newPasskey = async (person: number): Promise<Asked> => {
    const path = `${FACTORS}/passkeys/options`;
    const { fields } = await ask({ method: 'POST', path, status: 200, headers: await bearer(person) });
    const authenticator = new SoftPasskey(ORIGIN);
    const passkey = authenticator.create(fields['passkey_options']);
    return {
      fields: { authenticator, sent: { challenge: fields['challenge'], name: 'Laptop', passkey } },
      cookies: '',
    };
  };
  const withPasskey = async (person: number): Promise<SoftPasskey> => {
    const { authenticator, sent } = (await newPasskey(person)).fields;
    const { headers, body } = json(sent);
    const who = await bearer(person);
    await ask({ method: 'POST', path: `${FACTORS}/passkeys`, status: 201, headers: { ...headers, ...who }, body });
    return authenticator;
  };
  const withQuestion = async (person: number): Promise<Asked> => {
    const authenticator = await withPasskey(person);
    const { fields, cookies } = await ask({ method: 'POST', path: `${AUTH}/login/passkey-options`, status: 200 });
    const passkey = authenticator.get(fields['passkey_options']);
    return { fields: { challenge: fields['challenge'], passkey }, cookies };
  };
  const changing = (isConfirmed: boolean) => (person: number) =>
    sql(
      `INSERT OR REPLACE INTO email_changes (id, user_id, email, former_email, requested_at, confirmed_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[
        `link-${String(person).padStart(17, '0')}`,
        person,
        `other${person}@example.com`,
        `former${person}@example.com`,
      ],
      ...[Date.now(), isConfirmed ? Date.now() : null, expires.getTime()],
    );
  const link = (purpose: OneTimePurpose, person: number): string =>
    oneTimeTokenText(linkKeys(secrets), purpose, {
      id: `link-${String(person).padStart(17, '0')}`,
      userId: person,
      expiresAt: expires,
    });
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
    route('POST /auth/prove', () => ({
      path: `${AUTH}/prove`,
      status: 200,
      by: 'me',
      ...json({ password: PASSWORD }),
    })),
    route('GET /users/me/factors', () => ({ path: FACTORS, status: 200, by: 'me' })),
    route('POST /users/me/factors/passkeys/options', () => ({
      path: `${FACTORS}/passkeys/options`,
      status: 200,
      by: 'me',
    })),
    route('POST /users/me/factors/authenticators/options', () => ({
      path: `${FACTORS}/authenticators/options`,
      status: 200,
      by: 'me',
    })),
    route(
      'POST /users/me/factors/authenticators',
      (_, { fields: { setup, secret = '' } }) => ({
        ...{ path: `${FACTORS}/authenticators`, status: 201, by: 'me' as const },
        ...json({ setup, code: codeOf(secret), name: 'Telephone' }),
      }),
      begin,
    ),
    route(
      'PATCH /users/me/factors/…',
      (_, { fields: { id } }) => ({ path: `${FACTORS}/${id}`, status: 200, by: 'me', ...json({ name: 'Tablet' }) }),
      withApp,
    ),
    route(
      'DELETE /users/me/factors/…',
      (_, { fields: { id } }) => ({ path: `${FACTORS}/${id}`, status: 204, by: 'me' }),
      withApp,
    ),
    route(
      'POST /users/me/factors/recovery-codes',
      () => ({ path: `${FACTORS}/recovery-codes`, status: 201, by: 'me' }),
      withApp,
    ),
    route(
      'POST /auth/login, half of it',
      (person) => ({ path: `${AUTH}/login`, status: 200, ...json({ email: email(person), password: PASSWORD }) }),
      withApp,
    ),
    route(
      'POST /auth/login/second-factor',
      (_, { fields: { challenge, secret = '' }, cookies }) => {
        const { headers, body } = json({ challenge, code: codeOf(secret) });
        return { path: `${AUTH}/login/second-factor`, status: 200, headers: { ...headers, Cookie: cookies }, body };
      },
      halfSignedIn,
    ),
    route('POST /auth/login/passkey-options', () => ({ path: `${AUTH}/login/passkey-options`, status: 200 })),
    route(
      'POST /users/me/factors/passkeys',
      (_, { fields }) => ({
        ...{ path: `${FACTORS}/passkeys`, status: 201, by: 'me' as const },
        ...json(fields['sent']),
      }),
      newPasskey,
    ),
    route(
      'POST /auth/login/passkey',
      (_, { fields, cookies }) => {
        const { headers, body } = json(fields);
        return { path: `${AUTH}/login/passkey`, status: 200, headers: { ...headers, Cookie: cookies }, body };
      },
      withQuestion,
    ),
    route(
      'POST /auth/prove/passkey-options',
      () => ({ path: `${AUTH}/prove/passkey-options`, status: 200, by: 'me' }),
      withPasskey,
    ),
    route('POST /users/me/email', (person) => ({
      ...{ path: `${ME}/email`, status: 202, by: 'me' },
      ...json({ email: `other${person}@example.com` }),
    })),
    route(
      'POST /auth/confirm-email',
      (person) => ({ path: `${AUTH}/confirm-email`, status: 200, ...json({ token: link('confirm-email', person) }) }),
      changing(false),
    ),
    route(
      'POST /auth/undo-email',
      (person) => ({ path: `${AUTH}/undo-email`, status: 200, ...json({ token: link('undo-email', person) }) }),
      changing(true),
    ),
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
    route('POST /users', (person) => ({
      path: '/api/v1/users',
      status: 201,
      by: 'admin',
      ...json({ email: `made${person}@example.com`, full_name: 'Person Made' }),
    })),
    route(
      'PATCH /users/unlock',
      (person) => ({ path: '/api/v1/users/unlock', status: 200, by: 'admin', ...json({ user_id: person }) }),
      (person) =>
        sql(
          `INSERT INTO login_attempts (address_hash, device, failures, under_way, locked_until, attempted_at, user_id)
           VALUES (?, '', 5, 0, 9e15, 0, ?)`,
          ...[`locked ${person}`, person],
        ),
    ),
    route('PATCH /users/end-sessions', (person) => ({
      path: '/api/v1/users/end-sessions',
      status: 200,
      by: 'admin',
      ...json({ user_id: person }),
    })),
    route(
      'PATCH /users/send-verification',
      (person) => ({ path: '/api/v1/users/send-verification', status: 200, by: 'admin', ...json({ user_id: person }) }),
      (person) => sql('UPDATE users SET is_verified = 0 WHERE id = ?', person),
    ),
    route('PATCH /users/send-reset', (person) => ({
      path: '/api/v1/users/send-reset',
      status: 200,
      by: 'admin',
      ...json({ user_id: person }),
    })),
    route('GET /users/…/access', (person) => ({ path: `/api/v1/users/${person}/access`, status: 200, by: 'admin' })),
    route('GET /users/…/audit', (person) => ({ path: `/api/v1/users/${person}/audit`, status: 200, by: 'admin' })),
    ...['failed-mails', 'services', 'erasures'].map((list) =>
      route(`GET /operations/${list}`, () => ({ path: `/api/v1/operations/${list}`, status: 200, by: 'admin' })),
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
