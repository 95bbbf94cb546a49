import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliFault } from '../../src/tools/admin/cli/cli-fault.ts';
import { adminProgram, commandsOf, sentenceOf } from '../../src/tools/admin/cli/program.ts';
import { writeExport } from '../../src/tools/database/export-file.ts';
import type { Place } from '../../src/tools/database/place.ts';

// Every command of the program, as its command line has it. In the place of the Worker stands one that agrees to all.

const answers = vi.hoisted(() => ({ next: (): unknown => undefined }));

const AGREED = {
  ...{ users: [], mails: [], erasures: [], events: [], next: null, would_erase: [], steps: {}, slots: [], made: {} },
  ...{ outcome: 'done', user: { id: 7, email: 'ada@example.com' }, dry_run: false, ended_sessions: 0, phase: 'ids' },
  ...{
    changed: 0,
    version: 1,
    services: [],
    service: {},
    url: null,
    types: null,
    former_until: null,
    after: 0,
    lost: false,
    access: { locks: [], sessions: [], last_sign_in_at: null, second_factors: {} },
  },
};

vi.mock('../../src/tools/admin/cli/connection.ts', () => ({
  connect: async () => ({
    ask: async () => answers.next() ?? AGREED,
    keysOfMailer: async () => ({}),
    close: async () => {},
  }),
}));

/** What wrangler is told to do, and how it ends; it is not run. */
const wrangler = vi.hoisted(() => ({
  told: [] as { args: readonly string[]; input: string }[],
  reasons: [] as string[],
}));

vi.mock('../../src/tools/deploy/wrangler.ts', () => ({
  runWrangler: async (args: readonly string[], _: unknown, input: string) => {
    wrangler.told.push({ args, input });
    const reason = wrangler.reasons.shift() ?? '';
    return { code: reason === '' ? 0 : 1, stdout: '', reason };
  },
}));

// In the place of every database, one with nothing in it.
const empty = vi.hoisted((): { place?: Place } => ({}));
vi.mock('../../src/tools/database/open-place.ts', () => ({ openPlace: async () => empty.place }));
empty.place = {
  name: 'of the test',
  snapshot: (work) => work(new DatabaseSync(':memory:')),
  look: async () => ({ tables: [], filled: [] }),
  read: async () => {},
  isServed: async () => true,
};

const folder = mkdtempSync(join(tmpdir(), 'edge-accounts-commands-'));
const file = join(folder, 'users.txt');
writeFileSync(file, '7\n');
const exported = join(folder, 'exported.sql');
await writeExport(exported, 'of the test', empty.place.snapshot);

let noted = '';
beforeEach(() => {
  noted = '';
  answers.next = () => undefined;
  Object.assign(wrangler, { told: [], reasons: [] });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    noted += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command line; answers the sentence by which it was refused, or undefined. */
const refusalOf = async (args: readonly string[]): Promise<string | undefined> => {
  const program = adminProgram();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return sentenceOf(error, program);
    if (error instanceof CliFault) return error.message;
    throw error;
  }
};

const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : []);

/** What a command is called with, in every way that makes a difference. */
const OWN_WAYS: Record<string, string[][]> = {
  'users deactivate': [['7'], ['--from-file', file]],
  'mail retry': [['7'], ['--all']],
  'keys rotate': [['signing'], ['tokens', '--leaked']],
  'services rotate': [['7'], ['7', '--leaked']],
  'database export': [[join(folder, 'new.sql')]],
  'database import': [[exported]],
};
const waysOf = (command: Command): string[][] => {
  const path = pathOf(command);
  const required = command.registeredArguments.filter((argument) => argument.required).map(() => '7');
  return (OWN_WAYS[path.join(' ')] ?? [required]).map((args) => [...path, ...args]);
};

const COMMANDS = commandsOf(adminProgram());
const offersYes = (command: Command): boolean => command.options.some(({ long }) => long === '--yes');
const UNASKED = 'This cannot be undone, and there is no terminal to ask at: add --yes if it is meant.';

describe('a command', () => {
  it('that asks before what cannot be undone takes --yes for an answer, and no other has it', async () => {
    const asking: string[] = [];
    for (const command of COMMANDS) {
      const ways = waysOf(command);
      const refusals = await Promise.all(ways.map(refusalOf));
      const asks = ways.filter((_, index) => refusals[index] === UNASKED);
      expect([pathOf(command), refusals.filter((refusal) => refusal !== UNASKED && refusal !== undefined)]).toEqual([
        pathOf(command),
        [],
      ]);
      expect([pathOf(command), asks.length > 0]).toEqual([pathOf(command), offersYes(command)]);
      for (const way of ways) {
        const isAsked = asks.includes(way);
        const refusal = await refusalOf([...way, '--yes']);
        // Whoever says yes to what nobody asked is told so.
        expect([way, refusal !== undefined]).toEqual([way, !isAsked]);
        if (isAsked) expect([way, await refusalOf([...way, '--dry-run'])]).toEqual([way, undefined]);
      }
      if (asks.length > 0) asking.push(pathOf(command).join(' '));
    }
    expect(asking).toEqual([
      ...[
        'users deactivate',
        'users erase',
        'users reset-second-factor',
        'services rotate',
        'services remove',
        'database import',
      ],
      ...['after-restore', 'keys rotate'],
    ]);
  });

  it('that cannot be undone is suggested to nobody who has typed something else', async () => {
    const letters = 'aeikmrtx-';
    const misspellings = (word: string): string[] => {
      const cuts = [...word].map((_, at) => [word.slice(0, at), word.slice(at), word.slice(at + 1)] as const);
      const near = cuts.flatMap(([before, from, after]) => [
        before + after,
        ...[...letters].flatMap((letter) => [before + letter + from, before + letter + after]),
        before + from.charAt(1) + from.charAt(0) + from.slice(2),
      ]);
      return [...new Set(near)].filter((typed) => typed !== word && !typed.startsWith('-') && typed !== '');
    };
    const dangerous = COMMANDS.filter(offersYes);
    const names = new Set(COMMANDS.map((command) => command.name()));
    for (const command of dangerous) {
      const before = pathOf(command).slice(0, -1);
      for (const typed of misspellings(command.name()).filter((word) => !names.has(word))) {
        const said = await refusalOf([...before, typed]);
        expect(said).toMatch(new RegExp(`^Unknown command '${typed}'[.;]`));
        const suggested = /did you mean (.*)\?$/.exec(said ?? '')?.[1]?.split(' or ') ?? [];
        expect([typed, suggested.filter((name) => dangerous.some((other) => other.name() === name))]).toEqual([
          typed,
          [],
        ]);
      }
    }
    for (const typed of ['erse', 'eraze', 'erase-all']) {
      expect(await refusalOf(['users', typed])).toBe(`Unknown command '${typed}'.`);
    }
    expect(await refusalOf(['users', 'crate'])).toBe("Unknown command 'crate'; did you mean create?");
  });

  it('that is harmless is suggested, in one sentence also where several are as close', async () => {
    expect(await refusalOf(['users', 'shwo'])).toBe("Unknown command 'shwo'; did you mean show?");
    expect(await refusalOf(['users', 'motes'])).toMatch(/^Unknown command 'motes'; did you mean (\w+)( or \w+)*\?$/);
    for (const command of COMMANDS) expect(await refusalOf([...pathOf(command), '--jsn'])).not.toMatch(/\n/);
  });
});

describe('a list whose pages can be short', () => {
  const read = async (args: string): Promise<number> => {
    const erasure = { user_id: 7, erased_at: '', repeated_at: null, pictures_erased_at: null, services: [] };
    const pages = [
      { erasures: [], next: 500 },
      { erasures: [erasure], next: 400 },
      { erasures: [erasure], next: 300 },
      { erasures: [], next: null },
    ];
    const count = pages.length;
    answers.next = () => pages.shift();
    expect(await refusalOf(args.split(' '))).toBeUndefined();
    return count - pages.length;
  };

  it('is read until it has as many as are wanted, or until its end, and says how to go on', async () => {
    expect([await read('erasures list --unconfirmed --limit 2'), noted]).toEqual([
      ...[3, 'There are more: --cursor 300, or --all.\n'],
    ]);
    noted = '';
    expect([await read('erasures list --unconfirmed'), noted]).toEqual([4, '']);
    expect([await read('erasures list --unconfirmed --limit 1 --all'), noted]).toEqual([4, '']);
  });
});

describe('an interrupted after-restore', () => {
  const interrupted = async (args: string): Promise<string> => {
    let steps = 0;
    answers.next = () => {
      steps += 1;
      if (steps > 1) throw new CliFault('The deployed Worker cannot be reached: gone');
      return { phase: 'ids', changed: 1, next: { phase: 'sessions', after: "1's" }, dry_run: false };
    };
    expect(await refusalOf(args.split(' '))).toBe('The deployed Worker cannot be reached: gone');
    return noted.split('\n').findLast((line) => line.startsWith('To go on: ')) ?? '';
  };
  const place = `--continue 'sessions:1'\\''s'`;

  it('tells the very command that goes on: where it was, by whom, and with which answer', async () => {
    vi.stubEnv('STATE_DIR', '');
    vi.stubEnv('DEPLOY_NAME', '');
    expect(await interrupted('after-restore --yes --remote')).toBe(
      `To go on: npm run admin -- after-restore --remote --yes ${place}`,
    );
    expect(await interrupted('after-restore --remote --env staging --as grace --yes --json --continue ids')).toBe(
      `To go on: npm run admin -- after-restore --remote --env staging --json --as grace --yes ${place}`,
    );
    expect(await interrupted('after-restore --yes --as=Ada-L')).toBe(
      `To go on: npm run admin -- after-restore --as Ada-L --yes ${place}`,
    );
  });

  it('tells it with the variables that say which copy or deployment is meant', async () => {
    vi.stubEnv('STATE_DIR', 'my data');
    vi.stubEnv('DEPLOY_NAME', 'acme');
    expect(await interrupted('after-restore --yes')).toBe(
      `To go on: STATE_DIR='my data' npm run admin -- after-restore --yes ${place}`,
    );
    expect(await interrupted('after-restore --yes --remote')).toBe(
      `To go on: DEPLOY_NAME=acme npm run admin -- after-restore --remote --yes ${place}`,
    );
  });

  it('tells of itself alone where it follows an import', async () => {
    vi.stubEnv('DEPLOY_NAME', '');
    expect(await interrupted(`database import ${exported} --json --remote --env staging --as grace --yes`)).toBe(
      `To go on: npm run admin -- after-restore ${place} --remote --env staging --as grace --yes`,
    );
  });

  it('tells of nothing to go on with where it was a dry run', async () => {
    expect(await interrupted('after-restore --dry-run')).toBe('');
  });
});

describe('keys rotate --remote', () => {
  const rotate = (...args: string[]) => refusalOf(['keys', 'rotate', ...args, '--remote', '--yes']);
  const planned = (...slots: string[]) => {
    answers.next = () => ({ ...AGREED, slots, mends: slots, version: 498_732 });
  };
  const written = () => wrangler.told.map(({ args, input }) => [args.at(-1), Object.keys(JSON.parse(input))]);

  it('writes the secret that is named where the Worker does not start, and nothing that is not named', async () => {
    answers.next = () => {
      throw new CliFault('The deployed Worker cannot be reached: Network connection lost.');
    };
    expect(await rotate('tokens')).toMatch(
      /^The deployed Worker cannot be reached: .* give it as --slot, or put the version before back with `npm run wrangler -- rollback`/,
    );
    expect(await rotate('tokens', '--slot', 'SERVICE_KEYS')).toBe(
      'The secrets of the tokens keys are TOKEN_KEYS and TOKEN_KEYS_B.',
    );
    expect(await refusalOf(['keys', 'rotate', 'tokens', '--slot', 'TOKEN_KEYS_B'])).toMatch(
      /^--slot goes with --remote/,
    );
    expect(wrangler.told).toEqual([]);
    expect(await rotate('tokens', '--slot', 'TOKEN_KEYS_B')).toBeUndefined();
    expect(written()).toEqual([['edge-accounts-api', ['TOKEN_KEYS_B']]]);
    const [version = ''] = Object.keys(JSON.parse(JSON.parse(wrangler.told[0]?.input ?? '').TOKEN_KEYS_B));
    // Above whatever the other slot can hold.
    expect(Number(version)).toBeGreaterThan(Math.floor(Date.now() / 3_600_000) + 1);
    expect(await rotate('signing', '--slot', 'SIGNING_KEY_A')).toBeUndefined();
    expect(written().at(-1)).toEqual(['edge-accounts-api', ['SIGNING_KEY_A']]);
  });

  it('leaves a named secret that can be read to the Worker, which says what is to be written', async () => {
    planned('TOKEN_KEYS');
    expect(await rotate('tokens', '--slot', 'TOKEN_KEYS_B')).toBe(
      'TOKEN_KEYS_B can be read, and TOKEN_KEYS is what would be written: leave --slot out.',
    );
    answers.next = () => {
      throw new CliFault('What the older key has signed may still be in use.', 'KEY_TOO_YOUNG');
    };
    expect(await rotate('tokens', '--slot', 'TOKEN_KEYS_B')).toBe('What the older key has signed may still be in use.');
    expect(wrangler.told).toEqual([]);
  });

  it.each([
    ['links', 'MAIL_LINK_KEYS_B', ['api', 'mailer']],
    ['services', 'SERVICE_KEYS_B', ['mailer', 'api']],
  ])(
    'writes the %s keys to who reads them first, the same to both, and says how to go on between the two',
    async (kind, slot, order) => {
      planned(slot);
      expect(await rotate(kind)).toBeUndefined();
      const [first, second] = order.map((worker) => `edge-accounts-${worker}`);
      expect(written()).toEqual([first, second].map((worker) => [worker, [slot]]));
      expect(wrangler.told[0]?.input).toBe(wrangler.told[1]?.input);

      wrangler.reasons = ['', 'Authentication error'];
      expect(await rotate(kind)).toBe(
        `${slot} of ${second} were not written: Authentication error. The other Worker has the new key already; the same command finishes it.`,
      );
      wrangler.reasons = ['Authentication error'];
      expect(await rotate(kind)).toBe(`${slot} of ${first} were not written: Authentication error`);
    },
  );
});
