import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

// No workflow runs here. What of them would be seen only after something had leaked is held by their text.

const PROJECT = resolve(import.meta.dirname, '../..');
const WORKFLOWS = join(PROJECT, '.github/workflows');

const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
const workflows = readdirSync(WORKFLOWS).map((file) => [file, readFileSync(join(WORKFLOWS, file), 'utf8')] as const);

/** The jobs of a workflow: their names, and their text below. */
const jobsOf = (workflow: string): (readonly [name: string, text: string])[] => {
  const text = workflow.split(/^jobs:\n/m)[1] ?? '';
  return text
    .split(/^ {2}(?=\w+:$)/m)
    .slice(1)
    .map((job) => [job.slice(0, job.indexOf(':')), job] as const);
};

const jobs = workflows.flatMap(([file, text]) => jobsOf(text).map(([name, job]) => [`${file}: ${name}`, job] as const));

describe('every workflow', () => {
  it.each(workflows)('%s grants no permission itself and runs no code of a fork with a token', (_, text) => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    expect(text).not.toMatch(/pull_request_target|workflow_run/);
  });

  it.each(workflows)('%s uses each action by its commit, and says which version that is', (_, text) => {
    const used = [...text.matchAll(/uses: (.+)/g)].map(([, action]) => action ?? '');
    const pinned = used.filter((action) => /^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/.test(action));
    const ours = used.filter((action) => action.startsWith('./.github/workflows/'));
    expect([...pinned, ...ours].toSorted()).toEqual(used.toSorted());
  });
});

describe('every job', () => {
  it('is known to these tests', () => {
    const names = ['ci.yml: check', 'deploy.yml: check', 'deploy.yml: staging', 'deploy.yml: tag'];
    expect(jobs.map(([name]) => name)).toEqual([...names, 'deploy.yml: production', 'preview.yml: preview']);
  });

  it.each(jobs)('%s may read the repository and nothing more', (_, job) => {
    expect([...job.matchAll(/^ {4}permissions:\n((?: {6}.+\n)+)/gm)].map(([, granted]) => granted)).toEqual([
      '      contents: read\n',
    ]);
  });

  it.each(jobs)('%s runs scripts that are there', (_, job) => {
    const named = [...job.matchAll(/npm (?:run )?(?:--silent )?([\w:-]+)/g)].map(([, script]) => script ?? '');
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
    const files = [...job.matchAll(/bash (\S+)/g)].map(([, file]) => file ?? '');
    expect(files.filter((file) => !existsSync(join(PROJECT, file)) && !file.startsWith('-'))).toEqual([]);
  });

  it.each(jobs)('%s ends in time and leaves no credential behind its checkout', (_, job) => {
    const isCall = /^ {4}uses:/m.test(job);
    expect(isCall || /^ {4}timeout-minutes: \d+$/m.test(job)).toBe(true);
    const checkouts = job.split('uses: actions/checkout@').slice(1);
    expect(checkouts.filter((step) => !/^.+\n {8}with:\n {10}persist-credentials: false\n/.test(step))).toEqual([]);
  });

  it.each(jobs)('%s sees a secret only within an environment', (_, job) => {
    expect(job.includes('secrets.') && !/^ {4}environment: (preview|staging|production)$/m.test(job)).toBe(false);
    expect(job).not.toMatch(/secrets: inherit/);
  });

  it.each(jobs)('%s writes nothing of an event into a shell', (_, job) => {
    const commands = [...job.matchAll(/^ {6}- run: (?:\|\n((?: {10}.+\n)+)|(.+))/gm)].map(
      ([, block, line]) => block ?? line,
    );
    expect(commands.filter((command) => command?.includes('${{'))).toEqual([]);
  });
});

describe('a deployment', () => {
  it('of production waits for the checks and for the tag to be looked at', () => {
    const [, production] = jobs.find(([name]) => name === 'deploy.yml: production') ?? [];
    expect(production).toMatch(/^ {4}needs: \[check, tag\]$/m);
  });

  it('is never broken off', () => {
    for (const name of ['staging', 'production']) {
      const [, job] = jobs.find(([full]) => full === `deploy.yml: ${name}`) ?? [];
      expect(job).toContain(`      group: ${name}\n      cancel-in-progress: false\n`);
    }
  });
});
