import { describe, expect, it } from 'vitest';
import { complaintIn } from '../../src/tools/wrangler-output.ts';

describe('why a wrangler has failed', () => {
  it.each([
    [
      'with what the API said, which stands below',
      `
✘ [ERROR] A request to the Cloudflare API (/accounts/a/workers/scripts/x/versions) failed.

  Uncaught Error: These vars are missing or unusable: SMTP_PORT.
    at index.js:7:9
   [code: 10021]
  
  If you think this is a bug, please open an issue at:
  https://github.com/cloudflare/workers-sdk/issues/new/choose


🪵  Logs were written to "/tmp/wrangler.log"
`,
      'A request to the Cloudflare API (/accounts/a/workers/scripts/x/versions) failed. ' +
        'Uncaught Error: These vars are missing or unusable: SMTP_PORT. at index.js:7:9 [code: 10021]',
    ],
    [
      'with each of its complaints, in colours',
      `\u001b[33m▲ \u001b[43;33m[\u001b[43;30mWARNING\u001b[43;33m]\u001b[0m Old.\n
\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1mMigration 0100_x.sql failed with the following errors:\u001b[0m\n\n
\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1mUNIQUE constraint failed: users.email\u001b[0m\n\n`,
      'Migration 0100_x.sql failed with the following errors: UNIQUE constraint failed: users.email',
    ],
    ['with its code, where it said nothing', 'wrangler 4\n', 'wrangler ended with 3'],
    [
      'without what is no part of it',
      '✘ [ERROR] Unknown argument: x\n\nwrangler deploy\n\n  --help',
      'Unknown argument: x',
    ],
  ])('is told %s', (_, stderr, reason) => {
    expect(complaintIn(stderr, 3)).toBe(reason);
  });
});
