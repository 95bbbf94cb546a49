/** A time as the API writes it: `YYYY-MM-DDTHH:MM:SSZ`. Numbers are milliseconds since the epoch. */
export const isoTime = (time: Date | number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

export const timeOrNull = (time: Date | number | null): string | null => (time === null ? null : isoTime(time));
