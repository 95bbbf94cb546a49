import type { Context } from 'hono';
import { serveAsset } from '../http/asset.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { Router } from '../http/router.ts';

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

// A browser keeps a file and asks for it again each time; it mostly has not changed.
const KEEPING = { 'Cache-Control': 'no-cache' };

// The platform names no charset for it (ASVS 4.1.1).
const SVG = { 'Content-Type': 'image/svg+xml; charset=utf-8' };

/** A name alone: the platform takes `..%5c` for a way out of the folder. */
const serveReferenceFile = (c: Context<AppEnv>, file: string): Promise<Response> => {
  if (!/^[\w.-]+$/.test(file)) throw new AppError('NOT_FOUND');
  return serveAsset(c, `/docs/${file}`, { ...KEEPING, ...(file.endsWith('.svg') ? SVG : {}) });
};

/** What is served as a file, for people and machines that read. */
export const pages = new Router()
  // Tools of other origins load it.
  .get('/openapi.json', (c) => serveAsset(c, '/openapi.json', { ...KEEPING, 'Access-Control-Allow-Origin': '*' }))
  .get('/docs', (c) => serveAsset(c, '/docs.html', { ...KEEPING, 'Content-Security-Policy': REFERENCE_POLICY }))
  .get('/docs/:file', (c) => serveReferenceFile(c, c.req.param('file')));
