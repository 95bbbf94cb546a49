import { closestLanguage, STAND_IN } from '../../../workers/reader-language.ts';
import { say } from '../../browser/page.ts';
import type { User } from './user.ts';

/** The mail in a language as the mailer writes it, with a place for the name and one for the reason. */
type MailTexts = {
  subject: string;
  /** By whether it greets by name and whether it gives a reason. */
  named: { reason: string; none: string };
  nameless: { reason: string; none: string };
  /** A name in which this is found is not greeted by (a regular expression). */
  unfit: string;
};

const PATIENCE_MS = 30_000;

/** The reason in the text's place of it, each of its lines as the first is quoted. */
const withReason = (text: string, reason: string): string =>
  text.replace(/^(.*)\{reason\}$/m, (_, before: string) =>
    reason
      .split(/\r\n|[\n\r\u2028\u2029]/)
      .map((line) => before + line)
      .join('\n'),
  );

/** The service stands on the page by its name, and so does where its support is. */
const withService = (text: string): string =>
  text
    .replaceAll('{app}', () => document.querySelector('header')?.textContent.trim() ?? '')
    .replace('{support}', () => document.querySelector('footer a')?.getAttribute('href') ?? '');

const mailText = (texts: MailTexts, { full_name, is_verified }: User, reason: string): string => {
  const isNamed = is_verified && full_name !== null && !new RegExp(texts.unfit, 'u').test(full_name);
  const { reason: given, none } = isNamed ? texts.named : texts.nameless;
  const text = withService(reason ? given : none).replace('{name}', () => full_name ?? '');
  return withReason(text, reason);
};

/** Shows the mail of a suspension in the person's language, as it will be with what is typed. */
export const previewMail = async (form: HTMLFormElement, user: User): Promise<void> => {
  const language = closestLanguage(user.listening_language) ?? STAND_IN;
  const part = (selector: string): HTMLElement => form.querySelector(`#preview ${selector}`) as HTMLElement;
  const text = part('pre');
  text.lang = language;
  part('.subject').lang = language;
  part('[data-fill=language]').textContent = ` in ${new Intl.DisplayNames('en', { type: 'language' }).of(language)}`;
  try {
    const answer = await fetch(`/admin/suspension-mails/${language}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const texts: MailTexts = await answer.json();
    const reason = form.elements.namedItem('reason') as HTMLTextAreaElement;
    const update = (): void => {
      text.textContent = mailText(texts, user, reason.value.trim());
    };
    part('.subject').textContent = withService(texts.subject);
    reason.addEventListener('input', update);
    update();
  } catch {
    say(text, 'noPreview');
  }
};
