import { all, textOf } from '../../browser/page.ts';

// Commands that only a script knows, to be copied into a terminal.

const COPIED_MS = 3000;

const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);

/** A command line of the scripts, for the copy or the deployment that serves this page. */
const lineOf = (words: string): string => `npm run admin -- ${words}${isLocal ? '' : ' --remote'}`;

const copy = async (button: HTMLElement, line: string): Promise<void> => {
  await navigator.clipboard.writeText(line);
  const before = button.textContent;
  button.textContent = textOf('copied');
  setTimeout(() => {
    button.textContent = before;
  }, COPIED_MS);
};

/** Puts each command within a place together by its name, and copies it when it is asked for. */
export const fillCommands = (place: ParentNode, wordsOf: (name: string) => string = (name) => name): void => {
  for (const item of all('[data-command]', place)) {
    const line = lineOf(wordsOf(item.dataset['command'] ?? ''));
    const button = item.querySelector('[data-copy]') as HTMLElement;
    (item.querySelector('code') as HTMLElement).textContent = line;
    button.setAttribute('aria-label', `${button.textContent} ${line}`);
    button.addEventListener('click', () => void copy(button, line));
  }
};
