import { assignments } from './shell-word.ts';

// What makes two copies two, and how they are reached.
const NAMES = ['PORT', 'STATE_DIR', 'HTTPS'] as const;

/** The command that starts a copy as one types it: as this environment says where and how, but for `changes`. */
export const startCommand = (changes: Partial<Record<(typeof NAMES)[number], string>> = {}): string => {
  const given = Object.fromEntries(NAMES.map((name) => [name, changes[name] ?? process.env[name]]));
  return `${assignments(given)}npm start`;
};
