// What both Workers are told by vars. A Worker asks when it starts: the platform starts each version once while it is
// deployed, so a var that is missing or wrong fails the deployment, and not the first request or the first mail.

type Vars = Readonly<Record<string, unknown>>;
type Check = (value: string, vars: Vars) => boolean;

const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const isOrigin = (text: string): boolean => isUrl(text) && new URL(text).origin === text.replace(/\/$/, '');

const SERIALIZED = /^([a-z][a-z\d+.-]*):\/\/([^\s/?#@\\*]+)$/i;
// What a scheme of an app's own may have for a host; none of the others is ever the scheme of an origin.
const APP_HOST = /^[\w.-]+(?::\d{1,5})?$/;
const NO_ORIGIN = /^(?:about|blob|data|file|ftp|javascript|wss?)$/i;

/**
 * An origin as browsers and the web views of apps send it (RFC 6454 §6.2), scheme and host in lower case and without a
 * default port: `https://app.example.com`, `capacitor://localhost`. Undefined for what is none, `null` and `*` too.
 */
export const canonicalOrigin = (text: string): string | undefined => {
  const [, scheme = '', host = ''] = SERIALIZED.exec(text) ?? [];
  if (/^https?$/i.test(scheme)) return URL.canParse(text) ? new URL(text).origin : undefined;
  return APP_HOST.test(host) && !NO_ORIGIN.test(scheme) ? text.toLowerCase() : undefined;
};

/** The entries of `ALLOWED_ORIGINS`, each in its canonical form; a slash at the end is forgiven. */
export const listedOrigins = (list: string): (string | undefined)[] =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => canonicalOrigin(entry.replace(/\/$/, '')));

const isGiven = (text: string): boolean => text.trim() !== '';
const isDevelopment = (vars: Vars): boolean => vars['ENVIRONMENT'] === 'development';

// Outside development links leave encrypted, and the examples of the configuration are not taken for an answer.
const isPublicUrl: Check = (text, vars) => isUrl(text) && (isDevelopment(vars) || text.startsWith('https://'));
const isSender: Check = (text, vars) =>
  /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(text) && (isDevelopment(vars) || !text.endsWith('.example'));

export const API_SETTINGS: Record<string, Check> = {
  ENVIRONMENT: isGiven,
  APP_URL: isPublicUrl,
  ALLOWED_ORIGINS: (list) => !listedOrigins(list).includes(undefined),
  AVATAR_BASE_URL: (text, vars) => text === '' || (isOrigin(text) && isPublicUrl(text, vars)),
  DELETION_GRACE_DAYS: (text) => /^\d{1,4}$/.test(text),
  BREACHED_PASSWORDS_URL: (text, vars) => text === '' || (isPublicUrl(text, vars) && text.endsWith('/')),
  RATE_LIMITS: (text, vars) => text === 'on' || (text === 'off' && isDevelopment(vars)),
  TOKEN_ISSUER: isGiven,
  TOKEN_AUDIENCE: isGiven,
};

export const MAILER_SETTINGS: Record<string, Check> = {
  ENVIRONMENT: isGiven,
  APP_NAME: isGiven,
  APP_URL: isPublicUrl,
  MAIL_FROM: isSender,
  MAIL_TRANSPORT: (text) => text === 'cloudflare' || text === 'smtp',
  SMTP_HOST: (text, vars) => vars['MAIL_TRANSPORT'] !== 'smtp' || isGiven(text),
  SMTP_PORT: (text) => /^[1-9]\d{0,4}$/.test(text),
  SUPPORT_URL: (text, vars) =>
    isPublicUrl(text, vars) || /^mailto:\S+@\S+$/.test(text) || (text === '' && isDevelopment(vars)),
};

/** The names of the vars that are missing or unusable. */
export const unusableVars = (settings: Record<string, Check>, vars: Vars): string[] =>
  Object.entries(settings)
    .filter(([name, check]) => {
      const value = vars[name];
      return typeof value !== 'string' || !check(value, vars);
    })
    .map(([name]) => name);

/** The same in one sentence, which names them and no value; undefined where all is well. */
export const settingsFlaw = (settings: Record<string, Check>, vars: Vars): string | undefined => {
  const names = unusableVars(settings, vars);
  return names.length === 0 ? undefined : `These vars are missing or unusable: ${names.join(', ')}.`;
};
