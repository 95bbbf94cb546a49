import { open, rm } from 'node:fs/promises';
import { CliFault } from '../cli/cli-fault.ts';
import { note, print } from '../cli/output.ts';

const openNew = async (file: string) => {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliFault(code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written (${code}).`);
  }
};

/** Writes a document to standard output, or to a new file that only its owner can read; the file is there first. */
export const writeExport = async (file: string | undefined, read: () => Promise<unknown>): Promise<void> => {
  if (file === undefined) return print(true, await read(), '');
  const handle = await openNew(file);
  try {
    await handle.writeFile(`${JSON.stringify(await read(), null, 2)}\n`);
    note(`The export is in ${file}.`);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
};
