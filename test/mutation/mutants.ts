import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';
import { ROOT } from '../../src/tools/root.ts';
import { changesOfSql, type Span } from './sql.ts';

/** One change to the code of a Worker, switched on by its number. */
export type Mutant = {
  id: number;
  file: string;
  line: number;
  kind: string;
  before: string;
  after: string;
  /** What it is called, whatever stands above it in its file. */
  name: string;
  span: Span;
  /** Whether it takes effect when its module is loaded, and shows only later. */
  isStatic: boolean;
  /** The code that has to run for it to be noticed. */
  region: Span;
};

/** A place that tells that it was passed. */
export type Probe = { id: number; file: string; span: Span };

/** A piece of code in two forms: as it is, and for each mutant as it would be. */
type Edit = { span: Span; render: (original: string) => string };

type Node = { type: string; start: number; end: number } & Record<string, unknown>;

// Described, generated or spoken: not what decides.
const LEFT_OUT = [
  'src/api/openapi/**',
  'src/accounts/data/**',
  'src/mailer/locales/**',
  '**/*.openapi.ts',
  '**/*.d.ts',
  '**/*.command.ts',
];

/** The files that decide, found anew each time. */
export const filesThatDecide = (): string[] =>
  globSync(['src/{accounts,api,outbox,mailer,workers}/**/*.ts'], { cwd: ROOT, exclude: LEFT_OUT }).toSorted();

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const childrenOf = (node: Node): Node[] =>
  Object.entries(node).flatMap(([key, value]) => {
    if (['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments'].includes(key)) return [];
    return (Array.isArray(value) ? value : [value]).filter(isNode).filter((child) => !isType(child));
  });

const isType = ({ type }: Node): boolean =>
  type.startsWith('TS') && !['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'].includes(type);

const ROUTING = ['get', 'post', 'put', 'patch', 'delete', 'all', 'on', 'use'];
const NEXT = '((_c: unknown, next: () => unknown) => next())';
const DRIZZLE = { gt: 'gte', gte: 'gt', lt: 'lte', lte: 'lt', eq: 'ne', ne: 'eq' } as Record<string, string>;
const COMPARISONS: Record<string, string> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>', '===': '!==', '!==': '===' };

/** Everything that can be changed in one file, and the file with all of it behind switches. */
export class MutatedFile {
  readonly mutants: Mutant[] = [];
  readonly probes: Probe[] = [];
  private readonly edits: Edit[] = [];
  private readonly code: string;
  private readonly titles = new Map<string, number>();

  readonly file: string;
  private readonly nextId: () => number;

  constructor(file: string, nextId: () => number) {
    this.file = file;
    this.nextId = nextId;
    this.code = readFileSync(join(ROOT, file), 'utf8');
    this.visit(parseAst(this.code, { lang: 'ts' }) as unknown as Node, []);
  }

  private text({ start, end }: Span): string {
    return this.code.slice(start, end);
  }

  /** Whether a piece of the file names something. */
  names(span: Span, name: string): boolean {
    return new RegExp(`\\b${name}\\b`).test(this.text(span));
  }

  private add(
    span: Span,
    kind: string,
    after: string,
    shown: [string, string],
    parents: readonly Node[],
    render: (original: string, id: number) => string = (original, id) => `(mutantIs(${id}) ? ${after} : ${original})`,
  ): void {
    const id = this.nextId();
    const [before, now] = shown.map((text) => text.replace(/\s+/g, ' ').slice(0, 90)) as [string, string];
    const title = `${this.file}: ${kind}: ${before} → ${now}`;
    const count = (this.titles.get(title) ?? 0) + 1;
    this.titles.set(title, count);
    const name = count === 1 ? title : `${title} (${count})`;
    const line = this.code.slice(0, span.start).split('\n').length;
    this.mutants.push({ id, file: this.file, line, kind, before, after: now, name, span, ...reachOf(span, parents) });
    this.edits.push({ span, render: (original) => render(original, id) });
  }

  private visit(node: Node, parents: readonly Node[]): void {
    const path = [...parents, node];
    this.mutate(node, path);
    for (const child of childrenOf(node)) this.visit(child, path);
  }

  private mutate(node: Node, path: readonly Node[]): void {
    const parent = path.at(-2);
    if (node.type === 'IfStatement' || node.type === 'ConditionalExpression') this.decide(node['test'] as Node, path);
    if (node.type === 'LogicalExpression' && node['operator'] !== '??') this.dropOperands(node, path);
    if (node.type === 'BinaryExpression') this.turn(node, path);
    if (node.type === 'ExpressionStatement') this.dropStatement(node['expression'] as Node, path);
    if (node.type === 'TaggedTemplateExpression') this.changeSql(node, path);
    if (node.type === 'CallExpression') this.changeCall(node, path);
    if (node.type === 'Property') this.changeProperty(node, path);
    if (node.type === 'VariableDeclarator' && path.length <= 4) this.changeBound(node, path);
    if (
      node.type === 'ArrowFunctionExpression' ||
      node.type === 'FunctionExpression' ||
      node.type === 'FunctionDeclaration'
    )
      this.probe(node);
    if (node.type === 'BlockStatement' && parent?.type === 'IfStatement') this.probeBlock(node);
  }

  private decide(test: Node, path: readonly Node[]): void {
    const before = this.text(test);
    this.add(test, 'always', 'true', [before, 'true'], path);
    this.add(test, 'never', 'false', [before, 'false'], path);
  }

  private dropOperands(node: Node, path: readonly Node[]): void {
    const [left, right] = [node['left'] as Node, node['right'] as Node];
    const before = this.text(node);
    this.add(node, 'term dropped', `(${this.text(right)})`, [before, this.text(right)], path);
    this.add(node, 'term dropped', `(${this.text(left)})`, [before, this.text(left)], path);
  }

  private turn(node: Node, path: readonly Node[]): void {
    const operator = String(node['operator']);
    const turned = COMPARISONS[operator];
    // What is a whole decision is turned already where that is decided.
    const decides = path.at(-2)?.['test'] === node;
    if (!turned || (decides && turned.length === 3)) return;
    const after = `${this.text(node['left'] as Node)} ${turned} ${this.text(node['right'] as Node)}`;
    this.add(node, 'comparison turned', `(${after})`, [this.text(node), after], path);
  }

  private dropStatement(expression: Node, path: readonly Node[]): void {
    const call = expression.type === 'AwaitExpression' ? (expression['argument'] as Node) : expression;
    if (call.type !== 'CallExpression' || /^(log|console)\b/.test(this.text(call))) return;
    this.add(expression, 'statement dropped', 'undefined', [this.text(expression), ''], path);
  }

  private changeSql(node: Node, path: readonly Node[]): void {
    if (this.text(node['tag'] as Node) !== 'sql') return;
    const quasi = node['quasi'] as Node;
    const from = quasi.start + 1;
    const text = this.code.slice(from, quasi.end - 1);
    const holes = (quasi['expressions'] as Node[]).map((hole) => ({
      start: this.code.lastIndexOf('${', hole.start) - from,
      end: this.code.indexOf('}', hole.end) + 1 - from,
    }));
    for (const { kind, start, end, after } of changesOfSql(text, holes)) {
      const whole = `${this.text({ start: node.start, end: from })}${text.slice(0, start)}${after}${text.slice(end)}\``;
      const around =
        /^\W+$/.test(text.slice(start, end)) || kind.endsWith('turned') ? [start - 24, end + 24] : [start, end];
      const [a, b] = [Math.max(0, around[0] ?? 0), Math.min(text.length, around[1] ?? 0)];
      const shown: [string, string] = [text.slice(a, b), text.slice(a, start) + after + text.slice(end, b)];
      const line = this.code.slice(0, from + start).split('\n').length;
      this.add(node, `SQL ${kind}`, whole, shown, path);
      const last = this.mutants.at(-1);
      if (last) last.line = line;
    }
  }

  private changeCall(node: Node, path: readonly Node[]): void {
    const callee = node['callee'] as Node;
    const called = this.text(callee.type === 'MemberExpression' ? (callee['property'] as Node) : callee);
    const given = node['arguments'] as Node[];
    const isMethod = callee.type === 'MemberExpression';
    if (isMethod && ROUTING.includes(called) && (given[0]?.type === 'Literal' || called === 'use'))
      this.dropMiddleware(called, given, path);
    if (isMethod && called === 'check') for (const argument of given) this.dropElement(argument, 'check dropped', path);
    if (isMethod && called === 'where' && given[0])
      this.add(given[0], 'WHERE dropped', 'undefined', [this.text(given[0]), ''], path);
    if (!isMethod && (called === 'and' || called === 'or') && given.length > 1)
      for (const argument of given)
        this.add(argument, `${called} dropped`, 'undefined', [this.text(argument), ''], path);
    const turned = isMethod ? undefined : DRIZZLE[called];
    if (turned)
      this.add(callee, 'comparison turned', `mutantDrizzle.${turned}`, [this.text(node), `${turned}(…)`], path);
    if (!isMethod && called === 'batch' && given[1]?.type === 'ObjectExpression') this.dropStatements(given[1], path);
  }

  private dropMiddleware(called: string, given: readonly Node[], path: readonly Node[]): void {
    const handlers = given.filter(({ type }) => type !== 'Literal');
    const guards = called === 'use' ? handlers : handlers.slice(0, -1);
    for (const guard of guards)
      if (guard.type !== 'ArrowFunctionExpression')
        this.add(guard, 'guard dropped', NEXT, [this.text(guard), ''], path);
  }

  private dropElement(element: Node, kind: string, path: readonly Node[]): void {
    if (element.type === 'SpreadElement') return;
    this.add(
      element,
      kind,
      '',
      [this.text(element), ''],
      path,
      (original, id) => `...(mutantIs(${id}) ? [] : [${original}])`,
    );
  }

  private dropStatements(statements: Node, path: readonly Node[]): void {
    for (const property of statements['properties'] as Node[])
      this.add(
        property,
        'statement of a batch dropped',
        '',
        [this.text(property), ''],
        path,
        (original, id) => `...(mutantIs(${id}) ? {} : { ${original} })`,
      );
  }

  private changeProperty(node: Node, path: readonly Node[]): void {
    const key = this.text(node['key'] as Node);
    const value = node['value'] as Node;
    if (key === 'rules' && value.type === 'ArrayExpression')
      for (const rule of value['elements'] as Node[]) this.dropElement(rule, 'rule dropped', path);
    const body = key === 'follows' ? (value['body'] as Node | undefined) : undefined;
    if (body?.type === 'ObjectExpression') this.dropStatements(body, path);
    if (
      ['audit', 'record', 'event', 'removes'].includes(key) &&
      path.some(({ type, ...rest }) => type === 'ObjectExpression' && this.isAct(rest))
    )
      this.add(
        node,
        'what an act leaves dropped',
        '',
        [this.text(node), ''],
        path,
        (original, id) => `...(mutantIs(${id}) ? {} : { ${original} })`,
      );
  }

  private isAct(object: Record<string, unknown>): boolean {
    return (object['properties'] as Node[]).some(
      (property) => property.type === 'Property' && this.text(property['key'] as Node) === 'rules',
    );
  }

  private changeBound(node: Node, path: readonly Node[]): void {
    const [name, init] = [this.text(node['id'] as Node).replace(/:.*/, ''), node['init'] as Node | null];
    if (
      !init ||
      !/^[A-Z][A-Z\d_]*$/.test(name) ||
      !/^[\d_]+n?$|^[\d_A-Z.* +()-]*\d[\d_A-Z.* +()-]*$/.test(this.text(init))
    )
      return;
    const isTime = /(_MS|_SECONDS|_MINUTES|_DAYS)$/.test(name);
    const after = isTime ? `(${this.text(init)}) * 2` : `(${this.text(init)}) + 1`;
    this.add(init, 'bound moved', `(${after})`, [`${name} = ${this.text(init)}`, after], path);
  }

  private probe(fn: Node): void {
    const body = fn['body'] as Node;
    if (body.type === 'BlockStatement') {
      this.probeBlock(body);
      return;
    }
    const id = this.nextId();
    this.probes.push({ id, file: this.file, span: fn });
    this.edits.push({ span: body, render: (original) => `(mutantIs(${id}), ${original})` });
  }

  private probeBlock(block: Node): void {
    const id = this.nextId();
    const first = { start: block.start, end: block.start + 1 };
    this.probes.push({ id, file: this.file, span: block });
    this.edits.push({ span: first, render: (original) => `${original} mutantIs(${id});` });
  }

  /** The file with every change in it, each behind its switch. */
  switched(): string {
    const drizzle = /\bmutantDrizzle\b/.test(this.render({ start: 0, end: this.code.length }, this.edits))
      ? "import * as mutantDrizzle from 'drizzle-orm';"
      : '';
    return drizzle + this.render({ start: 0, end: this.code.length }, this.edits);
  }

  private render(span: Span, edits: readonly Edit[]): string {
    const own = edits.filter((edit) => same(edit.span, span));
    let rendered = this.inner(
      span,
      edits.filter((edit) => !same(edit.span, span)),
    );
    for (const edit of own) rendered = edit.render(rendered);
    return rendered;
  }

  private inner(span: Span, edits: readonly Edit[]): string {
    let [text, at] = ['', span.start];
    const outermost = edits.filter(
      ({ span: one }) => !edits.some(({ span: other }) => !same(one, other) && contains(other, one)),
    );
    const spans = [...new Map(outermost.map((edit) => [`${edit.span.start}-${edit.span.end}`, edit.span])).values()];
    for (const one of spans.toSorted((a, b) => a.start - b.start)) {
      text +=
        this.text({ start: at, end: one.start }) +
        this.render(
          one,
          edits.filter((edit) => contains(one, edit.span)),
        );
      at = one.end;
    }
    return text + this.text({ start: at, end: span.end });
  }
}

const same = (one: Span, other: Span): boolean => one.start === other.start && one.end === other.end;

export const contains = (outer: Span, inner: Span): boolean => outer.start <= inner.start && inner.end <= outer.end;

/** What a change reaches: the function around it; else the call that it is given to, as a guard to a route; else its statement. */
const reachOf = (span: Span, path: readonly Node[]): Pick<Mutant, 'isStatic' | 'region'> => {
  const around = path.toReversed().find(({ type }) => /Function/.test(type));
  if (around) return { isStatic: false, region: spanOf(around) };
  const call = path
    .toReversed()
    .find((node) => node.type === 'CallExpression' && (node['callee'] as Node).type === 'MemberExpression');
  const start = ((call?.['callee'] as Node | undefined)?.['property'] as Node | undefined)?.start;
  return { isStatic: true, region: call && start !== undefined ? { start, end: call.end } : spanOf(path[1] ?? span) };
};

const spanOf = ({ start, end }: Span): Span => ({ start, end });

/** `digest` is another one where the code or what is changed in it is another. */
export type Mutated = { files: Map<string, MutatedFile>; mutants: Mutant[]; probes: Probe[]; digest: string };

/** Every mutant of the project, by numbers that are the same as long as its code is. */
export const mutate = (): Mutated => {
  let id = 0;
  const files = new Map(filesThatDecide().map((file) => [file, new MutatedFile(file, () => ++id)]));
  const all = [...files.values()];
  const hash = createHash('sha256');
  for (const file of all) hash.update(file.switched());
  return {
    files,
    mutants: all.flatMap(({ mutants }) => mutants),
    probes: all.flatMap(({ probes }) => probes),
    digest: hash.digest('base64url'),
  };
};
