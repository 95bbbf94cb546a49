const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** A time of the API as it is read here. */
export const timeOf = (iso: string | null): string => (iso === null ? 'never' : TIME.format(new Date(iso)));

export const countOf = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
