import registryMeta from 'language-subtag-registry/data/json/meta.json' with { type: 'json' };
import records from 'language-subtag-registry/data/json/registry.json' with { type: 'json' };
import registryPackage from 'language-subtag-registry/package.json' with { type: 'json' };
import { DAY_MS } from '../../workers/duration.ts';
import { languageSupplement, type Registration } from './language-supplement.ts';

const PACKAGE = `language-subtag-registry ${registryPackage.version}`;
const SUPPLEMENT = 'src/tools/generate/language-supplement.ts';

type Published = { fileDate: string; records: Registration[] };
type Supplement = { fileDate: string; added: Registration[]; deprecated: Registration[] };

const published: Published = { fileDate: registryMeta['File-Date'], records };

/** Where the languages are from, with the dates of IANA's files. */
export const languageSource = `${PACKAGE} (IANA's registry of ${published.fileDate}) and ${SUPPLEMENT} (of ${languageSupplement.fileDate})`;

/** The records of IANA's registry: those of the package, and what it does not know yet. */
export const languageRegistry = (): Registration[] => supplemented(published, languageSupplement);

/** How old the languages are, in a sentence. */
export function languageAge(now = new Date()): string {
  const days = Math.floor((now.getTime() - Date.parse(languageSupplement.fileDate)) / DAY_MS);
  return `The languages are those of IANA's registry of ${languageSupplement.fileDate}, ${days} days ago: ${languageSource}.`;
}

/**
 * Adds to a registry what a later one has beyond it.
 *
 * @throws where the registry has come to know any of it: then the supplement goes, or is made anew
 */
export function supplemented(published: Published, { fileDate, added, deprecated }: Supplement): Registration[] {
  if (published.fileDate >= fileDate) {
    throw outdated(
      `holds the registry of ${published.fileDate}, which is no older than the supplement's of ${fileDate}`,
    );
  }
  const known = new Map(published.records.map((record) => [keyOf(record), record]));
  for (const record of added) {
    if (known.has(keyOf(record))) throw outdated(`has the ${keyOf(record)}, which the supplement adds`);
  }
  for (const record of deprecated) {
    const before = known.get(keyOf(record));
    if (!before) throw outdated(`has no ${keyOf(record)}, which the supplement deprecates`);
    if (before['Preferred-Value']) throw outdated(`deprecates the ${keyOf(record)}, as the supplement does`);
    known.set(keyOf(record), { ...before, ...record });
  }
  return [...known.values(), ...added];
}

const keyOf = ({ Type, Subtag, Tag }: Registration): string => `${Type} ${Subtag ?? Tag}`;

const outdated = (what: string): Error =>
  new Error(`The package language-subtag-registry ${what}. Remove ${SUPPLEMENT}, or bring it up to date.`);
