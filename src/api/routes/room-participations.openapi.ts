import * as z from 'zod';
import { described } from '../openapi/described.ts';
import { refusal } from '../openapi/refusal.ts';
import { component } from '../openapi/schema.ts';
import { roomParticipations } from './room-participations.ts';

const ParticipationId = component(
  'RoomParticipationId',
  z
    .strictObject({ id: z.int().min(1).meta({ description: 'The id of the participation.' }) })
    .meta({ description: 'A participation that was noted.' }),
);

/** Who was in which room. */
export const describedRoomParticipations = described(roomParticipations, {
  'POST /': {
    operationId: 'noteRoomParticipation',
    audience: 'service',
    tag: 'Services',
    summary: 'Note who was in a room',
    description:
      'Notes that a user was in a room, from `joined_at` (now, where nothing is said) to `left_at`, if that is known. It is part of what the user exports, and goes with the account.',
    bodies: {
      'application/json': {
        name: 'RoomParticipation',
        properties: { left_at: { description: 'When the user left; not before `joined_at`. Null: not yet.' } },
        examples: {
          joined: { summary: 'Somebody comes in.', value: { user_id: 12, room_id: 'standup' } },
          whole: {
            summary: 'Told afterwards.',
            value: {
              user_id: 12,
              room_id: 'standup',
              joined_at: '2026-03-14T12:00:00Z',
              left_at: '2026-03-14T12:15:00Z',
            },
          },
        },
      },
    },
    wrong: { json: [{ user_id: 0, room_id: '' }] },
    answers: {
      201: {
        description: 'It is noted. Told again with the same times, it is the same one.',
        schema: ParticipationId,
        examples: { noted: { value: { id: 7 } } },
        links: {
          endRoomParticipation: {
            operationId: 'endRoomParticipation',
            description: 'Says when the user left.',
            parameters: { id: '$response.body#/id' },
          },
        },
      },
    },
    refusals: [refusal('NOT_FOUND', { when: 'No account in use has that id.' })],
  },

  'PATCH /:id': {
    operationId: 'endRoomParticipation',
    audience: 'service',
    exceptions: { 'another service': 'NOT_FOUND' },
    tag: 'Services',
    summary: 'Note when somebody left a room',
    description: 'Notes when the user left. Only the service that has told of the participation knows it.',
    parameters: {
      id: { description: 'The id of the participation.', schema: { type: 'integer', minimum: 1, examples: [7] } },
    },
    bodies: {
      'application/json': {
        name: 'RoomParticipationEnd',
        properties: { left_at: { description: 'When the user left; not before the time of joining.' } },
        examples: { left: { value: { left_at: '2026-03-14T12:15:00Z' } } },
      },
    },
    wrong: { json: [{ left_at: 'soon' }] },
    answers: {
      200: { description: 'It is noted.', schema: ParticipationId, examples: { noted: { value: { id: 7 } } } },
    },
    refusals: [
      refusal('NOT_FOUND', { when: 'The service has told of no such participation, or its user has been erased.' }),
    ],
  },
});
