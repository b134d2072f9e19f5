import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, inItem, inObject, inResource, listed, without, type Fault, type Faults } from './fault.ts';

const differential = (change: (element: Json, random: Random) => Json | undefined): Fault =>
  inResource('StructureDefinition', (definition, random) => {
    const part = random.oneIn(4) ? 'snapshot' : 'differential';
    const view = definition[part] as Json | undefined;
    const changed = view && inItem(view, 'element', random, (one) => change(one, random));
    return changed === undefined ? undefined : { ...definition, [part]: changed };
  });

const ofType = (type: string): object[] => [{ code: type }];

/** Faults of profiles, and of other resources that say how systems work. */
export const conformanceFaults: Faults = {
  'element with a binding on a type that has no codes': differential((one) => ({
    ...one,
    type: ofType('boolean'),
    binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/observation-status' },
  })),
  'element with targets on a type that has none': differential((one) => ({
    ...one,
    type: [{ code: 'string', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'] }],
  })),
  'element with a profile of another type': differential((one) => ({
    ...one,
    type: [{ code: 'string', profile: ['http://hl7.org/fhir/StructureDefinition/Patient'] }],
  })),
  'element of an unknown type': differential((one) => ({ ...one, type: ofType('NoSuchType') })),
  'element with a path that is not there': differential((one) => ({ ...one, path: `${String(one['path'])}.noSuch` })),
  'element with another id': differential((one) => ({ ...one, id: 'Something.else' })),
  'element without an id': differential((one) => without(one, 'id')),
  'element with more at least than at most': differential((one) => ({ ...one, min: 3, max: '1' })),
  'element with a limit that is no number': differential((one) => ({ ...one, max: 'many' })),
  'element with a rule that cannot be read': differential((one) =>
    added(one, 'constraint', { key: 'x-1', severity: 'error', human: 'x', expression: 'a +' }),
  ),
  'element with a rule about an element that is not there': differential((one) =>
    added(one, 'constraint', { key: 'x-2', severity: 'error', human: 'x', expression: 'noSuch.exists()' }),
  ),
  'element with a rule that is no boolean': differential((one) =>
    added(one, 'constraint', { key: 'x-3', severity: 'error', human: 'x', expression: '1 + 1' }),
  ),
  'element with a function that is not there': differential((one) =>
    added(one, 'constraint', { key: 'x-4', severity: 'error', human: 'x', expression: 'noSuch()' }),
  ),
  'element with a rule without an expression': differential((one) =>
    added(one, 'constraint', { key: 'x-5', severity: 'error', human: 'x' }),
  ),
  'element with a rule twice': differential((one) =>
    added(
      one,
      'constraint',
      { key: 'x-6', severity: 'error', human: 'x', expression: 'true' },
      { key: 'x-6', severity: 'error', human: 'x', expression: 'false' },
    ),
  ),
  'element with a fixed value of another type': differential((one) => ({ ...one, fixedBoolean: true })),
  'element with a fixed value and a pattern': differential((one) => ({ ...one, fixedCode: 'x', patternCode: 'x' })),
  'element with an example of another type': differential((one) =>
    added(one, 'example', { label: 'x', valueBoolean: true }),
  ),
  'element with a slice without slicing': differential((one) => ({
    ...one,
    sliceName: 'x',
    id: `${String(one['id'])}:x`,
  })),
  'element with a discriminator that leads nowhere': differential((one) => ({
    ...one,
    slicing: { discriminator: [{ type: 'value', path: 'noSuch' }], rules: 'open' },
  })),
  'element with slicing without a discriminator': differential((one) => ({ ...one, slicing: { rules: 'open' } })),
  'element with a binding to an unknown value set': differential((one) => ({
    ...one,
    binding: { strength: 'required', valueSet: 'http://example.org/ValueSet/no-such' },
  })),
  'element with a required binding without a value set': differential((one) => ({
    ...one,
    binding: { strength: 'required' },
  })),
  'element with a least value of another type': differential((one) => ({ ...one, minValueInteger: 1 })),
  'element twice': inResource('StructureDefinition', (definition, random) => {
    const view = definition['differential'] as Json | undefined;
    const elements = view && listed(view, 'element');
    if (elements === undefined || elements.length < 2) return undefined;
    return { ...definition, differential: added(view!, 'element', random.pick(elements)) };
  }),
  'elements out of order': inResource('StructureDefinition', (definition) => {
    const view = definition['differential'] as Json | undefined;
    const elements = view && listed(view, 'element');
    if (elements === undefined || elements.length < 3) return undefined;
    const [first, ...rest] = elements;
    return { ...definition, differential: { element: [first, ...rest.reverse()] } };
  }),
  'profile of a base that is not there': inResource('StructureDefinition', (one) => ({
    ...one,
    baseDefinition: 'http://example.org/StructureDefinition/no-such',
  })),
  'profile of another type than its base': inResource('StructureDefinition', (one) => ({ ...one, type: 'Linkage' })),
  'contexts on what is no extension': inResource('StructureDefinition', (one) =>
    one['type'] === 'Extension' ? undefined : added(one, 'context', { type: 'element', expression: 'Patient' }),
  ),
  'context that is not there': inResource('StructureDefinition', (one) =>
    one['type'] === 'Extension' ? added(one, 'context', { type: 'element', expression: 'Patient.noSuch' }) : undefined,
  ),
  'context that cannot be read': inResource('StructureDefinition', (one) =>
    one['type'] === 'Extension' ? added(one, 'context', { type: 'fhirpath', expression: 'a +' }) : undefined,
  ),
  'extension without contexts': inResource('StructureDefinition', (one) =>
    one['type'] === 'Extension' ? without(one, 'context') : undefined,
  ),
  'definition without elements': inResource('StructureDefinition', (one) => without(one, 'snapshot', 'differential')),
  'definition without a kind': inResource('StructureDefinition', (one) => without(one, 'kind')),
  'definition without a derivation': inResource('StructureDefinition', (one) => without(one, 'derivation')),
  'definition of another version of FHIR': inResource('StructureDefinition', (one) => ({
    ...one,
    fhirVersion: '1.0.2',
  })),
  'parameter with an expression that cannot be read': inResource('SearchParameter', (one) => ({
    ...one,
    expression: 'a +',
  })),
  'parameter about an element that is not there': inResource('SearchParameter', (one) => ({
    ...one,
    expression: 'Patient.noSuch',
  })),
  'parameter of another type than its elements': inResource('SearchParameter', (one) => ({ ...one, type: 'quantity' })),
  'parameter without an expression': inResource('SearchParameter', (one) => without(one, 'expression')),
  'parameter of a base that it does not name': inResource('SearchParameter', (one) => ({ ...one, base: ['Linkage'] })),
  'parameter of a base that is not there': inResource('SearchParameter', (one) => ({ ...one, base: ['NoSuch'] })),
  'parameter with targets that is no reference': inResource('SearchParameter', (one) =>
    one['type'] === 'reference' ? undefined : { ...one, target: ['Patient'] },
  ),
  'parameter made of none': inResource('SearchParameter', (one) => ({ ...one, type: 'composite' })),
  'parameter derived from another': inResource('SearchParameter', (one) => ({
    ...one,
    derivedFrom: 'http://example.org/SearchParameter/no-such',
  })),
  'parameter of an operation without a type': inResource('OperationDefinition', (one, random) =>
    inItem(one, 'parameter', random, (parameter) => without(parameter, 'type', 'part')),
  ),
  'parameter of an operation of an unknown type': inResource('OperationDefinition', (one, random) =>
    inItem(one, 'parameter', random, (parameter) => ({ ...parameter, type: 'NoSuch' })),
  ),
  'parameter of an operation with a search type': inResource('OperationDefinition', (one, random) =>
    inItem(one, 'parameter', random, (parameter) => ({ ...parameter, searchType: 'token' })),
  ),
  'parameter of an operation twice': inResource('OperationDefinition', (one, random) => {
    const parameters = listed(one, 'parameter');
    return parameters.length === 0 ? undefined : added(one, 'parameter', random.pick(parameters));
  }),
  'operation at no level': inResource('OperationDefinition', (one) => ({
    ...one,
    system: false,
    type: false,
    instance: false,
  })),
  'rest twice in a mode': inResource('CapabilityStatement', (one, random) => {
    const rests = listed(one, 'rest');
    return rests.length === 0 ? undefined : added(one, 'rest', random.pick(rests));
  }),
  'resource twice in a rest': inObject('CapabilityStatement.rest', (rest, random) => {
    const resources = listed(rest, 'resource');
    return resources.length === 0 ? undefined : added(rest, 'resource', random.pick(resources));
  }),
  'resource of an unknown type in a rest': inObject('CapabilityStatement.rest.resource', (one) => ({
    ...one,
    type: 'NoSuch',
  })),
  'search parameter of another type in a rest': inObject('CapabilityStatement.rest.resource.searchParam', (one) => ({
    ...one,
    type: one['type'] === 'quantity' ? 'token' : 'quantity',
  })),
  'search parameter twice in a rest': inObject('CapabilityStatement.rest.resource', (one, random) => {
    const parameters = listed(one, 'searchParam');
    return parameters.length === 0 ? undefined : added(one, 'searchParam', random.pick(parameters));
  }),
  'statement without what it describes': inResource('CapabilityStatement', (one) =>
    without(one, 'rest', 'messaging', 'document'),
  ),
  'statement of an instance without its implementation': inResource('CapabilityStatement', (one) => ({
    ...without(one, 'implementation', 'software'),
    kind: 'instance',
  })),
};
