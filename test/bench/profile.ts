/** What a profile of the runtime's inspector says: the share of each function's own time, the largest first. */
export type Share = { name: string; share: number };

type Profile = {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
    children?: number[];
  }[];
  samples: number[];
  timeDeltas: number[];
};

/** Profiles one Worker, by the runtime's inspector, while `work` is done. */
export const profileOf = async (
  inspectorPort: number,
  worker: string,
  work: () => Promise<unknown>,
): Promise<Profile> => {
  const targets = (await (await fetch(`http://127.0.0.1:${inspectorPort}/json`)).json()) as {
    id: string;
    webSocketDebuggerUrl: string;
  }[];
  const target = targets.find(({ id }) => id.endsWith(worker));
  if (!target) throw new Error(`The inspector knows no Worker ${worker}: ${targets.map(({ id }) => id).join()}.`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const answers = new Map<number, (result: any) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    answers.get(id)?.(result);
  });
  const ask = (id: number, method: string, params = {}): Promise<any> =>
    new Promise((resolve) => {
      answers.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await ask(1, 'Profiler.enable');
  await ask(2, 'Profiler.setSamplingInterval', { interval: 100 });
  await ask(3, 'Profiler.start');
  await work();
  const { profile } = await ask(4, 'Profiler.stop');
  socket.close();
  return profile;
};
