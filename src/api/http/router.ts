import { HonoBase } from 'hono/hono-base';
import { TrieRouter } from 'hono/router/trie-router';
import type { AppEnv } from './env.ts';

/**
 * Hono with the one of its routers that takes every pattern of this API. `Hono` itself brings a second, tries it first
 * in each isolate, and is refused.
 */
export class Router extends HonoBase<AppEnv> {
  constructor() {
    super();
    this.router = new TrieRouter();
  }
}
