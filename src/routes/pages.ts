import { Hono } from 'hono';
import type { AppEnv } from '../env.ts';
import { serveAsset } from '../http/asset.ts';

/** What is served as a file, for people and machines that read. */
export const pages = new Hono<AppEnv>().get('/openapi.json', (c) => serveAsset(c, '/openapi.json'));
