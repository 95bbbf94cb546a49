import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { ClaimedMail } from '../../outbox/outbox.ts';
import { READER_LANGUAGES, type ReaderLanguage } from '../../workers/reader-language.ts';
import { ROOT } from '../root.ts';

type Mailer = Pick<typeof import('../../mailer/render.ts'), 'renderMail' | 'LINK_LIKE'>;

// The page puts in the name of the service and where its support is, which stand on it.
const SETTINGS = {
  APP_NAME: '{app}',
  APP_URL: '',
  SUPPORT_URL: '{support}',
  MAIL_LINK_KEYS: '',
};

/** The mailer's own module. Node takes no JSX, so it is bundled first. */
const loadMailer = async (): Promise<Mailer> => {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/mailer/render.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
};

const mailOf = (language: string, fullName: string | null, reason: string | null): ClaimedMail => ({
  ...{ id: 1, userId: 1, kind: 'account-deactivated', data: { reason }, email: 'a@example.com' },
  ...{ fullName, language, attempts: 1, lease: '', createdAt: new Date(0) },
});

const textsIn = ({ renderMail, LINK_LIKE }: Mailer, language: ReaderLanguage) => {
  const textOf = (fullName: string | null, reason: string | null): string =>
    renderMail(SETTINGS, mailOf(language, fullName, reason)).text;
  const bothOf = (fullName: string | null) => ({
    reason: textOf(fullName, '{reason}'),
    none: textOf(fullName, null),
  });
  const { subject } = renderMail(SETTINGS, mailOf(language, null, null));
  return { subject, named: bothOf('{name}'), nameless: bothOf(null), unfit: LINK_LIKE.source };
};

/** Writes what the mail of a suspension says, one file a language, to `pages` below `out`: administrators see it before it is sent. */
export const buildMailTexts = async (out: string): Promise<void> => {
  const mailer = await loadMailer();
  for (const language of READER_LANGUAGES) {
    const file = join(out, 'pages', `suspension-mail.${language}.json`);
    writeFileSync(file, JSON.stringify(textsIn(mailer, language)));
  }
};
