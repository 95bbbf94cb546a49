import * as z from 'zod';
import { described } from '../openapi/described.ts';
import { languageTag, userId } from '../openapi/fields.ts';
import { component } from '../openapi/schema.ts';
import type { publicProfileOf } from '../wire/user.ts';
import { ADA, AVATAR_URL } from './profile.openapi.ts';
import { profiles } from './profiles.ts';

type PublicProfile = ReturnType<typeof publicProfileOf>;

const PublicProfileSchema = component(
  'PublicProfile',
  z
    .strictObject({
      id: userId,
      full_name: z.string().max(255).nullable().meta({ description: 'The name; null: none was given.' }),
      avatar_url: z
        .string()
        .nullable()
        .meta({ description: 'Where the picture is, for everybody; null: there is none.', format: 'uri' }),
      speaking_language: languageTag('The language that the user speaks.'),
      listening_language: languageTag('The language that the user wants to hear and read.'),
    })
    .meta({ description: 'What other services see of a user.' }),
) satisfies z.ZodType<PublicProfile>;

const PublicProfiles = component(
  'PublicProfiles',
  z
    .strictObject({
      profiles: z.array(PublicProfileSchema).max(100).meta({ description: 'The users, in the order asked.' }),
    })
    .meta({ description: 'Users who were looked up.' }),
);

const { id, full_name, speaking_language, listening_language } = ADA;
const ada: PublicProfile = { id, full_name, avatar_url: AVATAR_URL, speaking_language, listening_language };

/** Looking people up. */
export const describedProfiles = described(profiles, {
  'GET /': {
    operationId: 'findProfiles',
    audience: 'service',
    tag: 'Services',
    summary: 'Look people up',
    description:
      'Answers the public fields of up to 100 users, each once, in the order asked. Whoever is unknown, not verified, suspended or deleted is left out.',
    parameters: {
      ids: {
        description: 'The ids of users, separated by commas.',
        schema: { type: 'string', pattern: '^[1-9]\\d{0,15}(?:,[1-9]\\d{0,15}){0,99}$', examples: ['1,2,3'] },
      },
    },
    wrong: { query: [{ ids: '' }] },
    answers: {
      200: {
        description: 'Those who are there.',
        schema: PublicProfiles,
        examples: { found: { value: { profiles: [ada] } }, nobody: { value: { profiles: [] } } },
      },
    },
  },
});
