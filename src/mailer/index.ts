import { database } from '../../drizzle/client.ts';
import type { MailMessage } from '../mail/kind.ts';
import { bury, deliver } from './deliver.ts';

export default {
  // Each message stands for itself: one that fails does not fail its batch.
  queue: async (batch, env) => {
    const db = database(env.DB);
    const isDeadLetters = batch.queue.includes('-dead');
    await Promise.all(batch.messages.map((message) => (isDeadLetters ? bury(db, message) : deliver(db, env, message))));
  },
} satisfies ExportedHandler<MailerEnv, MailMessage>;
