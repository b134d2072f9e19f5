import { memberOf } from '@dhp/fhir-model';
import type { Codes, Definitions, ElementDefinition } from '../src/index.ts';
import { noCode, placed, type Mutant } from './mutants.ts';
import type { Json } from './published.ts';

/** Yields one deliberate violation of each statement of a claimed profile about an element that the resource has. */
export function* profileMutantsOf(resource: Json, definitions: Definitions, codes: Codes): Generator<Mutant> {
  const { profile = [] } = (resource['meta'] ?? {}) as { profile?: string[] };
  const type = resource['resourceType'] as string;
  for (const url of profile) {
    for (const element of definitions.structure(url)?.snapshot?.element ?? []) {
      // A constraint on a slice applies only to members of the slice; the faulty variants of the package cover those.
      if (element.id?.includes(':') === true || !element.path.includes('.')) continue;
      for (const owner of ownersOf(resource, type, element.path.split('.').slice(1, -1))) {
        yield* faults(resource, owner, element, codes);
      }
    }
  }
}

interface Owner {
  readonly object: Json;
  readonly type: string;
  readonly path: readonly (string | number)[];
}

/** Returns the objects that contain an element, from its path. */
function ownersOf(object: Json, type: string, names: readonly string[], path: Owner['path'] = []): Owner[] {
  const [name, ...rest] = names;
  if (name === undefined) return [{ object, type, path }];
  const key = keyOf(object, type, name);
  if (key === undefined) return [];
  const inner = memberOf(type, key)!.type;
  const value = object[key];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item, i) =>
    typeof item === 'object' && item !== null
      ? ownersOf(item as Json, inner, rest, [...path, key, ...(Array.isArray(value) ? [i] : [])])
      : [],
  );
}

/** Returns the JSON member of an element in an object: `valueQuantity` for `value[x]`. */
function keyOf(object: Json, type: string, name: string): string | undefined {
  const plain = name.replace('[x]', '');
  return Object.keys(object).find((key) => {
    const member = memberOf(type, key);
    return member !== undefined && !member.isSibling && member.element.name === plain;
  });
}

function* faults(
  resource: Json,
  { object, type, path }: Owner,
  element: ElementDefinition,
  codes: Codes,
): Generator<Mutant> {
  const member = keyOf(object, type, element.path.split('.').at(-1)!);
  if (member === undefined) return;
  const value = object[member];
  const made = (kind: string, changed: Json): Mutant => ({
    kind,
    path,
    member,
    resource: placed(resource, path, changed),
  });
  const { [member]: _, ...without } = object;
  if ((element.min ?? 0) > 0 && object[`_${member}`] === undefined) {
    yield made('required by the profile left out', without);
  }
  const max = Number(element.max);
  if (Array.isArray(value) && Number.isInteger(max) && value.length > 0) {
    const many = Array.from({ length: max + 1 }, (_one, i): unknown => value[i % value.length]);
    yield made('more than the profile allows', { ...object, [member]: many });
  }
  const { strength, valueSet = '' } = element.binding ?? {};
  // Codes from systems that are not loaded here (UCUM, SNOMED CT) cannot be checked.
  const isKnown =
    /^http:\/\/hl7\.org\/fhir\/ValueSet\//.test(valueSet) || codes.validate(valueSet, undefined, noCode) === 'out';
  if (strength === 'required' && isKnown) yield* miscoded(object, member, value, made);
  const stated = Object.keys(element).some((key) => /^(?:fixed|pattern)[A-Z]/.test(key));
  const other = stated ? changedValue(value) : undefined;
  if (other !== undefined) yield made('another value than the profile states', { ...object, [member]: other });
  const targets = (element.type ?? []).flatMap(({ targetProfile }) => targetProfile ?? []);
  if (targets.length > 0 && !targets.some((url) => /\/(?:Resource|Linkage)$/.test(url))) {
    const wrong = { reference: 'Linkage/1' };
    const one = memberOf(type, member)!.type === 'CodeableReference' ? { reference: wrong } : wrong;
    yield made('reference to a type that the profile leaves out', {
      ...object,
      [member]: Array.isArray(value) ? [one] : one,
    });
  }
}

/** Yields the value with a code in no value set, in each form that carries codes. */
function* miscoded(
  object: Json,
  member: string,
  value: unknown,
  made: (kind: string, changed: Json) => Mutant,
): Generator<Mutant> {
  const first = (Array.isArray(value) ? value[0] : value) as unknown;
  const kind = "code outside the profile's value set";
  const system = 'http://example.org/no-such-system';
  const put = (one: unknown): Mutant => made(kind, { ...object, [member]: Array.isArray(value) ? [one] : one });
  if (typeof first === 'string') yield put(noCode);
  if (typeof first !== 'object' || first === null) return;
  const { coding, concept } = first as { coding?: unknown; concept?: { coding?: unknown } };
  if (coding !== undefined) yield put({ ...first, coding: [{ system, code: noCode }] });
  if (concept?.coding !== undefined) yield put({ ...first, concept: { coding: [{ system, code: noCode }] } });
}

/** Returns another value of the same type; only for texts. */
function changedValue(value: unknown): unknown {
  return typeof value === 'string' ? `${value}x` : undefined;
}
