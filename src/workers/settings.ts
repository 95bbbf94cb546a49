// How both Workers look at what they are told by vars. A Worker asks when it starts: the platform starts each version
// once while it is deployed, so a var that is missing or wrong fails the deployment, and not the first request or mail.

type Vars = Readonly<Record<string, unknown>>;
type Check = (value: string, vars: Vars) => boolean;

/** A Worker's vars, and what each has to be. */
export type Settings = Readonly<Record<string, Check>>;

const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
export const isOrigin = (text: string): boolean => isUrl(text) && new URL(text).origin === text.replace(/\/$/, '');

const SERIALIZED = /^([a-z][a-z\d+.-]*):\/\/([^\s/?#@\\*]+)$/i;
// What a scheme of an app's own may have for a host; none of the others is ever the scheme of an origin.
const APP_HOST = /^[\w.-]+(?::\d{1,5})?$/;
const NO_ORIGIN = /^(?:about|blob|data|file|ftp|javascript|wss?)$/i;

// A host's name has 253 letters at the most, and the URL parser takes its time for more.
const LONGEST_ORIGIN = 300;

/**
 * An origin as browsers and the web views of apps send it (RFC 6454 §6.2), scheme and host in lower case and without a
 * default port: `https://app.example.com`, `capacitor://localhost`. Undefined for what is none, `null` and `*` too.
 */
export const canonicalOrigin = (text: string): string | undefined => {
  if (text.length > LONGEST_ORIGIN) return undefined;
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

export const isGiven = (text: string): boolean => text.trim() !== '';
export const isDevelopment = (vars: Vars): boolean => vars['ENVIRONMENT'] === 'development';

/** Outside development links leave encrypted. */
export const isPublicUrl: Check = (text, vars) => isUrl(text) && (isDevelopment(vars) || text.startsWith('https://'));

/** A page or a `mailto:` address; in development there need be none. */
export const isHelp: Check = (text, vars) =>
  isPublicUrl(text, vars) || /^mailto:\S+@\S+$/.test(text) || (text === '' && isDevelopment(vars));

/** The names of the vars that are missing or unusable. */
export const unusableVars = (settings: Settings, vars: Vars): string[] =>
  Object.entries(settings)
    .filter(([name, check]) => {
      const value = vars[name];
      return typeof value !== 'string' || !check(value, vars);
    })
    .map(([name]) => name);

/** The same in one sentence, which names them and no value; undefined where all is well. */
export const settingsFlaw = (settings: Settings, vars: Vars): string | undefined => {
  const names = unusableVars(settings, vars);
  return names.length === 0 ? undefined : `These vars are missing or unusable: ${names.join(', ')}.`;
};
