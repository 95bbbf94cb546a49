/**
 * Every room of the house, and all that it may import: other rooms, and packages after the bar. A room is a folder of
 * src, or one file there, without the rooms within it that have a line of their own. It may import only rooms that stand
 * above it, so imports run one way. What is not said here is refused, and so is what is said and not used. Tests may
 * import everything, and nothing imports them.
 */
export const ROOMS: Readonly<Record<string, string>> = {
  // What both Workers have.
  'package.json': '',
  'drizzle/config': '| drizzle-kit',
  workers: '',
  drizzle: 'workers | drizzle-orm',
  outbox: 'workers drizzle | drizzle-orm',

  // The domain, which knows neither HTTP nor how anything is spelt on the wire.
  'accounts/unavailable': 'workers',
  'accounts/data': '',
  'accounts/tokens': 'workers | node:crypto jose',
  'accounts/users': 'workers drizzle accounts/data | node:buffer node:url drizzle-orm',
  'accounts/acts': 'workers drizzle outbox accounts/{tokens,users} | drizzle-orm',
  'accounts/services': 'workers drizzle outbox accounts/{tokens,acts} | drizzle-orm',
  'accounts/sessions': 'workers drizzle outbox accounts/{tokens,users,acts} | drizzle-orm',
  'accounts/factors': `workers drizzle outbox accounts/{tokens,acts,sessions}
    | node:crypto drizzle-orm otpauth @simplewebauthn/server`,
  'accounts/passwords': 'workers drizzle outbox accounts/{tokens,users,acts,sessions} | node:crypto drizzle-orm',
  'accounts/sign-in': 'drizzle outbox accounts/{tokens,users,acts,sessions,factors,passwords} | drizzle-orm',
  'accounts/address': 'drizzle outbox accounts/{tokens,users,acts,sessions,passwords} | drizzle-orm',
  'accounts/profile': 'workers drizzle outbox accounts/{unavailable,tokens,users,acts} | node:buffer drizzle-orm',
  'accounts/administration': 'drizzle outbox accounts/{tokens,users,acts,sessions,passwords,address} | drizzle-orm',
  'accounts/erasure': 'workers drizzle outbox accounts/{users,acts,sessions,profile} | drizzle-orm',
  'accounts/restore': 'workers drizzle outbox accounts/{acts,sessions,passwords,erasure} | drizzle-orm',
  'accounts/backlog': 'drizzle | drizzle-orm',
  'accounts/follow-up': 'workers drizzle outbox accounts/{acts,sessions,erasure}',

  // The API Worker. Routes reach the database through the domain alone.
  'api/settings': 'workers',
  'api/wire':
    'workers drizzle accounts/{tokens,users,acts,services,factors,passwords,administration,erasure} | node:buffer zod/mini',
  'api/http': `workers drizzle accounts/{unavailable,tokens,acts,services,sessions,factors,passwords} api/wire
    | node:buffer node:crypto drizzle-orm hono @hono/zod-validator zod/mini`,
  'api/openapi': 'package.json accounts/tokens api/{wire,http} | hono zod',
  'api/routes': `workers outbox
    accounts/{tokens,users,acts,services,sessions,factors,passwords,sign-in,address,profile,administration,erasure,follow-up}
    api/{wire,http,openapi} | hono zod`,
  'api/app': 'api/{http,routes}',
  'api/document': 'api/{openapi,routes,app}',
  'api/cron':
    'workers drizzle outbox accounts/{tokens,users,acts,factors,services,sessions,profile,erasure,backlog,follow-up}',
  'api/admin': `workers drizzle outbox
    accounts/{tokens,users,acts,factors,services,sessions,administration,erasure,restore,follow-up} api/{wire,cron} | zod/mini`,
  'api/admin/entrypoint': 'api/admin | cloudflare:workers',
  'api/index': 'workers accounts/tokens api/{settings,app,cron,admin/entrypoint} | cloudflare:workers',

  // The same on one's own machine, with the mails that it has caught.
  local: 'api/index',

  // The mailer. Its JSX is Hono's, by tsconfig.json, and no import.
  'mailer/settings': 'workers',
  mailer: 'workers drizzle outbox accounts/{tokens,users} | node:events node:net nodemailer standardwebhooks',
  'mailer/index': 'workers drizzle outbox accounts/tokens mailer/settings mailer | cloudflare:workers',

  // What others install.
  client: 'api/{http,app} | hono jose standardwebhooks',

  // Browsers. The pages around the scripts are written when the assets are built. What the scripts of pages share stands in
  // web/browser.
  'web/browser': 'client',
  'web/mails/browser': '',
  'web/pages/browser': '',
  'web/people/browser': 'workers client web/browser | uqr',
  'web/admin/browser': 'workers client web/browser',
  'web/reference/browser': '',
  web: 'workers accounts/{tokens,passwords} | hono/html',

  // Node: what people run who work on it or keep it running. No Worker imports any of it.
  'tools/install': '| node:* (computed)',
  tools: '| node:*',
  'tools/migrations': 'accounts/users tools | node:* miniflare wrangler',
  'tools/start': `workers accounts/tokens api/settings mailer/settings tools tools/{install,migrations}
    | node:* @peculiar/x509 reflect-metadata smol-toml`,
  'tools/deploy': `workers accounts/{tokens,users} api/settings mailer/settings tools tools/migrations
    | node:* commander esbuild smol-toml zod`,
  'tools/database': 'tools/{start,deploy,migrations} | node:*',
  'tools/admin': `workers accounts/tokens api/{admin,admin/entrypoint} tools
    tools/{install,start,deploy,migrations,database}
    | node:* commander smol-toml wrangler`,
  'tools/check': 'drizzle tools tools/{install,migrations} | node:* drizzle-kit wrangler',
  'tools/generate': `workers outbox accounts/{tokens,passwords} api/{openapi,document} mailer web tools
    | node:* (computed) @zxcvbn-ts/language-common esbuild language-subtag-registry smol-toml vitest`,
};
