import { afterEach, beforeAll, beforeEach } from 'vitest';

// Runs in the Worker before each file of tests, and says which mutant lives there. Its number stands in the file's address.

declare global {
  var mutantIs: (id: number) => boolean;
}

declare module 'vitest' {
  interface TaskMeta {
    /** What the test passed. */
    passed?: number[];
  }
}

type Module = { evaluated: boolean; promise: unknown; exports: unknown };

const worker = Reflect.get(globalThis, '__vitest_worker__') as {
  filepath: string;
  config: { root: string };
  evaluatedModules: { idToModuleMap: Map<string, Module> };
};
const asked = new URLSearchParams(worker.filepath.split('?')[1]);
const mutant = Number(asked.get('mutant'));

const passed = new Set<number>();
globalThis.mutantIs = (id) => {
  passed.add(id);
  return id === mutant;
};

// One Worker tries mutant after mutant. What a module has made when it was loaded, such as a statement or a route, is made anew.
for (const [id, module] of worker.evaluatedModules.idToModuleMap) {
  const isOurs = ['src', 'drizzle', 'test'].some((folder) => id.startsWith(`${worker.config.root}/${folder}/`));
  if (isOurs && !id.includes('/test/mutation/'))
    Object.assign(module, { evaluated: false, promise: undefined, exports: undefined });
}

let hasFailed = false;
beforeAll(() => {
  passed.clear();
});
beforeEach((context) => {
  // One that notices is enough.
  if (hasFailed && mutant > 0) context.skip();
});
afterEach(({ task }) => {
  hasFailed ||= (task.result?.errors?.length ?? 0) > 0;
  if (asked.has('learn')) Object.assign(task.meta, { passed: [...passed] });
  passed.clear();
});
