import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { DatabaseFault } from './database-fault.ts';
import { exportStatements } from './export-statements.ts';
import { removeAtExit } from './left-behind.ts';
import { migrationsOf } from './snapshot.ts';

// An export is SQL, which SQLite and D1 read as it stands, between a first and a last line that are comments:
//
//   -- edge-accounts export {"format":1,"database":"edge-accounts","made_at":"2026-01-31T12:00:00Z","migrations":["0000_init"]}
//   …
//   -- end of export {"rows":{"users":3},"sha256":"…"}
//
// The digest is that of every byte before the last line.

const FORMAT = 1;
const FIRST = '-- edge-accounts export ';
const LAST = '-- end of export ';
const LINE_BYTES = 64 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** What an export says of itself. */
export type ExportFacts = {
  database: string;
  made_at: string;
  /** The migrations that the database had had, oldest first. */
  migrations: string[];
  /** How many rows each table has. */
  rows: Record<string, number>;
  sha256: string;
};

/** An export whose bytes are those that were written. */
export type Export = ExportFacts & { file: string /** Where the last line begins. */; end: number };

const isoSecond = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;

const openNew = async (file: string): Promise<FileHandle> => {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DatabaseFault(code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written (${code}).`);
  }
};

/** Writes in large pieces, and answers the digest of all of them. */
const writeAll = async (handle: FileHandle, lines: Iterable<string>): Promise<string> => {
  const hash = createHash('sha256');
  let piece = '';
  const write = async (): Promise<void> => {
    const bytes = Buffer.from(piece);
    piece = '';
    hash.update(bytes);
    await handle.writeFile(bytes);
  };
  for (const line of lines) {
    piece += line;
    if (piece.length >= CHUNK_BYTES) await write();
  }
  await write();
  return hash.digest('hex');
};

/**
 * Writes a database to a new file that only its owner can read. `read` gives the database for as long as it is worked on, at
 * one moment; where it fails there is no file.
 */
export const writeExport = async (
  file: string,
  name: string,
  read: (work: (database: DatabaseSync) => Promise<ExportFacts>) => Promise<ExportFacts>,
  now = new Date(),
): Promise<ExportFacts> => {
  // The file is there first: what cannot be written is not read.
  const handle = await openNew(file);
  const left = removeAtExit(file);
  try {
    const facts = await read((database) => writeTo(handle, database, name, now));
    left.keep();
    return facts;
  } catch (error) {
    left.remove();
    throw error;
  } finally {
    await handle.close();
  }
};

const writeTo = async (handle: FileHandle, database: DatabaseSync, name: string, now: Date): Promise<ExportFacts> => {
  const facts = { database: name, made_at: isoSecond(now), migrations: migrationsOf(database) };
  const rows: Record<string, number> = {};
  const lines = function* (): Generator<string> {
    yield `${FIRST}${JSON.stringify({ format: FORMAT, ...facts })}\n`;
    for (const statement of exportStatements(database, rows)) yield `${statement};\n`;
  };
  const sha256 = await writeAll(handle, lines());
  await handle.writeFile(`${LAST}${JSON.stringify({ rows, sha256 })}\n`);
  await handle.sync();
  return { ...facts, rows, sha256 };
};

const openFile = async (file: string): Promise<FileHandle> => {
  try {
    return await open(file, 'r');
  } catch (error) {
    throw new DatabaseFault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
};

const readPart = async (handle: FileHandle, from: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
};

const factsIn = (line: string, mark: string): Record<string, unknown> | undefined => {
  try {
    return line.startsWith(mark) ? JSON.parse(line.slice(mark.length)) : undefined;
  } catch {
    return undefined;
  }
};

/** The first and the last line, and where the last one begins. */
const readEdges = async (file: string) => {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    const start = (await readPart(handle, 0, LINE_BYTES)).toString();
    const rest = await readPart(handle, Math.max(0, size - LINE_BYTES), LINE_BYTES);
    const length = rest.length - rest.subarray(0, -1).lastIndexOf('\n') - 1;
    const last = rest.subarray(rest.length - length).toString();
    return { first: start.split('\n', 1)[0] ?? '', last, end: size - length };
  } finally {
    await handle.close();
  }
};

const digestOf = async (file: string, end: number): Promise<string> => {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file, { end: end - 1 })) hash.update(bytes);
  return hash.digest('hex');
};

/** Opens an export, looked at to its last byte. Throws where it is none, or not as it was written. */
export const readExport = async (file: string): Promise<Export> => {
  const { first, last, end } = await readEdges(file);
  const head = factsIn(first, FIRST);
  if (!head) throw new DatabaseFault(`${file} is no export of \`database export\`.`);
  if (head['format'] !== FORMAT) {
    throw new DatabaseFault(`${file} was made by a newer release, in a form that this checkout does not know.`);
  }
  const tail = last.endsWith('\n') ? factsIn(last, LAST) : undefined;
  if (!tail) throw new DatabaseFault(`${file} is cut off: its last line is not there.`);
  if ((await digestOf(file, end)) !== tail['sha256']) {
    throw new DatabaseFault(`${file} is not as it was written: its digest is another.`);
  }
  const { format: _, ...facts } = { ...head, ...tail } as ExportFacts & { format: number };
  return { ...facts, file, end };
};
