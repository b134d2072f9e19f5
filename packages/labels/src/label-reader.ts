/** Labels of a resource by its own content: those that rules find by its codes, and those of its writers in `meta.security`. */
import { confidentialities, isOrdinary, restricted } from './confidentiality.ts';
import { tellsOfNobody } from './definitional-types.ts';

/** Rules with the codes of their value sets. Labels and codes are `system|code`. */
export interface LabelDefinition {
  /** Labels that are withheld from callers without a clearance for them. */
  readonly guarded: readonly string[];
  readonly rules: readonly LabelRuleCodes[];
}

export interface LabelRuleCodes {
  readonly labels: readonly string[];
  readonly codes: readonly string[];
  /** The canonical of the value set that has the codes; undefined for codes that the rule itself names. */
  readonly valueSet?: string;
}

/**
 * The definition from rules. Guarded labels are those that a rule assigns or a clearance names, and confidentialities above normal.
 * @param named labels of clearances
 */
export function definitionOf(rules: LabelDefinition['rules'], named: readonly string[]): LabelDefinition {
  const all = new Set([...restricted, ...rules.flatMap(({ labels }) => labels), ...named]);
  return { guarded: [...all].filter((label) => !isOrdinary(label)).sort(), rules };
}

type Json = Readonly<Record<string, unknown>>;

/** Returns the labels of a resource, without those that it inherits: guarded ones, and those of confidentiality. */
export type LabelReader = (resource: Json) => string[];

/**
 * Returns the reader of a definition. It reads each Coding, anywhere in the resource, including contained resources. A Coding without a system,
 * which may be of any, is compared by its code alone.
 * @example
 * const rules = [{ labels: ['urn:l|HIV'], codes: ['http://hl7.org/fhir/sid/icd-10|B20'] }];
 * const read = labelReader(definitionOf(rules, []));
 * read({ resourceType: 'Condition', code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'B20' }] } }); // ['urn:l|HIV']
 */
export function labelReader({ guarded, rules }: LabelDefinition): LabelReader {
  const byCoding = new Map<string, Set<string>>();
  for (const { labels, codes } of rules) {
    for (const coding of codes) {
      const code = coding.slice(coding.indexOf('|') + 1);
      for (const name of [coding, code]) byCoding.set(name, new Set([...(byCoding.get(name) ?? []), ...labels]));
    }
  }
  const recorded = new Set([...guarded, ...confidentialities]);
  return (resource) => {
    const found = new Set<string>();
    collect(resource, (coding) => byCoding.get(coding), recorded, found);
    return [...found].filter((label) => recorded.has(label)).sort();
  };
}

/** Without recursion: the writer of a resource decides its depth. */
function collect(
  resource: Json,
  labelsOf: (coding: string) => Iterable<string> | undefined,
  recorded: ReadonlySet<string>,
  found: Set<string>,
): void {
  const open: { readonly value: unknown; readonly key: string; readonly around: string }[] = [];
  open.push({ value: resource, key: '', around: '' });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, key, around } = next;
    if (Array.isArray(value)) {
      for (const each of value) open.push({ value: each, key, around });
      continue;
    }
    if (typeof value !== 'object' || value === null) continue;
    const { system, code, resourceType } = value as Json;
    const isDefinition = typeof resourceType === 'string' && tellsOfNobody(resourceType);
    if (isDefinition) continue;
    if (typeof code === 'string') {
      const coding = typeof system === 'string' ? `${system}|${code}` : code;
      const isLabel = key === 'security' && around === 'meta';
      if (isLabel && recorded.has(coding)) found.add(coding);
      if (typeof system === 'string' || key === 'coding') for (const label of labelsOf(coding) ?? []) found.add(label);
    }
    for (const [name, each] of Object.entries(value))
      if (typeof each === 'object') open.push({ value: each, key: name, around: key });
  }
}
