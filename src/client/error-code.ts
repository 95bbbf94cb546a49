import type { ErrorCode as Code } from '../api/http/error.ts';

// By inference, as in api.ts.
declare const known: <Codes>(code: Codes) => { code: Codes };
const codes = known('' as Code);

/** The codes of refusals. */
export type ErrorCode = typeof codes.code;
