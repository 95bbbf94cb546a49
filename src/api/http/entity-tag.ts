const ENTITY_TAG = /"[^"]*"/g;

/**
 * Whether `If-None-Match` names a tag: any, by `*`, or one of a list, by weak comparison, which looks past `W/`
 * (RFC 9110 §13.1.2, §8.8.3.2).
 */
export const namesTag = (ifNoneMatch = '', tag: string): boolean => {
  const named: string[] = ifNoneMatch.match(ENTITY_TAG) ?? [];
  return ifNoneMatch.trim() === '*' || named.includes(tag.replace(/^W\//, ''));
};
