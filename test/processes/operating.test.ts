import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Command } from 'commander';
import { beforeEach, describe, expect, it } from 'vitest';
import { experimental_getWranglerCommands as getWranglerCommands } from 'wrangler';
import { adminProgram } from '../../src/tools/admin/cli/program.ts';
import { countAct, countMail, countRequest, countRun, gaugeBacklog } from '../../src/workers/metrics.ts';
import { NO_BACKLOG } from '../no-backlog.ts';

// docs/operating.md is read at night, by somebody in a hurry: what it says can be done as it says.

const PROJECT = resolve(import.meta.dirname, '../..');
const MANUAL = readFileSync(join(PROJECT, 'docs/operating.md'), 'utf8');

describe('the inventory of the log', () => {
  const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(PROJECT, 'src', file), 'utf8'));

  // ASVS 16.1.1, 16.2.3
  it('has every event that is logged, at its level, and no other', () => {
    const logged = sources.flatMap((source) =>
      [...source.matchAll(/\blog\('(info|warn|error)', '([a-z-]+)'/g)].map(([, level, event]) => `${event} ${level}`),
    );
    const listed = [...MANUAL.matchAll(/^\| `([a-z-]+)` \| (info|warn|error) \|/gm)].map(
      ([, event, level]) => `${event} ${level}`,
    );
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.sort()).toEqual([...new Set(logged)].sort());
    // Each call says by itself what it logs, so none was missed.
    expect(
      sources.flatMap((source) => source.match(/(?<![.\w])log\((?!'(?:info|warn|error)', '[a-z-]+')/g) ?? []),
    ).toEqual([]);
  });
});

describe('the codes of mails that did not leave', () => {
  const source = ['mailer/deliver', 'mailer/transport', 'mailer/smtp', 'mailer/push', 'outbox/outbox']
    .map((file) => readFileSync(join(PROJECT, `src/${file}.ts`), 'utf8'))
    .join('\n');
  // What nodemailer puts behind our prefix; it answers with nothing else that is no number.
  const nodemailers = [
    ...readFileSync(join(PROJECT, 'node_modules/nodemailer/dist/cjs/errors.js'), 'utf8').matchAll(/\b(E[A-Z]+)\b/g),
  ];
  const known = [
    ...nodemailers.map(([, name]) => `SMTP_${name}`),
    ...(source.match(/(?<=')(?:E|SMTP)_[A-Z_]+\d?(?=')/g) ?? []),
  ];

  it('are those that the code gives, wherever the manual names one', () => {
    const named = [...MANUAL.matchAll(/`((?:E|SMTP)_[A-Z_]+\d?)`/g)].map(([, name = '']) => name);
    // Cloudflare's own, of which no list is installed here; the vars of the mailer.
    const theirs = ['E_SENDER_NOT_VERIFIED', 'SMTP_PASSWORD', 'SMTP_PORT', 'SMTP_USERNAME'];
    expect(named).toContain('SMTP_ESOCKET');
    expect(named.filter((name) => !known.includes(name) && !theirs.includes(name))).toEqual([]);
  });
});

describe('the queries of the alarms', () => {
  const queries = new Map(
    [...MANUAL.matchAll(/^### (.+)\n(?:(?!^### )[\s\S])*?^```sql\n([\s\S]+?)^```/gm)].map(
      ([, title = '', sql = '']) => [title, sql],
    ),
  );

  // What Analytics Engine and SQLite call differently.
  const inSqlite = (sql: string): string =>
    sql
      .replace(/NOW\(\) - INTERVAL '(\d+)' (\w+)/g, "datetime('now', '-$1 $2')")
      .replace(/quantileExactWeighted\([\d.]+\)\((\w+), _sample_interval\)/g, 'max($1)')
      .replace('count()', 'count(*)');

  let table: DatabaseSync;
  let metrics: AnalyticsEngineDataset;
  const ask = (title: string) => table.prepare(inSqlite(queries.get(title) ?? '')).all();

  beforeEach(() => {
    const columns = [
      'index1',
      ...['blob', 'double'].flatMap((kind) => Array.from({ length: 20 }, (_, n) => `${kind}${n + 1}`)),
    ];
    table = new DatabaseSync(':memory:');
    table.exec(`CREATE TABLE edge_accounts (timestamp TEXT, _sample_interval INTEGER, ${columns.join(', ')})`);
    metrics = {
      writeDataPoint: ({ indexes = [], blobs = [], doubles = [] } = {}) => {
        const named = [
          ['index1', indexes[0]],
          ...blobs.map((value, n) => [`blob${n + 1}`, value]),
          ...doubles.map((value, n) => [`double${n + 1}`, value]),
        ];
        table
          .prepare(
            `INSERT INTO edge_accounts (timestamp, _sample_interval, ${named.map(([name]) => name).join(', ')})
             VALUES (datetime('now'), 1, ${named.map(() => '?').join(', ')})`,
          )
          .run(...named.map(([, value]) => value as string | number));
      },
    };
  });

  const request = { route: '/api/v1/users/me', method: 'GET', status: 200, ms: 30 };
  const login = { route: '/api/v1/auth/login', method: 'POST', status: 401, code: 'INVALID_CREDENTIALS', ms: 300 };
  const times = (n: number, does: () => void): void => {
    for (let done = 0; done < n; done += 1) does();
  };
  const mail = { kind: 'verify-email', ms: 2000, attempts: 1 } as const;

  const healthy = (): void => {
    times(10, () => {
      countRun(metrics, { failed: 0, ms: 200 });
      gaugeBacklog(metrics, {
        ...NO_BACKLOG,
        mails_due: 2,
        oldest_mail_s: 3,
        mails_failed: 4,
        services_behind: 1,
        oldest_event_s: 5,
      });
    });
    times(1000, () => countRequest(metrics, request));
    times(30, () => countRequest(metrics, login));
    times(5, () => countRequest(metrics, { ...request, status: 503, code: 'SERVICE_UNAVAILABLE' }));
    times(100, () => countMail(metrics, 'sent', mail));
    times(3, () => countMail(metrics, 'failed', { ...mail, failure: 'SMTP_450' }));
    countAct(metrics, 'deactivated', 'http');
    countAct(metrics, 'erased', 'schedule', 12);
    times(60, () => countAct(metrics, 'password-changed', 'http'));
    times(60, () => countAct(metrics, 'password-reset', 'http'));
  };

  /** Makes what was looked at of the backlog twenty minutes old. */
  const earlier = (): void =>
    table.exec("UPDATE edge_accounts SET timestamp = datetime('now', '-20 minute') WHERE blob1 = 'backlog'");

  /** What is wrong, by the alarm that tells of it. */
  const TROUBLE: Record<string, () => void> = {
    'Requests that fail': () =>
      times(21, () => countRequest(metrics, { ...request, status: 503, code: 'SERVICE_UNAVAILABLE' })),
    'Slow answers': () => times(60, () => countRequest(metrics, { ...request, ms: 4000 })),
    'Refused sign-ins': () => times(301, () => countRequest(metrics, login)),
    'Refresh tokens used twice': () =>
      times(21, () => countRequest(metrics, { ...request, status: 401, code: 'REFRESH_TOKEN_REUSE' })),
    'Acts that few should do': () => countAct(metrics, 'promoted', 'script'),
    'Mails that nobody sends': () => gaugeBacklog(metrics, { ...NO_BACKLOG, mails_due: 9, oldest_mail_s: 900 }),
    'Mails that do not leave': () => times(21, () => countMail(metrics, 'failed', { ...mail, failure: 'SMTP_450' })),
    'Mails that were given up': () =>
      times(21, () => countMail(metrics, 'failed-for-good', { ...mail, failure: 'SMTP_550', attempts: 30 })),
    'Mails that leave late': () => times(11, () => countMail(metrics, 'sent', { ...mail, ms: 400_000 })),
    'Erasures that are late': () =>
      gaugeBacklog(metrics, { ...NO_BACKLOG, erasures_overdue: 1, oldest_overdue_s: 4000 }),
    'Events that a service does not get': () =>
      gaugeBacklog(metrics, { ...NO_BACKLOG, services_behind: 1, oldest_event_s: 4000 }),
    'Services that were given up': () => gaugeBacklog(metrics, { ...NO_BACKLOG, services_halted: 1 }),
    'Records that the bucket does not know': () =>
      gaugeBacklog(metrics, { ...NO_BACKLOG, records_waiting: 1, oldest_record_s: 4000 }),
    'A backlog that does not shrink': () => {
      gaugeBacklog(metrics, { ...NO_BACKLOG, mails_unsent: 3000 });
      earlier();
      gaugeBacklog(metrics, { ...NO_BACKLOG, mails_unsent: 1000 });
      gaugeBacklog(metrics, { ...NO_BACKLOG, mails_unsent: 3100 });
    },
    'Steps of the run that fail': () => times(11, () => countRun(metrics, { failed: 1, ms: 200 })),
  };

  it('find nothing where all is well, and count the runs', () => {
    healthy();
    expect([...queries.keys()]).toEqual(['No scheduled run', ...Object.keys(TROUBLE)]);
    expect(ask('No scheduled run')).toEqual([{ runs: 10 }]);
    for (const title of Object.keys(TROUBLE)) expect(ask(title), title).toEqual([]);
  });

  it.each(Object.entries(TROUBLE))('find %s', (title, happens) => {
    // A gauge is an alarm where it stays high: none of the last ten minutes was better.
    if (!/Mails that nobody|late$|Records|Events that a service/.test(title) || title === 'Mails that leave late')
      healthy();
    happens();
    expect(ask(title)).not.toEqual([]);
    expect(ask('No scheduled run')).toHaveLength(1);
    const others = Object.keys(TROUBLE).filter((other) => other !== title && ask(other).length > 0);
    expect(others).toEqual([]);
  });

  it('find late erasures by their pictures too, and administrators who suspend too many', () => {
    gaugeBacklog(metrics, { ...NO_BACKLOG, erasures_unfinished: 1, oldest_erasure_s: 4000 });
    times(51, () => countAct(metrics, 'deactivated', 'http'));
    expect([ask('Erasures that are late').length, ask('Acts that few should do').length]).toEqual([1, 1]);
  });

  it('find a backlog of each kind that does not shrink, also above what most looks count, and none that does', () => {
    const alarmAfter = (gauge: string, ...counts: number[]) => {
      table.exec('DELETE FROM edge_accounts');
      const [before = 0, ...later] = counts;
      gaugeBacklog(metrics, { ...NO_BACKLOG, [gauge]: before });
      earlier();
      for (const count of later) gaugeBacklog(metrics, { ...NO_BACKLOG, [gauge]: count });
      return ask('A backlog that does not shrink').length;
    };
    for (const gauge of ['mails_unsent', 'erasures_overdue', 'erasures_unfinished', 'records_waiting']) {
      expect([gauge, alarmAfter(gauge, 3000, 1000, 3000)]).toEqual([gauge, 1]);
      expect([gauge, alarmAfter(gauge, 3000, 1000, 2950)]).toEqual([gauge, 0]);
      expect([gauge, alarmAfter(gauge, 900, 1000, 3000)]).toEqual([gauge, 0]);
    }
  });

  it('weigh what was sampled', () => {
    countRequest(metrics, { ...request, status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(ask('Requests that fail')).toEqual([]);
    table.exec('UPDATE edge_accounts SET _sample_interval = 100');
    expect(ask('Requests that fail')).toEqual([{ code: 'SERVICE_UNAVAILABLE', times: 100 }]);
  });
});

describe('the commands', () => {
  const code = [...MANUAL.matchAll(/```sh\n([\s\S]+?)```|`([^`\n]+)`/g)].flatMap(([, block, inline]) =>
    (block ?? inline ?? '').split('\n').map((line) => line.replace(/ +#.*$/, '').trim()),
  );
  const of = (start: string): string[] => [...new Set(code.filter((line) => line.startsWith(start)))];

  it('of wrangler are there, with those options', () => {
    const { registry, globalFlags } = getWranglerCommands();
    const commands = of('npm run wrangler -- ');
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const words = command.split(' ').slice(4);
      let node = registry;
      while (words[0] !== undefined && node.subtree.has(words[0])) node = node.subtree.get(words.shift() ?? '') ?? node;
      expect(node.definition?.type, command).toBe('command');
      const args = node.definition?.type === 'command' ? (node.definition.args ?? {}) : {};
      const options = words.flatMap((word) => /^--([\w-]+)/.exec(word)?.[1] ?? []);
      for (const option of options)
        expect([...Object.keys(args), ...Object.keys(globalFlags)], command).toContain(option);
    }
  });

  const isNamed = (name: string | undefined) => (command: Command) => command.name() === name;

  it('of the scripts are there, with those options', () => {
    const commands = code.filter((line) => /^npm run (?:--silent )?admin -- /.test(line));
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const words = command.split('admin -- ')[1]?.split(' ') ?? [];
      let node = adminProgram();
      for (let next = node.commands.find(isNamed(words[0])); next; next = node.commands.find(isNamed(words[0]))) {
        node = next;
        words.shift();
      }
      expect(node.commands, command).toEqual([]);
      const options = node.options.map(({ long }) => long);
      for (const word of words) if (word.startsWith('--')) expect(options, command).toContain(word);
    }
  });
});
