import { vi } from 'vitest';
import { main } from '../../src/tools/admin/cli/main.ts';

/** What a command of the scripts has ended with and printed, and that as JSON where it is some. */
export type Outcome = { code: number | null; stdout: string; stderr: string; json: any };

export const jsonOf = (stdout: string) => (/^[[{]/.test(stdout) ? JSON.parse(stdout) : undefined);

/** Runs a command in this process, which has one output, so one at a time; words of it are separated by spaces. */
export const runHere = async (command: string): Promise<Outcome> => {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += text;
      return true;
    }),
  );
  const code = await main(command.split(' '));
  for (const spy of spies) spy.mockRestore();
  return { code, ...said, json: jsonOf(said.stdout) };
};
