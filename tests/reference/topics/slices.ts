/** Topics of slices: within slices, by type, of entries, by targets of references, of extensions. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { profile } from '../provoked/definition.ts';
import { at, core, extension, few, held, structure, type Topic } from './topic.ts';

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

const rules = ['open', 'closed', 'openAtEnd'] as const;

/** Components sliced by their code, with slices within a slice. */
const nestedSlices: Topic = (random, id) => {
  const how = random.pick([
    { discriminator: [{ type: 'value', path: 'code' }] },
    { discriminator: [{ type: 'pattern', path: 'code' }] },
    { discriminator: [{ type: 'value', path: 'code.coding.code' }] },
    { discriminator: [{ type: 'value', path: 'code.coding' }] },
  ]);
  const whole = how.discriminator[0]!.path === 'code';
  const told = (code: string): Readonly<Record<string, Json>> => ({
    [`Observation.component:${code}.code${whole ? '' : how.discriminator[0]!.path.slice(4)}`]: whole
      ? { patternCodeableConcept: coded(code) }
      : how.discriminator[0]!.path === 'code.coding'
        ? { min: 1, patternCoding: { system: codes, code } }
        : { min: 1, fixedCode: code },
  });
  const held1 = profile(id, 'Observation', {
    'Observation.component': {
      slicing: { ...how, rules: random.pick(rules), ...at(random, 3, { ordered: true }) },
      ...at(random, 3, { min: 2 }),
    },
    'Observation.component:a': { ...at(random, 2, { min: 1 }), max: '1' },
    ...told('a'),
    'Observation.component:a.value[x]': {
      min: 1,
      type: [{ code: 'Quantity' }],
      ...at(random, 3, { patternQuantity: { system: 'http://unitsofmeasure.org', code: 'kg' } }),
    },
    ...(random.oneIn(2) && {
      'Observation.component:a.interpretation': {
        slicing: { discriminator: [{ type: 'value', path: '$this' }], rules: random.pick(rules) },
      },
      'Observation.component:a.interpretation:high': {
        max: '1',
        ...at(random, 2, { min: 1 }),
        patternCodeableConcept: coded('h'),
      },
    }),
    'Observation.component:b': { ...at(random, 3, { min: 1 }), max: random.pick(['1', '2', '*']) },
    ...told('b'),
    'Observation.component:b.dataAbsentReason': { max: '0' },
  });
  const components: Json[] = [
    { code: coded('a'), valueQuantity: kg(1) },
    { code: coded('a'), valueQuantity: kg(1, { code: 'g' }) },
    { code: coded('a'), valueString: 'one' },
    { code: coded('a') },
    { code: coded('a', { display: 'A' }), valueQuantity: kg(2), interpretation: [coded('h'), coded('l')] },
    { code: coded('a'), valueQuantity: kg(2), interpretation: [coded('h'), coded('h')] },
    { code: coded('b') },
    { code: coded('b'), dataAbsentReason: coded('x') },
    {
      code: {
        coding: [
          { system: codes, code: 'b' },
          { system: codes, code: 'a' },
        ],
      },
      valueQuantity: kg(1),
    },
    { code: coded('c'), valueBoolean: true },
    { code: { text: 'a' } },
  ];
  return {
    resource: held(observation({ component: few(random, components, 5) }), structure(id)),
    definitions: [held1],
  };
};

/** Values of a choice sliced by their type, with statements in the slices. */
const typeSlices: Topic = (random, id) => {
  const element = random.pick(['Observation.value[x]', 'Observation.effective[x]', 'Observation.component.value[x]']);
  const types = element.includes('effective')
    ? ['dateTime', 'Period']
    : ['Quantity', 'CodeableConcept', 'string', 'boolean'];
  const type = random.pick(types);
  const suffix = type.charAt(0).toUpperCase() + type.slice(1);
  const name = `${element.slice(element.lastIndexOf('.') + 1, -3)}${suffix}`;
  const made = profile(id, 'Observation', {
    [element]: {
      slicing: {
        discriminator: [{ type: 'type', path: '$this' }],
        rules: random.pick(rules),
        ...at(random, 3, { ordered: false }),
      },
      ...at(random, 3, { min: 1 }),
      ...at(random, 4, { type: types.slice(0, 2).map((code) => ({ code })) }),
    },
    [`${element}:${name}`]: {
      ...at(random, 2, { min: 1 }),
      ...at(random, 2, { max: '1' }),
      type: [{ code: type }],
      ...(type === 'Quantity' && at(random, 2, { patternQuantity: { code: 'kg' } })),
      ...(type === 'string' && at(random, 2, { maxLength: 3 })),
      ...(type === 'boolean' && at(random, 2, { fixedBoolean: true })),
    },
    ...(type === 'Quantity' && random.oneIn(2) && { [`${element}:${name}.code`]: { min: 1 } }),
    ...(type === 'Period' && random.oneIn(2) && { [`${element}:${name}.end`]: { max: '0' } }),
    ...(type === 'CodeableConcept' && random.oneIn(2) && { [`${element}:${name}.text`]: { min: 1 } }),
  });
  const values: Json[] = element.includes('effective')
    ? [
        { effectiveDateTime: '2026-01' },
        { effectivePeriod: { start: '2026', end: '2027' } },
        { effectiveInstant: '2026-01-31T10:00:00Z' },
        {},
      ]
    : [
        { valueQuantity: kg(1) },
        { valueQuantity: { value: 1 } },
        { valueString: 'long text' },
        { valueBoolean: false },
        { valueCodeableConcept: coded('a') },
        { valueInteger: 1 },
        {},
      ];
  const value = random.pick(values);
  const body = element.includes('component') ? { component: [{ code: coded('a'), ...value }] } : value;
  return { resource: held(observation(body), structure(id)), definitions: [made] };
};

/** Entries of a Bundle sliced by the type or the profile of their resources. */
const entrySlices: Topic = (random, id) => {
  const by = random.pick([
    { type: 'type', path: 'resource' },
    { type: 'profile', path: 'resource' },
    { type: 'value', path: 'fullUrl' },
    { type: 'exists', path: 'request' },
  ]);
  const patients = profile(`${id}-patient`, 'Patient', { 'Patient.active': { min: 1 } });
  const slice: Readonly<Record<string, Json>> =
    by.type === 'type' || by.type === 'profile'
      ? {
          'Bundle.entry:one.resource': {
            min: 1,
            type: [
              {
                code: 'Patient',
                ...(by.type === 'profile' || random.oneIn(2) ? { profile: [structure(`${id}-patient`)] } : {}),
              },
            ],
          },
        }
      : by.type === 'exists'
        ? { 'Bundle.entry:one.request': { max: '0' } }
        : { 'Bundle.entry:one.fullUrl': { min: 1, fixedUri: 'http://provoked.test/fhir/Patient/a' } };
  const made = profile(id, 'Bundle', {
    'Bundle.type': at(random, 2, { fixedCode: 'collection' }),
    'Bundle.entry': { slicing: { discriminator: [by], rules: random.pick(rules) }, ...at(random, 2, { min: 1 }) },
    'Bundle.entry:one': { min: random.below(2), max: random.pick(['1', '*']) },
    ...slice,
  });
  const entries = [
    { fullUrl: 'http://provoked.test/fhir/Patient/a', resource: { resourceType: 'Patient', id: 'a', active: true } },
    { fullUrl: 'http://provoked.test/fhir/Patient/b', resource: { resourceType: 'Patient', id: 'b' } },
    {
      fullUrl: 'http://provoked.test/fhir/Patient/c',
      resource: held({ resourceType: 'Patient', id: 'c', active: true }, structure(`${id}-patient`)),
    },
    {
      fullUrl: 'http://provoked.test/fhir/Patient/d',
      resource: held({ resourceType: 'Patient', id: 'd' }, structure(`${id}-patient`)),
    },
    {
      fullUrl: 'http://provoked.test/fhir/Organization/o',
      resource: { resourceType: 'Organization', id: 'o', name: 'O' },
    },
  ];
  return {
    resource: held({ resourceType: 'Bundle', type: 'collection', entry: few(random, entries, 4) }, structure(id)),
    definitions: [made, patients],
  };
};

/** References told apart by what they lead to. */
const resolvedSlices: Topic = (random, id) => {
  const by = random.pick([
    { type: 'type', path: 'resolve()' },
    { type: 'profile', path: 'resolve()' },
    { type: 'value', path: 'resolve().active' },
    { type: 'value', path: 'type' },
    { type: 'exists', path: 'identifier' },
  ]);
  const target = profile(`${id}-target`, 'Practitioner', { 'Practitioner.name': { min: 1 } });
  const inSlice: Readonly<Record<string, Json>> =
    by.path === 'type'
      ? { 'Patient.generalPractitioner:one.type': { min: 1, fixedUri: 'Practitioner' } }
      : by.path === 'identifier'
        ? { 'Patient.generalPractitioner:one.identifier': { min: 1 } }
        : {};
  const made = profile(id, 'Patient', {
    'Patient.generalPractitioner': { slicing: { discriminator: [by], rules: random.pick(rules) } },
    'Patient.generalPractitioner:one': {
      min: random.below(2),
      max: '1',
      type: [
        {
          code: 'Reference',
          targetProfile: [by.type === 'profile' ? structure(`${id}-target`) : core('Practitioner')],
          ...at(random, 4, {
            aggregation: random.pick([['contained'], ['bundled'], ['referenced'], ['contained', 'referenced']]),
          }),
        },
      ],
    },
    ...inSlice,
    'Patient.generalPractitioner:two': {
      max: '1',
      type: [{ code: 'Reference', targetProfile: [core('Organization')] }],
    },
    ...(by.path === 'type' && { 'Patient.generalPractitioner:two.type': { min: 1, fixedUri: 'Organization' } }),
    ...(by.path === 'identifier' && { 'Patient.generalPractitioner:two.identifier': { max: '0' } }),
  });
  const practitioners = few(
    random,
    [
      { reference: '#p', ...at(random, 3, { type: 'Practitioner' }) },
      { reference: '#o', type: 'Organization' },
      { reference: '#q' },
      { reference: 'Practitioner/1' },
      { reference: 'Organization/1', display: 'O' },
      { identifier: { system: 'http://provoked.test/ids', value: '1' }, type: 'Practitioner' },
      { display: 'somebody' },
      { reference: 'http://provoked.test/fhir/Practitioner/3' },
    ],
    3,
  );
  const used = JSON.stringify(practitioners);
  const contained = [
    { resourceType: 'Practitioner', id: 'p', active: true, name: [{ text: 'P' }] },
    { resourceType: 'Organization', id: 'o', active: true, name: 'O' },
    { resourceType: 'Practitioner', id: 'q' },
  ].filter((one) => used.includes(`#${one.id}`));
  return {
    resource: held(
      { resourceType: 'Patient', ...(contained.length > 0 && { contained }), generalPractitioner: practitioners },
      structure(id),
    ),
    definitions: [made, target],
  };
};

/** Slices of slices, and the default slice. */
const resliced: Topic = (random, id) => {
  const sliced = { discriminator: [{ type: 'value', path: 'system' }], rules: random.pick(rules) };
  const made = profile(id, 'Patient', {
    'Patient.identifier': { slicing: sliced, ...at(random, 3, { min: 1 }) },
    'Patient.identifier:a': {
      ...at(random, 2, { min: 1 }),
      ...at(random, 2, { max: '2' }),
      slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: random.pick(rules) },
    },
    'Patient.identifier:a.system': { min: 1, fixedUri: 'http://provoked.test/a' },
    'Patient.identifier:a/official': { sliceName: 'a/official', min: random.below(2), max: '1' },
    'Patient.identifier:a/official.use': { min: 1, fixedCode: 'official' },
    'Patient.identifier:a/official.system': { min: 1, fixedUri: 'http://provoked.test/a' },
    'Patient.identifier:a/old': { sliceName: 'a/old', max: '1' },
    'Patient.identifier:a/old.use': { min: 1, fixedCode: 'old' },
    'Patient.identifier:a/old.system': { min: 1, fixedUri: 'http://provoked.test/a' },
    'Patient.identifier:a/old.period': { min: 1 },
    ...(random.oneIn(2) && {
      'Patient.identifier:@default': { sliceName: '@default', ...at(random, 2, { max: '1' }) },
      'Patient.identifier:@default.assigner': { min: 1 },
    }),
  });
  const identifier = few(
    random,
    [
      { use: 'official', system: 'http://provoked.test/a', value: '1' },
      { use: 'official', system: 'http://provoked.test/a', value: '2' },
      { use: 'old', system: 'http://provoked.test/a', value: '3' },
      { use: 'old', system: 'http://provoked.test/a', value: '4', period: { end: '2020' } },
      { use: 'temp', system: 'http://provoked.test/a', value: '5' },
      { system: 'http://provoked.test/a', value: '6' },
      { system: 'http://provoked.test/b', value: '7', assigner: { display: 'B' } },
      { system: 'http://provoked.test/c', value: '8' },
      { value: '9' },
    ],
    5,
  );
  return { resource: held({ resourceType: 'Patient', identifier }, structure(id)), definitions: [made] };
};

/** Extensions in a profile: sliced by their url, closed, needed, forbidden, on values of simple types. */
const extensionSlices: Topic = (random, id) => {
  const one = extension(
    `${id}-one`,
    { 'Extension.value[x]': { min: 1, type: [{ code: 'string' }, { code: 'boolean' }] } },
    {
      context: [
        { type: 'element', expression: 'Element' },
        { type: 'element', expression: 'Resource' },
      ],
    },
  );
  const two = extension(
    `${id}-two`,
    {
      Extension: { isModifier: true, isModifierReason: 'it changes what is said' },
      'Extension.value[x]': { min: 1, type: [{ code: 'boolean' }] },
    },
    {
      context: [
        { type: 'element', expression: random.pick(['Patient', 'DomainResource', 'Observation', 'BackboneElement']) },
      ],
    },
  );
  const where = random.pick(['Patient', 'Patient.birthDate', 'Patient.name', 'Patient.contact']);
  const made = profile(id, 'Patient', {
    [`${where}.extension`]: {
      slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: random.pick(rules) },
      ...at(random, 4, { min: 1 }),
    },
    [`${where}.extension:one`]: {
      ...at(random, 2, { min: 1 }),
      max: random.pick(['1', '1', '*']),
      type: [{ code: 'Extension', profile: [structure(`${id}-one`)] }],
    },
    ...at(random, 3, { [`${where}.extension:one.value[x]`]: { type: [{ code: 'string' }], maxLength: 3 } }),
    ...(where === 'Patient' &&
      random.oneIn(2) && {
        'Patient.modifierExtension': { slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' } },
        'Patient.modifierExtension:two': {
          min: random.below(2),
          max: '1',
          type: [{ code: 'Extension', profile: [structure(`${id}-two`)] }],
        },
      }),
  });
  const used = few(
    random,
    [
      { url: structure(`${id}-one`), valueString: 'a' },
      { url: structure(`${id}-one`), valueString: 'long one' },
      { url: structure(`${id}-one`), valueBoolean: true },
      { url: structure(`${id}-one`), valueInteger: 1 },
      { url: structure(`${id}-one`) },
      { url: structure(`${id}-two`), valueBoolean: true },
      { url: `${structure(`${id}-one`)}|1.0.0`, valueString: 'a' },
      { url: core('data-absent-reason'), valueCode: 'unknown' },
    ],
    3,
  );
  const extended = used.length > 0 ? { extension: used } : {};
  const modified = random.oneIn(2)
    ? {
        modifierExtension: few(
          random,
          [
            { url: structure(`${id}-two`), valueBoolean: true },
            { url: structure(`${id}-one`), valueString: 'a' },
          ],
          2,
        ),
      }
    : {};
  const body: Json =
    where === 'Patient'
      ? { ...extended, ...(modified.modifierExtension?.length ? modified : {}) }
      : where === 'Patient.birthDate'
        ? { birthDate: '1970', ...(used.length > 0 && { _birthDate: extended }) }
        : where === 'Patient.name'
          ? { name: [{ ...extended, text: 'A' }] }
          : {
              contact: [{ ...extended, ...(modified.modifierExtension?.length ? modified : {}), name: { text: 'A' } }],
            };
  return { resource: held({ resourceType: 'Patient', ...body }, structure(id)), definitions: [made, one, two] };
};

export const sliceTopics: Readonly<Record<string, Topic>> = {
  'slices within slices': nestedSlices,
  'slices by type': typeSlices,
  'slices of entries': entrySlices,
  'slices by what is referred to': resolvedSlices,
  'slices of slices': resliced,
  'slices of extensions': extensionSlices,
};
