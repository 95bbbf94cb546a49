import { AccountsError } from '../../client/client.ts';
import { all, say } from './page.ts';
import { type Problem, problemOf } from './problem.ts';

// A form, or a button that stands alone: it does one thing at a time, says what it does, and what came of it. Its place
// has an element of the role `status` for the one and of the role `alert` for the other.

const busy = new WeakSet<Element>();

const fieldsOf = (place: Element): HTMLInputElement[] => all<HTMLInputElement>('input[name], textarea[name]', place);

const flawPlace = (input: HTMLInputElement): HTMLElement | null => document.getElementById(`${input.id}-flaw`);

/** Says what is wrong with a field, and goes there. */
export const tellFlaw = (input: HTMLInputElement, name: string): void => {
  say(flawPlace(input), name);
  input.setAttribute('aria-invalid', 'true');
  input.focus();
};

const clear = (place: Element): void => {
  for (const input of fieldsOf(place)) {
    input.removeAttribute('aria-invalid');
    say(flawPlace(input));
  }
  say(place.querySelector('[role=alert]'));
  say(place.querySelector('[role=status]'));
};

/** What is wrong with a field before anybody is asked. */
const flawOf = ({ value, checked, required, type, dataset }: HTMLInputElement): string | undefined => {
  if (type === 'checkbox') return required && !checked ? dataset['short'] : undefined;
  const length = [...value.normalize('NFKC')].length;
  if (length < Number(dataset['min'] ?? 0)) return dataset['short'];
  return length > Number(dataset['max'] ?? Number.POSITIVE_INFINITY) ? dataset['long'] : undefined;
};

/** The field that a refusal is about, and the sentence for it. */
const refusedField = (place: Element, error: AccountsError): [HTMLInputElement, string] | undefined => {
  for (const input of fieldsOf(place)) {
    const { codes = '', refused } = input.dataset;
    if (error.code && codes.split(' ').includes(error.code)) return [input, error.code];
    if (refused && error.errors.some(({ field }) => field === `body.${input.name}`)) return [input, refused];
  }
  return undefined;
};

/** Tells why something failed: at the field that it is about, or below. */
export const tellProblem = (place: Element, error: unknown): void => {
  const flawed = error instanceof AccountsError ? refusedField(place, error) : undefined;
  if (flawed) tellFlaw(...flawed);
  else {
    const { name, fills } = problemOf(error);
    say(place.querySelector('[role=alert]'), name, fills);
  }
};

const markBusy = (place: Element, isBusy: boolean): void => {
  // It keeps the focus, which a disabled one would lose.
  for (const button of all('button:not([type=button])', place)) {
    if (isBusy) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }
};

/** What an act says when it is done: the name of a sentence, with what fills it; anything else says nothing. */
type Act = () => Promise<unknown>;

const tellDone = (place: Element, done: unknown): void => {
  const { name, fills }: Partial<Problem> = typeof done === 'string' ? { name: done } : Object(done);
  say(place.querySelector('[role=status]'), name, fills);
};

/** Does one thing at a time within a place; what is asked for meanwhile is not done. */
export const alone = async (place: Element, act: Act): Promise<void> => {
  if (busy.has(place)) return;
  busy.add(place);
  clear(place);
  markBusy(place, true);
  say(place.querySelector('[role=status]'), 'working');
  try {
    tellDone(place, await act());
  } catch (error) {
    tellDone(place, undefined);
    tellProblem(place, error);
  } finally {
    markBusy(place, false);
    busy.delete(place);
  }
};

/** The first field that has a flaw is told of, and nothing is sent. */
const isSound = (form: HTMLFormElement): boolean => {
  for (const input of fieldsOf(form)) {
    const flaw = flawOf(input);
    if (!flaw) continue;
    clear(form);
    tellFlaw(input, flaw);
    return false;
  }
  return true;
};

/** What was typed into a field of a form. */
export const typedIn = (form: HTMLFormElement, name: string): string =>
  (form.elements.namedItem(name) as HTMLInputElement | null)?.value ?? '';

/** Sends a form by `act`, once its fields are sound. */
export const onSubmit = (form: HTMLFormElement, act: Act): void =>
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!busy.has(form) && isSound(form)) void alone(form, act);
  });
