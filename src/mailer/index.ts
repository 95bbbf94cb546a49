import { env } from 'cloudflare:workers';
import { database } from '../../drizzle/client.ts';
import type { MailMessage } from '../outbox/kind.ts';
import { settingsFlaw } from '../workers/settings.ts';
import { bury, deliver } from './deliver.ts';
import { MAILER_SETTINGS } from './settings.ts';

// The end of the name of the queue of dead letters. What stands before it is the operator's, and may be anything.
const DEAD_LETTERS = /-dead$/;

const flaw = settingsFlaw(MAILER_SETTINGS, { ...env });
if (flaw) throw new Error(flaw);

export default {
  // Each message stands for itself: one that fails does not fail its batch.
  queue: async (batch, env) => {
    const db = database(env.DB);
    const isDeadLetters = DEAD_LETTERS.test(batch.queue);
    await Promise.all(batch.messages.map((message) => (isDeadLetters ? bury : deliver)(db, env, message)));
  },
} satisfies ExportedHandler<MailerEnv, MailMessage>;
