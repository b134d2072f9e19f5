/** Provocations of messages that are seldom told: in definitions, value sets, code systems, maps and questionnaires. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined, home, profile, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const own = `${home}/StructureDefinition`;
const colours = `${home}/CodeSystem/colours`;

const of = (elements: Readonly<Record<string, Json>>, more: Json = {}): Json =>
  profile('tested', 'Patient', elements, more);
const element = (path: string, more: Json = {}): Json => ({ id: path, path, ...more });
const whole = { min: 0, max: '*', base: { path: 'Patient', min: 0, max: '*' } };

/** A profile with a snapshot of a few elements. */
const snapped = (elements: readonly Json[], more: Json = {}): Json =>
  of({}, { snapshot: { element: [element('Patient', whole), ...elements] }, ...more });
const named = (more: Json, path = 'Patient.name', type = 'HumanName'): Json =>
  element(path, { min: 0, max: '1', base: { path, min: 0, max: '*' }, type: [{ code: type }], ...more });
const rule = (more: Json): Json => ({ key: 'own-1', severity: 'error', human: 'A', expression: 'true', ...more });
const mustSupport = { extension: [{ url: `${core}/elementdefinition-type-must-support`, valueBoolean: true }] };
const absent = { extension: [{ url: `${core}/data-absent-reason`, valueCode: 'unknown' }] };
const byPath = (path: string, type = 'value'): Json => ({ discriminator: [{ type, path }], rules: 'open' });
const bySystem = (more: Json = {}): Json => ({ 'Patient.identifier': { slicing: byPath('system'), ...more } });

const structures: Provocations = {
  'snapshot at fault': [
    snapped([named({ constraint: [rule({}), rule({ expression: 'false' })] })]),
    snapped([
      named({ constraint: [rule({})] }),
      named({ constraint: [rule({ expression: 'false' })] }, 'Patient.link'),
    ]),
    snapped([named({ constraint: [rule({ key: undefined })] })]),
    snapped([named({ binding: { strength: 'required', valueSet: `${home}/ValueSet/all-colours` } })]),
    snapped([named({ binding: { strength: 'required', _valueSet: absent } }, 'Patient.gender', 'code')]),
    snapped([named({ type: [{ code: 'HumanName', ...mustSupport }] })]),
    snapped([named({ type: [{ code: 'HumanName', ...mustSupport }], mustSupport: true })]),
    snapped([named({ type: undefined })]),
    snapped([named({ type: [{ _code: absent }] })]),
    snapped([named({ type: [{ code: 'HumanName', profile: [`${own}/narrow`] }] })]),
    snapped([named({ fixedHumanName: { text: 'A' } })]),
    snapped([named({ fixedString: 'A' })]),
    snapped([named({ patternString: 'A' })]),
    snapped([named({ defaultValueString: 'A' })]),
    snapped([named({ fixedCode: 'female', max: '*' }, 'Patient.gender', 'code')]),
    snapped([named({ patternCode: 'female', max: '*' }, 'Patient.gender', 'code')]),
    snapped([named({ max: undefined })]),
    of({}, { snapshot: { element: [element('Patient', { ...whole, sliceName: 'a' })] } }),
    of({}, { snapshot: { element: [element('Patient', { ...whole, requirements: 'A' })] } }),
    snapped([named({ min: undefined, max: undefined })], { derivation: 'specialization' }),
    snapped([named({ sliceName: 'a', fixedString: 'A' })], { derivation: 'specialization' }),
  ],
  'definition at an odd fault': [
    of({}, { baseDefinition: `${own}/experimental`, experimental: false }),
    of({}, { baseDefinition: `${own}/experimental`, experimental: true }),
    of({}, { url: `${core}/Patient`, baseDefinition: `${core}/Patient` }),
    of({}, { abstract: true, baseDefinition: `${own}/narrow` }),
    of({}, { type: undefined, _type: absent }),
    of({ Patient: { constraint: [rule({ key: undefined })] } }),
    of({ Patient: { constraint: [rule({}), rule({ expression: 'false' })] } }),
    of({ 'Patient.managingOrganization': { type: [{ code: 'Reference', targetProfile: [`${core}/Location`] }] } }),
    of({ 'Patient.generalPractitioner': { type: [{ code: 'Reference', targetProfile: [`${own}/narrow`] }] } }),
    of({ 'Patient.name': { type: [{ code: 'HumanName' }, { code: 'string' }] } }),
    of({ 'Patient.deceased[x]': { type: [{ code: 'string' }] } }),
    of({ 'Patient.name': { type: [{ code: 'HumanName', profile: [`${own}/narrow`] }] } }),
    of({}, { differential: { element: [element('Patient'), element('Patient.name'), element('Patient.name')] } }),
    of(
      {},
      { differential: { element: [element('Patient'), { id: 'Patient.name', path: 'Patient.telecom', max: '1' }] } },
    ),
    of({ 'Patient.none.a': { min: 1 } }),
    of({ 'Patient.contact.none': { min: 1 } }),
  ],
  'slicing at an odd fault': [
    of({ 'Patient.identifier': { slicing: byPath('type', 'pattern') } }),
    of({ 'Patient.identifier': { slicing: byPath('type..a') } }),
    of({ 'Patient.identifier': { slicing: byPath('none') } }),
    of({ 'Patient.identifier': { slicing: byPath('period.start.extension("a")') } }),
    of({ ...bySystem({ mustSupport: true }), 'Patient.identifier:a': { min: 0 } }),
    of({ ...bySystem({ mustSupport: true }), 'Patient.identifier:a': { mustSupport: true } }),
    of({ ...bySystem({ mustSupport: true }), 'Patient.identifier:a': { type: [{ code: 'string' }] } }),
    of({ ...bySystem(), 'Patient.identifier:a': { min: 1 }, 'Patient.identifier:b': { min: 1, max: '1' } }),
    of({ ...bySystem({ max: '1' }), 'Patient.identifier:a': { min: 1 }, 'Patient.identifier:b': { min: 1 } }),
    of({ ...bySystem(), 'Patient.identifier:a': { slicing: byPath('value') } }),
    of({}, { differential: { element: [element('Patient'), element('Patient.identifier', { sliceName: 'a' })] } }),
  ],
};

const included = (include: Json, more: Json = {}): Json =>
  defined('ValueSet', 'tested', { compose: { include: [include] }, ...more });
const contained = (...versions: readonly string[]): Json => ({
  contained: versions.map((version) => ({
    ...{ resourceType: 'CodeSystem', id: 'own', url: `${home}/CodeSystem/own`, version, status: 'active' },
    ...{ content: 'complete', caseSensitive: true, concept: [{ code: 'a', display: 'A' }] },
  })),
});
const filtered = (property: string, value: string, op = '='): Json =>
  included({ system: `${home}/CodeSystem/typed`, filter: [{ property, op, value }] });
const stated = (language: string): Json =>
  included({
    system: colours,
    filter: [
      {
        ...{ property: 'status', op: '=' },
        _value: {
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/cqf-expression',
              valueExpression: { language, expression: "'active'" },
            },
          ],
        },
      },
    ],
  });
const expanded = (expansion: Json): Json =>
  included(
    { system: colours, concept: [{ code: 'red' }] },
    { expansion: { timestamp: '2026-01-31T10:00:00Z', ...expansion } },
  );
const red = { system: colours, code: 'red' };

const valueSets: Provocations = {
  'include of an odd system': [
    included({ system: '#own' }),
    included({ system: '#own' }, contained('1.0.0')),
    included({ system: '#own', version: '2.0.0' }, contained('1.0.0')),
    included({ system: '#own' }, contained('1.0.0', '2.0.0')),
    included({ system: '#own', version: '1.0.0' }, contained('1.0.0', '1.0.0')),
    included({ system: `${home}/ValueSet/no-systems` }),
    included({ system: `${home}/ValueSet/two-systems` }),
    included({ system: `${home}/CodeSystem/absent`, version: '1.0.0' }),
    included({ system: `${home}/CodeSystem/piece`, version: '1.0.0' }),
    included({ system: `${home}/CodeSystem/added`, version: '1.0.0' }),
    included({ system: `${home}/CodeSystem/unversioned`, concept: [{ code: 'none' }] }),
  ],
  'filter on a property': [
    ...['abc', '5', 'ge5', '1.5'].map((value) => filtered('of-integer', value)),
    ...['abc', '1.5', 'le1.5'].map((value) => filtered('of-decimal', value)),
    ...['abc', '2026', 'gt2026-01-31', '2026-13-01'].map((value) => filtered('of-datetime', value)),
    ...['yes', 'true'].map((value) => filtered('of-boolean', value)),
    ...['abc', ' a', `${colours}#red`].map((value) => filtered('of-code', value)),
    ...['abc', `${colours}#red`, `${colours}|red`, `${colours}#none`].map((value) => filtered('of-coding', value)),
    filtered('of-string', 'abc'),
    ...['a', ' a', 'none'].map((value) => filtered('concept', value, 'is-a')),
    stated('text/cql'),
    stated('text/fhirpath'),
  ],
  'expansion at an odd fault': [
    expanded({ contains: [red] }),
    expanded({ contains: [red], parameter: [{ name: 'excludeNested', valueBoolean: true }] }),
    expanded({ contains: [red], parameter: [{ name: 'used-codesystem', valueUri: `${colours}|1.0.0` }] }),
    expanded({
      contains: [red],
      parameter: ['1.0.0', '2.0.0'].map((one) => ({ name: 'used-codesystem', valueUri: `${colours}|${one}` })),
    }),
    expanded({ contains: [{ ...red, version: '1.0.0' }] }),
  ],
};

const system = (more: Json): Json =>
  defined('CodeSystem', 'tested', {
    ...{ content: 'complete', caseSensitive: true, concept: [{ code: 'a' }, { code: 'b' }] },
    ...more,
  });
const added = (more: Json): Json =>
  system({ content: 'supplement', supplements: `${home}/CodeSystem/typed`, concept: [{ code: 'a' }], ...more });

const mapped = (...element: readonly Json[]): Json =>
  defined('ConceptMap', 'tested', { group: [{ source: colours, target: `${home}/CodeSystem/loose`, element }] });
const target = (code: string | undefined, relationship = 'equivalent'): Json => ({
  ...(code !== undefined && { code }),
  relationship,
});

const others: Provocations = {
  'code system at an odd fault': [
    system({ valueSet: `${home}/ValueSet/two-of-tested` }),
    system({ valueSet: `${home}/ValueSet/expanded-of-tested` }),
    system({ valueSet: `${home}/ValueSet/expanded-of-nothing` }),
    system({ valueSet: `${home}/ValueSet/all-colours` }),
    system({ url: 'http://terminology.hl7.org/CodeSystem/tested', content: undefined }),
    system({ content: undefined }),
    added({}),
    added({ hierarchyMeaning: 'part-of' }),
    added({ hierarchyMeaning: 'is-a' }),
    added({ valueSet: `${home}/ValueSet/typed-codes` }),
    added({ valueSet: `${home}/ValueSet/all-colours` }),
    added({ concept: [{ code: 'none' }] }),
  ],
  'map that says a thing twice': [
    mapped({ code: 'red', target: [target('One'), target('One')] }),
    mapped({ code: 'red', target: [target('One'), target('One', 'related-to')] }),
    mapped({ code: 'red', target: [target('One'), target(undefined)] }),
    mapped({ code: 'red', target: [target(undefined), target(undefined)] }),
    mapped({ code: 'red', target: [target(undefined), target(undefined, 'related-to')] }),
    mapped({ code: 'red', target: [target('One')] }, { code: 'red', noMap: true }),
    mapped({ code: 'red', noMap: true }, { code: 'red', target: [target('One')] }),
    mapped({ code: 'red', noMap: true }, { code: 'red', noMap: true }),
    mapped({ code: 'red', target: [target('One')] }, { code: 'red', target: [target('One')] }),
  ],
};

export const seldomConformance: Provocations = {
  ...structures,
  ...valueSets,
  ...others,
};
