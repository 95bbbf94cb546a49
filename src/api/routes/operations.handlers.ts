import type { Context } from 'hono';
import * as z from 'zod/mini';
import { listFailedMails } from '../../accounts/administration/failed-mail.ts';
import { listErasures } from '../../accounts/erasure/erasure-record.ts';
import { listServices } from '../../accounts/services/service.ts';
import { serviceKeys } from '../../accounts/tokens/service-secret.ts';
import type { AppEnv } from '../http/env.ts';
import { AppError } from '../http/error.ts';
import { numbersSource, readNumbers } from '../http/numbers.ts';
import { success } from '../http/success.ts';
import { takingQuery } from '../http/validate.ts';
import { erasureOf } from '../wire/erasure.ts';
import { failedMailOf } from '../wire/failed-mail.ts';
import { flag, idCursor, limit, numberUpTo } from '../wire/paging.ts';
import { listedServiceOf } from '../wire/service.ts';

export const NO_NUMBERS = ['NOT_FOUND', 'The numbers are not available'] as const;

/** A cursor of a list that is in the order of its ids. */
const cursorOf = (next: number | null | undefined): string | null => (next ? String(next) : null);

export const showFailedMails = takingQuery(z.object({ limit, cursor: idCursor }), async (c, { limit, cursor }) => {
  const found = await listFailedMails(c.get('db'), { before: cursor, limit: limit + 1 });
  const page = found.slice(0, limit);
  const next_cursor = cursorOf(found.length > limit ? page.at(-1)?.id : null);
  return c.json(success('Failed mails retrieved successfully', { mails: page.map(failedMailOf), next_cursor }));
});

export const showServices = async (c: Context<AppEnv>) => {
  const [keys, now] = [serviceKeys(c.env), new Date()];
  const found = await listServices(c.get('db'));
  const services = found.map((service) => listedServiceOf(service, keys, now));
  return c.json(success('Services retrieved successfully', { services }));
};

const Erasures = z.object({
  unfinished: flag,
  unconfirmed: flag,
  older_than_days: z.optional(numberUpTo(3650)),
  limit,
  cursor: idCursor,
});

export const showErasures = takingQuery(Erasures, async (c, { older_than_days, cursor, ...query }) => {
  const asked = { ...query, olderThanDays: older_than_days, before: cursor };
  const { erasures, next } = await listErasures(c.get('db'), asked);
  const next_cursor = cursorOf(next);
  return c.json(success('Erasures retrieved successfully', { erasures: erasures.map(erasureOf), next_cursor }));
});

export const showNumbers = takingQuery(z.object({ days: z._default(numberUpTo(90), 7) }), async (c, { days }) => {
  const source = numbersSource(c.env);
  const [code, message] = NO_NUMBERS;
  if (!source) throw new AppError(code, { message });
  return c.json(success('Numbers retrieved successfully', { days: await readNumbers(source, days) }));
});
