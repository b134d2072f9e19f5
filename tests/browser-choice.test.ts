/** Which browser the tests of pages use, and which one `npm test` installs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const choice = new URL('browser.ts', import.meta.url).href;
const installer = new URL('../scripts/install/browser.mjs', import.meta.url).href;
const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'dhp-browsers-'))));
after(() => rmSync(folder, { recursive: true }));

function program(name: string, text = '#!/bin/sh\n'): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

/** Runs a line of JavaScript with only the programs of the folder in PATH. */
async function said(line: string, environment: Record<string, string> = {}): Promise<string> {
  const env = { PATH: folder, ...environment };
  const args = ['--input-type=module', '--eval', line];
  const { stdout } = await run(process.execPath, args, { env, cwd: dirname(fileURLToPath(import.meta.url)) });
  return stdout.trim();
}

const chosen = `console.log((await import('${choice}')).findBrowser())`;

test('the headless shell comes before the whole browser, and CHROMIUM_PATH before both', async () => {
  program('chromium');
  program('chromium-headless-shell');
  assert.equal(basename(await said(chosen)), 'chromium-headless-shell');
  assert.equal(await said(chosen, { CHROMIUM_PATH: '/somewhere/else' }), '/somewhere/else');
  rmSync(join(folder, 'chromium-headless-shell'));
});

test(
  'packages without a shell are asked once where there is a browser',
  { skip: !canInstall && 'needs root' },
  async () => {
    program('chromium');
    program('apt-get', '#!/bin/sh\necho "$@" >> "$LOG"\ncase "$*" in *shell*) exit 100;; esac\n');
    const LOG = join(folder, 'log');
    const install = `await (await import('${installer}')).installBrowser('${folder}')`;
    const asked = (): string[] => readFileSync(LOG, 'utf8').trim().split('\n');
    await said(install, { LOG });
    assert.deepEqual(
      asked().map((line) => line.split(' ')[0]),
      ['update', 'install'],
    );
    assert.match(asked()[1]!, / chromium-headless-shell$/);
    await said(install, { LOG });
    assert.equal(asked().length, 2);
    rmSync(join(folder, 'chromium'));
    await said(install, { LOG });
    assert.match(asked().at(-1)!, / chromium$/);
  },
);
