import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CodeSystem, CodeSystemConcept, ConceptMap, ValueSet, ValueSetExpansionContains } from '@dhp/fhir-model';
import { builtIn } from './built-in.ts';
import { parameters, terminologyOf, valueOf } from './parameters.ts';

const archive = fileURLToPath(new URL('../../../../shared/uz-core/uz.dhp.core-0.7.0.tgz', import.meta.url));
const skip = existsSync(archive) ? false : 'the national package is not here (../shared/uz-core)';

const folder = mkdtempSync(join(tmpdir(), 'dhp-terminology-'));
after(() => rmSync(folder, { recursive: true }));

type Resource = CodeSystem | ValueSet | ConceptMap;

function readPackage(): Resource[] {
  execFileSync('tar', ['xzf', archive, '-C', folder]);
  const path = join(folder, 'package');
  return readdirSync(path)
    .filter((file) => /^(CodeSystem|ValueSet|ConceptMap)-/.test(file))
    .map((file) => JSON.parse(readFileSync(join(path, file), 'utf8')) as Resource);
}

const languages = ['uz', 'ru', 'en'];

test('the value sets of the national package in Uzbek, Russian and English', { skip }, (context) => {
  const all = readPackage();
  const terminology = terminologyOf(all, builtIn);
  const systems = all.filter((one) => one.resourceType === 'CodeSystem');
  let checked = 0;
  let translated = 0;
  for (const valueSet of all.filter((one) => one.resourceType === 'ValueSet')) {
    const { url = '' } = valueSet;
    const expected = expectedMembers(valueSet, systems);
    if (expected === undefined) continue;
    for (const displayLanguage of languages) {
      const request = parameters({ url, displayLanguage, count: 10_000, excludeNested: true });
      const { expansion } = terminology.expand(request);
      assert.equal(expansion?.total, expected.size, url);
      for (const entry of expansion.contains ?? []) {
        const names = expected.get(keyOf(entry))?.filter(({ language }) => language === displayLanguage) ?? [];
        if (names.length === 0) continue;
        assert.ok(
          names.some(({ value }) => value.trim() === entry.display),
          `${url} ${entry.code ?? ''} ${displayLanguage}: ${entry.display ?? ''}`,
        );
        translated++;
      }
    }
    for (const key of [...expected.keys()].slice(0, 3)) {
      const [system = '', code = ''] = key.split(' ');
      const answer = terminology.validateValueSetCode(parameters({ url, system, code }));
      assert.equal(valueOf(answer, 'result'), true, `${url} ${key}`);
      const wrong = terminology.validateValueSetCode(parameters({ url, system, code: 'no-such-code' }));
      assert.equal(valueOf(wrong, 'result'), false, url);
    }
    checked++;
  }
  context.diagnostic(`${checked} value sets, ${translated} translated names`);
  assert.ok(checked > 80);
  assert.ok(translated > 25_000);
});

const keyOf = ({ system = '', code = '' }: ValueSetExpansionContains): string => `${system} ${code}`;

type Names = { language?: string; value: string }[];

/**
 * Members of a value set with their names, read from the package alone: includes of whole code systems of the package, or of listed codes.
 * Undefined for other value sets.
 */
function expectedMembers(
  { compose, extension }: ValueSet,
  systems: readonly CodeSystem[],
): Map<string, Names> | undefined {
  if (compose === undefined || compose.exclude !== undefined) return undefined;
  const wanted = (extension ?? []).flatMap(({ url, valueCanonical }) =>
    url.endsWith('/valueset-supplement') && valueCanonical !== undefined ? [valueCanonical.split('|')[0]] : [],
  );
  const members = new Map<string, Names>();
  for (const { system, concept, filter, valueSet } of compose.include) {
    const own = systems.find(({ url, content }) => url === system && content !== 'supplement');
    if (filter !== undefined || valueSet !== undefined || system === undefined) return undefined;
    const known = own !== undefined || builtIn.codeSystems(system).some(({ header }) => header.content === 'complete');
    if (!known || (concept === undefined && own === undefined)) return undefined;
    const supplements = systems.filter((one) => wanted.includes(one.url) && one.supplements?.split('|')[0] === system);
    const names = namesOf([...(own === undefined ? [] : [own]), ...supplements]);
    for (const { code, designation } of concept ?? flat(own?.concept ?? [])) {
      if (own !== undefined && !names.has(code)) continue;
      if (own === undefined && builtIn.codeSystems(system).every((one) => one.find(code) === undefined)) continue;
      members.set(`${system} ${code}`, [...(names.get(code) ?? []), ...((designation ?? []) as Names)]);
    }
  }
  return members;
}

function namesOf(systems: readonly CodeSystem[]): Map<string, Names> {
  const names = new Map<string, Names>();
  for (const { concept } of systems)
    for (const { code, designation } of flat(concept ?? []))
      names.set(code, [...(names.get(code) ?? []), ...((designation ?? []) as Names)]);
  return names;
}

function flat(concepts: readonly CodeSystemConcept[]): CodeSystemConcept[] {
  return concepts.flatMap((concept) => [concept, ...flat(concept.concept ?? [])]);
}

interface Bound {
  readonly binding?: {
    readonly valueSet?: string;
    readonly additional?: readonly { readonly valueSet?: string }[];
  };
}

/** The value sets that elements of the package's profiles and extensions are bound to. */
function boundValueSets(): string[] {
  const path = join(folder, 'package');
  const elements = readdirSync(path)
    .filter((file) => file.startsWith('StructureDefinition-'))
    .map(
      (file) => JSON.parse(readFileSync(join(path, file), 'utf8')) as Record<string, { element?: Bound[] } | undefined>,
    )
    .flatMap(({ snapshot, differential }) => [...(snapshot?.element ?? []), ...(differential?.element ?? [])]);
  const named = elements.flatMap(({ binding }) => [
    binding?.valueSet,
    ...(binding?.additional ?? []).map(({ valueSet }) => valueSet),
  ]);
  return [...new Set(named.filter((url) => url !== undefined))].sort();
}

test('$validate-code on every value set that the national package binds an element to', { skip }, (context) => {
  const terminology = terminologyOf(readPackage(), builtIn);
  const check = (url: string, system: string, code: string): unknown =>
    valueOf(terminology.validateValueSetCode(parameters({ url, system, code })), 'result');
  const unlisted: string[] = [];
  const bound = boundValueSets();
  for (const url of bound) {
    let contains: readonly ValueSetExpansionContains[];
    try {
      contains = terminology.expand(parameters({ url, count: 50, excludeNested: true })).expansion?.contains ?? [];
    } catch (error) {
      // The failure names code systems that a country licenses itself, and versions that HL7 Terminology no longer has.
      assert.match((error as Error).message, /could not be found|cannot be expanded|Unable to find included/, url);
      unlisted.push(url);
      continue;
    }
    assert.ok(contains.length > 0, `${url} has codes`);
    for (const { system = '', code = '' } of contains) assert.equal(check(url, system, code), true, `${url} ${code}`);
    assert.equal(check(url, contains[0]!.system ?? '', 'no-such-code'), false, url);
  }
  context.diagnostic(`${bound.length} value sets, ${unlisted.length} of code systems that are not here`);
  assert.ok(bound.length - unlisted.length > 80);
});
