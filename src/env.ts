import type { Database } from '../drizzle/client.ts';
import type { User } from '../drizzle/schema.ts';
import type { AccessTokenClaims } from './accounts/access-token.ts';

/** The bindings (generated from wrangler.toml) and what the middleware puts into a request's context. */
export type AppEnv = {
  Bindings: Env;
  Variables: {
    db: Database;
    requestId: string;
    /** The code of the refusal, for the log line and the metrics. */
    code?: string;
    /** Set by `authenticate` on every protected route. */
    user: User;
    token: AccessTokenClaims;
    /** The reader's, on the pages that mail links open. */
    language: string;
  };
};
