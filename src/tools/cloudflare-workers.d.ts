// What a command sees of a Worker's entrypoint. The module itself is there in Workers alone, and so are its types.
declare module 'cloudflare:workers' {
  export class WorkerEntrypoint<Bindings = unknown> {
    protected env: Bindings;
  }
}
