type Point = { indexes: string[]; blobs: string[]; doubles: number[] };

/** A dataset in place of the real one, which nobody can read from here: it keeps what it is given. */
export const recordedMetrics = () => {
  const points: Point[] = [];
  const METRICS: AnalyticsEngineDataset = { writeDataPoint: (point) => void points.push(point as unknown as Point) };
  return {
    METRICS,
    points,
    /** What was counted of a kind: the blobs behind its name, joined, and how often. */
    counted: (kind: string): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { blobs, doubles } of points.filter((point) => point.blobs[0] === kind)) {
        const name = blobs.slice(1).join(' ').trim();
        counts[name] = (counts[name] ?? 0) + (doubles[0] ?? 0);
      }
      return counts;
    },
  };
};

/** A dataset that takes nothing. */
export const brokenMetrics: AnalyticsEngineDataset = {
  writeDataPoint: () => {
    throw new Error('The dataset is not there.');
  },
};
