/**
 * Runs in workerd: hands what comes in over HTTP on to the entrypoint `Admin` of the copy, as `[method, given]`, and
 * answers with what it answered. 502 and a text where the copy cannot be reached.
 *
 * @typedef {{ getEntrypoint(service: string, entrypoint: string): Record<string, (given: unknown) => Promise<unknown>> }} Copy
 * @typedef {{ COPIES: { connect(address: string): Copy }, ADDRESS: string, SERVICE: string }} BridgeEnv
 */
export const bridge = {
  /**
   * @param {Request} request
   * @param {BridgeEnv} env
   */
  async fetch(request, { COPIES, ADDRESS, SERVICE }) {
    try {
      const [method, given] = /** @type {[string, unknown]} */ (await request.json());
      return Response.json(await COPIES.connect(ADDRESS).getEntrypoint(SERVICE, 'Admin')[method]?.(given));
    } catch (error) {
      return new Response(error instanceof Error ? error.message : String(error), { status: 502 });
    }
  },
};
