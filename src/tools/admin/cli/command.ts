import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { type Connection, connect } from './connection.ts';
import { note } from './output.ts';

/** The options that commands share, and the command that they were given to. */
export type Options = {
  remote?: boolean;
  env: string;
  json?: boolean;
  as: string;
  dryRun?: boolean;
  yes?: boolean;
  command: Command;
};

/** Who is named in the audit where nobody says: the user of this machine. */
const operator = (): string => {
  try {
    return (
      userInfo()
        .username.replace(/[^\p{L}\p{N} ._-]/gu, '')
        .replace(/^[^\p{L}]+/u, '') || 'script'
    );
  } catch {
    return 'script';
  }
};

export const SCRIPT = 'npm run admin --';

const examplesOf = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map((example) => `  ${SCRIPT} ${example}`).join('\n')}`;

/** A command that reads. */
export const reading = (parent: Command, usage: string, description: string, examples: readonly string[]): Command =>
  parent
    .command(usage)
    .description(description)
    .option('--remote', 'ask the deployed Worker, with the credentials of wrangler')
    .option('--env <name>', 'with --remote: which deployment, a table of deployments.toml', 'production')
    .option('--json', 'answer with JSON, for machines')
    .addHelpText('after', examplesOf(examples));

/** A command that leaves its trace in the audit. */
export const audited = (parent: Command, usage: string, description: string, examples: readonly string[]): Command =>
  reading(parent, usage, description, examples).option('--as <name>', 'who acts, for the audit', operator());

/** A command that changes something. */
export const changing = (parent: Command, usage: string, description: string, examples: readonly string[]): Command =>
  audited(parent, usage, description, examples).option('--dry-run', 'say what would happen, and change nothing');

/** A command that changes something for good, and asks before it does. */
export const irreversible = (
  parent: Command,
  usage: string,
  description: string,
  examples: readonly string[],
): Command => changing(parent, usage, description, examples).option('--yes', 'do it without being asked');

/** Whether a command asks before it does something that cannot be undone, some uses of it alone included. */
export const asksFirst = (command: Command): boolean => command.options.some(({ long }) => long === '--yes');

/** A number that is typed as the value of an option. */
export const number = (text: string): number => {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError('It must be a positive number.');
  return Number(text);
};

export type Paging<Place = number> = { limit?: number; cursor?: Place; all?: boolean };

/** Gives a command that lists its pages; `cursor` reads where the last one ended. */
export const paged = (command: Command, cursor: (text: string) => unknown = number): Command =>
  command
    .option('--limit <number>', 'how many, 1 to 100', number)
    .option(cursor === number ? '--cursor <number>' : '--cursor <cursor>', 'go on where the last page ended', cursor)
    .option('--all', 'every page');

const MOST_AT_ONCE = 100;
const WITHOUT_LIMIT = 20;

/**
 * As many rows as are wanted, or all, in as many calls as that takes: a page of the entrypoint can be short and go on. `next` is
 * where the list goes on, or null.
 */
export const readPages = async <Row, Place extends number | string = number>(
  { limit, cursor, all }: Paging<Place>,
  page: (paging: { limit: number; before?: Place }) => Promise<{ rows: Row[]; next: Place | null }>,
): Promise<{ rows: Row[]; next: Place | null }> => {
  const wanted = limit ?? WITHOUT_LIMIT;
  const rows: Row[] = [];
  let next: Place | null | undefined = cursor;
  do {
    const read = await page({
      limit: all ? (limit ?? MOST_AT_ONCE) : wanted - rows.length,
      ...(next === null || next === undefined ? {} : { before: next }),
    });
    rows.push(...read.rows);
    next = read.next;
  } while (next !== null && (all || rows.length < wanted));
  return { rows, next };
};

/** Says how to go on with a list, where people read it. */
export const noteNext = ({ json }: Options, next: number | string | null): void => {
  if (!json && next !== null) note(`There are more: --cursor ${next}, or --all.`);
};

/** The work of a command, with a connection that is closed when it is done. */
export const connected =
  <Args extends unknown[], Own extends Options>(
    work: (connection: Connection, options: Own, ...args: Args) => Promise<void>,
  ) =>
  async (...given: [...Args, Own, Command]): Promise<void> => {
    const args = given.slice(0, -2) as Args;
    const command = given.at(-1) as Command;
    const options = { ...(given.at(-2) as Own), command };
    const connection = await connect(options.remote ? options.env : undefined);
    try {
      await work(connection, options, ...args);
    } finally {
      await connection.close();
    }
  };
