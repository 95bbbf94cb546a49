import type { Database } from '../drizzle/client.ts';
import type { Actor } from '../src/accounts/acts/audit.ts';

export type Outcome = Promise<{ outcome: string }>;

/** An act as the domain declares one: on somebody's account it can be foreseen. */
export type Act = {
  (...values: any[]): Outcome;
  outcome: string;
  foresees?: (db: Database, userId: number, given: unknown, by: Actor, now: Date) => Outcome;
};

const isAct = (value: unknown): value is Act => typeof value === 'function' && Object.hasOwn(value, 'outcome');

/** Every act that a module of the domain declares, by its name. */
export const ACTS: Record<string, Act> = Object.fromEntries(
  Object.values(import.meta.glob<Record<string, unknown>>('../src/accounts/**/*.ts', { eager: true }))
    .flatMap((module) => Object.entries(module))
    .filter((entry): entry is [string, Act] => isAct(entry[1])),
);
