import { createInterface } from 'node:readline/promises';
import { CliFault } from './cli-fault.ts';

/** Asks before what cannot be undone, unless `yes` is the answer already; anything but yes ends the command. */
export const confirm = async (question: string, yes: boolean | undefined): Promise<void> => {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new CliFault('This cannot be undone, and there is no terminal to ask at: add --yes if it is meant.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-C, and the end of the input, are a no.
    const answer = await terminal.question(`${question} [y/N] `).catch(() => 'n');
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliFault('Nothing was changed.');
  } finally {
    terminal.close();
  }
};
