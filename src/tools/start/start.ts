/**
 * Serves a copy of the API on this machine: `npm start`. `PORT` and `STATE_DIR` say where, `HTTPS=on` how, and the
 * environment overrides the vars of both wrangler.toml.
 */
import { on, once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { MINUTE_MS } from '../../workers/duration.ts';
import { stopSignal } from '../install/stop-signal.mjs';
import { ROOT } from '../root.ts';
import { holdBack } from '../wrangler-output.ts';
import { serveCaughtMails } from './caught-mails.ts';
import { requireUsableVars, writeConfig } from './configs.ts';
import { type Certificate, ensureCertificate, readHttps, trust, wranglerOptions } from './https.ts';
import { bringLocalAddressesOver, localPasskeysElsewhere } from './local-addresses.ts';
import { claimPort, readPort } from './ports.ts';
import { readableOutput } from './readable-output.ts';
import { fireSchedule } from './schedule.ts';
import { ensureSecrets } from './secrets.ts';
import { shellWord } from './shell-word.ts';
import { StartFault } from './start-fault.ts';
import { claimState, nameOf, stateDirectory } from './state-dir.ts';
import { applyMigrations, endWranglers, environmentOf, startWrangler } from './wrangler.ts';

const READY_WITHIN_MS = 2 * MINUTE_MS;
const ANSWERS_AGAIN_WITHIN_MS = 20_000;
const POLL_MS = 100;
// What wrangler 4.156.2 prints where a runtime has ended under it. It starts another; but of the two that it has, the one
// that listens on the port never finds the way to the Workers again, and would take requests and answer none.
const RUNTIME_ENDED = 'The Workers runtime crashed unexpectedly';

const stop = stopSignal();
stop.addEventListener('abort', endWranglers);
try {
  await serve(stop);
} catch (error) {
  if (!stop.aborted) {
    console.error(error instanceof StartFault ? error.message : error);
    process.exitCode = 1;
  }
} finally {
  await endWranglers();
  process.exit();
}

async function serve(stop: AbortSignal): Promise<void> {
  const port = readPort();
  const isSecure = readHttps();
  const state = stateDirectory();
  await claimPort(port);
  await claimState(state, port);
  console.log(`Starting the API and the mailer on port ${port} …`);

  const scheme = isSecure ? 'https' : 'http';
  const [origin, address] = [`${scheme}://localhost:${port}`, `${scheme}://127.0.0.1:${port}`];
  const certificate = isSecure ? await ensureCertificate(ROOT) : undefined;
  if (certificate) trust(certificate);
  const devVars = await ensureSecrets(ROOT);
  const mails = await serveCaughtMails();
  const local = { main: 'src/local/index.ts', vars: { CAUGHT_MAILS: mails.address } };
  const api = writeConfig(join(ROOT, 'wrangler.toml'), { state, origin, devVars: devVars.api, local });
  const mailer = writeConfig(join(ROOT, 'src/mailer/wrangler.toml'), { state, origin, devVars: devVars.mailer });
  requireUsableVars(api, mailer);
  const env = environmentOf(state, { ...mailer.secrets, ...api.secrets });
  stop.throwIfAborted();
  await applyMigrations(api.file, state, env);
  for (const line of await bringLocalAddressesOver(state)) console.log(line);
  for (const line of await localPasskeysElsewhere(state, String(api.vars['APP_URL']))) console.log(line);
  stop.throwIfAborted();

  const wrangler = startWrangler(
    [
      ...['dev', '--config', api.file, '--config', mailer.file, '--persist-to', state],
      // The inspector takes any free port.
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...(certificate ? wranglerOptions(certificate) : []),
      '--show-interactive-dev-session=false',
    ],
    env,
  );
  const startup = holdBack(wrangler.stdout.setEncoding('utf8').pipe(readableOutput(api.name, undefined, mails.add)));
  wrangler.stderr.pipe(process.stderr);
  const ended = once(wrangler, 'exit', { signal: stop }).then(async ([code, signal]) => {
    await endWranglers();
    startup.release(process.stderr);
    throw new StartFault(`The Workers have stopped by themselves (wrangler ended with ${code ?? signal}).`);
  });
  const crashed = endWithRuntime(wrangler.stdout, address, stop);
  await Promise.race([ended, crashed, answering(address, stop, READY_WITHIN_MS)]);
  startup.release(process.stdout);
  console.log(introduction(origin, state, certificate));
  // Nobody is left to run anything where the Workers have ended: that is the last that is said.
  const firing = new AbortController();
  const fired = fireSchedule(address, AbortSignal.any([stop, firing.signal]));
  await Promise.race([ended, crashed, fired]).finally(() => firing.abort());
}

/** Waits until the API answers. */
async function answering(address: string, stop: AbortSignal, withinMs: number): Promise<void> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(withinMs)]);
  for (;;) {
    const answer = await fetch(`${address}/health`, { signal }).catch(() => undefined);
    if (answer?.ok) return;
    if (signal.aborted) throw new StartFault(`The API did not answer within ${withinMs / 1000} seconds.`);
    await wait(POLL_MS);
  }
}

/** Throws where a runtime of wrangler's ends and the API does not answer again. */
async function endWithRuntime(output: Readable, address: string, stop: AbortSignal): Promise<void> {
  let said = '';
  for await (const [text] of on(output, 'data', { signal: stop })) {
    said = (said + text).slice(-RUNTIME_ENDED.length - text.length);
    if (!said.includes(RUNTIME_ENDED)) continue;
    said = '';
    await answering(address, stop, ANSWERS_AGAIN_WITHIN_MS).catch(() => {
      throw new StartFault('The Workers have stopped by themselves (their runtime ended, and does not answer again).');
    });
  }
}

function introduction(origin: string, state: string, certificate: Certificate | undefined): string {
  const form = { email: 'ada@example.com', password: 'correct horse battery staple', accepted_terms: true };
  const warning = `
A browser warns of its certificate, which nobody vouches for: open ${origin}/docs once and go on,
or have it trust ${certificate && nameOf(certificate.cert)}.`;
  const trusting = certificate ? ` --cacert ${shellWord(nameOf(certificate.cert))}` : '';
  return `
The API and its pages answer at ${origin}, its reference at ${origin}/docs. Its data are in ${nameOf(state)}.${certificate ? warning : ''}
Each mail appears here, as "Mail to …", with its subject, its link and the path of its text; and in a browser at
${origin}/dev/mails.
Try first:
  curl${trusting} ${origin}/api/v1/auth/signup -H 'Content-Type: application/json' -d '${JSON.stringify(form)}'
`;
}
