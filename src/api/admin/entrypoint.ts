import { WorkerEntrypoint } from 'cloudflare:workers';
import { AUDIT } from './audit.ts';
import { ERASURES } from './erasures.ts';
import { KEYS } from './key-rotation.ts';
import { MAILS } from './mails.ts';
import { MAINTENANCE } from './maintenance.ts';
import { type MethodsOf, perform } from './operation.ts';
import { SERVICES } from './services.ts';
import { USER_ACTS } from './user-acts.ts';
import { USERS } from './users.ts';

const OPERATIONS = { ...USERS, ...USER_ACTS, ...SERVICES, ...MAILS, ...ERASURES, ...MAINTENANCE, ...KEYS, ...AUDIT };

/** The entrypoint as who binds it sees it. */
export type AdminClient = MethodsOf<typeof OPERATIONS>;

/**
 * What administrators' scripts do. No HTTP request reaches it: it answers calls over a service binding, from any
 * Worker of the same Cloudflare account that binds it, and that account is the trust boundary. Each operation is a
 * method of that name: it takes one object, checked against a schema whoever calls, and answers plain data; none throws.
 */
export class Admin extends (WorkerEntrypoint as new (
  ctx: ExecutionContext,
  env: Env,
) => WorkerEntrypoint<Env> & AdminClient) {
  static {
    // The platform answers for what stands on the prototype.
    for (const [method, operation] of Object.entries(OPERATIONS)) {
      const value = function (this: Admin, given: unknown) {
        return perform(this.env, operation, given);
      };
      Object.defineProperty(Admin.prototype, method, { value });
    }
  }
}
