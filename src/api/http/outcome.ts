import { AppError, type ErrorCode } from './error.ts';

/** What a function of the domain has come to. Refusals are named in capitals, and mostly by the API's own codes. */
type Result = { outcome: string };

/** Those of a union of results that can have an outcome. */
type With<Of, Outcome> = Of extends Result ? (Outcome extends Of['outcome'] ? Of : never) : never;

/** How a refusal is told: by a code, by a code and a sentence of its own, or as something that is made of it. */
type Telling<Refused> = ErrorCode | readonly [code: ErrorCode, message: string] | ((refused: Refused) => AppError);

/** How the refusals among results are told; those that are no codes have to be named. */
type Tellings<Of extends Result, Done extends Of['outcome']> = {
  [Name in Exclude<Of['outcome'], Done | ErrorCode>]: Telling<With<Of, Name>>;
} & { [Name in Exclude<Of['outcome'], Done> & ErrorCode]?: Telling<With<Of, Name>> };

const refusalOf = <Refused>(telling: Telling<Refused>, refused: Refused): AppError => {
  if (typeof telling === 'function') return telling(refused);
  if (typeof telling === 'string') return new AppError(telling);
  const [code, message] = telling;
  return new AppError(code, { message });
};

/**
 * The result that was hoped for. Any other is thrown as the refusal that `tellings` makes of it, or else as the code of its
 * own name: here an outcome of the domain becomes an answer over HTTP, and in `authenticate.ts` why somebody may not ask.
 */
export const requireOutcome = <Of extends Result, Done extends Of['outcome']>(
  result: Of,
  done: Done,
  ...[tellings]: object extends Tellings<Of, Done> ? [Tellings<Of, Done>?] : [Tellings<Of, Done>]
): With<Of, Done> => {
  if (result.outcome === done) return result as With<Of, Done>;
  const told = tellings as Record<string, Telling<Of>> | undefined;
  throw refusalOf(told?.[result.outcome] ?? (result.outcome as ErrorCode), result);
};
