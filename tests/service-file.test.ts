/** The systemd unit, checked with systemd's own tools. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const given = readFileSync(join(root, 'deploy/systemd/dhp.service'), 'utf8');
const analyze = '/usr/bin/systemd-analyze';
const skip = existsSync(analyze) ? false : 'systemd is not installed (Debian: apt install systemd)';

/** The unit under its name, with an existing program. */
function judged(...words: string[]): { code: number | null; text: string } {
  const folder = mkdtempSync(join(process.env['DHP_TEST_FOLDER'] ?? tmpdir(), 'dhp-unit-'));
  try {
    const file = join(folder, 'dhp.service');
    writeFileSync(file, given.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
    const { status, stdout, stderr } = spawnSync(analyze, [...words, file], { encoding: 'utf8' });
    return { code: status, text: `${stdout}${stderr}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the unit is one that systemd takes, without a word', { skip }, () => {
  assert.deepEqual(judged('verify', '--man=no'), { code: 0, text: '' });
});

test('the unit leaves little to somebody who gets into the process', { skip }, () => {
  const { text } = judged('security', '--offline=true', '--no-pager');
  const [, exposure] = /exposure level for dhp\.service: ([\d.]+)/.exec(text) ?? [];
  assert.ok(Number(exposure) <= 1.5, text.slice(-300));
});

test('the unit starts the program that is here, with settings that are known', () => {
  const [, node, main, command] = /^ExecStart=\/opt\/dhp\/(\S+) \/opt\/dhp\/(\S+) (\w+)$/m.exec(given)!;
  assert.deepEqual([existsSync(join(root, main!)), command], [true, 'start']);
  assert.ok(existsSync(join(root, node!)) || !existsSync(join(root, 'node_modules/node')), node);
});
