import type { Ask } from './ask.ts';

/** What people see of each other. */
export type Profile = {
  id: number;
  full_name: string | null;
  /** Public, and unguessable. */
  avatar_url: string | null;
  speaking_language: string;
  listening_language: string;
};

const IDS_PER_REQUEST = 100;
// A Worker has six connections at most, and this is not all that it does.
const REQUESTS_AT_ONCE = 4;

/** Looks up any number of people. */
export const readProfiles = async (ask: Ask, ids: readonly number[]): Promise<Profile[]> => {
  const distinct = [...new Set(ids)];
  const pages = Array.from({ length: Math.ceil(distinct.length / IDS_PER_REQUEST) }, (_, page) =>
    distinct.slice(page * IDS_PER_REQUEST, (page + 1) * IDS_PER_REQUEST),
  );
  const found: Profile[][] = [];
  const waiting = pages.entries();
  const work = async (): Promise<void> => {
    for (const [page, some] of waiting) {
      const answer = await ask(`/api/v1/profiles?ids=${some.join()}`);
      found[page] = ((await answer.json()) as { profiles: Profile[] }).profiles;
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
  return found.flat();
};
