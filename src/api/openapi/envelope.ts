import * as z from 'zod';

/** The envelope of the administrators' answers, around what they tell. */
export const envelope = <Data extends z.ZodType, Status extends 200 | 201 = 200>(
  message: string,
  data: Data,
  status?: Status,
) =>
  z.strictObject({
    status: z.literal('success'),
    status_code: z.literal(status ?? 200),
    message: z.literal(message),
    data,
  });
