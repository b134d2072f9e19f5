import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.core/package.json')));

interface StructureDefinition {
  readonly snapshot: {
    readonly element: readonly { path: string; binding?: { strength: string; valueSet?: string } }[];
  };
}

interface Concept {
  readonly code: string;
  readonly concept?: readonly Concept[];
}

interface Include {
  readonly system?: string;
  readonly concept?: readonly Concept[];
  readonly valueSet?: readonly string[];
}

function read(kind: string, id: string): unknown {
  const file = join(folder, `${kind}-${id}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

const includes = new Map<string, readonly Include[]>();

/** The system of a code in an element that is bound as required, from the definitions themselves. */
export function systemOfElement(path: string, code: string): string | undefined {
  let all = includes.get(path);
  if (all === undefined) includes.set(path, (all = includesAt(path)));
  if (new Set(all.map(({ system }) => system)).size === 1) return all[0]!.system;
  return all.find(({ system = '', concept }) => has(concept ?? conceptsOf(system), code))?.system;
}

function includesAt(path: string): Include[] {
  const definition = read('StructureDefinition', path.split('.')[0]!) as StructureDefinition | undefined;
  const binding = definition?.snapshot.element.find((element) => element.path === path)?.binding;
  return binding?.strength === 'required' ? includesOf(binding.valueSet ?? '') : [];
}

function includesOf(valueSet: string): Include[] {
  const id = valueSet.replace('http://hl7.org/fhir/ValueSet/', '').replace(/\|.*/, '');
  const { compose } = (read('ValueSet', id) ?? {}) as { compose?: { include: readonly Include[] } };
  return (compose?.include ?? []).flatMap((include) =>
    include.system === undefined ? (include.valueSet ?? []).flatMap(includesOf) : [include],
  );
}

function conceptsOf(system: string): readonly Concept[] {
  const { concept = [] } = (read('CodeSystem', system.replace('http://hl7.org/fhir/', '')) ?? {}) as {
    concept?: readonly Concept[];
  };
  return concept;
}

function has(concepts: readonly Concept[], code: string): boolean {
  return concepts.some((one) => one.code === code || has(one.concept ?? [], code));
}
