import { env as bindings } from 'cloudflare:workers';
import { type Account, type Answer, call, cookiesOf, login } from './client.ts';
import { codeOf, SoftPasskey } from './soft-factors.ts';

export const FACTORS = '/api/v1/users/me/factors';
export const AUTH = '/api/v1/auth';

type Holder = Pick<Account, 'token'>;

/** Adds an authenticator app; answers its secret, what was answered, and the recovery codes that came with the first. */
export const addApp = async ({ token }: Holder, name = 'Telephone', env: Partial<Env> = {}) => {
  const { body } = await call('POST', `${FACTORS}/authenticators/options`, { token });
  const json = { setup: body.setup, code: codeOf(body.secret), name };
  const answer = await call('POST', `${FACTORS}/authenticators`, { token, json, env });
  const codes: string[] = answer.body.recovery_codes ?? [];
  return { secret: body.secret as string, answer, codes, id: answer.body.factor?.id as string, json };
};

/** Adds a passkey of a page of `APP_URL`. */
export const addPasskey = async ({ token }: Holder, passkey = new SoftPasskey(bindings.APP_URL), name = 'Laptop') => {
  const { body } = await call('POST', `${FACTORS}/passkeys/options`, { token });
  const json = { challenge: body.challenge, name, passkey: passkey.create(body.passkey_options) };
  const answer = await call('POST', `${FACTORS}/passkeys`, { token, json });
  const codes: string[] = answer.body.recovery_codes ?? [];
  return { passkey, answer, codes, id: answer.body.factor?.id as string, json };
};

/** The password's half of a sign-in that asks for more, in a browser that has these cookies. */
export const begin = async (email: string, cookie?: string) => {
  const answer = await login(email, {}, cookie === undefined ? {} : { cookie });
  return {
    answer,
    challenge: answer.body.challenge as string,
    cookie: [cookie, cookiesOf(answer)].filter(Boolean).join('; '),
  };
};

/** The second half, by what is given. */
export const complete = (
  { challenge, cookie }: { challenge: string; cookie: string },
  given: object,
  env: Partial<Env> = {},
): Promise<Answer> => call('POST', `${AUTH}/login/second-factor`, { cookie, json: { challenge, ...given }, env });
