import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'smol-toml';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../workers/duration.ts';
import { ROOT } from '../root.ts';

// What the tables of the documents say that the code, its configuration and the tests know.

/** What is known of a row, by the heading of its column. */
export type Facts = Readonly<Record<string, string>>;

export type Table = {
  /** The first cells of all rows, where they follow from the code; else the rows are chosen by hand. */
  keys?: readonly string[];
  /** Undefined where nothing is known under that name. `rows` are those of the document, by the headings. */
  of: (key: string, rows: readonly Facts[]) => Facts | undefined;
};

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesOf = (...patterns: string[]): string[] => globSync(patterns, { cwd: ROOT }).sort();
const code = (text: string): string => `\`${text}\``;
const bare = (cell: string): string => cell.replaceAll('`', '');

const tableOf = (facts: ReadonlyMap<string, Facts>): Table => ({
  keys: [...facts.keys()],
  of: (key) => facts.get(key),
});

/** Requests a minute and client, by route. */
export const rateLimits = (): Table => {
  const source = read('src/api/http/rate-limit.ts');
  const limits = [...source.matchAll(/^ {2}'(\/api\/v1\/[\w/-]+)': (\d+),$/gm)];
  const [, rest = ''] = /^const EVERYTHING_ELSE = (\d+);$/m.exec(source) ?? [];
  const rows = limits.map(([, route = '', limit = '']): [string, Facts] => [code(route), { limit }]);
  return tableOf(new Map<string, Facts>([...rows, ['everything else, together', { limit: rest }]]));
};

const CONSTANT = /^(?:export )?const ([A-Z][A-Z\d_]*)(?:: number)? = ([^;\n]+);/gm;

type Constant = { file: string; expression: string };

/** Every constant of the Workers in capital letters, by its name; a name may be that of several files. */
const constants = (): Map<string, Constant[]> => {
  const found = new Map<string, Constant[]>();
  for (const file of filesOf('src/{api,mailer,accounts,outbox,workers}/**/*.ts'))
    for (const [, name = '', expression = ''] of read(file).matchAll(CONSTANT))
      found.set(name, [...(found.get(name) ?? []), { file, expression }]);
  return found;
};

/** The product of numbers and other constants, those of the same file first. */
const numberOf = ({ file, expression }: Constant, all: Map<string, Constant[]>): number =>
  expression
    .replaceAll('_', (letter, at) => (/\d/.test(expression[at - 1] ?? '') ? '' : letter))
    .split(' * ')
    .map((factor) => {
      if (/^[\d.]+$/.test(factor)) return Number(factor);
      const others = all.get(factor) ?? [];
      const other = others.find((constant) => constant.file === file) ?? others[0];
      return other ? numberOf(other, all) : Number.NaN;
    })
    .reduce((product, factor) => product * factor, 1);

const UNITS: [unit: string, ms: number][] = [
  ['days', DAY_MS],
  ['hours', HOUR_MS],
  ['minutes', MINUTE_MS],
  ['s', 1000],
];

const duration = (ms: number): string => {
  const [unit, size] = UNITS.find(([, one]) => ms >= 2 * one && ms % one === 0) ?? ['ms', 1];
  return `${ms / size} ${unit}`;
};

const bytes = (n: number): string => (n >= 1024 * 1024 ? `${n / 1024 / 1024} MiB` : `${n / 1024} KiB`);

/** A number as people read it, by the unit that the name ends in. */
const readable = (name: string, value: number): string => {
  if (name.endsWith('_MS')) return duration(value);
  if (name.endsWith('_S')) return duration(value * 1000);
  return name.endsWith('_BYTES') ? bytes(value) : value.toLocaleString('en');
};

/** Numbers that bound something: the value of a constant that is named in the row. */
export const limits = (): Table => {
  const all = constants();
  return {
    of: (key) => {
      const name = bare(key);
      const [constant, ...others] = all.get(name) ?? [];
      if (!constant || others.length > 0) return undefined;
      const value = numberOf(constant, all);
      return Number.isFinite(value) ? { value: readable(name, value) } : undefined;
    },
  };
};

type Config = { vars: Record<string, string>; secrets: { required: string[] } };
const configOf = (path: string): Config => parse(read(path)) as unknown as Config;

/** The names that an optional secret of a Worker has; a configuration can name only those that it requires. */
const optionalSecrets = (worker: string): string[] => {
  const file = `src/${worker}/optional-secrets.d.ts`;
  if (!existsSync(join(ROOT, file))) return [];
  return [...read(file).matchAll(/^ {2}(\w+)\?: string;$/gm)].map(([, name = '']) => name);
};

const holder = (isOfApi: boolean, isOfMailer: boolean): string =>
  isOfApi && isOfMailer ? 'both Workers' : isOfApi ? 'the API Worker' : 'the mailer';

/** Every secret, with the Workers that hold it. */
export const secrets = (): Table => {
  const api = [...configOf('wrangler.toml').secrets.required, ...optionalSecrets('api')];
  const mailer = [...configOf('src/mailer/wrangler.toml').secrets.required, ...optionalSecrets('mailer')];
  const names = [...new Set([...api, ...mailer])];
  const row = (name: string): [string, Facts] => [
    code(name),
    { of: holder(api.includes(name), mailer.includes(name)) },
  ];
  return tableOf(new Map(names.map(row)));
};

/** Every var, with the Workers that are told it and its value in development. */
export const vars = (): Table => {
  const api = configOf('wrangler.toml').vars;
  const mailer = configOf('src/mailer/wrangler.toml').vars;
  const names = [...new Set([...Object.keys(api), ...Object.keys(mailer)])];
  const row = (name: string): [string, Facts] => {
    const value = api[name] ?? mailer[name] ?? '';
    return [code(name), { of: holder(name in api, name in mailer), development: value === '' ? 'empty' : code(value) }];
  };
  return tableOf(new Map(names.map(row)));
};

/** Every event of the log, with its level and the files that write it. */
export const logEvents = (): Table => {
  const events = new Map<string, { level: string; files: Set<string> }>();
  for (const file of filesOf('src/**/*.{ts,tsx}'))
    for (const [, level = '', event = ''] of read(file).matchAll(/\blog\('(info|warn|error)', '([a-z-]+)'/g)) {
      const known = events.get(event) ?? { level, files: new Set() };
      known.files.add(code(file.replace(/^src\//, '')));
      events.set(event, known);
    }
  const row = ([event, { level, files }]: [string, { level: string; files: Set<string> }]): [string, Facts] => [
    code(event),
    { level, from: [...files].join(', ') },
  ];
  return tableOf(new Map([...events].sort(([a], [b]) => (a < b ? -1 : 1)).map(row)));
};

const QUOTED_CODE = /'((?:E|SMTP)_[A-Z_\d]+)'/g;

/**
 * Every code by which a mail fails and that the mailer itself names, and whether it is given up at once. Of nodemailer's own it
 * names the one that it looks for.
 */
export const failures = (): Table => {
  const [deliver, transport, smtp] = ['deliver', 'transport', 'smtp'].map((file) => read(`src/mailer/${file}.ts`));
  const source = [deliver, transport, smtp, read('src/outbox/outbox.ts')].join('\n');
  const isVar = (name: string): boolean =>
    new RegExp(`\\b${name}: string;`).test(read('src/mailer/worker-configuration.d.ts'));
  const named = [...source.matchAll(QUOTED_CODE)].map(([, name = '']) => name);
  const sought = [...source.matchAll(/code !== '(E[A-Z]+)'/g)].map(([, name]) => `SMTP_${name}`);
  const names = [...named, ...sought].filter((name) => !isVar(name) && name !== 'SMTP_PASSWORD');
  const refused = /^const REFUSED_RECIPIENTS = (.*);$/m.exec(source)?.[1] ?? '';
  const isPermanent = (name: string): boolean =>
    refused.includes(`'${name}'`) || source.includes(`SendFailure('${name}', true)`);
  const row = (name: string): [string, Facts] => [
    code(name),
    { 'given up': isPermanent(name) ? 'at once' : 'after 30 tries' },
  ];
  return tableOf(new Map([...new Set(names)].sort().map(row)));
};

/** What a call that writes a point puts into a column, by the name that it has there. */
const column = (given: string | undefined): string => {
  if (given === undefined) return '–';
  return given.startsWith('...') ? 'the gauges, in their order' : code(given.replace(/ \?\?.*$/, ''));
};

/** Every kind of data point, with what its columns hold; `double1` says how often it happened. */
export const points = (): Table => {
  const written = read('src/workers/metrics.ts').matchAll(/\['(\w+)'(?:, ([^\]]*))?\], \[([^\]]*)\]\)/g);
  const row = ([, kind = '', blobs, doubles = '']: RegExpExecArray): [string, Facts] => {
    const [blob2, blob3, blob4] = blobs?.split(', ') ?? [];
    const [, double2, double3] = doubles.split(', ');
    const cells = { blob2, blob3, blob4, double2, double3 };
    return [code(kind), Object.fromEntries(Object.entries(cells).map(([name, given]) => [name, column(given)]))];
  };
  return tableOf(new Map([...written].map(row)));
};

/** The gauges of the backlog, each with the column of Analytics Engine that holds it: `double1` says how often. */
export const gauges = (): Table => {
  const [, fields = ''] = /^export type Backlog = \{\n(.*?)^\};$/ms.exec(read('src/accounts/backlog.ts')) ?? [];
  const names = [...fields.matchAll(/^ {2}(?:readonly )?(\w+): number;$/gm)].map(([, name = '']) => name);
  return tableOf(new Map(names.map((name, n) => [code(`double${n + 2}`), { gauge: code(name) }])));
};

type Schema = { $ref?: string; properties?: Record<string, { description?: string }> };
type Parameter = { in?: string; name?: string; description?: string };
type Content = Record<string, { schema: Schema; examples?: Record<string, { value: object }> }>;
type Operation = {
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
};
type OpenApi = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } };

const openApi = (): OpenApi => JSON.parse(read('docs/openapi.json')) as OpenApi;

/** An account as its user sees it, by the example of the API's document. */
export const profileExample = (): object => {
  const shown = openApi().paths['/api/v1/users/me']?.['get']?.responses['200']?.content?.['application/json'];
  return shown?.examples?.['withoutPicture']?.value ?? {};
};

/** What a body or a query may hold, by name, with what the API's document says of it. */
const fieldsOfApi = (): Map<string, string> => {
  const { paths, components } = openApi();
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const schemas = operations
    .flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}))
    .map(({ schema }) => (schema.$ref ? components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema));
  const queries = operations.flatMap(({ parameters = [] }) =>
    parameters.filter((parameter) => parameter.in === 'query'),
  );
  return new Map([
    ...queries.map(({ name = '', description = '' }): [string, string] => [name, description]),
    ...schemas.flatMap((schema) =>
      Object.entries(schema?.properties ?? {}).map(([name, { description = '' }]): [string, string] => [
        name,
        description,
      ]),
    ),
  ]);
};

/** Every field with its rule: as it is written in the document, or else what the API's document says. */
export const fields = (): Table => {
  const described = new Map([...fieldsOfApi()].map(([name, text]) => [code(name), text]));
  return {
    keys: [...described.keys()],
    of: (key, rows) => (rows.some(({ field }) => field === key) ? {} : { rule: described.get(key) ?? '' }),
  };
};

/** Where the app mounts each router, by its name. */
const mounts = (): Map<string, string> =>
  new Map(
    [...read('src/api/app.ts').matchAll(/^ {2}\.route\('([^']+)', (\w+)\)/gm)].map(([, at = '', router = '']) => [
      router,
      at,
    ]),
  );

/** The routes of a file, without `/api/v1` and what a parameter has to look like, in the order of its routers. */
const routesOf = (source: string): string[] => {
  const at = mounts();
  const routers = source.split(/^export const (?=\w+ = new Router\(\))/m).slice(1);
  return routers.flatMap((router) => {
    const base = at.get(/^\w+/.exec(router)?.[0] ?? '') ?? '';
    return [...router.matchAll(/^(?: {2}|.*\(\))\.(get|post|patch|put|delete)\(\s*'([^']*)'/gm)].map(
      ([, method = '', path = '']) => {
        const full = `${base}/${path}`.replace(/\{.*\}/, '').replace(/\/+/g, '/');
        return `${method.toUpperCase()} ${full.replace(/(?<=.)\/$/, '').replace('/api/v1', '')}`;
      },
    );
  });
};

/** What is imported of the domain to be run, at the start or once it is needed. Types say nothing of what is done. */
const RULES = /(?:^import (?!type )(?:\{[^}]*\}|\w+) from |\bimport\()'\.\.\/\.\.\/accounts\/([^']+)\.ts'/gm;

/** The routes that a file serves, with the files of the domain that it and the file of its handlers import. */
export const routes = (): Table => {
  const every = filesOf('src/api/routes/*.ts');
  const files = every.filter((file) => !/\.(?:openapi|handlers)\.ts$/.test(file));
  const row = (file: string): [string, Facts] => {
    const handlers = every.find((other) => other === file.replace('.ts', '.handlers.ts'));
    const source = read(file);
    const imports = (source + (handlers ? read(handlers) : '')).matchAll(RULES);
    const rules = new Set([...imports].map(([, rule = '']) => rule));
    const name = code(basename(file, '.ts'));
    const cell = [...rules].sort().map(code).join(', ');
    return [name, { routes: routesOf(source).map(code).join(', '), 'rules and SQL': cell || '–' }];
  };
  return tableOf(new Map(files.map(row)));
};

/** A comment above a test that names what the test shows; other comments may stand between. */
const namedAbove = (what: string, names: string): RegExp =>
  new RegExp(`^ *// ${what} (${names})\\n(?: *//.*\\n)* *(.*)$`, 'gm');

export type Proof = { of: string; file: string; above: string };

const proofsOf = (comment: RegExp): Proof[] =>
  filesOf('test/**/*.test.ts').flatMap((file) =>
    [...read(file).matchAll(comment)].flatMap(([, names = '', above = '']) =>
      names.split(', ').map((of) => ({ of, file, above })),
    ),
  );

/** Each requirement of OWASP ASVS that a test says it proves; `above` is the line that the comment stands above. */
export const proofs = (): Proof[] => proofsOf(namedAbove('ASVS', '\\d[\\d., ]*\\d'));

/** Each threat that a test says it shows to be stopped. */
export const defences = (): Proof[] => proofsOf(namedAbove('Threat', '[a-z][a-z, -]*'));

const shownBy = (all: readonly Proof[]): Table => ({
  of: (key) => {
    const files = new Set(all.filter(({ of }) => of === bare(key)).map(({ file }) => file));
    const names = [...files].map((file) => code(file.replace(/^test\/(.*)\.test\.ts$/, '$1')));
    return { 'shown by': names.join(', ') || '–' };
  },
});

/** The files of the tests that prove each requirement. */
export const requirements = (): Table => shownBy(proofs());

/** The files of the tests that show each threat to be stopped. */
export const threats = (): Table => shownBy(defences());

/** The requirements of each status but the first, which is that of all the others. */
export const statuses = (document: string): Table => ({
  of: (key) => {
    const rows = [...document.matchAll(/^\| (\d+\.\d+\.\d+) \| \d \| [^|]+ \| ([^|:]+?)(?::[^|]*)? \| [^|]+ \|$/gm)];
    const ids = rows.filter(([, , status]) => status === key).map(([, id = '']) => id);
    return { requirements: key === 'met' ? 'all the others' : ids.join(', ') };
  },
});
