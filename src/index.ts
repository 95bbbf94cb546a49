export { Admin } from './admin/entrypoint.ts';

import { app } from './app.ts';
import { runSchedule } from './cron.ts';

export default {
  fetch: app.fetch,
  scheduled: (controller, env, ctx) => ctx.waitUntil(runSchedule(env, new Date(controller.scheduledTime))),
} satisfies ExportedHandler<Env>;
