import type { RelyingParty } from '../../accounts/factors/webauthn.ts';
import { isAllowedOrigin } from './origin.ts';

/**
 * For which site passkeys are made and work: the host of `APP_URL`, and pages there or of another allowed origin. A browser gives
 * a passkey only to pages of that host and those below it.
 */
export const relyingParty = (env: Env): RelyingParty => {
  const { hostname, origin } = new URL(env.APP_URL);
  return { id: hostname, name: hostname, isOrigin: (given) => given === origin || isAllowedOrigin(env, given) };
};
