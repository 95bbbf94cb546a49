/** A word of a command as one types it into a shell: in quotes where it needs them. */
export const shellWord = (text: string): string =>
  /^[\w./:@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Variables in front of a command; those without a value are left out. */
export const assignments = (variables: Record<string, string | undefined>): string =>
  Object.entries(variables)
    .flatMap(([name, value]) => (value ? [`${name}=${shellWord(value)} `] : []))
    .join('');
