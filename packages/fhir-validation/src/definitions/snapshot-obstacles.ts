import { isSubtype, typeOf } from '@dhp/fhir-model';
import { isObject, listOf, shown, type Json } from '../json.ts';
import { baseTypeOf, type StructureDefinition } from '../contract/definitions.ts';
import type { Run } from '../run.ts';

/** The required codes that a definition needs to be readable, by member. */
const codes = {
  kind: 'primitive-type complex-type resource logical',
  context: 'fhirpath element extension',
  discriminator: 'value exists pattern type profile position',
  rules: 'closed open openAtEnd',
  strength: 'required extensible preferred example',
} as const;

const isCode = (of: keyof typeof codes, code: unknown): boolean =>
  typeof code !== 'string' || code === '' || codes[of].split(' ').includes(code);

/** Returns the member and the value that make a snapshot impossible; undefined if there is none. */
export function obstacleOf(
  resource: Json,
  elements: readonly Json[],
  { kind, type, baseDefinition }: Partial<StructureDefinition>,
  run: Run,
): string | undefined {
  if (!isCode('kind', kind)) return told('kind', kind);
  for (const context of listOf(resource['context']))
    if (isObject(context) && !isCode('context', context['type'])) return told('context.type', context['type']);
  const base = typeof baseDefinition === 'string' ? typeNamed(baseDefinition, run) : undefined;
  if (base !== undefined && typeof type === 'string' && base !== type) return told('type', type);
  for (const element of elements) {
    run.spend(1);
    const obstacle = ofElement(element, run);
    if (obstacle !== undefined) return `${shown(element['path'])}: ${obstacle}`;
  }
  return undefined;
}

function ofElement({ slicing, binding, type }: Json, run: Run): string | undefined {
  if (isObject(slicing)) {
    if (!isCode('rules', slicing['rules'])) return told('slicing.rules', slicing['rules']);
    for (const one of listOf(slicing['discriminator']))
      if (isObject(one) && !isCode('discriminator', one['type']))
        return told('slicing.discriminator.type', one['type']);
  }
  if (isObject(binding) && !isCode('strength', binding['strength']))
    return told('binding.strength', binding['strength']);
  for (const one of listOf(type)) {
    // A backbone element may have a profile on the same part of another resource.
    if (!isObject(one) || typeof one['code'] !== 'string' || one['code'] === 'BackboneElement') continue;
    if (typeOf(one['code']) === undefined) continue;
    for (const profile of listOf(one['profile'])) {
      const found = typeof profile === 'string' ? typeNamed(profile, run) : undefined;
      if (found !== undefined && typeOf(found) !== undefined && !isSubtype(found, one['code']))
        return told('type.profile', profile);
    }
  }
  return undefined;
}

const told = (name: string, value: unknown): string => `${name} ${shown(value)}`;

/** Returns the type that a canonical defines or constrains; undefined if it is not available. */
const typeNamed = (canonical: string, run: Run): string | undefined =>
  baseTypeOf(canonical) ?? run.rules.profiles.structure(canonical)?.type;
