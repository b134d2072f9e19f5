/** Provocations in structure definitions: profiles, their slices and rules, and extensions. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { amount, extension, home, profile, type Provocations } from './definition.ts';

const core = 'http://hl7.org/fhir/StructureDefinition';
const of = (elements: Readonly<Record<string, Json>>, more: Json = {}): Json =>
  profile('tested', 'Patient', elements, more);
const observed = (elements: Readonly<Record<string, Json>>): Json => profile('tested', 'Observation', elements);
const extended = (
  more: Json,
  elements: Readonly<Record<string, Json>> = { 'Extension.value[x]': { type: [{ code: 'string' }] } },
): Json => extension('tested', elements, more);
const sliced = (slicing: Json, slice: Json = {}): Json =>
  of({ 'Patient.identifier': { slicing }, 'Patient.identifier:a': slice });
const value = { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' };
const rule = (more: Json): Json => ({
  key: 'own-1',
  severity: 'error',
  human: 'A rule',
  expression: 'name.exists()',
  ...more,
});

export const structureProvocations: Provocations = {
  'definition at fault': [
    of({}, { baseDefinition: `${home}/StructureDefinition/none` }),
    of({}, { baseDefinition: `${home}/StructureDefinition/tested` }),
    of({}, { baseDefinition: 'Patient' }),
    of({}, { baseDefinition: `${core}/Observation` }),
    of({}, { baseDefinition: undefined }),
    of({}, { derivation: undefined }),
    of({}, { derivation: 'specialization' }),
    of({}, { derivation: 'specialization', type: 'None' }),
    of({}, { derivation: 'specialization', type: 'http://other.test/None', kind: 'logical' }),
    of({}, { kind: 'complex-type' }),
    of({}, { kind: 'logical' }),
    of({}, { type: undefined }),
    of({}, { type: 'http://other.test/Patient' }),
    of({}, { context: [{ type: 'element', expression: 'Patient' }] }),
    of({}, { contextInvariant: ['true'] }),
    of({}, { differential: undefined }),
    of({}, { differential: { element: [] } }),
    of(
      {},
      {
        differential: {
          element: [
            { id: 'Patient.name', path: 'Patient.name' },
            { id: 'Patient.id', path: 'Patient.id' },
          ],
        },
      },
    ),
    of(
      {},
      {
        differential: {
          element: [
            { id: 'Patient', path: 'Patient' },
            { id: 'Patient.name', path: 'Patient.name' },
            { id: 'Patient.name', path: 'Patient.name' },
          ],
        },
      },
    ),
    of({}, { differential: { element: [{ id: 'Patient', path: 'Observation' }] } }),
    of({}, { differential: { element: [{ path: 'Patient.name' }] } }),
    of(
      {},
      {
        differential: {
          element: [
            { id: 'Patient', path: 'Patient' },
            { id: 'Patient.name', path: 'Patient.none' },
          ],
        },
      },
    ),
    of(
      {},
      {
        snapshot: {
          element: [{ id: 'Patient', path: 'Patient', min: 0, max: '*', base: { path: 'Patient', min: 0, max: '*' } }],
        },
      },
    ),
    of({}, { url: 'tested' }),
    of({}, { fhirVersion: '4.0.1' }),
    of({}, { abstract: true }),
    profile('tested', 'Patient', {}, { baseDefinition: `${home}/StructureDefinition/narrow`, experimental: false }),
  ],
  'element of a definition at fault': [
    of({ 'Patient.none': {} }),
    of({ 'Patient.name.none': { min: 1 } }),
    of({ 'Patient.birthDate': { max: '2' } }),
    of({ 'Patient.birthDate': { min: 2, max: '1' } }),
    observed({ 'Observation.status': { min: 0 } }),
    of({ 'Patient.birthDate': { type: [{ code: 'string' }] } }),
    of({ 'Patient.birthDate': { type: [{ code: 'None' }] } }),
    of({ 'Patient.birthDate': { fixedString: 'x' } }),
    of({ 'Patient.birthDate': { patternDateTime: '2026' } }),
    of({ 'Patient.birthDate': { fixedDate: '2026', patternDate: '2026' } }),
    of({ 'Patient.name': { fixedHumanName: { text: 'A' } } }),
    of({ 'Patient.name.given': { fixedString: 'A' } }),
    of({ 'Patient.name.given': { patternString: 'A' } }),
    of({ 'Patient.birthDate': { maxLength: 3 } }),
    of({ 'Patient.name': { maxLength: 3 } }),
    of({ 'Patient.name': { minValueInteger: 3 } }),
    of({ 'Patient.active': { maxValueInteger: 3 } }),
    of({ 'Patient.birthDate': { minValueInteger: 3 } }),
    of({ 'Patient.name': { extension: [{ url: `${core}/maxDecimalPlaces`, valueInteger: 1 }] } }),
    of({ 'Patient.name': { extension: [{ url: `${core}/maxSize`, valueDecimal: 1 }] } }),
    of({ 'Patient.name': { extension: [{ url: `${core}/minLength`, valueInteger: 1 }] } }),
    of({ 'Patient.name': { meaningWhenMissing: 'x' } }),
    of({ 'Patient.name': { isModifier: true } }),
    of({ 'Patient.name': { isSummary: true } }),
    of({ 'Patient.name': { representation: ['xmlAttr'] } }),
    of({ 'Patient.name': { defaultValueString: 'x' } }),
    of({ 'Patient.name': { contentReference: '#Patient.contact' } }),
    of({
      'Patient.name': {
        mustSupport: false,
        type: [
          {
            code: 'HumanName',
            extension: [{ url: `${core}/elementdefinition-type-must-support`, valueBoolean: true }],
          },
        ],
      },
    }),
    of({ 'Patient.contact.name': { min: 1 }, 'Patient.name': { min: 1 } }),
    observed({ 'Observation.valueQuantity': { min: 1 } }),
    observed({ 'Observation.value[x]': { type: [{ code: 'Patient' }] } }),
    observed({ 'Observation.value[x]': { type: [] } }),
    observed({ 'Observation.valueQuantity.unit': { min: 1 }, 'Observation.valueString': { max: '0' } }),
    of({ 'Patient.extension': { type: [{ code: 'Extension', profile: [`${home}/StructureDefinition/none`] }] } }),
    of({
      'Patient.extension:a': { type: [{ code: 'Extension', profile: [`${home}/StructureDefinition/modifying`] }] },
    }),
    of({
      'Patient.modifierExtension:a': { type: [{ code: 'Extension', profile: [`${home}/StructureDefinition/simple`] }] },
    }),
    of({ 'Patient.extension:a': { type: [{ code: 'Extension', profile: [`${home}/StructureDefinition/narrow`] }] } }),
    of({ 'Patient.name': { type: [{ code: 'HumanName', profile: [`${home}/StructureDefinition/narrow`] }] } }),
    of({ 'Patient.name': { type: [{ code: 'HumanName', profile: [`${home}/StructureDefinition/none`] }] } }),
    of({ 'Patient.name': { type: [{ code: 'HumanName', targetProfile: [`${core}/Patient`] }] } }),
    of({ 'Patient.managingOrganization': { type: [{ code: 'Reference', targetProfile: [`${core}/Location`] }] } }),
    of({
      'Patient.managingOrganization': {
        type: [{ code: 'Reference', targetProfile: [`${home}/StructureDefinition/none`] }],
      },
    }),
    of({ 'Patient.managingOrganization': { type: [{ code: 'Reference', targetProfile: [`${core}/HumanName`] }] } }),
    of({ 'Patient.managingOrganization': { type: [{ code: 'Reference', profile: [`${core}/Organization`] }] } }),
  ],
  'binding of a definition at fault': [
    of({
      'Patient.gender': {
        binding: { strength: 'preferred', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
      },
    }),
    of({ 'Patient.gender': { binding: { strength: 'required', valueSet: `${home}/ValueSet/some-colours` } } }),
    of({ 'Patient.maritalStatus': { binding: { strength: 'required', valueSet: `${home}/ValueSet/none` } } }),
    of({ 'Patient.maritalStatus': { binding: { strength: 'required', valueSet: `${home}/CodeSystem/colours` } } }),
    of({ 'Patient.maritalStatus': { binding: { strength: 'required', valueSet: 'x' } } }),
    of({ 'Patient.maritalStatus': { binding: { strength: 'required' } } }),
    of({ 'Patient.active': { binding: { strength: 'required', valueSet: `${home}/ValueSet/some-colours` } } }),
    of({ 'Patient.name': { binding: { strength: 'required', valueSet: `${home}/ValueSet/some-colours` } } }),
    observed({
      'Observation.value[x]': { binding: { strength: 'required', valueSet: `${home}/ValueSet/some-colours` } },
    }),
    ...['http://loinc.org/vs', 'http://snomed.info/sct?fhir_vs', 'http://hl7.org/fhir/ValueSet/cpt-all'].map(
      (valueSet) => of({ 'Patient.maritalStatus': { binding: { strength: 'required', valueSet } } }),
    ),
    of({
      'Patient.maritalStatus': {
        binding: {
          strength: 'required',
          valueSet: `${home}/ValueSet/some-colours`,
          additional: [{ purpose: 'maximum', valueSet: `${home}/ValueSet/none` }],
        },
      },
    }),
    of({
      'Patient.maritalStatus': {
        binding: {
          strength: 'required',
          valueSet: `${home}/ValueSet/some-colours`,
          additional: [
            {
              purpose: 'maximum',
              valueSet: `${home}/ValueSet/all-colours`,
              usage: [{ code: { system: `${core}/Patient`, code: 'Patient.none' }, valueQuantity: amount(1) }],
            },
          ],
        },
      },
    }),
    of({
      'Patient.maritalStatus': {
        binding: {
          strength: 'required',
          valueSet: `${home}/ValueSet/some-colours`,
          extension: [{ url: `${core}/elementdefinition-maxValueSet`, valueCanonical: `${home}/ValueSet/none` }],
        },
      },
    }),
  ],
  'rule of a definition at fault': [
    of({ Patient: { constraint: [rule({ expression: '((' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'none.exists()' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'name.given + 1' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'none()' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'name.family.substring()' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'birthDate.startsWith(1)' })] } }),
    of({ Patient: { constraint: [rule({ expression: '%none.exists()' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'name.where(family)' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'name.ofType(None)' })] } }),
    of({ Patient: { constraint: [rule({ expression: 'deceased as Quantity' })] } }),
    of({ Patient: { constraint: [rule({ expression: undefined })] } }),
    of({ Patient: { constraint: [rule({ key: undefined })] } }),
    of({ Patient: { constraint: [rule({}), rule({ expression: 'gender.exists()' })] } }),
    of({ Patient: { constraint: [rule({ key: 'ele-1' })] } }),
    of({ Patient: { constraint: [rule({ key: 'pat-1' })] } }),
    of({ Patient: { constraint: [rule({ source: `${home}/StructureDefinition/none` })] } }),
    of({ Patient: { constraint: [rule({ source: `${home}/StructureDefinition/tested` })] } }),
    of({ Patient: { constraint: [rule({ xpath: 'f:name' })] } }),
    of({ 'Patient.name': { constraint: [rule({ expression: 'line.exists()' })] } }),
    of({ 'Patient.name': { condition: ['none-1'] } }),
  ],
  'slicing of a definition at fault': [
    of({ Patient: { slicing: value } }),
    of({ 'Patient.birthDate': { slicing: value } }),
    of({ 'Patient.identifier:a': {} }),
    sliced({ discriminator: [{ type: 'value', path: 'none' }], rules: 'open' }),
    sliced({ discriminator: [{ type: 'value', path: '((' }], rules: 'open' }),
    sliced({ discriminator: [{ type: 'pattern', path: 'type' }], rules: 'open' }),
    sliced({ discriminator: [{ type: 'none', path: 'type' }], rules: 'open' }),
    sliced({ rules: 'open' }),
    sliced({ ...value, rules: undefined }),
    sliced(value, { type: [{ code: 'string' }] }),
    sliced(value, { max: '*', min: 2 }),
    of({ 'Patient.identifier': { slicing: value, max: '1' }, 'Patient.identifier:a': { max: '2' } }),
    of({ 'Patient.identifier': { slicing: value, mustSupport: true }, 'Patient.identifier:a': { mustSupport: false } }),
    of({
      'Patient.identifier': { slicing: value, max: '2' },
      'Patient.identifier:a': { min: 2 },
      'Patient.identifier:b': { min: 2 },
    }),
    of({
      'Patient.identifier': { slicing: value },
      'Patient.identifier:a': {},
      'Patient.name': {},
      'Patient.identifier:b': {},
    }),
    observed({
      'Observation.value[x]': { slicing: { discriminator: [{ type: 'value', path: '$this' }], rules: 'open' } },
      'Observation.value[x]:valueQuantity': { type: [{ code: 'Quantity' }] },
    }),
    observed({
      'Observation.value[x]': {
        slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open', ordered: true },
      },
      'Observation.value[x]:valueQuantity': { type: [{ code: 'Quantity' }] },
    }),
    observed({ 'Observation.value[x]:valueQuantity': { type: [{ code: 'string' }] } }),
    observed({
      'Observation.value[x]': { slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' } },
      'Observation.value[x]:other': { type: [{ code: 'Quantity' }] },
    }),
    observed({
      'Observation.value[x]': { slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' } },
      'Observation.value[x]:valueQuantity': { min: 1, type: [{ code: 'Quantity' }] },
      'Observation.value[x]:valueString': { type: [{ code: 'string' }] },
    }),
    profile(
      'tested',
      'Patient',
      { 'Patient.identifier': { slicing: { ...value, rules: 'closed', ordered: true } } },
      { baseDefinition: `${home}/StructureDefinition/slices-open` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.identifier': { slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open' } } },
      { baseDefinition: `${home}/StructureDefinition/slices-open` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.identifier': { slicing: { ...value, rules: 'open' } } },
      { baseDefinition: `${home}/StructureDefinition/slices-closed` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.identifier:c': { min: 1 } },
      { baseDefinition: `${home}/StructureDefinition/slices-closed` },
    ),
  ],
  'derived definition at fault': [
    profile(
      'tested',
      'Patient',
      { 'Patient.telecom': { max: '1' } },
      { baseDefinition: `${home}/StructureDefinition/narrow` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.gender': { fixedCode: 'male' } },
      { baseDefinition: `${home}/StructureDefinition/fixed-gender` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.gender': { fixedString: 'female' } },
      { baseDefinition: `${home}/StructureDefinition/fixed-gender` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.gender': { fixedCode: 'male' } },
      { baseDefinition: `${home}/StructureDefinition/pattern-gender` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.gender': { patternCode: 'male' } },
      { baseDefinition: `${home}/StructureDefinition/pattern-gender` },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.gender': { patternString: 'female' } },
      { baseDefinition: `${home}/StructureDefinition/pattern-gender` },
    ),
    profile(
      'tested',
      'Patient',
      {},
      {
        extension: [
          {
            url: `${core}/structuredefinition-compliesWithProfile`,
            valueCanonical: `${home}/StructureDefinition/narrow`,
          },
        ],
      },
    ),
    profile(
      'tested',
      'Patient',
      {},
      {
        extension: [
          {
            url: `${core}/structuredefinition-compliesWithProfile`,
            valueCanonical: `${home}/StructureDefinition/none`,
          },
        ],
      },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.name': { min: 1 } },
      {
        extension: [
          {
            url: `${core}/structuredefinition-compliesWithProfile`,
            valueCanonical: `${home}/StructureDefinition/slices-open`,
          },
        ],
      },
    ),
    profile(
      'tested',
      'Patient',
      {},
      {
        extension: [
          { url: 'http://hl7.org/fhir/tools/StructureDefinition/obligation-profile-flag', valueBoolean: true },
        ],
      },
    ),
    profile(
      'tested',
      'Patient',
      { 'Patient.name': { min: 1 } },
      { extension: [{ url: `${core}/obligation-profile-flag`, valueBoolean: true }] },
    ),
    profile(
      'tested',
      'Patient',
      {},
      {
        extension: [
          { url: `${core}/structuredefinition-imposeProfile`, valueCanonical: `${home}/StructureDefinition/none` },
        ],
      },
    ),
    profile(
      'tested',
      'Patient',
      {},
      {
        extension: [
          { url: `${core}/structuredefinition-dependencies`, valueCanonical: `${home}/StructureDefinition/none` },
        ],
      },
    ),
    profile(
      'tested',
      'Patient',
      {},
      { extension: [{ url: `${core}/structuredefinition-standards-status`, valueCode: 'withdrawn' }] },
    ),
    profile(
      'tested',
      'Patient',
      {},
      { status: 'draft', extension: [{ url: `${core}/structuredefinition-standards-status`, valueCode: 'normative' }] },
    ),
  ],
  'definition of an extension at fault': [
    extended({ context: undefined }),
    extended({ context: [{ type: 'element', expression: 'Patient.none' }] }),
    extended({ context: [{ type: 'element', expression: 'None' }] }),
    extended({ context: [{ type: 'element', expression: 'Element' }] }),
    extended({ context: [{ type: 'fhirpath', expression: 'Patient.name' }] }),
    extended({ context: [{ type: 'fhirpath', expression: '((' }] }),
    extended({ context: [{ type: 'extension', expression: 'none' }] }),
    extended({ contextInvariant: ['(('] }),
    extended({ contextInvariant: ['none.exists()'] }),
    extension('tested', {}, {}),
    profile(
      'tested',
      'Extension',
      { 'Extension.value[x]': { type: [{ code: 'string' }] } },
      { context: [{ type: 'element', expression: 'Patient' }] },
    ),
    profile(
      'tested',
      'Extension',
      { 'Extension.url': { fixedUri: 'http://other.test' } },
      { context: [{ type: 'element', expression: 'Patient' }] },
    ),
    extended({}, { 'Extension.value[x]': { type: [{ code: 'None' }] } }),
    extended({}, { 'Extension.extension': { max: '0' }, 'Extension.value[x]': { max: '0' } }),
    extended({}, { Extension: { isModifier: true } }),
    extended({}, { 'Extension.valueString': { min: 1 } }),
  ],
};
