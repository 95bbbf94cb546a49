import type { Context, MiddlewareHandler } from 'hono';
import * as z from 'zod/mini';
import { AVATAR_MAX_BYTES, makeAvatar } from '../../accounts/profile/avatar-image.ts';
import { type ProfileChange, updateProfile } from '../../accounts/profile/profile.ts';
import { wakeServices } from '../../outbox/push.ts';
import { actorOf, authenticate, identify, requireCaller } from '../http/authenticate.ts';
import { avatarBase } from '../http/avatar-base.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { isMultipart, validateMultipart } from '../http/multipart.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { inputsOf, noteInputs, validateJson } from '../http/validate.ts';
import { profileFieldsOf, profileOf, UserUpdate } from '../wire/user.ts';

// Base64 makes 78 bytes of 57, with the end of the line. Beside the picture: the text fields and the heads of the parts.
const FORM_MAX_BYTES = Math.ceil(AVATAR_MAX_BYTES / 57) * 78 + 64 * 1024;

const UserUpdateForm = z.extend(UserUpdate, {
  avatar: z.optional(z.instanceof(Uint8Array, { error: 'must be one file' })),
});

// Written out, so that the typed client names no file of the Worker. A form knows no null.
type Json<Fields> = { [Field in keyof Fields]: Fields[Field] };
type Form<Fields> = { [Field in keyof Fields]: Exclude<Fields[Field], null> } & { avatar?: File | undefined };

// What clients send: the one or the other.
type UpdateInput = { json?: Json<z.input<typeof UserUpdate>>; form?: Form<z.input<typeof UserUpdate>> };
type Update = { json: z.output<typeof UserUpdate>; form: z.output<typeof UserUpdateForm> };

const byJson: MiddlewareHandler = validateJson(UserUpdate);
const byForm: MiddlewareHandler = validateMultipart(UserUpdateForm, {
  maxBytes: FORM_MAX_BYTES,
  fileFields: ['avatar'],
});

/** Two media types for one change: a form where a picture comes along. */
const validateUpdate: MiddlewareHandler<AppEnv, string, { in: UpdateInput; out: Update }> = noteInputs(
  (c, next) => (isMultipart(c) ? byForm : byJson)(c, next),
  [...inputsOf(byJson), ...inputsOf(byForm)],
);

const imageOf = async (c: Context<AppEnv>, file: Uint8Array | undefined) => {
  if (!file) return undefined;
  // Nobody else's picture is decoded; the change asks all the same.
  await requireCaller(c);
  const image = await makeAvatar(c.env.IMAGES, file);
  return requireOutcome(image, 'made', { INVALID_IMAGE: (flaw) => new AppError('INVALID_IMAGE', flaw) }).webp;
};

const answerChange = async (c: Context<AppEnv>, change: ProfileChange) => {
  const result = await updateProfile(c.get('db'), c.env.AVATARS, actorOf(c), change);
  const { user, event } = requireOutcome(result, 'updated');
  c.executionCtx.waitUntil(wakeServices(c.env.EVENTS, [event]));
  return c.json(profileOf(user, avatarBase(c)));
};

/** One's own account, under `/api/v1/users/me`. */
export const profile = new Router()
  .get('/', authenticate, (c) => c.json(profileOf(c.get('user'), avatarBase(c))))
  .patch('/', identify, validateUpdate, async (c) => {
    const form = isMultipart(c) ? c.req.valid('form') : { ...c.req.valid('json'), avatar: undefined };
    return answerChange(c, { ...profileFieldsOf(form), avatar: await imageOf(c, form.avatar) });
  })
  .delete('/avatar', identify, (c) => answerChange(c, { avatar: null }));
