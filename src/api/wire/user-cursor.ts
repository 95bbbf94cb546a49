import { Buffer } from 'node:buffer';
import { openToken, signToken, tokenKeys } from '../../accounts/tokens/signed-token.ts';
import { isPlaceOf, type Place } from '../../accounts/users/user-list.ts';

/** Where a list of users goes on, as clients hold it. A term is text of any kind, so it goes in as base64url. */
export const userCursor = (env: Env, place: Place): string => {
  const found = 'term' in place ? [place.section, Buffer.from(place.term).toString('base64url')] : [];
  return signToken(tokenKeys(env), 'cursor', [place.id, ...found]);
};

/** The place that a cursor names; undefined where it is none of ours, or none of the list that this query asks for. */
export const placeOfCursor = (env: Env, q: string | undefined, cursor: string): Place | undefined => {
  const parts = openToken(tokenKeys(env), 'cursor', cursor);
  if (parts?.length !== 1 && parts?.length !== 3) return undefined;
  const [id, section, term] = parts;
  const place: Place =
    term === undefined
      ? { id: Number(id) }
      : { id: Number(id), section: Number(section), term: Buffer.from(term, 'base64url').toString() };
  return isPlaceOf(q, place) ? place : undefined;
};
