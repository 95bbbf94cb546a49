const PATTERN = /(:\w+)\{(?:[^{}]|\{[^}]*\})*\}/g;

/** A route's path without the patterns that its parameters have to match: `/:key{.+\.webp}` → `/:key`. */
export const plainPath = (path: string): string => path.replace(PATTERN, '$1');

/** The same as the document writes it: `/avatars/:key{.+\.webp}` → `/avatars/{key}`. */
export const documentPath = (path: string): string => plainPath(path).replace(/:(\w+)/g, '{$1}');

/** The names of a path's parameters. */
export const pathParameters = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
