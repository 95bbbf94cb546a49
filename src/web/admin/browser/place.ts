// Where somebody is on the page stands in its address, so that going back, reloading and sending it to a colleague work.

/** Writes the address; whether that is a step of the history is said by `how`. */
export const go = (how: 'push' | 'replace', query: URLSearchParams): void => {
  const url = query.size > 0 ? `${location.pathname}?${query}` : location.pathname;
  if (how === 'push') history.pushState(null, '', url);
  else history.replaceState(null, '', url);
};

/** The path by which a sign-in leads back here. */
export const signInPath = (): string =>
  `/sign-in?${new URLSearchParams({ next: location.pathname + location.search })}`;
