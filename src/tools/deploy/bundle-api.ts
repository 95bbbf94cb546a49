import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root.ts';

/** Where the modules of a deployment's API Worker are put, and what the first of them is called. */
export const MAIN_MODULE = 'index.js';

/** What of wrangler's configuration says that the modules are uploaded as they lie there. */
export const asItLies = (folder: string) => ({
  main: join(folder, MAIN_MODULE),
  no_bundle: true,
  rules: [{ type: 'ESModule', globs: ['**/*.js'] }],
  minify: undefined,
  keep_names: undefined,
});

/**
 * Bundles the API Worker into a folder, as wrangler would but for one thing: what only a dynamic import reaches is a module of
 * its own, which an isolate reads when it first needs it. `alias` puts other modules in the place of some.
 */
export const bundleApi = async (folder: string, alias: Record<string, string> = {}): Promise<void> => {
  // It takes a while to load, and most commands never bundle.
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'src/api/index.ts')],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    // Libraries choose by it what they run on.
    define: { 'process.env.NODE_ENV': '"production"', 'navigator.userAgent': '"Cloudflare-Workers"' },
    alias,
    logLevel: 'silent',
  });
};
