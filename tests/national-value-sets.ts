/** Members of the value sets of the national package, computed from the files of the packages alone, without this platform. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  CodeSystem,
  CodeSystemConcept,
  CodeSystemConceptProperty,
  StructureDefinition,
  ValueSet,
  ValueSetComposeInclude,
} from '@dhp/fhir-model';

export const nationalArchive = fileURLToPath(new URL('../../shared/uz-core/uz.dhp.core-0.7.0.tgz', import.meta.url));
export const skipNationalArchive = existsSync(nationalArchive)
  ? false
  : 'the national package is not here (../shared/uz-core)';

export interface Member {
  /** Names whose language is known, without the displays of supplements. */
  readonly names: readonly { readonly language: string; readonly value: string }[];
}

/** `members` by system and code with a space between; or the code systems that no package has in full. */
export type Expected = { readonly members: ReadonlyMap<string, Member> } | { readonly unknown: readonly string[] };

export interface National {
  readonly valueSets: readonly ValueSet[];
  readonly profiles: readonly StructureDefinition[];
  membersOf(canonical: string): Expected;
}

interface Flat {
  readonly concept: CodeSystemConcept;
  readonly above: readonly string[];
}

const builtIn = ['hl7.fhir.r5.core', 'hl7.terminology.r5', 'hl7.fhir.uv.extensions.r5'];

export function openNational(): National {
  const folder = mkdtempSync(join(tmpdir(), 'dhp-national-'));
  try {
    execFileSync('tar', ['xzf', nationalArchive, '-C', folder]);
    const packages = builtIn.map((name) => fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url)));
    return nationalOf(join(folder, 'package'), packages);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function nationalOf(own: string, packages: readonly string[]): National {
  const all = [...packages, own];
  const codeSystems = all.flatMap((path) => read<CodeSystem>(path, 'CodeSystem'));
  const valueSets = new Map(all.flatMap((path) => read<ValueSet>(path, 'ValueSet')).map((one) => [one.url, one]));
  const whole = new Map(codeSystems.filter(({ content }) => content === 'complete').map((one) => [one.url, one]));
  const supplements = codeSystems.filter(({ content }) => content === 'supplement');
  const flattened = new Map<string, readonly Flat[]>();
  const flat = (url: string): readonly Flat[] => {
    const known = flattened.get(url) ?? flatten(whole.get(url)?.concept ?? []);
    flattened.set(url, known);
    return known;
  };

  function membersOf(canonical: string): Expected {
    const valueSet = valueSets.get(canonical.split('|')[0]);
    if (valueSet === undefined) return { unknown: [canonical.split('|')[0] ?? ''] };
    const named = (valueSet.extension ?? []).flatMap(({ url, valueCanonical }) =>
      url.endsWith('/valueset-supplement') && valueCanonical !== undefined ? [valueCanonical.split('|')[0]] : [],
    );
    const unknown = new Set<string>();
    const keysOf = (include: ValueSetComposeInclude): Set<string> => {
      const { system, version, concept, filter = [], valueSet: imported = [] } = include;
      const parts = imported.map((url) => {
        const found = membersOf(url);
        if ('members' in found) return new Set(found.members.keys());
        for (const one of found.unknown) unknown.add(one);
        return new Set<string>();
      });
      const isThere = system === undefined || (version ?? whole.get(system)?.version) === whole.get(system)?.version;
      if (system !== undefined && !(isThere && whole.has(system))) unknown.add(system);
      else if (system !== undefined) {
        const listed = concept && new Set(concept.map(({ code }) => code));
        const chosen = flat(system).filter(
          (one) => (listed?.has(one.concept.code) ?? true) && filter.every((each) => passes(one, each)),
        );
        parts.push(new Set(chosen.map((one) => `${system} ${one.concept.code}`)));
      }
      const [first = new Set<string>(), ...others] = parts;
      return new Set([...first].filter((key) => others.every((other) => other.has(key))));
    };
    const keys = new Set((valueSet.compose?.include ?? []).flatMap((include) => [...keysOf(include)]));
    for (const exclude of valueSet.compose?.exclude ?? []) for (const key of keysOf(exclude)) keys.delete(key);
    if (unknown.size > 0) return { unknown: [...unknown] };
    const names = new Map([...keys].map((key): [string, Member['names'][number][]] => [key, []]));
    const systems = new Set((valueSet.compose?.include ?? []).flatMap(({ system }) => system ?? []));
    for (const url of systems) {
      const extra = supplements.filter((one) => one.supplements?.split('|')[0] === url && named.includes(one.url));
      for (const each of [whole.get(url)!, ...extra]) collect(names, url, each);
    }
    return { members: new Map([...names].map(([key, value]) => [key, { names: value }])) };
  }

  return { valueSets: read(own, 'ValueSet'), profiles: read(own, 'StructureDefinition'), membersOf };
}

function collect(
  names: Map<string, Member['names'][number][]>,
  url: string,
  { content, language, concept = [] }: CodeSystem,
): void {
  for (const { concept: one } of flatten(concept)) {
    const own = names.get(`${url} ${one.code}`);
    if (own === undefined) continue;
    if (content === 'complete' && language !== undefined && one.display !== undefined)
      own.push({ language, value: one.display.trim() });
    for (const designation of one.designation ?? []) {
      if (designation.language !== undefined)
        own.push({ language: designation.language, value: designation.value.trim() });
    }
  }
}

function read<T>(folder: string, type: string): T[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${type}-`) && name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T);
}

function flatten(concepts: readonly CodeSystemConcept[], above: readonly string[] = []): Flat[] {
  return concepts.flatMap((concept) => [
    { concept, above },
    ...flatten(concept.concept ?? [], [...above, concept.code]),
  ]);
}

function passes(
  { concept, above }: Flat,
  { property, op, value }: { property: string; op: string; value: string },
): boolean {
  if (property === 'concept' && op === 'descendent-of') return above.includes(value);
  if (property === 'concept' && op === 'is-not-a') return concept.code !== value && !above.includes(value);
  if (property === 'concept' && op === 'is-a') return concept.code === value || above.includes(value);
  if (op !== '=') throw new Error(`the package has a filter that is not computed here: ${property} ${op} ${value}`);
  return (concept.property ?? []).some((one) => one.code === property && literal(one) === value);
}

function literal({ valueCoding, valueBoolean, valueString, valueCode }: CodeSystemConceptProperty): string {
  if (valueCoding !== undefined) return `${valueCoding.system ?? ''}#${valueCoding.code ?? ''}`;
  return String(valueBoolean ?? valueString ?? valueCode);
}
