/** What is asked of a Worker's isolate by the runtime's inspector. */
export type Inspector = { heapMb: () => Promise<number>; collect: () => Promise<void>; close: () => void };

type Target = { id: string; webSocketDebuggerUrl: string };

/** Opens the inspector of a Worker on a runtime that was started with a port for it. */
export const inspect = async (port: number, worker: string): Promise<Inspector> => {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as Target[];
  const target = targets.find(({ id }) => id.endsWith(worker));
  if (!target) throw new Error(`The inspector knows no Worker ${worker}.`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const waiting = new Map<number, (result: Record<string, number>) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    waiting.get(id)?.(result);
  });
  let asked = 0;
  const ask = (method: string): Promise<Record<string, number>> =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      socket.send(JSON.stringify({ id: asked, method }));
    });
  return {
    /** The isolate's heap and the buffers beside it, in MB, with what is no longer used and was not yet collected. */
    heapMb: async () => {
      const { usedSize = 0, backingStorageSize = 0, embedderHeapUsedSize = 0 } = await ask('Runtime.getHeapUsage');
      return (usedSize + backingStorageSize + embedderHeapUsedSize) / 1024 / 1024;
    },
    /** Has what is no longer used collected. */
    collect: async () => void (await ask('HeapProfiler.collectGarbage')),
    close: () => socket.close(),
  };
};
