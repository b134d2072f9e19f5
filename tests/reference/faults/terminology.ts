import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inItem, inResource, listed, without, type Fault, type Faults } from './fault.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

const concept = (change: (concept: Json, system: Json) => Json | undefined): Fault =>
  inResource('CodeSystem', (system, random) => inItem(system, 'concept', random, (one) => change(one, system)));

/** A change of one include of a ValueSet. */
const include = (change: (include: Json, random: Random) => Json | undefined): Fault =>
  inResource('ValueSet', (set, random) => {
    const compose = set['compose'] as Json | undefined;
    const changed = compose && inItem(compose, 'include', random, (one) => change(one, random));
    return changed === undefined ? undefined : { ...set, compose: changed };
  });

const group = (change: (group: Json, random: Random) => Json | undefined): Fault =>
  inResource('ConceptMap', (map, random) => inItem(map, 'group', random, (one) => change(one, random)));

const mapped = (change: (element: Json, random: Random) => Json | undefined): Fault =>
  group((one, random) => inItem(one, 'element', random, (element) => change(element, random)));

const canonicalTypes =
  'CodeSystem ValueSet ConceptMap StructureDefinition SearchParameter OperationDefinition CapabilityStatement Questionnaire ' +
  'ImplementationGuide Measure Library PlanDefinition ActivityDefinition NamingSystem StructureMap GraphDefinition';

/** Faults of resources that define something. */
export const terminologyFaults: Faults = {
  'definition with a relative url': inResource(canonicalTypes, (one) => ({ ...one, url: 'things/1' })),
  'definition with a version in its url': inResource(canonicalTypes, (one) =>
    isText(one['url']) ? { ...one, url: `${one['url']}|1` } : undefined,
  ),
  'definition with an anchor in its url': inResource(canonicalTypes, (one) =>
    isText(one['url']) ? { ...one, url: `${one['url']}#x` } : undefined,
  ),
  'definition with a name of words': inResource(canonicalTypes, (one) => ({ ...one, name: 'two words' })),
  'definition without a url': inResource(canonicalTypes, (one) => without(one, 'url')),
  'definition without a status': inResource(canonicalTypes, (one) => without(one, 'status')),
  'definition that says experimental of HL7': inResource(canonicalTypes, (one) => ({ ...one, experimental: true })),
  'definition that is retired': inResource(canonicalTypes, (one) => ({ ...one, status: 'retired' })),
  'two algorithms of a version': inResource(canonicalTypes, (one) => ({ ...one, versionAlgorithmString: 'semver' })),
  'concept twice': inResource('CodeSystem', (one, random) => {
    const concepts = listed(one, 'concept');
    return concepts.length === 0 ? undefined : added(one, 'concept', random.pick(concepts));
  }),
  'count that is wrong': inResource('CodeSystem', (one) => ({ ...one, count: 99_999 })),
  'concept with a property that is not declared': concept((one) =>
    added(one, 'property', { code: 'no-such', valueString: 'x' }),
  ),
  'concept with a property of the wrong type': concept((one, system) => {
    const [declared] = listed(system, 'property');
    if (declared === undefined) return undefined;
    const value = declared['type'] === 'string' ? { valueBoolean: true } : { valueString: 'x' };
    return added(one, 'property', { code: declared['code'], ...value });
  }),
  'concept with a code that has a space too many': concept((one) => ({ ...one, code: ` ${String(one['code'])}` })),
  'concept with a parent that is not there': concept((one) =>
    added(one, 'property', { code: 'parent', valueCode: 'no-such' }),
  ),
  'designation without a language or use': concept((one) => added(one, 'designation', { value: 'x' })),
  'designation like the display': concept((one) =>
    added(one, 'designation', { language: 'en', value: one['display'] }),
  ),
  'property declared twice': inResource('CodeSystem', (one) =>
    added(one, 'property', { code: 'a', type: 'string' }, { code: 'a', type: 'string' }),
  ),
  'filter declared without a value': inResource('CodeSystem', (one) =>
    added(one, 'filter', { code: 'x', operator: ['='] }),
  ),
  'content that is a supplement of nothing': inResource('CodeSystem', (one) => ({ ...one, content: 'supplement' })),
  'supplement with codes that its base has not': inResource('CodeSystem', (one) => ({
    ...one,
    content: 'supplement',
    supplements: 'http://hl7.org/fhir/observation-status',
  })),
  'content that is not present, with concepts': inResource('CodeSystem', (one) =>
    listed(one, 'concept').length > 0 ? { ...one, content: 'not-present' } : undefined,
  ),
  'value set of a code system that is not there': inResource('CodeSystem', (one) => ({
    ...one,
    valueSet: 'http://example.org/ValueSet/no-such',
  })),
  'case not stated': inResource('CodeSystem', (one) => without(one, 'caseSensitive')),
  'hierarchy meaning not stated': inResource('CodeSystem', (one) => without(one, 'hierarchyMeaning')),
  'include of a value set as a system': include((one) => ({
    ...one,
    system: 'http://hl7.org/fhir/ValueSet/observation-status',
  })),
  'include of a relative system': include((one) => ({ ...one, system: 'codes' })),
  'include of an unknown system': include((one) => ({ ...one, system: 'http://example.org/no-such' })),
  'include of an unknown value set': include(() => ({ valueSet: ['http://example.org/ValueSet/no-such'] })),
  'include of nothing': include(() => ({})),
  'include of a code that its system has not': include((one) =>
    isText(one['system']) && one['filter'] === undefined ? added(one, 'concept', { code: 'no-such-code' }) : undefined,
  ),
  'include of a code twice': include((one, random) => {
    const concepts = listed(one, 'concept');
    return concepts.length === 0 ? undefined : added(one, 'concept', random.pick(concepts));
  }),
  'include of a wrong display': include((one, random) =>
    inItem(one, 'concept', random, (listedConcept) => ({ ...listedConcept, display: 'Something else' })),
  ),
  'include of codes and a filter': include((one) =>
    one['concept'] === undefined ? undefined : added(one, 'filter', { property: 'concept', op: 'is-a', value: 'x' }),
  ),
  'filter by a property that is not there': include((one) =>
    isText(one['system'])
      ? { system: one['system'], filter: [{ property: 'no-such', op: '=', value: 'x' }] }
      : undefined,
  ),
  'filter by a code that is not there': include((one) =>
    isText(one['system'])
      ? { system: one['system'], filter: [{ property: 'concept', op: 'is-a', value: 'no-such' }] }
      : undefined,
  ),
  'filter with an operation that does not fit': include((one) =>
    isText(one['system'])
      ? { system: one['system'], filter: [{ property: 'concept', op: 'exists', value: 'x' }] }
      : undefined,
  ),
  'include of a version that is not there': include((one) =>
    isText(one['system']) ? { ...one, version: '0.0-none' } : undefined,
  ),
  'expansion without a time': inResource('ValueSet', (set) => ({
    ...set,
    expansion: { contains: [{ system: 'http://hl7.org/fhir/observation-status', code: 'final' }] },
  })),
  'expansion with a code that is not there': inResource('ValueSet', (set) => ({
    ...set,
    expansion: {
      timestamp: '2026-01-31T10:00:00Z',
      contains: [{ system: 'http://hl7.org/fhir/observation-status', code: 'no-such' }],
    },
  })),
  'map from a code that is not there': mapped((one) => ({ ...one, code: 'no-such-code' })),
  'map to a code that is not there': mapped((one, random) =>
    inItem(one, 'target', random, (target) => ({ ...target, code: 'no-such-code' })),
  ),
  'map of a wrong display': mapped((one) => ({ ...one, display: 'Something else' })),
  'map without a target': mapped((one) => without(one, 'target')),
  'map with a target and noMap': mapped((one) => ({ ...one, noMap: true })),
  'map without a relationship': mapped((one, random) =>
    inItem(one, 'target', random, (target) => without(target, 'relationship')),
  ),
  'map with a product that is not declared': mapped((one, random) =>
    inItem(one, 'target', random, (target) => added(target, 'product', { attribute: 'no-such', valueString: 'x' })),
  ),
  'map with a property that is not declared': mapped((one, random) =>
    inItem(one, 'target', random, (target) => added(target, 'property', { code: 'no-such', valueString: 'x' })),
  ),
  'map from an unknown system': group((one) => ({ ...one, source: 'http://example.org/no-such' })),
  'map to a relative system': group((one) => ({ ...one, target: 'codes' })),
  'map to a value set as a system': group((one) => ({
    ...one,
    target: 'http://hl7.org/fhir/ValueSet/observation-status',
  })),
  'map without a source': group((one) => without(one, 'source')),
  'map with unmapped codes to nothing': group((one) => ({ ...one, unmapped: { mode: 'fixed' } })),
  'map of a scope that is not there': inResource('ConceptMap', (one) => ({
    ...without(one, 'sourceScopeUri'),
    sourceScopeCanonical: 'http://example.org/ValueSet/no-such',
  })),
};
