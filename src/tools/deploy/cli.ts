/**
 * Deploys a copy of the API to Cloudflare: `npm run deploy [-- --env staging]`. Looks first, makes what is missing, and
 * is safe to repeat; exits with 0, or with 1 and one sentence on standard error.
 */
import { Command, CommanderError } from 'commander';
import { MigrationFault } from '../migrations/compatibility.ts';
import { CloudflareError } from './cloudflare.ts';
import { deploy, type Options } from './deploy.ts';
import { DeployFault } from './deploy-fault.ts';

const program = new Command('npm run deploy --')
  .description('Deploys the API and the mailer to Cloudflare, with everything they need.')
  .option('--env <name>', 'the deployment, a table of deployments.toml', 'production')
  .option('--dry-run', 'look, bundle, and say what would be done; change nothing')
  .option('--offline', 'with --dry-run: ask no account, and show a deployment into an empty one')
  .option('--preview <alias>', 'upload the API as a version with an address of its own, which takes no traffic')
  .option('--mail-to <address>', 'an address of yours: the smoke test has a mail sent there, and sees it leave')
  .option('--yes', 'deploy also where passkeys that are there would open nothing any more')
  .option('--address <url>', 'run the smoke test there instead of at the address of the deployment')
  .allowExcessArguments(false)
  .exitOverride();

try {
  await deploy(program.parse().opts<Options>());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    const isTold = [DeployFault, CloudflareError, MigrationFault].some((told) => error instanceof told);
    console.error(isTold ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
