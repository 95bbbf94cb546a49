/** Whether somebody wants a long work to stop: the first Ctrl-C lets it end in order, the second ends it at once. */
export const interruption = (): { wanted: boolean } => {
  const interruption = { wanted: false };
  const stop = (): void => {
    if (interruption.wanted) process.exit(1);
    interruption.wanted = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return interruption;
};
