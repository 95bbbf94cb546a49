/**
 * Loaded into wrangler with `--import`: once the process that holds the other end of its standard input is gone,
 * however that came about, its whole process group ends.
 */
process.stdin.once('end', () => process.kill(0, 'SIGKILL'));
process.stdin.resume();
// Waiting for that must not keep a wrangler alive that is done.
process.stdin.unref();
