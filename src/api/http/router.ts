import { HonoBase } from 'hono/hono-base';
import { TrieRouter } from 'hono/router/trie-router';
import { getPath } from 'hono/utils/url';
import type { AppEnv } from './env.ts';

// Several times as long as any path there is.
const LONGEST_PATH = 512;

/**
 * The path by which a request finds its route. Of a longer one than there is the beginning says as much; one that cannot be
 * decoded is left as it was written, where Hono would try each of its bytes, and throw and catch as often.
 */
const pathOf = (request: Request): string => {
  if (request.url.length < LONGEST_PATH && !request.url.includes('%')) return getPath(request);
  const path = new URL(request.url).pathname.slice(0, LONGEST_PATH);
  try {
    // What stands for a percent is for the parameters to decode.
    return decodeURI(path.replaceAll('%25', '%2525'));
  } catch {
    return path.replaceAll('%', '%25');
  }
};

/**
 * Hono with the one of its routers that takes every pattern of this API. `Hono` itself brings a second, tries it first
 * in each isolate, and is refused.
 */
export class Router extends HonoBase<AppEnv> {
  constructor() {
    super({ getPath: pathOf });
    this.router = new TrieRouter();
  }
}
