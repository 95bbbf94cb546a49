// How Cloudflare's API is asked and how it answers, whatever is asked.

/** A request to the API, with the parts of its path that have a name. */
export type Call = {
  params: Record<string, string>;
  query: URLSearchParams;
  authorization: string | undefined;
  json: () => any;
  form: () => Promise<FormData>;
};

/** What answers a request, by method and path; a part of the path that begins with a colon stands for anything. */
export type Routes = Record<string, (call: Call) => unknown>;

export type Fault = { code: number; message: string };

/** A refusal in the words of the API; most have one fault. */
export class Refusal extends Error {
  readonly status: number;
  readonly faults: readonly Fault[];

  constructor(status: number, ...faults: Fault[]) {
    super(faults.map(({ code, message }) => `${message} [code: ${code}]`).join(', '));
    this.status = status;
    this.faults = faults;
  }
}

export const refusal = (status: number, code: number, message: string): Refusal =>
  new Refusal(status, { code, message });

/** A result that is one page of many, or an answer with a status of its own. */
export class Answer {
  readonly result: unknown;
  readonly info: object | undefined;
  readonly status: number;

  constructor(result: unknown, { info, status = 200 }: { info?: object; status?: number } = {}) {
    this.result = result;
    this.info = info;
    this.status = status;
  }
}

/** The page of a list that the query asks for by `page` and `per_page`. */
export const page = (list: unknown[], query: URLSearchParams, { size = 20, most = 1000 } = {}): Answer => {
  const number = Math.max(1, Number(query.get('page') ?? 1));
  const length = Math.min(most, Math.max(1, Number(query.get('per_page') ?? size)));
  const items = list.slice((number - 1) * length, number * length);
  const total = list.length;
  const info = {
    page: number,
    per_page: length,
    count: items.length,
    total_count: total,
    total_pages: Math.ceil(total / length),
  };
  return new Answer(items, { info });
};
