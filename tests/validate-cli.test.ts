/** `dhp validate …` as a process: no server, no database, only files. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import type { Outcome } from './commands/kept-programs.ts';
import { openHome, type Home } from './platform.ts';
import type { EnvironmentVariables } from './processes.ts';
import { packageTarball } from './registry.ts';

const national = fileURLToPath(new URL('../../shared/uz-core/', import.meta.url));
const skip = existsSync(national) ? false : 'the national package is not at ../shared/uz-core';
const escape = '\u001b';

let place: Home;
let folder: string;

before(async () => {
  place = await openHome({ commands: 'all together' });
  folder = join(dirname(place.data), 'resources');
  await mkdir(join(folder, 'below'), { recursive: true });
  const files: [string, string][] = [
    ['good.json', '{"resourceType":"Patient","gender":"male"}'],
    ['below/bad.json', '{\n  "resourceType": "Patient",\n  "gender": "m",\n  "photo": {}\n}\n'],
    ['below/list.ndjson', '{"resourceType":"Patient"}\n\n{"resourceType":"Patient","active":"yes"}\n'],
    ['below/good.xml', '<Patient xmlns="http://hl7.org/fhir"><gender value="male"/></Patient>'],
    ['package.json', '{"name":"x"}'],
    ['below/settings.json', '{"name":"x"}'],
    ['notes.txt', 'no resource'],
  ];
  for (const [name, text] of files) await writeFile(join(folder, name), text);
});
after(() => place.close());

const validate = (words: readonly string[], environment?: EnvironmentVariables, input?: string): Promise<Outcome> =>
  place.run(['validate', ...words], environment, input);

interface OperationOutcome {
  readonly resourceType: string;
  readonly issue: readonly {
    severity: string;
    diagnostics?: string;
    expression?: string[];
    details: { text: string };
  }[];
}
const parsed = (text: string): OperationOutcome => JSON.parse(text) as OperationOutcome;

describe('dhp validate', () => {
  it('says where in which file something is wrong, and ends with 1', async () => {
    const path = join(folder, 'below/bad.json');
    const { code, stdout, stderr } = await validate([path]);
    assert.equal(code, 1);
    assert.equal(stderr, '');
    const lines = stdout.split('\n');
    assert.ok(lines[0]?.startsWith(`${path}:3:13 error The code m is not in the value set`), stdout);
    assert.match(lines[1] ?? '', /^ {4}Patient\.gender · code-not-in-value-set$/);
    assert.ok(lines[2]?.startsWith(`${path}:4:12 error photo repeats`), stdout);
    assert.match(stdout, /resources: 1, files: 1; valid: 0, invalid: 1; errors: 3, warnings: 1 \(\d+\.\d s\)\n$/);
    assert.ok(!stdout.includes(escape), 'no colours where nobody looks');
    assert.deepEqual(await readdir(place.data).catch(() => []), [], 'no data directory is made');
  });

  it('goes through folders and lines, and leaves aside what is no resource', async () => {
    const { code, stdout } = await validate([folder, '--no-warnings']);
    assert.equal(code, 1);
    assert.match(stdout, /list\.ndjson:3:36 error A boolean must be a JSON boolean/);
    assert.match(stdout, /resources: 5, files: 6; valid: 3, invalid: 2; errors: 4,/);
  });

  it('ends with 0 for what is valid, of standard input, too', async () => {
    assert.equal((await validate([join(folder, 'good.json')])).code, 0);
    const one = '{"resourceType":"Patient"}';
    assert.match((await validate(['-'], {}, one)).stdout, /valid: 1, invalid: 0/);
    const { code, stdout } = await validate(['-'], {}, `${one}\n{"resourceType":"Patient","gender":1}\n`);
    assert.equal(code, 1);
    assert.match(stdout, /^-:2:36 error/);
  });

  it('ends with 2 for what cannot be read or is not understood, in a sentence', async () => {
    const missing = await validate([join(folder, 'none.json'), join(folder, 'good.json')]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /none\.json: there is no such file or folder/);
    assert.match(missing.stdout, /valid: 1/, 'the others are validated');
    for (const [words, sentence] of [
      [[], /wants FILE…/],
      [['x.json', '--language', 'de'], /--language is one of uz, ru, en/],
      [['x.json', '--format', 'xml'], /--format is one of text, json, ndjson/],
      [['x.json', '--package', './nowhere.tgz'], /There is no file or folder .*nowhere\.tgz/],
      [['x.json', '--profile', 'http://example.org/p'], /is in none of the packages/],
    ] as const) {
      const { code, stderr } = await validate(words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, sentence);
    }
  });

  it('tells of a text that cannot be read at the place where it breaks', async () => {
    const { code, stdout } = await validate(['-'], {}, '{\n  "resourceType": "Patient",,\n}');
    assert.equal(code, 1);
    assert.match(stdout, /^-:2:\d+ error .*\n {4}text-not-readable\n/);
    assert.equal((await validate(['-'], {}, '<Patient xmlns="http://hl7.org/fhir">')).code, 1);
  });

  it('tells all faults of an XML, each at its place, and those of what it says', async () => {
    const xml =
      '<Patient xmlns="http://hl7.org/fhir">\n<none value="a"/>\n<gender value="m"/>\n<active value="true"/>\n</Patient>';
    const { code, stdout } = await validate(['-', '--no-warnings'], {}, xml);
    assert.equal(code, 1);
    const found = [...stdout.matchAll(/^(-[:\d]*).* error .*\n {4}(.*)$/gm)].map(([, place, about]) => [place, about]);
    assert.deepEqual(found, [
      ['-', 'Patient.gender · code-not-in-value-set'],
      ['-:2:1', 'Patient · xml-unknown'],
      ['-:4:1', 'Patient.active · xml-order'],
    ]);
  });

  it('as OperationOutcomes: one of all, or one a resource', async () => {
    const bad = join(folder, 'below/bad.json');
    const all = await validate([bad, join(folder, 'good.json'), '--format', 'json', '--language', 'ru']);
    const outcome = parsed(all.stdout);
    assert.equal(all.code, 1);
    assert.equal(outcome.resourceType, 'OperationOutcome');
    assert.deepEqual(
      outcome.issue.map(({ severity, diagnostics, expression }) => [severity, diagnostics, expression?.[0]]),
      [
        ['error', `${bad}:3:13`, 'Patient.gender'],
        ['error', `${bad}:4:12`, 'Patient.photo'],
        ['error', `${bad}:4:12`, 'Patient.photo'],
        ['warning', `${bad}:4:12`, 'Patient.photo'],
      ],
    );
    assert.match(outcome.issue[0]!.details.text, /^Кода m нет|код/i);
    const { stdout } = await validate([bad, join(folder, 'good.json'), '--format', 'ndjson']);
    const each = stdout.trim().split('\n').map(parsed);
    assert.deepEqual(
      each.map(({ issue }) => issue[0]!.severity),
      ['error', 'success'],
    );
    // The printed resource is valid itself.
    assert.equal((await validate(['-'], {}, stdout)).code, 0);
  });

  it('colours where it is asked to, and never with NO_COLOR; a file cannot steer the terminal', async () => {
    const hostile = `{"resourceType":"Patient","gender":"${JSON.stringify(`${escape}[2J`).slice(1, -1)}"}`;
    const coloured = await validate(['-'], { FORCE_COLOR: '1' }, hostile);
    assert.ok(coloured.stdout.includes(`${escape}[31merror`), coloured.stdout);
    assert.ok(!coloured.stdout.includes(`${escape}[2J`));
    const plain = await validate(['-'], { NO_COLOR: '1' }, hostile);
    assert.ok(!plain.stdout.includes(escape));
  });

  it('with the rules for national identifiers, or without', async () => {
    const patient = JSON.stringify({
      resourceType: 'Patient',
      identifier: [{ system: 'https://dhp.uz/fhir/core/sid/pid/uz/ni', value: '123' }],
    });
    assert.match((await validate(['-'], {}, patient)).stdout, /national-identifier/);
    assert.equal((await validate(['-', '--no-national'], {}, patient)).code, 0);
  });

  it('by profiles and codes of packages: folders, tarballs, names', async () => {
    const url = 'http://example.org/StructureDefinition/named';
    const profile = {
      resourceType: 'StructureDefinition',
      id: 'named',
      url,
      name: 'Named',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Patient',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
      derivation: 'constraint',
      differential: { element: [{ id: 'Patient.name', path: 'Patient.name', min: 1 }] },
    };
    const guide = {
      resourceType: 'ImplementationGuide',
      id: 'g',
      url: 'http://example.org/g',
      global: [{ type: 'Patient', profile: url }],
    };
    const manifest = {
      name: 'example.named',
      version: '1.0.0',
      fhirVersions: ['5.0.0'],
      dependencies: { 'example.other': '2.0.0' },
    };
    const unpacked = join(dirname(folder), 'package');
    await mkdir(unpacked);
    for (const [name, content] of [
      ['package', manifest],
      ['StructureDefinition-named', profile],
      ['ImplementationGuide-g', guide],
    ] as const) {
      await writeFile(join(unpacked, `${name}.json`), JSON.stringify(content));
    }
    const tarball = join(dirname(folder), 'named.tgz');
    await writeFile(tarball, packageTarball(manifest, [profile, guide]));
    const patient = join(folder, 'good.json');
    for (const from of [unpacked, tarball]) {
      const { code, stdout, stderr } = await validate([patient, '--package', from, '--profile', url]);
      assert.equal(code, 1, stderr);
      assert.match(stdout, /name is required.*\(profile http:\/\/example\.org/);
      assert.match(stderr, /example\.named@1\.0\.0 depends on example\.other@2\.0\.0/);
      assert.equal((await validate([patient, '--package', from])).code, 0);
      assert.equal((await validate([patient, '--package', from, '--global'])).code, 1);
    }
  });

  it('the national examples by the national package, as they state', { skip }, async () => {
    const { code, stdout } = await validate([
      join(national, 'examples'),
      '--package',
      join(national, 'uz.dhp.core-0.7.0.tgz'),
      '--no-warnings',
    ]);
    assert.match(stdout, /resources: 49, /);
    const { examples } = JSON.parse(await readFile(join(national, 'examples/expected.json'), 'utf8')) as {
      examples: { file: string; valid: boolean }[];
    };
    const wrong = examples.filter(({ valid }) => !valid).map(({ file }) => file);
    const told = [...stdout.matchAll(/\/([^/:\s]+):\d+:\d+ error .*\n {4}\S+ · (\S+)\n/g)];
    // The statement omits displays: some are translations that HL7's code systems do not have.
    const ofDisplays = new Set(['display-wrong', 'display-not-in-value-set']);
    const others = told.filter(([, , id]) => !ofDisplays.has(id!)).map(([, file]) => file);
    assert.deepEqual([...new Set(others)], wrong);
    assert.match(stdout, new RegExp(`invalid: ${new Set(told.map(([, file]) => file)).size};`));
    assert.equal(code, told.length > 0 ? 1 : 0);
  });
});
