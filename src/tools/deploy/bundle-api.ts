import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
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

const ENTRY = join(ROOT, 'src/api/index.ts');

const BY_NEED = 'read by need';

/**
 * Makes what only a dynamic import reaches import the Worker itself. Else the bundler takes whatever both use out of the first
 * module, piece by piece, and to name each piece where it goes out and comes in makes what is read at the start larger by a
 * twentieth.
 */
const sharesAll: Plugin = {
  name: 'shares-all',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: join(resolveDir, path), pluginData: BY_NEED } : undefined,
    );
    onLoad({ filter: /\.ts$/ }, ({ path, pluginData }) =>
      pluginData === BY_NEED
        ? { contents: `${readFileSync(path, 'utf8')}import ${JSON.stringify(ENTRY)};`, loader: 'ts' }
        : undefined,
    );
  },
};

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
    entryPoints: [ENTRY],
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
    plugins: [sharesAll],
    logLevel: 'silent',
  });
};
