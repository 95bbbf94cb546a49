import { type Context, Hono } from 'hono';
import type { AppEnv } from '../env.ts';
import { AppError } from '../error.ts';
import { serveAsset } from '../http/asset.ts';

// The reference loads its own files and the API's document, tries requests of this API, and shows the pictures that
// they answer with; nothing else, and nothing inline.
const REFERENCE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A file that a browser keeps and asks for again each time; it mostly has not changed. */
const serveFile = async (c: Context<AppEnv>, path: string): Promise<Response> => {
  c.header('Cache-Control', 'no-cache');
  const file = await serveAsset(c, path);
  if (file.status === 404) throw new AppError('NOT_FOUND');
  // The platform names no charset for it (ASVS 4.1.1).
  if (path.endsWith('.svg')) file.headers.set('Content-Type', 'image/svg+xml; charset=utf-8');
  return file;
};

/** What is served as a file, for people and machines that read. */
export const pages = new Hono<AppEnv>()
  .get('/openapi.json', (c) => {
    // Tools of other origins load it.
    c.header('Access-Control-Allow-Origin', '*');
    return serveFile(c, '/openapi.json');
  })
  .get('/docs', (c) => {
    c.header('Content-Security-Policy', REFERENCE_POLICY);
    return serveFile(c, '/docs.html');
  })
  .get('/docs/:file', (c) => serveFile(c, c.req.path));
