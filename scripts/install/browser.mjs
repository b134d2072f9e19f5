// A Chromium for the tests of pages. Without one they are skipped by name, so this never fails a run.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from './run.mjs';

// The headless shell is the engine of Chromium without the windows of a browser: a page costs a third of the CPU time.
const shells = ['chromium-headless-shell', 'chrome-headless-shell'];
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];
const others = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];
/** A machine without a network says so after seconds, not minutes. */
const impatient = ['-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::https::Timeout=20'];

function hasOneOf(programs) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return folders.some((folder) => programs.some((name) => existsSync(join(folder, name))));
}

const hasBrowser = () => hasOneOf([...shells, ...names]) || others.some((path) => existsSync(path));

/** @param {string} root of this repository: below it stands that the packages have no shell, so that it is requested once */
export async function installBrowser(root) {
  const named = process.env.CHROMIUM_PATH;
  if (named && !existsSync(named)) console.error(`CHROMIUM_PATH names ${named}, which does not exist`);
  if (named || hasOneOf(shells)) return;
  const mark = join(root, '.dhp', 'no-headless-shell');
  if (hasBrowser() && existsSync(mark)) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) await installFromPackages(mark);
  else if (!hasBrowser())
    console.error('No Chromium was found: the tests of pages will be skipped. CHROMIUM_PATH names one.');
}

/** Not every distribution packages the shell; the whole browser works as well, and an installed one is not replaced. */
async function installFromPackages(mark) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-q', '--no-install-recommends'];
  try {
    await run('Updating the package lists', 'apt-get', ['update', '-q', ...impatient], { env });
    await run('Installing the headless shell of Chromium', 'apt-get', [...install, shells[0]], { env });
  } catch {
    mkdirSync(dirname(mark), { recursive: true });
    writeFileSync(mark, '');
    if (hasBrowser()) return;
    await run('Installing Chromium', 'apt-get', [...install, 'chromium'], { env }).catch(({ message }) =>
      console.error(`${message}\nThe tests of pages will be skipped.`),
    );
  }
}
