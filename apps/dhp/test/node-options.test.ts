/** The young generation of a server of FHIR is large from the beginning, unless the operator says how large it is. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { nodeOptions } from '../src/processes/server-process.ts';

test('of servers of FHIR alone, before what is given', () => {
  for (const server of ['production', 'playground'] as const)
    assert.deepEqual(nodeOptions(server, ['--inspect'], ''), ['--min-semi-space-size=16', '--inspect']);
  for (const server of ['sso', 'portal'] as const)
    assert.deepEqual(nodeOptions(server, ['--inspect'], ''), ['--inspect']);
});

test('what the operator says of it holds', () => {
  for (const option of ['--max-semi-space-size=8', '--min_semi_space_size=4']) {
    assert.deepEqual(nodeOptions('playground', [option], ''), [option]);
    assert.deepEqual(nodeOptions('playground', [], `--no-warnings ${option}`), []);
  }
});

test('Node takes it', () => {
  const options = nodeOptions('playground', [], '');
  assert.equal(execFileSync(process.execPath, [...options, '-p', '1 + 1'], { encoding: 'utf8' }), '2\n');
});
