import * as z from 'zod/mini';
import { endParticipation, noteParticipation } from '../../accounts/services/room-participation.ts';
import { AppError } from '../http/error.ts';
import { identifyService, serviceOf } from '../http/identify-service.ts';
import { requireOutcome } from '../http/outcome.ts';
import { Router } from '../http/router.ts';
import { validateJson, validationError } from '../http/validate.ts';
import { roomId, time, userId } from '../wire/fields.ts';

const TOO_EARLY = 'must not lie before joined_at';

const Participation = z
  .object({ user_id: userId, room_id: roomId, joined_at: z.optional(time), left_at: z.nullish(time) })
  .check(
    z.refine(({ joined_at = new Date(), left_at }) => !left_at || left_at >= joined_at, {
      path: ['left_at'],
      error: TOO_EARLY,
    }),
  );

const End = z.object({ left_at: time });

/** Who was in which room, told by the services whose rooms they are, under `/api/v1/room-participations`. */
export const roomParticipations = new Router()
  .post('/', identifyService, validateJson(Participation), async (c) => {
    const { user_id, room_id, joined_at = new Date(), left_at = null } = c.req.valid('json');
    const told = { userId: user_id, roomId: room_id, joinedAt: joined_at, leftAt: left_at };
    const result = await noteParticipation(c.get('db'), serviceOf(c), told);
    const { id } = requireOutcome(result, 'noted', { NO_USER: 'NOT_FOUND' });
    return c.json({ id }, 201);
  })
  .patch('/:id', identifyService, validateJson(End), async (c) => {
    const id = userId.safeParse(c.req.param('id'));
    if (!id.success) throw new AppError('NOT_FOUND');
    const end = { id: id.data, leftAt: c.req.valid('json').left_at };
    requireOutcome(await endParticipation(c.get('db'), serviceOf(c), end), 'ended', {
      NO_PARTICIPATION: 'NOT_FOUND',
      LEFT_BEFORE_JOINED: () => validationError('json', [{ path: ['left_at'], message: TOO_EARLY }]),
    });
    return c.json({ id: id.data });
  });
