import { env } from 'cloudflare:workers';
import { decodeJwt } from 'jose';
import { call, cookiesOf, login, mailToken, newAccount, PASSWORD, rows } from '../client.ts';
import { newService } from '../service.ts';

/** Somebody who is signed in, and what they hold. */
export type Person = { id: number; email: string; token: string; session: string; refresh: string; device: string };

/** Who is there while requests are made, and what can be named. All of it works. */
export type Cast = {
  user: Person;
  other: Person;
  admin: Person;
  service: { token: string; secret: string };
  /** The id of somebody who is no longer there. */
  erased: number;
  /** The newest event's number, a participation's, a picture's key. */
  event: number;
  participation: number;
  picture: string;
  links: { verify: string; reset: string };
  cursors: string[];
  /** An address that nobody has. */
  fresh: () => string;
};

type Role = 'user' | 'other' | 'admin';
const ROLES: readonly Role[] = ['user', 'other', 'admin'];

const cookieNamed = (cookies: string, name: string): string => new RegExp(`${name}=([^;]+)`).exec(cookies)?.[1] ?? '';

const personOf = async (id: number, email: string): Promise<Person> => {
  const answer = await login(email);
  const [token, cookies] = [answer.body.access_token as string, cookiesOf(answer)];
  const session = String(decodeJwt(token)['sid']);
  return {
    id,
    email,
    token,
    session,
    refresh: cookieNamed(cookies, 'refresh_token'),
    device: cookieNamed(cookies, 'device'),
  };
};

const newPerson = async (role: Role): Promise<Person> => {
  const { id, email } = await newAccount({ full_name: 'Ada Lovelace' });
  if (role === 'admin') await rows("UPDATE users SET role = 'admin' WHERE id = ?", id);
  return personOf(id, email);
};

let fresh = 0;
const freshAddress = (): string => `fresh-${fresh++}@example.com`;

const newLinks = async (): Promise<Cast['links']> => {
  const email = freshAddress();
  await call('POST', '/api/v1/auth/signup', { json: { email, password: PASSWORD, accepted_terms: true } });
  const verify = await mailToken(email, 'verify-email');
  const { email: known } = await newAccount();
  await call('POST', '/api/v1/auth/forgot-password', { json: { email: known } });
  return { verify, reset: await mailToken(known, 'reset-password') };
};

const newPicture = async (id: number): Promise<string> => {
  const key = `${id}/${'a'.repeat(22)}.webp`;
  await env.AVATARS.put(key, 'a picture');
  await rows('UPDATE users SET avatar_key = ? WHERE id = ?', key, id);
  return key;
};

const cursorsFor = async ({ token }: Person): Promise<string[]> => {
  const pages = await Promise.all(
    ['', 'q=user&', 'q=example.com&', 'status=active&'].map((query) =>
      call('GET', `/api/v1/users?${query}limit=1`, { token }),
    ),
  );
  return pages.map(({ body }) => body.data.next_cursor as string | null).filter((cursor) => cursor !== null);
};

/** Brings everybody on stage. */
export const newCast = async (): Promise<Cast> => {
  const [user, other, admin] = [await newPerson('user'), await newPerson('other'), await newPerson('admin')];
  const gone = await newAccount();
  await call('DELETE', '/api/v1/users/me?hard=true', { token: gone.token });
  const service = await newService();
  const joined = await call('POST', '/api/v1/room-participations', {
    token: service.token,
    json: { user_id: user.id, room_id: 'standup' },
  });
  const [newest] = await rows<{ seq: number }>('SELECT max(seq) AS seq FROM events');
  return {
    ...{ user, other, admin, service, erased: gone.id, event: newest?.seq ?? 0, participation: joined.body.id },
    ...{
      picture: await newPicture(other.id),
      links: await newLinks(),
      cursors: await cursorsFor(admin),
      fresh: freshAddress,
    },
  };
};

const isThere = (table: string, link: string): D1PreparedStatement =>
  env.DB.prepare(`SELECT 1 FROM ${table} WHERE id = ?`).bind(link.split('.')[1]);

/** The counter of somebody's refresh token, if they are still who they were, in use and signed in. */
const counterOf = ({ id, email, session }: Person, role: Role): D1PreparedStatement =>
  env.DB.prepare(
    `SELECT refresh_counter FROM users JOIN sessions ON user_id = users.id
     WHERE sessions.id = ? AND users.id = ? AND email = ? AND role = ? AND is_active = 1`,
  ).bind(session, id, email, role === 'admin' ? 'admin' : 'user');

/** Puts others in the place of those for whom a request has changed something: whom it deleted, signed out or suspended. */
export const replaceTheLost = async (cast: Cast): Promise<void> => {
  const found = await env.DB.batch<{ refresh_counter: number }>([
    ...ROLES.map((role) => counterOf(cast[role], role)),
    isThere('verification_tokens', cast.links.verify),
    isThere('reset_tokens', cast.links.reset),
    // Whoever guessed too often would hear nothing else.
    env.DB.prepare('DELETE FROM login_attempts'),
  ]);
  const [verify, reset] = found.slice(ROLES.length).map(({ results }) => results.length > 0);
  for (const [at, role] of ROLES.entries()) {
    const counter = found[at]?.results[0]?.refresh_counter;
    if (cast[role].refresh.split('.')[3] !== String(counter)) cast[role] = await newPerson(role);
  }
  if (!verify || !reset) cast.links = await newLinks();
};
