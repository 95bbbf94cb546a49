import { env, exports, WorkerEntrypoint } from 'cloudflare:workers';
import { database } from '../../drizzle/client.ts';
import { keysFlaw, SHARED_KINDS, type SlotDigests, sharedDigests } from '../accounts/tokens/key-slots.ts';
import type { MailMessage } from '../outbox/kind.ts';
import type { PushMessage } from '../outbox/push.ts';
import { settingsFlaw } from '../workers/settings.ts';
import { bury, deliver } from './deliver.ts';
import { pushToService } from './push.ts';
import { MAILER_SETTINGS } from './settings.ts';

// The end of the name of the queue of dead letters. What stands before it is the operator's, and may be anything.
const DEAD_LETTERS = /-dead$/;

const flaw = settingsFlaw(MAILER_SETTINGS, { ...env }) ?? keysFlaw(SHARED_KINDS, { ...env });
if (flaw) throw new Error(flaw);

/**
 * Sends to one service, in an invocation of its own: the batch that woke it does not wait, so a service that hangs holds up
 * no other. Reached by this Worker alone.
 */
export class Pushes extends WorkerEntrypoint<MailerEnv> {
  begin(service: string): void {
    this.ctx.waitUntil(pushToService(database(this.env.DB), this.env, service));
  }
}

/**
 * Says which keys this Worker has, by digests: a script that rotates them asks, to see whether the API has the same. Whoever
 * may bind it may bind `Admin` too.
 */
export class Keys extends WorkerEntrypoint<MailerEnv> {
  digests(): SlotDigests {
    return sharedDigests({ ...this.env });
  }
}

const isMail = (message: Message<MailMessage | PushMessage>): message is Message<MailMessage> => 'id' in message.body;

export default {
  // Each message stands for itself: one that fails does not fail its batch.
  queue: async (batch, env) => {
    const db = database(env.DB, 'D1 behind the scenes');
    const handle = DEAD_LETTERS.test(batch.queue) ? bury : deliver;
    const services = new Set(batch.messages.flatMap(({ body }) => ('service' in body ? [body.service] : [])));
    await Promise.all([
      ...batch.messages.filter(isMail).map((message) => handle(db, env, message)),
      ...[...services].map((service) => exports.Pushes.begin(service)),
    ]);
  },
} satisfies ExportedHandler<MailerEnv, MailMessage | PushMessage>;
