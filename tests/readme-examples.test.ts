/** The examples in the README of a package run as they stand there. Those of published packages run as packed (pack.test.ts). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly dhp?: { readonly publish?: boolean };
}

const manifestOf = (name: string) => JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as Manifest;

/** The blocks of JavaScript in the README of a package; none where it has no README. */
function examplesOf(name: string): string[] {
  const readme = join(packages, name, 'README.md');
  if (!existsSync(readme)) return [];
  return [...readFileSync(readme, 'utf8').matchAll(/^```js\n(.*?)^```/gms)].map(([, block]) => block!);
}

/** The example of `fhir-package` begins with the bytes of a tarball, which are the reader's. */
const begun = ['fhir-package'];

const own = readdirSync(packages).filter(
  (name) => manifestOf(name).dhp?.publish !== true && !begun.includes(name) && examplesOf(name).length > 0,
);

/** Whether a line was printed; `… end` stands for a line with that end. */
const isPrinted = (line: string, printed: readonly string[]): boolean =>
  line.startsWith('… ') ? printed.some((one) => one.endsWith(line.slice(2))) : printed.includes(line);

describe('the examples of a README', () => {
  it('are there to be run', () => assert.ok(own.includes('web-kit'), own.join(' ')));

  for (const name of own) {
    it(`of ${name} print what their comments say`, () => {
      for (const block of examplesOf(name)) {
        const promised = [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line!);
        assert.ok(promised.length > 0, 'the example prints what it shows');
        const args = ['--input-type=module', '--eval', block];
        const output = execFileSync(process.execPath, args, { cwd: join(packages, name), encoding: 'utf8' });
        const printed = output.split('\n');
        for (const line of promised) assert.ok(isPrinted(line, printed), `${line} not in ${printed.join(' | ')}`);
      }
    });
  }
});
