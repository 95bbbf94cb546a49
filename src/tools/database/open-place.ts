import { stateDirectory } from '../start/state-dir.ts';
import { localDatabase } from './local-database.ts';
import type { Place } from './place.ts';

/** The database that a command is about. */
export const openPlace = async ({ remote, env }: { remote?: boolean; env: string }): Promise<Place> =>
  remote ? (await import('./deployed-database.ts')).openDeployedDatabase(env) : localDatabase(stateDirectory());
