import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** What a file imports, by whichever form, as it is written there; `COMPUTED` where only a run would tell. */
export type Import = { file: string; specifier: string };

/** Each room's name, and the words of what it may import: rooms, a bar, packages. */
export type Rooms = Readonly<Record<string, string>>;

const COMPUTED = '(computed)';

// How modules are imported here: the formatter writes statements from the first column on and in single quotes.
const STATEMENT = /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*'([^']+)'/gm;
const CALL = /\b(?:import|require)\(\s*(?:(['"])(.+?)\1)?/g;

/** What a module's text imports, types too. */
export const importsIn = (text: string): string[] => [
  ...[...text.matchAll(STATEMENT)].map(([, specifier = '']) => specifier),
  ...[...text.matchAll(CALL)].map(([, , specifier = COMPUTED]) => specifier),
];

// What the compiler takes away, so that it is not there when a module runs.
const TYPES = /^(?:import|export) type\b[^;]*;|\btypeof import\([^)]*\)|@type \{.*\}/gm;

/** What a module's text imports when it runs. */
export const loadsIn = (text: string): string[] => importsIn(text.replaceAll(TYPES, ''));

/** The modules in the folders, below `root`; but what wrangler has generated is no one's to keep to rules. */
export const modulesIn = (root: string, folders: readonly string[]): string[] =>
  folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    // While wrangler bundles a Worker it keeps files of its own beside it.
    .filter(({ parentPath }) => !parentPath.includes('.wrangler'))
    .filter(({ name }) => name !== 'worker-configuration.d.ts')
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)).replaceAll('\\', '/'));

/** All that the modules in the folders import, or `loadsIn` alone. */
export const readImports = (root: string, folders: readonly string[], read = importsIn): Import[] =>
  modulesIn(root, folders).flatMap((file) =>
    read(readFileSync(join(root, file), 'utf8')).map((specifier) => ({ file, specifier })),
  );

const targetOf = ({ file, specifier }: Import): string => join(dirname(file), specifier).replaceAll('\\', '/');

/** The room of a file, by the longest name that its path begins with; undefined where it stands in none. */
export const roomOf = (rooms: Rooms, file: string): string | undefined => {
  for (let path = file.replace(/^src\//, ''); path !== '.'; path = dirname(path)) {
    const name = [path, path.replace(/(?:\.d)?\.\w+$/, '')].find((candidate) => Object.hasOwn(rooms, candidate));
    if (name !== undefined) return name;
  }
  return undefined;
};

/** The words of a list; `accounts/{users,acts}` stands for two. */
const wordsOf = (text: string): string[] =>
  text
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [, before = '', names] = /^(.*)\{(.*)\}$/.exec(word) ?? [];
      return names === undefined ? [word] : names.split(',').map((name) => before + name);
    });

/** What a room may import. */
export const allowancesOf = (rooms: Rooms, name: string): { rooms: string[]; packages: string[] } => {
  const [neighbours = '', packages = ''] = (rooms[name] ?? '').split('|');
  return { rooms: wordsOf(neighbours), packages: wordsOf(packages) };
};

/** Whether the word allows the package: by its name, by a path within it, or `node:*` for all that Node brings. */
const allowsPackage = (word: string, specifier: string): boolean =>
  word.endsWith('*') ? specifier.startsWith(word.slice(0, -1)) : `${specifier}/`.startsWith(`${word}/`);

type Edge = { from: string | undefined; to: string | undefined; isRoom: boolean };

const edgeOf = (rooms: Rooms, { file, specifier }: Import): Edge => {
  const isRoom = specifier.startsWith('.');
  const to = isRoom ? roomOf(rooms, targetOf({ file, specifier })) : specifier;
  return { from: roomOf(rooms, file), to, isRoom };
};

/** The word by which a room may import; undefined where it may not. */
const allowanceOf = (rooms: Rooms, { from, to, isRoom }: Edge): string | undefined => {
  if (from === undefined || to === undefined) return undefined;
  const allowed = allowancesOf(rooms, from);
  return isRoom ? allowed.rooms.find((word) => word === to) : allowed.packages.find((word) => allowsPackage(word, to));
};

/** Every import that is not allowed, in a sentence. */
export const refusedImports = (rooms: Rooms, imports: readonly Import[]): string[] =>
  imports.flatMap((found) => {
    const edge = edgeOf(rooms, found);
    if (edge.from === undefined) return [`${found.file} stands in no room.`];
    if (edge.isRoom && edge.from === edge.to) return [];
    if (allowanceOf(rooms, edge) !== undefined) return [];
    return [
      `${found.file} imports ${found.specifier}, and ${edge.from} may not import ${edge.to ?? 'what is in no room'}.`,
    ];
  });

/** Everything that is allowed and that no import makes use of, in a sentence. */
export const unusedAllowances = (rooms: Rooms, imports: readonly Import[]): string[] => {
  const used = new Set(
    imports.map((found) => {
      const edge = edgeOf(rooms, found);
      return `${edge.from} ${allowanceOf(rooms, edge)}`;
    }),
  );
  return Object.keys(rooms).flatMap((name) => {
    const allowed = allowancesOf(rooms, name);
    return [...allowed.rooms, ...allowed.packages]
      .filter((word) => !used.has(`${name} ${word}`))
      .map((word) => `${name} may import ${word}, and does not.`);
  });
};

/** Every room that may import one that does not stand above it, in a sentence; none: no two rooms import each other. */
export const upwardAllowances = (rooms: Rooms): string[] => {
  const names = Object.keys(rooms);
  return names.flatMap((name, position) =>
    allowancesOf(rooms, name)
      .rooms.filter((word) => !names.slice(0, position).includes(word))
      .map((word) => `${name} may import ${word}, which does not stand above it.`),
  );
};

/** Modules that import each other in a circle, one sentence for each way in which they do; none: every one can be loaded. */
export const importCycles = (imports: readonly Import[]): string[] => {
  const inside = imports.filter(({ specifier }) => specifier.startsWith('.'));
  const byFile = new Map<string, string[]>();
  for (const found of inside) byFile.set(found.file, [...(byFile.get(found.file) ?? []), targetOf(found)]);
  const left = new Set<string>();
  const cycles: string[] = [];
  const follow = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push(`${[...path.slice(path.indexOf(file)), file].join(' imports ')}.`);
    else if (!left.has(file)) for (const next of byFile.get(file) ?? []) follow(next, [...path, file]);
    left.add(file);
  };
  for (const file of byFile.keys()) follow(file, []);
  return cycles;
};
