import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isFull } from './sample.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  dhp?: { publish?: boolean };
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Every Node on this machine's path, by its real path: the one that runs the tests and the one used for bootstrapping. */
function nodes(): string[] {
  const name = windows ? 'node.exe' : 'node';
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return [
    ...new Set([process.execPath, ...found.filter((file) => existsSync(file))].map((file) => realpathSync(file))),
  ];
}

/** The fenced blocks of one language in a README. */
function examples(readme: string, language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]!);
}

/** These packages and all their dependencies. */
function elsewhere(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    if (!name.startsWith('@dhp/')) {
      elsewhere(Object.keys(manifestOf(join(root, 'node_modules', name)).dependencies ?? {}), found);
    }
  }
  return found;
}

describe('npm run pack', () => {
  const work = mkdtempSync(join(tmpdir(), 'dhp-pack-'));
  const packed = join(work, 'packed');
  const consumer = join(work, 'a consumer');
  const run = (file: string, args: string[], cwd: string) =>
    execFileSync(file, args, { cwd, encoding: 'utf8', stdio: 'pipe', shell: windows && file === 'npm' });

  before(() => {
    // `npm run check` checks the types of this repository; those of the packages are checked below.
    run(process.execPath, [join(root, 'scripts/pack.mjs'), '--out', packed, '--unchecked'], root);
    const tarballs = readdirSync(packed).filter((name) => name.endsWith('.tgz'));
    // External packages come from this repository, so that the test needs no registry: npm finds them there.
    const others = elsewhere(packages().flatMap(({ dependencies }) => Object.keys(dependencies ?? {})));
    for (const { name } of packages()) others.delete(name);
    mkdirSync(consumer);
    writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }');
    for (const name of others)
      cpSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name), { recursive: true });
    const args = ['--ignore-scripts', ...tarballs.map((name) => join(packed, name))];
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...args], consumer);
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  const folders = () =>
    readdirSync(packed, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(packed, entry.name));
  const packages = () => folders().map(manifestOf);

  it('packs every package that says so, with all that it imports named', () => {
    const sources = readdirSync(join(root, 'packages')).map((name) => manifestOf(join(root, 'packages', name)));
    const publishable = sources.filter(({ dhp }) => dhp?.publish === true).map(({ name }) => name);
    assert.deepEqual(
      packages()
        .map(({ name }) => name)
        .sort(),
      publishable.sort(),
    );
    assert.ok(publishable.includes('@dhp/fhir-model') && publishable.includes('@dhp/fhir-search'));
    const search = packages().find(({ name }) => name === '@dhp/fhir-search');
    assert.deepEqual(search?.dependencies, {
      '@dhp/budget': search?.version,
      '@dhp/fhir-model': search?.version,
      '@dhp/fhirpath': search?.version,
      '@dhp/name-scripts': search?.version,
      'fastest-levenshtein': sources.find(({ name }) => name === '@dhp/fhir-search')?.dependencies?.[
        'fastest-levenshtein'
      ],
    });
    const ucum = packages().find(({ name }) => name === '@dhp/ucum');
    assert.ok(ucum?.dependencies?.['@lhncbc/ucum-lhc'], 'a package that is required when it is first needed is named');
  });

  it('publishes no source and no official definition file', () => {
    const installed = folders().flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
    const odd = installed.filter((name) => /(?<!\.d)\.ts$|StructureDefinition|(^|[\\/])test/.test(name));
    assert.deepEqual(odd, []);
    for (const folder of folders()) {
      assert.ok(existsSync(join(folder, 'LICENSE')) && existsSync(join(folder, 'README.md')), folder);
    }
  });

  it('makes packages whose README examples run in an empty folder, on the Nodes here', (t) => {
    const all = nodes();
    for (const node of all) t.diagnostic(`on Node ${run(node, ['--version'], consumer).trim()}`);
    let count = 0;
    for (const folder of folders()) {
      const blocks = examples(readFileSync(join(folder, 'README.md'), 'utf8'), 'js');
      assert.ok(blocks.length > 0, `${folder} has no example`);
      for (const block of blocks) {
        const program = join(consumer, 'example.js');
        writeFileSync(program, block);
        // The comment of a line in the example states the output of that line.
        const promised = [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]!);
        // In turn; with `--full` each example on each Node.
        for (const node of isFull ? all : [all[(count += 1) % all.length]!]) {
          const printed = run(node, [program], consumer).trim().split('\n');
          for (const line of promised)
            assert.ok(printed.includes(line), `${folder}: ${line} not in ${printed.join(' | ')}`);
        }
      }
    }
    assert.ok(count === 0 || count >= all.length, 'each Node has run some');
  });

  it('makes packages that a strict TypeScript project can check, declarations included', () => {
    const blocks = folders().flatMap((folder) => examples(readFileSync(join(folder, 'README.md'), 'utf8'), 'ts'));
    const imports = packages().map(({ name }, i) => `import * as p${i} from '${name}';\nvoid p${i};`);
    for (const [i, block] of blocks.entries()) writeFileSync(join(consumer, `block${i}.ts`), block);
    writeFileSync(join(consumer, 'imports.ts'), imports.join('\n'));
    writeFileSync(
      join(consumer, 'wrong.ts'),
      `import type { Patient } from '@dhp/fhir-model';\nexport const p: Patient = { resourceType: 'Basic' };`,
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const strict = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2022',
    ];
    const files = ['imports.ts', ...blocks.map((_, i) => `block${i}.ts`), 'wrong.ts'];
    // The types are really used: only the one wrong program fails.
    assert.throws(
      () => run(process.execPath, [tsc, ...strict, '--pretty', 'false', ...files], consumer),
      ({ stdout }: { stdout: string }) => {
        const faults = stdout.split('\n').filter((line) => /^\S.*: error TS/.test(line));
        assert.equal(faults.length, 1, stdout);
        assert.match(faults[0]!, /^wrong\.ts.*Type '"Basic"' is not assignable/);
        return true;
      },
    );
  });
});
