/**
 * Public functions and classes of the publishable packages have an `@example` each, which is compiled and run here. A line
 * `expression; // value` states its result, as node:util inspects it, or `throws NAME`; other lines prepare it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { examplesOf, type Example } from './function-examples/find.ts';
import { programOf, resultsIn, type Stated } from './function-examples/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dhp?: { readonly publish?: boolean };
}

const packages = readdirSync(join(root, 'packages')).flatMap((folder) => {
  const place = join(root, 'packages', folder);
  const manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Manifest;
  return manifest.dhp?.publish === true ? [{ place, ...manifest }] : [];
});

const found = packages.map(({ name, place, exports }) => ({
  name,
  place,
  examples: Object.entries(exports).flatMap(([door, file]) => examplesOf(`${name}${door.slice(1)}`, join(place, file))),
}));

describe('public functions of the publishable packages', () => {
  it('have an example each', () => {
    const lacking = found.flatMap(({ examples }) => examples.filter(({ text }) => text === undefined));
    assert.deepEqual(
      lacking.map(({ door, name }) => `${door} ${name}`),
      [],
    );
    assert.ok(found.flatMap(({ examples }) => examples).length > 100);
  });

  it('state in each example what comes of it', () => {
    const silent = found.flatMap(({ examples }) => examples.filter(({ text = '' }) => resultsIn(text).length === 0));
    assert.deepEqual(
      silent.map(({ door, name }) => `${door} ${name}`),
      [],
    );
  });
});

const wrong = {
  name: 'a wrong one',
  place: join(root, 'packages/ucum/test'),
  examples: [{ door: '@dhp/ucum', name: 'convertUnit', text: "convertUnit('1', 'g', 'mg'); // 1000" }],
};
/** Computed for all at once: most of the time is spent reading their imports. */
let faults: ReadonlyMap<string, string[]>;
before(() => void (faults = compile([...found, wrong])));

describe('the examples of', { concurrency: 2 }, () => {
  for (const { name, place, examples } of found) {
    it(`${name} compile, and do what they say`, async () => {
      assert.deepEqual(faults.get(name), []);
      const args = ['--input-type=module-typescript', '--eval', programOf(examples)];
      const { stdout } = await run(process.execPath, args, { cwd: place });
      const said = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Stated);
      assert.equal(said.length, examples.flatMap(({ text = '' }) => resultsIn(text)).length);
      for (const { of, stated, actual } of said) assert.equal(actual, stated, of);
    });
  }
});

describe('an example', () => {
  const place = join(root, 'packages', 'ucum');
  const of = (text: string): Example[] => [{ door: '@dhp/ucum', name: 'convertUnit', text }];

  it('that does not compile is found', () => {
    assert.match(faults.get(wrong.name)!.join('\n'), /'string' is not assignable to parameter of type 'number'/);
  });

  it('that states another value, or no failure where there is one, is found', async () => {
    const lines = ["convertUnit(1, 'g', 'mg'); // 100", "BigInt('x'); // 1n", "BigInt('x'); // throws SyntaxError"];
    const args = ['--input-type=module-typescript', '--eval', programOf(of(lines.join('\n')))];
    const { stdout } = await run(process.execPath, args, { cwd: place });
    const said = stdout.trim().split('\n');
    const right = said.map((line) => JSON.parse(line) as Stated).map(({ stated, actual }) => stated === actual);
    assert.deepEqual(right, [false, false, true]);
  });
});

/** Faults that TypeScript finds in the programs of all packages, by package, with the options of the repository. */
function compile(all: readonly { name: string; place: string; examples: readonly Example[] }[]): Map<string, string[]> {
  const files = new Map(all.map(({ place, examples }) => [join(place, 'examples.ts'), programOf(examples)]));
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const host = ts.createCompilerHost({ ...options, noUnusedLocals: false });
  const read = host.readFile.bind(host);
  host.readFile = (file) => files.get(file) ?? read(file);
  const exists = host.fileExists.bind(host);
  host.fileExists = (file) => files.has(file) || exists(file);
  const source = host.getSourceFile.bind(host);
  host.getSourceFile = (file, language, ...rest) =>
    files.has(file) ? ts.createSourceFile(file, files.get(file)!, language) : source(file, language, ...rest);
  const program = ts.createProgram([...files.keys()], { ...options, noUnusedLocals: false }, host);
  return new Map(
    all.map(({ name, place }) => [
      name,
      program
        .getSemanticDiagnostics(program.getSourceFile(join(place, 'examples.ts')))
        .map(({ messageText, start, file }) => {
          const line = file!.text.slice(0, start).split('\n').length;
          return `${file!.text.split('\n')[line - 1]!.trim()}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
        }),
    ]),
  );
}
