import { env } from 'cloudflare:workers';
import { runSchedule } from '../../src/api/cron.ts';
import { adminOf } from '../admin-client.ts';
import { type Answer, type Call, call, login } from '../client.ts';
import { codeOf } from '../soft-factors.ts';
import type { Act } from './interleaving.ts';
import { NEXT_ADDRESS, PASSWORDS, type Scene, type State, upload } from './scene.ts';

// Everything that can be done to one account, by whom and in which state it would be done.

const [PASSWORD, NEXT, THIRD] = PASSWORDS as [string, string, string];
const AUTH = '/api/v1/auth';
const ME = '/api/v1/users/me';

const said = ({ status, body }: Answer): string => `${status} ${status < 400 ? '' : (body.code ?? body.message)}`;

const http =
  (method: string, path: string, sends: Call): Act =>
  async (bindings) =>
    said(await call(method, path, { ...sends, env: bindings }));

type Method =
  | 'promoteUser'
  | 'demoteUser'
  | 'deactivateUser'
  | 'reactivateUser'
  | 'restoreUser'
  | 'eraseUser'
  | 'endSessions'
  | 'unlockUser'
  | 'sendVerification'
  | 'sendReset'
  | 'resetSecondFactor';
type Script = (given: { as: string; user: number }) => Promise<{ ok: boolean; code?: string }>;

const script =
  (method: Method, user: number): Act =>
  async (bindings) => {
    const answer = await (adminOf(bindings)[method] as Script)({ as: 'operator', user });
    return answer.ok ? 'done' : String(answer.code);
  };

const completing = ({ challenge, cookie }: Scene['factors']['demand'], given: object): Act =>
  http('POST', `${AUTH}/login/second-factor`, { cookie, json: { challenge, ...given } });

/** An act on the user of a scene, and the state in which it is done. */
export type KnownAct = { state: State; of: (scene: Scene) => Act };

const act = (of: KnownAct['of'], state: State = 'in use'): KnownAct => ({ state, of });

export const ACTS: Record<string, KnownAct> = {
  'changes the name': act(({ user: { token } }) => http('PATCH', ME, { token, json: { full_name: 'Another Name' } })),
  'changes the picture': act(
    ({ user }) =>
      async (bindings) =>
        said(await upload(bindings, user.token)),
  ),
  'removes the picture': act(({ user: { token } }) => http('DELETE', `${ME}/avatar`, { token })),
  'changes the password': act(({ user: { token } }) =>
    http('POST', `${AUTH}/change-password`, { token, json: { current_password: PASSWORD, new_password: NEXT } }),
  ),
  'asks for the next address': act(({ user: { token } }) =>
    http('POST', `${ME}/email`, { token, json: { email: NEXT_ADDRESS } }),
  ),
  'confirms the next address': act(({ links }) =>
    http('POST', `${AUTH}/confirm-email`, { json: { token: links.confirm } }),
  ),
  'calls the next address off': act(({ links }) => http('POST', `${AUTH}/undo-email`, { json: { token: links.undo } })),
  'takes the address before back': act(({ links }) =>
    http('POST', `${AUTH}/undo-email`, { json: { token: links.undoDone } }),
  ),
  'proves who it is': act(({ user: { token } }) =>
    http('POST', `${AUTH}/prove`, { token, json: { password: PASSWORD } }),
  ),
  'logs out': act(({ user: { token } }) => http('POST', `${AUTH}/logout`, { token })),
  'logs out by the cookie': act(({ user: { cookie } }) => http('POST', `${AUTH}/logout`, { cookie })),
  'ends the other session': act(({ user: { token, otherSession } }) =>
    http('DELETE', `${ME}/sessions/${otherSession}`, { token }),
  ),
  refreshes: act(({ user: { cookie } }) => http('POST', `${AUTH}/refresh-token`, { cookie })),
  'deletes the account': act(({ user: { token } }) => http('DELETE', ME, { token })),
  'erases the account': act(({ user: { token } }) => http('DELETE', `${ME}?hard=true`, { token })),
  'signs in': act(
    ({ user }) =>
      async (bindings) =>
        said(await login(user.email, {}, { env: bindings })),
  ),
  'signs in with a wrong password': act(
    ({ user }) =>
      async (bindings) =>
        said(await login(user.email, { password: 'nobody has this' }, { env: bindings })),
  ),
  'signs the address up': act(
    ({ user: { email } }) => http('POST', `${AUTH}/signup`, { json: { email, password: THIRD, accepted_terms: true } }),
    'unverified',
  ),
  'somebody signs the next address up': act(() =>
    http('POST', `${AUTH}/signup`, { json: { email: NEXT_ADDRESS, password: THIRD, accepted_terms: true } }),
  ),
  'asks for another link': act(
    ({ user: { email } }) => http('POST', `${AUTH}/resend-verification`, { json: { email } }),
    'unverified',
  ),
  'forgets the password': act(({ user: { email } }) => http('POST', `${AUTH}/forgot-password`, { json: { email } })),
  'resets the password': act(({ links }) =>
    http('POST', `${AUTH}/reset-password`, { json: { token: links.reset || 'none', new_password: THIRD } }),
  ),
  'verifies the address': act(
    ({ links }) => http('POST', `${AUTH}/verify-email`, { json: { token: links.verify || 'none' } }),
    'unverified',
  ),
  'is suspended': act(({ user, administrator: { token } }) =>
    http('PATCH', '/api/v1/users/deactivate', { token, json: { user_id: user.id, reason: 'Spam.' } }),
  ),
  'is no longer suspended': act(
    ({ user, administrator: { token } }) =>
      http('PATCH', '/api/v1/users/reactivate', { token, json: { user_id: user.id } }),
    'suspended',
  ),
  'joins a room': act(({ user, service: { token } }) =>
    http('POST', '/api/v1/room-participations', { token, json: { user_id: user.id, room_id: 'garden' } }),
  ),
  'adds an authenticator app': act(({ user: { token }, factors: { begunApp: begun } }) =>
    http('POST', `${ME}/factors/authenticators`, {
      ...{ token, json: { setup: begun.setup, code: codeOf(begun.secret), name: 'Tablet' } },
    }),
  ),
  'adds a passkey': act(({ user: { token }, factors: { begunPasskey: begun } }) =>
    http('POST', `${ME}/factors/passkeys`, { token, json: { ...begun, name: 'Laptop' } }),
  ),
  'removes the authenticator app': act(
    ({ user: { token }, factors: { app } }) => http('DELETE', `${ME}/factors/${app.id}`, { token }),
    'with factors',
  ),
  'makes new recovery codes': act(
    ({ user: { token } }) => http('POST', `${ME}/factors/recovery-codes`, { token }),
    'with factors',
  ),
  'completes the sign-in with a code': act(
    ({ factors: { app, demand } }) => completing(demand, { code: codeOf(app.secret) }),
    'with factors',
  ),
  'completes the sign-in with a recovery code': act(
    ({ factors: { codes, demand } }) => completing(demand, { recovery_code: codes[0] }),
    'with factors',
  ),
  'signs in with a passkey': act(({ factors: { passkey, passkeyDemand: demand } }) => {
    const answered = passkey.made ? passkey.get({ challenge: demand.id }) : {};
    return http('POST', `${AUTH}/login/passkey`, {
      ...{ cookie: demand.cookie, json: { challenge: demand.challenge, passkey: answered } },
    });
  }, 'with factors'),
  'proves it with the code': act(
    ({ user: { token }, factors: { app } }) =>
      http('POST', `${AUTH}/prove`, { token, json: { code: codeOf(app.secret) } }),
    'with factors',
  ),
  'loses the second factors by a script': act(({ user }) => script('resetSecondFactor', user.id), 'with factors'),
  'is promoted': act(({ user }) => script('promoteUser', user.id)),
  'is demoted': act(({ user }) => script('demoteUser', user.id), 'an administrator'),
  'is suspended by a script': act(({ user }) => script('deactivateUser', user.id)),
  'is no longer suspended by a script': act(({ user }) => script('reactivateUser', user.id), 'suspended'),
  'is restored': act(({ user }) => script('restoreUser', user.id), 'deleted'),
  'is erased by a script': act(({ user }) => script('eraseUser', user.id)),
  'is signed out everywhere': act(({ user }) => script('endSessions', user.id)),
  'is signed out everywhere by an administrator': act(({ user, administrator: { token } }) =>
    http('PATCH', '/api/v1/users/end-sessions', { token, json: { user_id: user.id } }),
  ),
  'is unlocked': act(({ user, administrator: { token } }) =>
    http('PATCH', '/api/v1/users/unlock', { token, json: { user_id: user.id } }),
  ),
  'is unlocked by a script': act(({ user }) => script('unlockUser', user.id)),
  'is sent the verification again': act(
    ({ user, administrator: { token } }) =>
      http('PATCH', '/api/v1/users/send-verification', { token, json: { user_id: user.id } }),
    'unverified',
  ),
  'is sent the verification by a script': act(({ user }) => script('sendVerification', user.id), 'unverified'),
  'is sent a reset': act(({ user, administrator: { token } }) =>
    http('PATCH', '/api/v1/users/send-reset', { token, json: { user_id: user.id } }),
  ),
  'is sent a reset by a script': act(({ user }) => script('sendReset', user.id)),
  'somebody gets an account with the next address': act(({ administrator: { token } }) =>
    http('POST', '/api/v1/users', { token, json: { email: NEXT_ADDRESS } }),
  ),
  'gets the next address': act(({ user }) => async (bindings) => {
    const answer = await adminOf(bindings).setEmail({ as: 'operator', user: user.id, email: NEXT_ADDRESS });
    return answer.ok ? 'done' : answer.code;
  }),
  'meets the scheduled run': act(
    () => async (bindings) => {
      const done = await runSchedule({ ...env, ...bindings }, new Date());
      return Object.keys(done)
        .filter((step) => done[step] === null)
        .join();
    },
    'due',
  ),
};

const deactivates =
  (by: { token: string }, { id }: { id: number }): Act =>
  (bindings) =>
    http('PATCH', '/api/v1/users/deactivate', { token: by.token, json: { user_id: id } })(bindings);

type Two = (one: Scene['administrator'], other: Scene['administrator']) => Act;

/** What one of two administrators does, or has done to them, while the other does the like; there is nobody else to administer. */
export const ACTS_OF_TWO: Record<string, Two> = {
  'suspends the other': (one, other) => deactivates(one, other),
  'deletes the account': (one) => http('DELETE', ME, { token: one.token }),
  'erases the account': (one) => http('DELETE', `${ME}?hard=true`, { token: one.token }),
  'is demoted': (one) => script('demoteUser', one.id),
  'is suspended by a script': (one) => script('deactivateUser', one.id),
  'is erased by a script': (one) => script('eraseUser', one.id),
};
