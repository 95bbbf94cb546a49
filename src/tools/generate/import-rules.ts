/**
 * Makes the rules of imports that an editor shows, from the table of rooms: for biome, which knows no rooms, but folders
 * and the words of an import.
 *
 *   node src/tools/generate/import-rules.ts           writes src/tools/check/import-rules.json
 *   node src/tools/generate/import-rules.ts --check   writes nothing, and exits with 1 if the file is out of date
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { allowancesOf, modulesIn, roomOf } from '../check/import-graph.ts';
import { ROOMS } from '../check/rooms.ts';
import { ROOT } from '../root.ts';

const FILE = join(ROOT, 'src/tools/check/import-rules.json');

const placeOf = (room: string): string =>
  [`src/${room}`, `src/${room}.ts`, room, `${room}.ts`].find((path) => existsSync(join(ROOT, path))) ?? room;

/** How a module in the folder names a room; gitignore's patterns, as biome takes them. */
const patternOf = (folder: string, room: string): string => {
  const path = relative(folder, placeOf(room)).replaceAll('\\', '/');
  const named = path.startsWith('..') ? path : `./${path}`.replace(/\/$/, '');
  return extname(named) === '' ? `${named}/**` : named;
};

const isWithin = (room: string, outer: string): boolean => placeOf(room).startsWith(`${placeOf(outer)}/`);

/** Everything is refused; then what the room may import is not, nor what it holds, but for the rooms within. */
const groupOf = (folder: string, room: string): string[] => {
  const allowed = allowancesOf(ROOMS, room);
  const open = [room, ...allowed.rooms];
  const patterns = open.map((name) => patternOf(folder, name));
  const isAbove = (pattern: string): boolean => /^(?:\.\.\/)+\*\*$/.test(pattern);
  const closed = Object.keys(ROOMS).filter(
    (name) => !open.includes(name) && open.some((outer) => isWithin(name, outer)),
  );
  return [
    '**',
    // `../**` stands for what lies further up as well, and not for what lies beside the module.
    ...patterns.filter(isAbove).flatMap((pattern) => [`!${pattern}`, `../${pattern}`]),
    ...(isAbove(patternOf(folder, room)) ? ['!./**'] : []),
    ...patterns.filter((pattern) => !isAbove(pattern)).map((pattern) => `!${pattern}`),
    ...closed.map((name) => patternOf(folder, name)),
    ...allowed.packages.flatMap((name) => [`!${name}`, `!${name}/**`]),
  ];
};

const ruleOf = (includes: string, folder: string, room: string) => {
  const message = `${room} may not import this: src/tools/check/rooms.ts says what it may.`;
  const options = { patterns: [{ group: groupOf(folder, room), message }] };
  return { includes: [includes], linter: { rules: { style: { noRestrictedImports: { level: 'error', options } } } } };
};

/** One rule for each folder, and after it one for each file there that is a room of its own; a later one counts. */
const rules = () => {
  const modules = modulesIn(ROOT, ['drizzle', 'src']);
  const folders = [...new Set(modules.map(dirname))].sort();
  return folders.flatMap((folder) => {
    const room = roomOf(ROOMS, `${folder}/any.ts`);
    const files = modules.filter((file) => dirname(file) === folder && roomOf(ROOMS, file) !== room).sort();
    return [
      ...(room === undefined ? [] : [ruleOf(`${folder}/*`, folder, room)]),
      ...files.map((file) => ruleOf(file, folder, roomOf(ROOMS, file) ?? '')),
    ];
  });
};

const text = `{ "overrides": [\n${rules()
  .map((rule) => JSON.stringify(rule))
  .join(',\n')}\n] }\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
  console.error('Run `npm run generate:imports` to bring src/tools/check/import-rules.json up to date.');
  process.exitCode = 1;
}
