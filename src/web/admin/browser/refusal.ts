import { AccountsError } from '../../../client/client.ts';
import { alone } from '../../browser/form.ts';
import { say } from '../../browser/page.ts';
import { type Problem, problemOf } from '../../browser/problem.ts';
import { isSessionOver } from './api.ts';

// The sentence by which the API tells the one 403 from the other: an administrator's route has no code.
const WITHOUT_FACTOR = 'A second factor is required';

/** Whether the caller lacks the second factor that is required, or is no administrator. */
export const lackOf = (error: unknown): 'no-factor' | 'no-admin' | undefined => {
  if (!(error instanceof AccountsError) || error.status !== 403 || isSessionOver(error)) return undefined;
  return error.message === WITHOUT_FACTOR ? 'no-factor' : 'no-admin';
};

const LACKS = { 'no-factor': 'factorRequired', 'no-admin': 'notAdmin' } as const;

/** What is said of something that failed. */
const refusalOf = (error: unknown): Problem => {
  if (isSessionOver(error)) return { name: 'ended', fills: {} };
  const lack = lackOf(error);
  if (lack) return { name: LACKS[lack], fills: {} };
  if (!(error instanceof AccountsError) || [408, 429, 502, 503, 504].includes(error.status)) return problemOf(error);
  if (error.status >= 500) return { name: 'failed', fills: { id: error.requestId ?? '' } };
  return { name: 'refused', fills: { message: error.message.replace(/\.$/, '') } };
};

/** What is done in a place once, and why it failed said there; `act` answers what is said when it is done. */
export const telling =
  (place: Element, act: () => Promise<unknown>, failed: (error: unknown) => void = () => {}) =>
  async (): Promise<unknown> => {
    try {
      return await act();
    } catch (error) {
      const { name, fills } = refusalOf(error);
      say(place.querySelector('[role=alert]'), name, fills);
      failed(error);
      return undefined;
    }
  };

/** The same at once, and alone in that place. */
export const attempt = (place: Element, act: () => Promise<unknown>): Promise<void> =>
  alone(place, telling(place, act));
