/** Topics of what profiles say of values: types, fixed values, rules, limits, bindings, targets, and claims of profiles. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { defined, profile } from '../provoked/definition.ts';
import { at, core, few, held, structure, turned, urlOf, type Topic } from './topic.ts';

const codes = 'http://provoked.test/topic-codes';

const coded = (code: string, more: Json = {}): Json => ({ coding: [{ system: codes, code, ...more }] });

const observation = (more: Json): Json => ({
  resourceType: 'Observation',
  status: 'final',
  code: coded('panel'),
  ...more,
});

const kg = (value: unknown, more: Json = {}): Json => ({
  value,
  unit: 'kg',
  system: 'http://unitsofmeasure.org',
  code: 'kg',
  ...more,
});

/** Profiles of data types, one or several for an element. */
const typeProfiles: Topic = (random, id) => {
  const ids = profile(`${id}-ids`, 'Identifier', {
    'Identifier.system': { min: 1, ...at(random, 2, { fixedUri: 'http://provoked.test/a' }) },
    'Identifier.value': { min: 1, maxLength: 5 },
  });
  const others = profile(`${id}-others`, 'Identifier', {
    'Identifier.type': { min: 1 },
    'Identifier.use': at(random, 2, { fixedCode: 'official' }),
  });
  const weight = profile(`${id}-weight`, 'Quantity', {
    'Quantity.value': { min: 1, ...at(random, 2, { minValueDecimal: 1, maxValueDecimal: 100 }) },
    'Quantity.code': { min: 1, fixedCode: 'kg' },
  });
  const made = random.oneIn(2)
    ? profile(id, 'Patient', {
        'Patient.identifier': {
          ...at(random, 2, { min: 1 }),
          type: [
            {
              code: 'Identifier',
              profile: [structure(`${id}-ids`), ...(random.oneIn(2) ? [structure(`${id}-others`)] : [])],
            },
          ],
        },
      })
    : profile(id, 'Observation', {
        'Observation.value[x]': {
          type: [
            { code: 'Quantity', profile: [structure(`${id}-weight`)] },
            ...(random.oneIn(3) ? [{ code: 'string' }] : []),
          ],
        },
      });
  const identifier = few(random, [
    { system: 'http://provoked.test/a', value: '1' },
    { system: 'http://provoked.test/b', value: '123456' },
    { use: 'usual', type: { text: 'a' } },
    { use: 'official', type: { text: 'a' }, system: 'http://provoked.test/a', value: '12' },
    { value: '1' },
  ]);
  const value = random.pick<Json>([
    { valueQuantity: kg(5) },
    { valueQuantity: kg(500) },
    { valueQuantity: kg(0.5, { code: 'g' }) },
    { valueString: 'a' },
    { valueQuantity: { unit: 'kg' } },
    { valueInteger: 5 },
  ]);
  const resource = made['type'] === 'Patient' ? { resourceType: 'Patient', identifier } : observation(value);
  return { resource: held(resource, structure(id)), definitions: [made, ids, others, weight] };
};

/** Fixed values and patterns of structures. */
const wholeValues: Topic = (random, id) => {
  const [path, name, want] = random.pick<readonly [string, string, unknown]>([
    ['Patient.name', 'patternHumanName', { family: 'A', given: ['B'] }],
    ['Patient.name', 'fixedHumanName', { family: 'A', given: ['B', 'C'] }],
    ['Patient.maritalStatus', 'patternCodeableConcept', { coding: [{ code: 'M' }, { code: 'S' }] }],
    ['Patient.maritalStatus', 'fixedCodeableConcept', { coding: [{ system: codes, code: 'M' }], text: 'a' }],
    [
      'Patient.identifier',
      'patternIdentifier',
      { type: { coding: [{ code: 'MR' }] }, system: 'http://provoked.test/a' },
    ],
    ['Patient.managingOrganization', 'patternReference', { reference: 'Organization/1' }],
    ['Patient.telecom', 'patternContactPoint', { system: 'phone', use: 'home' }],
    ['Patient.birthDate', 'fixedDate', '1970-01-01'],
    ['Patient.birthDate', 'patternDate', '1970'],
    ['Patient.address', 'fixedAddress', { country: 'UZ' }],
  ]);
  const made = profile(id, 'Patient', { [path]: { ...at(random, 2, { min: 1 }), [name]: want } });
  const resource = turned(
    random,
    {
      resourceType: 'Patient',
      identifier: [{ type: { coding: [{ system: codes, code: 'MR' }] }, system: 'http://provoked.test/a', value: '1' }],
      name: [{ family: 'A', given: ['B', 'C'] }],
      telecom: [{ system: 'phone', value: '1', use: 'home' }],
      birthDate: '1970-01-01',
      address: [{ country: 'UZ' }],
      maritalStatus: {
        coding: [
          { system: codes, code: 'M' },
          { system: codes, code: 'S' },
        ],
        text: 'a',
      },
      managingOrganization: { reference: 'Organization/1' },
    },
    [
      {
        identifier: [
          {
            type: {
              coding: [
                { system: codes, code: 'MR' },
                { system: codes, code: 'DL' },
              ],
            },
            system: 'http://provoked.test/b',
          },
        ],
      },
      { name: [{ family: 'A', given: ['C', 'B'] }, { family: 'D' }] },
      { name: [{ id: 'n', family: 'A', given: ['B', 'C'] }] },
      {
        telecom: [
          { system: 'phone', value: '1' },
          { system: 'email', value: 'a@b.c', use: 'home' },
        ],
      },
      {
        birthDate: '1970',
        _birthDate: { extension: [{ url: core('patient-birthTime'), valueDateTime: '1970-01-01T10:00:00Z' }] },
      },
      { _birthDate: { extension: [{ url: core('data-absent-reason'), valueCode: 'unknown' }] }, birthDate: undefined },
      { address: [{ country: 'UZ', city: 'Tashkent' }] },
      { maritalStatus: { coding: [{ system: codes, code: 'M' }] } },
      { maritalStatus: { coding: [{ system: codes, code: 'M' }], text: 'a' } },
      { managingOrganization: { reference: 'Organization/1', display: 'One' } },
      { managingOrganization: { reference: 'Organization/2' } },
    ],
  );
  return { resource: held(resource, structure(id)), definitions: [made] };
};

/** Rules of profiles with the variables and functions that only a validator has. */
const rulesOfProfiles: Topic = (random, id) => {
  const set = defined('ValueSet', `${id}-set`, {
    compose: {
      include: [
        { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', concept: [{ code: 'M' }, { code: 'S' }] },
      ],
    },
  });
  const part = profile(`${id}-part`, 'Practitioner', { 'Practitioner.name': { min: 1 } });
  const [path, expression] = random.pick<readonly [string, string]>([
    ['Patient', '%resource.active = true'],
    ['Patient.name', '%resource.active = true'],
    ['Patient.name', '%rootResource.is(Patient)'],
    ['Patient.name', '%context.family.exists()'],
    ['Patient.maritalStatus', `memberOf('${urlOf('ValueSet', `${id}-set`)}')`],
    ['Patient', `maritalStatus.exists() implies maritalStatus.memberOf('${urlOf('ValueSet', `${id}-set`)}')`],
    ['Patient.maritalStatus', "memberOf('http://none.test/set')"],
    ['Patient', `generalPractitioner.resolve().conformsTo('${structure(`${id}-part`)}')`],
    ['Patient', `generalPractitioner.all(resolve() is Practitioner)`],
    ['Patient', 'generalPractitioner.resolve().exists()'],
    ['Patient', `contained.where($this is Practitioner).all(conformsTo('${structure(`${id}-part`)}'))`],
    ['Patient', "conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')"],
    ['Patient', "conformsTo('http://none.test/a')"],
    ['Patient', 'name.given.count() > 1'],
    ['Patient', "name.family.matches('^[A-Z]')"],
    ['Patient', 'birthDate <= today()'],
    ['Patient', 'birthDate > @1970-01-01'],
    ['Patient', 'deceased.ofType(boolean) = false'],
    ['Patient', 'deceased.is(boolean)'],
    ['Patient', "extension('http://none.test/e').exists().not()"],
    ['Patient', "name.where(use = 'official').exists()"],
    ['Patient', 'name.family'],
    ['Patient', 'active'],
    ['Patient', 'name.exists() and'],
    ['Patient', 'nane.exists()'],
    ['Patient.name', 'family.exists() xor text.exists()'],
    ['Patient.name', '$this.family.hasValue()'],
    ['Patient.birthDate', '$this.toString().length() = 10'],
    ['Patient', 'text.div.htmlChecks()'],
    ['Patient', 'telecom.value.all($this.length() > 3)'],
    ['Patient', 'iif(active, name.exists(), true)'],
    ['Patient', 'name.select(given | family).isDistinct()'],
    ['Patient', '%sct = %loinc'],
    ['Patient', '%`vs-administrative-gender`.exists()'],
    ['Patient', "%ucum = 'http://unitsofmeasure.org'"],
    ['Patient', "identifier.select(system & '|' & value).isDistinct()"],
    ['Patient', 'birthDate.exists() implies (today() - 150 years) < birthDate'],
    ['Patient', "name.first().given.trace('g').exists()"],
    ['Patient', "gender in ('male' | 'female')"],
    ['Patient', "gender = 'male' and gender.type().name = 'code'"],
    ['Patient', "defineVariable('n', name).select(%n.exists())"],
    ['Patient', "maritalStatus.coding.where(system = 'a').code"],
  ]);
  const severity = random.pick(['error', 'error', 'warning']);
  const made = profile(id, 'Patient', {
    [path]: {
      constraint: [
        { key: 'own-1', severity, human: 'the rule', expression, ...at(random, 3, { source: structure(id) }) },
      ],
    },
  });
  const resource = turned(
    random,
    {
      resourceType: 'Patient',
      active: true,
      identifier: [{ system: 'http://provoked.test/a', value: '1' }],
      name: [{ use: 'official', family: 'Abc', given: ['B', 'C'] }],
      telecom: [{ system: 'phone', value: '12345' }],
      gender: 'male',
      birthDate: '1970-01-01',
      maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }] },
    },
    [
      { active: false },
      { active: undefined },
      { name: [{ text: 'a' }] },
      { name: undefined },
      {
        name: [
          { family: 'abc', given: ['B'] },
          { family: 'D', text: 'D' },
        ],
      },
      { birthDate: '2040-01-01' },
      { birthDate: '1970' },
      { gender: 'unknown' },
      { deceasedBoolean: true },
      { deceasedBoolean: false },
      { deceasedDateTime: '2020' },
      { maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'D' }] } },
      { maritalStatus: { text: 'married' } },
      {
        contained: [{ resourceType: 'Practitioner', id: 'p', name: [{ text: 'P' }] }],
        generalPractitioner: [{ reference: '#p' }],
      },
      { contained: [{ resourceType: 'Practitioner', id: 'p' }], generalPractitioner: [{ reference: '#p' }] },
      { generalPractitioner: [{ reference: 'Practitioner/1' }] },
      {
        identifier: [
          { system: 'a:b', value: '1' },
          { system: 'a:b', value: '1' },
        ],
      },
      { telecom: [{ system: 'phone', value: '1' }] },
    ],
  );
  return random.oneIn(4)
    ? { resource: made, definitions: [set, part] }
    : { resource: held(resource, structure(id)), definitions: [made, set, part] };
};

/** Limits of values, values that must be there, alternatives of values. */
const limitsOfValues: Topic = (random, id) => {
  const made = profile(id, 'Observation', {
    'Observation.effective[x]': at(random, 2, {
      type: [{ code: 'dateTime' }],
      minValueDateTime: '2020-01-01',
      ...at(random, 2, { maxValueDateTime: '2030' }),
    }),
    'Observation.value[x]': random.pick<Json>([
      { type: [{ code: 'Quantity' }], minValueQuantity: kg(1), maxValueQuantity: kg(200) },
      { type: [{ code: 'integer' }], minValueInteger: 1, maxValueInteger: 9 },
      { type: [{ code: 'string' }], maxLength: 4 },
      { type: [{ code: 'string' }], minLength: 2, mustHaveValue: true },
      { type: [{ code: 'string' }], mustHaveValue: true },
      { type: [{ code: 'string' }], valueAlternatives: [core('data-absent-reason')] },
      { type: [{ code: 'time' }], minValueTime: '08:00:00' },
    ]),
  });
  const absent = { extension: [{ url: core('data-absent-reason'), valueCode: 'unknown' }] };
  const resource = observation({
    ...random.pick<Json>([
      { effectiveDateTime: '2026-01-31' },
      { effectiveDateTime: '2019' },
      { effectiveDateTime: '2020' },
      { effectiveDateTime: '2031-01-01T10:00:00Z' },
      {},
    ]),
    ...random.pick<Json>([
      { valueQuantity: kg(100) },
      { valueQuantity: kg(300) },
      { valueQuantity: kg(500, { code: 'g', unit: 'g' }) },
      { valueQuantity: { value: 5 } },
      { valueInteger: 0 },
      { valueInteger: 5 },
      { valueInteger: 10 },
      { valueString: 'abcde' },
      { valueString: 'a' },
      { _valueString: absent },
      { _valueString: { extension: [{ url: 'http://none.test/e', valueString: 'a' }] } },
      { valueTime: '07:00:00' },
      { valueTime: '09:00:00' },
    ]),
  });
  return { resource: held(resource, structure(id)), definitions: [made] };
};

/** Bindings beside others, with largest sets. */
const furtherBindings: Topic = (random, id) => {
  const marital = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
  const set = (name: string, ...list: readonly string[]): Json =>
    defined('ValueSet', `${id}-${name}`, {
      compose: { include: [{ system: marital, concept: list.map((code) => ({ code })) }] },
    });
  const sets = [set('all', 'M', 'S', 'D', 'W'), set('some', 'M', 'S'), set('least', 'M')];
  const additional = (purpose: string, name: string): Json => ({
    url: 'http://hl7.org/fhir/tools/StructureDefinition/additional-binding',
    extension: [
      { url: 'purpose', valueCode: purpose },
      { url: 'valueSet', valueCanonical: urlOf('ValueSet', `${id}-${name}`) },
    ],
  });
  const purpose = random.pick([
    'maximum',
    'minimum',
    'required',
    'extensible',
    'candidate',
    'current',
    'preferred',
    'ui',
    'starter',
    'component',
  ]);
  const name = random.pick(['all', 'some', 'least', 'none']);
  const made = profile(id, 'Patient', {
    'Patient.maritalStatus': {
      binding: {
        strength: random.pick(['required', 'extensible', 'preferred', 'example']),
        valueSet: urlOf('ValueSet', `${id}-all`),
        ...random.pick<Json>([
          { additional: [{ purpose, valueSet: urlOf('ValueSet', `${id}-${name}`), ...at(random, 3, { any: true }) }] },
          { extension: [additional(purpose, name)] },
          {
            extension: [
              { url: core('elementdefinition-maxValueSet'), valueCanonical: urlOf('ValueSet', `${id}-${name}`) },
            ],
          },
          {
            extension: [
              { url: core('elementdefinition-minValueSet'), valueCanonical: urlOf('ValueSet', `${id}-${name}`) },
            ],
          },
          {
            additional: [
              {
                purpose,
                valueSet: urlOf('ValueSet', `${id}-${name}`),
                usage: [
                  {
                    code: { system: 'http://terminology.hl7.org/CodeSystem/usage-context-type', code: 'gender' },
                    valueCodeableConcept: {
                      coding: [{ system: 'http://hl7.org/fhir/administrative-gender', code: 'male' }],
                    },
                  },
                ],
              },
            ],
          },
        ]),
      },
    },
  });
  const coding = (code: string, more: Json = {}): Json => ({ system: marital, code, ...more });
  const resource = {
    resourceType: 'Patient',
    ...at(random, 3, { gender: 'male' }),
    maritalStatus: random.pick<Json>([
      { coding: [coding('M')] },
      { coding: [coding('S')] },
      { coding: [coding('D')] },
      { coding: [coding('P')] },
      { coding: [coding('none')] },
      { coding: [coding('D'), coding('M')] },
      { coding: [{ system: codes, code: 'a' }] },
      { text: 'a' },
      { coding: [{ system: codes, code: 'a' }, coding('M')] },
      { coding: [coding('M', { display: 'wrong' })] },
    ]),
  };
  return {
    resource: random.oneIn(5) ? made : held(resource, structure(id)),
    definitions: random.oneIn(5) ? sets : [made, ...sets],
  };
};

/** Claims of profiles: unknown, of another type, of a version, with what they impose. */
const claims: Topic = (random, id) => {
  const imposes = (type: string, name: string): Json => ({
    url: core(`structuredefinition-${type}`),
    valueCanonical: structure(name),
  });
  const imposed = profile(`${id}-imposed`, 'Patient', { 'Patient.birthDate': { min: 1 } });
  const made = profile(
    id,
    'Patient',
    { 'Patient.name': { min: 1 } },
    {
      version: '2.1.0',
      ...at(random, 2, {
        extension: [imposes(random.pick(['imposeProfile', 'compliesWithProfile']), `${id}-imposed`)],
      }),
      ...at(random, 5, { abstract: true }),
      ...at(random, 5, { status: random.pick(['draft', 'retired']) }),
      ...at(random, 5, { experimental: true }),
    },
  );
  const above = profile(`${id}-above`, 'Patient', { 'Patient.gender': { min: 1 } }, { baseDefinition: structure(id) });
  const profiles = few(
    random,
    [
      structure(id),
      `${structure(id)}|2.1.0`,
      `${structure(id)}|2.1`,
      `${structure(id)}|3.0.0`,
      structure(`${id}-above`),
      structure(`${id}-imposed`),
      'http://none.test/StructureDefinition/none',
      core('Patient'),
      core('Observation'),
      core('bodyweight'),
      core('HumanName'),
      core('DomainResource'),
      `${core('Patient')}|5.0.0`,
      `${core('Patient')}|4.0.1`,
      core('nothing'),
      'relative',
      '#a',
      `${structure(id)}#part`,
    ],
    2,
  );
  const resource = turned(
    random,
    { resourceType: 'Patient', name: [{ text: 'a' }], gender: 'male', birthDate: '1970' },
    [{ name: undefined }, { gender: undefined }, { birthDate: undefined }],
  );
  return {
    resource: profiles.length > 0 ? held(resource, ...profiles) : held(resource, structure(id)),
    definitions: [made, imposed, above],
  };
};

/** Targets of references and canonicals, with kinds of references that are allowed. */
const targets: Topic = (random, id) => {
  const practitioner = profile(`${id}-practitioner`, 'Practitioner', { 'Practitioner.name': { min: 1 } });
  const made = profile(id, 'ServiceRequest', {
    'ServiceRequest.instantiatesCanonical': at(random, 2, {
      type: [
        {
          code: 'canonical',
          targetProfile: [core(random.pick(['PlanDefinition', 'ActivityDefinition', 'Questionnaire']))],
        },
      ],
    }),
    'ServiceRequest.subject': {
      type: [
        {
          code: 'Reference',
          targetProfile: [core('Patient')],
          ...at(random, 3, { aggregation: [random.pick(['contained', 'referenced', 'bundled'])] }),
        },
      ],
    },
    'ServiceRequest.requester': {
      type: [
        {
          code: 'Reference',
          targetProfile: [structure(`${id}-practitioner`), ...(random.oneIn(2) ? [core('Organization')] : [])],
          ...at(random, 3, { aggregation: ['contained'] }),
          ...at(random, 3, { versioning: random.pick(['either', 'independent', 'specific']) }),
        },
      ],
    },
    ...at(random, 2, {
      'ServiceRequest.reason': { type: [{ code: 'CodeableReference', targetProfile: [core('Condition')] }] },
    }),
  });
  const resource = turned(
    random,
    { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject: { reference: 'Patient/1' } },
    [
      { subject: { reference: 'Group/1' } },
      { subject: { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' } },
      { subject: { reference: 'Patient/1', type: 'Group' } },
      { subject: { type: 'Patient', identifier: { value: '1' } } },
      { subject: { reference: 'http://provoked.test/fhir/Patient/1/_history/2' } },
      { subject: { display: 'a' } },
      { subject: { reference: '#none' } },
      { contained: [{ resourceType: 'Practitioner', id: 'p', name: [{ text: 'a' }] }], requester: { reference: '#p' } },
      { contained: [{ resourceType: 'Practitioner', id: 'p' }], requester: { reference: '#p' } },
      { contained: [{ resourceType: 'Organization', id: 'p', name: 'a' }], requester: { reference: '#p' } },
      { contained: [{ resourceType: 'Patient', id: 'p' }], subject: { reference: '#p' } },
      { contained: [{ resourceType: 'Patient', id: 'p' }] },
      { requester: { reference: 'Practitioner/1/_history/1' } },
      { requester: { reference: 'Device/1' } },
      { reason: [{ reference: { reference: 'Condition/1' } }] },
      { reason: [{ reference: { reference: 'Observation/1' } }] },
      { reason: [{ concept: { text: 'a' } }] },
      { reason: [{}] },
      { instantiatesCanonical: ['http://hl7.org/fhir/ValueSet/marital-status'] },
      { instantiatesCanonical: ['http://none.test/PlanDefinition/a|1'] },
      { instantiatesCanonical: ['PlanDefinition/a'] },
    ],
  );
  return { resource: held(resource, structure(id)), definitions: [made, practitioner] };
};

export const valueTopics: Readonly<Record<string, Topic>> = {
  'profiles of types': typeProfiles,
  'whole values': wholeValues,
  'rules of profiles': rulesOfProfiles,
  'limits of values': limitsOfValues,
  'further bindings': furtherBindings,
  claims,
  targets,
};
