import { WorkerEntrypoint } from 'cloudflare:workers';
import type { MethodsOf } from './operation.ts';
import type { OPERATIONS } from './operations.ts';
import { USER_ACT_NAMES } from './user-acts.command.ts';

/** The entrypoint as who binds it sees it. */
export type AdminClient = MethodsOf<typeof OPERATIONS>;

type Name = keyof typeof OPERATIONS;

/** The methods by their names: what they do is loaded when a script calls, and no other isolate reads it. */
const NAMES: Readonly<Record<Name, unknown>> = {
  ...{ listUsers: true, showUser: true, exportUser: true, createUser: true },
  ...USER_ACT_NAMES,
  ...{ listServices: true, showService: true, addService: true, rotateService: true, resumeService: true },
  ...{ removeService: true, failedMails: true, retryMails: true, listErasures: true },
  ...{ afterRestore: true, runSchedule: true, planKeyRotation: true, listAudit: true },
};

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
    for (const name of Object.keys(NAMES) as Name[]) {
      const value = async function (this: Admin, given: unknown) {
        const { performNamed } = await import('./operations.ts');
        return performNamed(this.env, name, given);
      };
      Object.defineProperty(Admin.prototype, name, { value });
    }
  }
}
