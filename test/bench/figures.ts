/** What was measured in blocks: the middle, and the quarters below and above which the outer halves of the blocks lie. */
export type Figure = { median: number; low: number; high: number };

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

export const figureOf = (values: readonly number[]): Figure => {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
};

/** One against another that was measured in the same blocks: block by block, so that what slows a block down slows both. */
export const ratioOf = (values: readonly number[], against: readonly number[]): Figure =>
  figureOf(values.map((value, block) => value / (against[block] ?? Number.NaN)));

const rounded = (value: number): string => value.toFixed(value < 10 ? 2 : 0);

/** `1.20 (1.15 to 1.31)`. */
export const told = ({ median, low, high }: Figure): string =>
  `${rounded(median)} (${rounded(low)} to ${rounded(high)})`;
