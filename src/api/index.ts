import { env } from 'cloudflare:workers';

export { Admin } from './admin/entrypoint.ts';

import { KEY_KINDS, keysFlaw } from '../accounts/tokens/key-slots.ts';
import { settingsFlaw } from '../workers/settings.ts';
import { app } from './app.ts';
import { API_SETTINGS } from './settings.ts';

const flaw = settingsFlaw(API_SETTINGS, { ...env }) ?? keysFlaw(KEY_KINDS, { ...env });
if (flaw) throw new Error(flaw);

export default {
  fetch: app.fetch,
  // An isolate that serves requests alone does not read what the scheduled run does.
  scheduled: async (controller, env, ctx) => {
    const { runSchedule } = await import('./cron.ts');
    ctx.waitUntil(runSchedule(env, new Date(controller.scheduledTime)));
  },
} satisfies ExportedHandler<Env>;
