import type { Context } from 'hono';
import { parseAccept } from 'hono/utils/accept';
import { closestLanguage, type ReaderLanguage, STAND_IN } from '../../workers/reader-language.ts';
import { type Filling, serveAsset } from './asset.ts';
import type { AppEnv } from './env.ts';

// Nothing but our own script and style runs, and the script can write only text: a page that holds what opens an
// account takes no markup from anywhere.
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
];

// Of `Accept-Language` no more is heard than browsers send.
const HEARD = 500;

/** The reader's language: the one chosen on the page, else the closest of those that the browser prefers. */
const readerLanguage = ({ req }: Context): ReaderLanguage => {
  const chosen = new URL(req.url).searchParams.get('lang') ?? '';
  const preferred = parseAccept((req.header('Accept-Language') ?? '').slice(0, HEARD)).filter(({ q }) => q > 0);
  const tags = [chosen.trim(), ...preferred.map(({ type }) => type)];
  return tags.map(closestLanguage).find((language) => language !== undefined) ?? STAND_IN;
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** A short digest that tells one text from another; nobody is kept out by it (FNV-1a). */
const digestOf = (text: string): string => {
  let digest = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) digest = Math.imul(digest ^ byte, 0x01000193) >>> 0;
  return digest.toString(16).padStart(8, '0');
};

/** What a page says of this deployment, by what stands for it in the files, which are the same for all. */
const ofDeployment = ({ APP_NAME, DELETION_GRACE_DAYS, PAGES, SUPPORT_URL, TERMS_URL }: Env): Filling => {
  const known: Record<string, string> = {
    ...{ APP_NAME: escaped(APP_NAME), GRACE_DAYS: DELETION_GRACE_DAYS, PAGES },
    ...{ SUPPORT_URL: escaped(SUPPORT_URL), TERMS_URL: escaped(TERMS_URL) },
  };
  return {
    mark: digestOf(Object.values(known).join('\0')),
    fill: (text) => text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => known[name] ?? ''),
  };
};

/** A browser keeps them and asks each time, so that a page, its script and its style are of one version. */
export const KEEPING = { 'Cache-Control': 'no-cache' };

/** Serves the page of that `name` in a language. `pictures` says where it may load pictures from. */
export const serveDocument = (
  c: Context<AppEnv>,
  name: string,
  language: ReaderLanguage,
  { pictures, ...headers }: { pictures?: string | undefined; Vary?: string } = {},
): Promise<Response> =>
  serveAsset(
    c,
    `/pages/${name}.${language}.html`,
    {
      ...KEEPING,
      'Content-Security-Policy': [...POLICY, ...(pictures ? [`img-src ${pictures}`] : [])].join('; '),
      'Content-Language': language,
      ...headers,
    },
    ofDeployment(c.env),
  );

/** Serves the page of the request's path, or the one of that `name`, in the reader's language. */
export const servePage = (c: Context<AppEnv>, pictures?: string, name = c.req.path.slice(1)): Promise<Response> =>
  serveDocument(c, name, readerLanguage(c), { pictures, Vary: 'Accept-Language' });
