import type { Database } from '../../../drizzle/client.ts';
import type { User } from '../../../drizzle/schema.ts';
import type { CallerRefusal, CallerUser } from '../../accounts/acts/caller.ts';
import type { Presented } from '../../accounts/services/service.ts';
import type { AccessTokenClaims } from '../../accounts/tokens/access-token.ts';

/** The bindings (generated from wrangler.toml) and what the middleware puts into a request's context. */
export type AppEnv = {
  Bindings: Env;
  Variables: {
    db: Database;
    requestId: string;
    /** The code of the refusal, for the log line and the metrics. */
    code?: string;
    /** Of the request's bearer token, on every protected route. */
    token: AccessTokenClaims;
    /** Set by `authenticate`, where the caller was asked for before the handler. */
    user: CallerUser;
    /** Set by `authenticate` as well: why the caller may not do what administrators may. */
    notAdministrator?: CallerRefusal | undefined;
    /** What the caller has to be, while nobody has asked yet whether that is so. */
    unasked?: User['role'] | 'service' | undefined;
    /** Of the request's token, on the routes of services. */
    service: Presented;
  };
};
