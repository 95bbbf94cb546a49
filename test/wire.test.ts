import { getTableColumns } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { type User, users } from '../drizzle/schema.ts';
import { administratedUserOf, profileFieldsOf, profileOf, UserUpdate } from '../src/api/wire/user.ts';
import { ADMINISTRATED_KEYS, PROFILE_KEYS } from './profile-keys.ts';

// Every column has a value, so that a key which a shape takes from none would show.
const row = Object.fromEntries(
  Object.entries(getTableColumns(users)).map(([name, { dataType }]) => [
    name,
    dataType === 'date' ? new Date(0) : name,
  ]),
) as unknown as User;

describe('a profile', () => {
  it('has these keys in this order, for its user and for an administrator', () => {
    expect(Object.keys(profileOf(row, 'https://accounts.example.com'))).toEqual(PROFILE_KEYS);
    expect(Object.keys(administratedUserOf(row, 'https://accounts.example.com'))).toEqual(ADMINISTRATED_KEYS);
  });

  it('says nothing of what only the database knows', () => {
    const shown = JSON.stringify(administratedUserOf(row, 'https://accounts.example.com'));
    for (const column of ['passwordHash', 'lastAct', 'fullNameFolded', 'terms']) expect(shown).not.toContain(column);
  });

  it('takes for a change nothing that it does not show, and nothing that no column keeps', () => {
    const taken = Object.keys(UserUpdate.shape);
    expect(taken.filter((key) => !PROFILE_KEYS.includes(key))).toEqual([]);
    expect(Object.keys(profileFieldsOf({}))).toHaveLength(taken.length);
  });
});
