import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { type Cloudflare, type CloudflareOptions, startCloudflare } from './cloudflare.ts';

// `npm run deploy` as a process, with the real wrangler, against a stand-in of Cloudflare's API that runs what is uploaded.

export const PROJECT = resolve(import.meta.dirname, '../..');
export const PATIENCE = 4 * 60_000;

export const home = mkdtempSync(join(tmpdir(), 'edge-accounts-deploy-home-'));
const standIns: Cloudflare[] = [];
export const servers: Server[] = [];

afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  rmSync(home, { recursive: true, force: true });
  // The last thing, since it tells of what the stand-in was asked and does not know.
  for (const cloudflare of standIns) await cloudflare.stop();
});

export const standIn = async (options: CloudflareOptions = {}): Promise<Cloudflare> => {
  const cloudflare = await startCloudflare(options);
  standIns.push(cloudflare);
  return cloudflare;
};

/** An address that leads to what `target` answers at the moment of the request. */
export const addressOf = async (target: () => Promise<string>): Promise<string> => {
  const server = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const body = request.method === 'POST' ? await new Response(request as never).arrayBuffer() : undefined;
      const answer = await fetch((await target()) + request.url, {
        method: request.method ?? 'GET',
        headers: { 'Content-Type': 'application/json' },
        ...(body ? { body } : {}),
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(new Uint8Array(await answer.arrayBuffer()));
    };
    forward().catch(() => response.writeHead(502).end());
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

export type Ended = { code: number; stdout: string; stderr: string };

export const deploy = (
  cloudflare: Cloudflare | undefined,
  args: string[] = [],
  env: Record<string, string> = {},
  from = PROJECT,
) =>
  new Promise<Ended>((ended) => {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const credentials = cloudflare && {
      CLOUDFLARE_API_BASE_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: cloudflare.token,
    };
    const ours = { MAIL_FROM: 'accounts@acme.test', SUPPORT_URL: 'https://acme.test/help' };
    const options = {
      cwd: from,
      env: { PATH, NODE_COMPILE_CACHE, HOME: home, XDG_CONFIG_HOME: home, ...ours, ...credentials, ...env },
    };
    execFile(process.execPath, ['src/tools/deploy/cli.ts', ...args], options as object, (error, stdout, stderr) =>
      ended({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

/** What was asked that may have changed something. */
export const changesIn = (requests: readonly string[]): string[] =>
  requests.filter((request) => !/^GET /.test(request) && !/ \S+\/query$/.test(request));

export const secretsOf = (cloudflare: Cloudflare, worker: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(cloudflare.bindings(worker))
      .filter(([, { type }]) => type === 'secret_text')
      .map(([name, binding]) => [name, String(binding['text'])]),
  );
