import { AccountsError } from '../../../client/client.ts';
import { onSubmit } from '../../browser/form.ts';
import { all, element } from '../../browser/page.ts';
import { ask } from './api.ts';
import { row } from './list.ts';
import { attempt, telling } from './refusal.ts';

// What was counted in the last days: a plot for each count, and all of it as a table.

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT, GAP] = [300, 80, 0.2];

const readDays = async (days: string) =>
  (await ask((api) => api.operations.numbers.$get({ query: { days } }))).data.days;

type Day = Awaited<ReturnType<typeof readDays>>[number];
type Count = Exclude<keyof Day, 'day'>;

const shape = (name: string, attributes: Record<string, string | number>): SVGElement => {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
};

/** A bar a day. What it shows stands in the table too, which is what is read aloud. */
const barsOf = (days: readonly Day[], count: Count): SVGElement => {
  const most = Math.max(1, ...days.map((day) => day[count]));
  const svg = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true' });
  const step = WIDTH / days.length;
  const bars = days.map((day, index) => {
    const height = (day[count] / most) * (HEIGHT - 1);
    const bar = shape('rect', { x: index * step, y: HEIGHT - height, width: step * (1 - GAP), height });
    const title = shape('title', {});
    title.textContent = `${day.day}: ${day[count].toLocaleString('en')}`;
    bar.append(title);
    return bar;
  });
  svg.append(...bars, shape('line', { x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }));
  return svg;
};

const plotOf = (days: readonly Day[], heading: HTMLElement): HTMLElement => {
  const count = heading.dataset['count'] as Count;
  const total = days.reduce((sum, day) => sum + day[count], 0);
  const plot = row('plot', { label: heading.textContent ?? '', total: total.toLocaleString('en') });
  plot.append(barsOf(days, count));
  return plot;
};

const cell = (name: string, text: string): HTMLElement => {
  const cell = document.createElement(name);
  if (name === 'th') cell.setAttribute('scope', 'row');
  cell.textContent = text;
  return cell;
};

const tableRow = (day: Day, counts: readonly Count[]): HTMLElement => {
  const line = document.createElement('tr');
  line.append(cell('th', day.day), ...counts.map((count) => cell('td', day[count].toLocaleString('en'))));
  return line;
};

const fill = (days: readonly Day[]): void => {
  const headings = all('th[data-count]', element('table'));
  const counts = headings.map((heading) => heading.dataset['count'] as Count);
  element('plots').replaceChildren(...headings.map((heading) => plotOf(days, heading)));
  const body = element('table').querySelector('tbody');
  body?.replaceChildren(...days.map((day) => tableRow(day, counts)));
  element('table').hidden = false;
};

export const numbers = (): void => {
  const form = element<HTMLFormElement>('days-form');
  const load = async (): Promise<void> => {
    try {
      fill(await readDays(element<HTMLSelectElement>('span').value));
    } catch (error) {
      if (!(error instanceof AccountsError) || error.status !== 404) throw error;
      form.hidden = true;
      element('none').hidden = false;
    }
  };
  onSubmit(form, telling(form, load));
  void attempt(form, load);
};
