import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

type Environment = Record<string, string | undefined>;

// The build without windows is the same engine for half of the processor's time, so it comes first.
const NAMES = [
  ...['chromium-headless-shell', 'chrome-headless-shell'],
  ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
];

const APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where this machine has Chromium or Chrome: the path that the environment names, else a usual place; undefined where none is. */
export const findChromium = (env: Environment = process.env): string | undefined => {
  const named = env['CHROMIUM_PATH'] || env['CHROME_PATH'];
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/bin', '/snap/bin'];
  const usual = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return (named ? [named] : [...usual, ...APPLICATIONS]).find(isExecutable);
};

export const NO_CHROMIUM =
  'No Chromium was found, so the tests in a browser are left out; set CHROMIUM_PATH or install chromium.';

/** Whether the tests in a browser run. Where they have to (`CI`), a missing browser fails them instead. */
export const hasBrowserTests = (env: Environment = process.env): boolean =>
  Boolean(env['CI']) || findChromium(env) !== undefined;
