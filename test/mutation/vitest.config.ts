import { join } from 'node:path';
import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from 'vitest/config';
import { ROOT } from '../../src/tools/root.ts';
import projectConfig from '../../vitest.config.ts';
import { mutate } from './mutants.ts';

/** Puts every mutant into the code of the Workers, behind a switch. */
const mutants = (): Plugin => {
  const { files } = mutate();
  return {
    name: 'mutants',
    enforce: 'pre',
    transform: (_, id) => files.get(id.slice(ROOT.length + 1))?.switched(),
  };
};

const inOneWorker = ({
  plugins = [],
  test,
  ...project
}: TestProjectInlineConfiguration): TestProjectInlineConfiguration => ({
  ...project,
  plugins: [mutants(), ...plugins],
  test: { ...test, root: ROOT, maxWorkers: 1, setupFiles: [join(import.meta.dirname, 'switch.ts'), 'test/setup.ts'] },
});

// The tests inside the Workers, one file after the other.
export default defineConfig(async (env) => {
  const { test } = await projectConfig(env);
  const projects = (test?.projects ?? []) as TestProjectInlineConfiguration[];
  const inside = projects.filter(({ test }) => test?.name === 'api' || test?.name === 'mailer');
  // What vitest remembers of how long files take is not to be that of a single test.
  return { root: ROOT, cacheDir: 'dist/mutation/vite', test: { ...test, projects: inside.map(inOneWorker) } };
});
