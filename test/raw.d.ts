// The text of a file, as Vite imports it.
declare module '*.md?raw' {
  const text: string;
  export = text;
}
declare module '*.txt?raw' {
  const text: string;
  export = text;
}

// The modules that a pattern finds, as Vite imports them.
interface ImportMeta {
  glob<Module>(pattern: string, options: { eager: true }): Record<string, Module>;
}
