import type {
  ValueSet,
  ValueSetCompose,
  ValueSetComposeInclude,
  ValueSetComposeIncludeConcept,
  ValueSetExpansionContains,
} from '@dhp/fhir-model';
import { conceptTest } from '../filter/concept-filter.ts';
import { TerminologyFault } from '../outcome/fault.ts';
import { issue } from '../outcome/issue.ts';
import { message } from '../outcome/messages.ts';
import type { Settings } from '../parameters/settings.ts';
import { canonical, type ConceptSystem } from '../concepts/concept-system.ts';
import { splitReference } from '../source/implicit-value-sets.ts';
import { eclFaultOf } from '../systems/snomed/snomed-filter.ts';
import type { Knowledge } from '../source/knowledge.ts';
import { compareVersions, versionMatches } from '../version/version-match.ts';
import { ruledVersion, type VersionRule } from '../version/version-rules.ts';

/** `url|version` of a value set; empty when it has no url. */
export function nameOf({ url, version }: ValueSet): string {
  return url === undefined ? '' : canonical(url, version);
}

/** A reference to a value set with the version that the rules of the request give it. */
export function pinned(settings: Settings, reference: string, used?: (rule: VersionRule) => void): string {
  const [url, version] = splitReference(reference);
  return canonical(url, ruledVersion(settings.rules, 'valueset', url, version, used));
}

/** The value set that an include refers to: contained in the value set, or known. */
export function resolveImport(
  context: { readonly knowledge: Knowledge; readonly settings: Settings },
  valueSet: ValueSet,
  reference: string,
): ValueSet | undefined {
  if (!reference.startsWith('#')) {
    const found = context.knowledge.valueSet(pinned(context.settings, reference));
    if (found !== undefined) checkValueSetVersion(context.settings, found);
    return found;
  }
  return valueSet.contained?.find(
    (resource): resource is ValueSet => resource.resourceType === 'ValueSet' && resource.id === reference.slice(1),
  );
}

/** @throws TerminologyFault when a filter has no value or cannot be run on the code system */
export function checkFilters(system: ConceptSystem, { filter = [] }: ValueSetComposeInclude, part: string): void {
  filter.forEach(({ property, op, value }, i) => {
    const expression = `ValueSet.compose.${part}.filter[${i}]`;
    const { url } = system.header;
    // A filter whose value is only an extension has no value, although the type declares one.
    const given = value as string | undefined;
    if (given === undefined || given === '') {
      const id = 'UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE';
      const text = message(id, url, property, op);
      throw new TerminologyFault('invalid-request', [
        issue('error', 'invalid', { kind: 'vs-invalid', id, text, expression }),
      ]);
    }
    const fault = eclFaultOf(system, { property, op, value });
    if (fault !== undefined) {
      const text = message('ECL_NOT_UNDERSTOOD', String(fault.place), fault.found, value);
      throw new TerminologyFault('invalid-request', [
        issue('error', 'not-supported', { kind: 'vs-invalid', text, expression }),
      ]);
    }
    if (conceptTest(system, { property, op, value }) !== undefined) return;
    const id = 'FILTER_NOT_UNDERSTOOD';
    const text = message(id, property, op, value);
    throw new TerminologyFault('invalid-request', [
      issue('error', 'not-supported', { kind: 'vs-invalid', id, text, expression }),
    ]);
  });
}

/** Imports below imports; the deepest of published value sets that we know is 6. The work of each level is on the stack. */
const deepestImport = 100;

/**
 * The names of the value sets from the requested one down to this one.
 * @param within the names above it
 * @throws TerminologyFault if the value set imports itself, or its imports are too deep
 */
export function importPath(valueSet: ValueSet, within: readonly string[]): readonly string[] {
  const name = nameOf(valueSet);
  if (name !== '' && within.includes(name)) throw circle(name, within);
  if (within.length < deepestImport) return [...within, name];
  const text = message('VALUESET_IMPORTS_TOO_DEEP', within[0], String(deepestImport));
  throw new TerminologyFault('too-costly', [issue('error', 'too-costly', { text })]);
}

function circle(name: string, within: readonly string[]): TerminologyFault {
  const id = 'VALUESET_CIRCULAR_REFERENCE';
  const text = message(id, name, within.filter(Boolean).join(', '));
  return new TerminologyFault('unanswerable', [issue('error', 'processing', { kind: 'vs-invalid', id, text })]);
}

/** The includes of a compose; data may lack required elements. */
export function includesOf(compose: Partial<ValueSetCompose> | undefined): readonly ValueSetComposeInclude[] {
  return compose?.include ?? [];
}

/**
 * Includes (or excludes) one after the other that only list codes of one version of a code system as one include: thousands of
 * them are then asked at once.
 */
export function mergedLists(includes: readonly ValueSetComposeInclude[]): readonly ValueSetComposeInclude[] {
  const merged: ValueSetComposeInclude[] = [];
  const lists = new Map<string, ValueSetComposeIncludeConcept[]>();
  for (const include of includes) {
    const { system, version, concept, filter, valueSet } = include;
    if (system === undefined || concept === undefined || filter !== undefined || valueSet !== undefined) {
      lists.clear();
      merged.push(include);
      continue;
    }
    const name = canonical(system, version);
    const list = lists.get(name);
    if (list !== undefined) {
      for (const one of concept) list.push(one);
      continue;
    }
    const own = [...concept];
    lists.set(name, own);
    merged.push({ ...include, concept: own });
  }
  return merged;
}

/** Includes of one code system in several versions: the later version first. */
export function newestFirst(includes: readonly ValueSetComposeInclude[]): ValueSetComposeInclude[] {
  return [...includes].sort((a, b) =>
    a.system === b.system && a.version !== undefined && b.version !== undefined
      ? compareVersions(b.version, a.version)
      : 0,
  );
}

/** @throws TerminologyFault when a rule of the request (`check-valueset-version`) does not allow the version of a value set */
export function checkValueSetVersion({ rules }: Settings, { url, version }: ValueSet): void {
  for (const rule of rules) {
    if (rule.mode !== 'check' || rule.target !== 'valueset' || rule.url !== url) continue;
    if (versionMatches(rule.version, version)) continue;
    const text = message('VALUESET_VERSION_FORBIDDEN', url, version, rule.version);
    throw new TerminologyFault('invalid-request', [issue('error', 'exception', { kind: 'version-error', text })]);
  }
}

/** The selectable entries of an expansion, children after their parent, without mere headings. */
export function selectableEntries(contains: readonly ValueSetExpansionContains[] = []): ValueSetExpansionContains[] {
  return contains.flatMap((entry) => [
    ...(entry.abstract === true ? [] : [entry]),
    ...selectableEntries(entry.contains),
  ]);
}
