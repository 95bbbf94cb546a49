/** A route's pattern as the document writes it: `/avatars/:key{.+\.webp}` → `/avatars/{key}`. */
export const documentPath = (pattern: string): string =>
  pattern.replace(/:(\w+)(?:\{(?:[^{}]|\{[^}]*\})*\})?/g, '{$1}');

/** The names of a path's parameters. */
export const pathParameters = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
