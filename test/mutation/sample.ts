import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Mutant } from './mutants.ts';

/** The room that a file lies in. */
export const roomOf = ({ file }: Pick<Mutant, 'file'>): string => dirname(file).replace('src/', '');

const AT_LEAST = 6;

/** Mutants of every room, as many as are its share, the same for the same seed; what is new elsewhere changes little of the choice. */
export const sampleOf = (mutants: readonly Mutant[], seed: string, count: number): Mutant[] => {
  const lot = ({ name }: Mutant): string => createHash('sha256').update(`${seed} ${name}`).digest('hex');
  return Object.values(Object.groupBy(mutants, roomOf)).flatMap((room = []) => {
    const share = Math.max(AT_LEAST, Math.round((count * room.length) / mutants.length));
    const drawn = room.map((mutant) => ({ mutant, lot: lot(mutant) })).toSorted((a, b) => (a.lot < b.lot ? -1 : 1));
    return drawn.slice(0, share).map(({ mutant }) => mutant);
  });
};
