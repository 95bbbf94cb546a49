import * as z from 'zod/mini';
import { findProfiles } from '../../accounts/services/public-profile.ts';
import { avatarBase } from '../http/avatar-base.ts';
import { identifyService, serviceOf } from '../http/identify-service.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { validateQuery } from '../http/validate.ts';
import { publicProfileOf } from '../wire/user.ts';

const IDS = 'must be 1 to 100 ids of users, separated by commas';

const Asked = z.object({
  ids: z
    .pipe(
      z.string({ error: IDS }).check(z.regex(/^[1-9]\d{0,15}(?:,[1-9]\d{0,15}){0,99}$/, IDS)),
      z.transform((text: string) => text.split(',').map(Number)),
    )
    .check(z.refine((ids) => ids.every(Number.isSafeInteger), IDS)),
});

/** Looking people up, for services, under `/api/v1/profiles`. */
export const profiles = new Router().get('/', identifyService, validateQuery(Asked), async (c) => {
  const result = await findProfiles(c.get('db'), serviceOf(c), c.req.valid('query').ids);
  const { profiles } = requireOutcome(result, 'found');
  return c.json({ profiles: profiles.map((profile) => publicProfileOf(profile, avatarBase(c))) });
});
