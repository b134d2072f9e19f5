/** Search parameters, operations, rules and extensions that a grammar writes, right and wrong. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { elementsOf } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { without } from '../faults/fault.ts';
import { defined, home } from '../provoked/definition.ts';
import { codeSystem, conceptMap, valueSet } from './terminology.ts';
import { core, maybe, some, type Grow } from './values.ts';

/** Expressions from a grammar: paths that lead somewhere and nowhere, functions with arguments of right and wrong types. */
function expressionOn(type: string, random: Random, depth = 0): string {
  const names = [...(elementsOf(type)?.keys() ?? [])].filter(
    (name) => !/^(?:contained|extension|modifierExtension)$/.test(name),
  );
  const name = random.oneIn(10)
    ? random.pick(['none', 'value', 'valueString', 'Patient', 'resourceType'])
    : random.pick(names);
  const element = elementsOf(type)?.get(name);
  let text = name;
  const inner = element?.types[0];
  if (
    depth < 2 &&
    inner !== undefined &&
    element!.types.length === 1 &&
    random.oneIn(2) &&
    (elementsOf(inner)?.size ?? 0) > 0
  )
    text += `.${expressionOn(inner, random, depth + 1)}`;
  else
    text += random.pick([
      ...['', '', '', '.exists()', '.empty()', '.count()', '.first()', '.hasValue()', '.not()', ".where($this = 'a')"],
      ...[
        ".matches('a')",
        '.matches(1)',
        ".startsWith('a')",
        '.length()',
        '.length() > 3',
        '.toInteger() > 1',
        '.upper()',
      ],
      ...[
        '.all($this.exists())',
        '.select(id)',
        '.ofType(string)',
        '.ofType(None)',
        '.is(string)',
        '.as(Quantity)',
        '.resolve()',
      ],
      ...[
        '.resolve().is(Patient)',
        ".extension('a')",
        '.none()',
        '.substring(1)',
        ".substring('a')",
        '.distinct()',
        '.isDistinct()',
      ],
      ...[
        ".memberOf('http://hl7.org/fhir/ValueSet/marital-status')",
        '.memberOf(1)',
        '.trace()',
        ".trace('a')",
        '.children()',
      ],
      ...[
        '.combine(1)',
        '.union(id)',
        '.subsetOf(id)',
        ".iif(true, 'a')",
        '.type().name',
        '.conformsTo(1)',
        '.lowBoundary()',
        '.sum()',
      ],
      ...[
        ".replace('a')",
        ".replace('a', 'b')",
        '.join()',
        ".split(',')",
        '.round(1)',
        '.abs()',
        '.exists(1)',
        '.where(id)',
        '.skip()',
      ],
      ...[".skip('a')", '.take(1)', '.single()', '.htmlChecks()', '.toQuantity()', '.indexOf(1)', '.contains(1)'],
    ]);
  return text;
}

function grownExpression(type: string, random: Random): string {
  const one = (): string => expressionOn(type, random);
  return random.pick([
    () => one(),
    () => `${one()} = ${one()}`,
    () => `${one()} and ${one()}`,
    () => `${one()} implies ${one()}`,
    () => `${one()} > 1`,
    () => `${one()} = 'a'`,
    () => `${one()} in ('a' | 'b')`,
    () => `(${one()}).exists() or ${one()}.exists()`,
    () => `${one()} + 1`,
    () => `${one()} & 'a'`,
    () => `${one()} | ${one()}`,
    () => `${one()} is string`,
    () => `-${one()}`,
    () => `%resource.${one()}`,
    () => `%none.exists()`,
    () => `$index`,
    () => `${one()} <= today()`,
    () => `${type}.${one()}`,
    () => `iif(${one()}, ${one()}, ${one()})`,
  ])();
}

const resources = ['Patient', 'Observation', 'Encounter', 'Condition', 'Organization', 'Task', 'Claim'];

const searchParameter: Grow = (random) => {
  const base = some(random, 1, 2, () => random.pick(resources));
  const type = random.pick([
    'string',
    'token',
    'reference',
    'date',
    'quantity',
    'uri',
    'number',
    'composite',
    'special',
  ]);
  const path = `${base[0]!}.${expressionOn(base[0]!, random)}`;
  return defined('SearchParameter', 'grown-parameter', {
    code: random.pick(['a', 'a-b', 'name', 'a.b', '_id']),
    base: [...new Set(base)],
    type,
    ...maybe(random, 8, {
      derivedFrom: random.pick(['http://hl7.org/fhir/SearchParameter/individual-family', 'http://none.test/a']),
    }),
    ...(random.oneIn(10)
      ? {}
      : { expression: random.oneIn(4) ? `${path} | ${base.at(-1)!}.${expressionOn(base.at(-1)!, random)}` : path }),
    ...maybe(random, 3, { processingMode: random.pick(['normal', 'phonetic', 'other']) }),
    ...maybe(random, 4, { constraint: grownExpression(base[0]!, random) }),
    ...(type === 'reference' && { target: some(random, 0, 2, () => random.pick(resources)) }),
    ...maybe(random, 4, {
      multipleOr: true,
      multipleAnd: false,
      comparator: [random.pick(['eq', 'gt', 'sa'])],
      modifier: [random.pick(['exact', 'not', 'identifier'])],
    }),
    ...maybe(random, 6, { chain: ['name'] }),
    ...((type === 'composite' || random.oneIn(15)) && {
      component: some(random, 1, 2, () => ({
        definition: random.pick([
          'http://hl7.org/fhir/SearchParameter/clinical-code',
          'http://hl7.org/fhir/SearchParameter/none',
          'http://none.test/a',
        ]),
        expression: random.pick(['code', 'value', '$this', 'none', 'value.as(Quantity)']),
      })),
    }),
  });
};

const parameterOf = (random: Random, use: string, depth: number): Json => ({
  name: random.pick(['a', 'b', 'return', 'result', 'a b']),
  use,
  ...maybe(random, 5, { scope: [random.pick(['instance', 'type', 'system'])] }),
  min: random.below(2),
  max: random.pick(['1', '1', '*', '0', 'a']),
  ...(random.oneIn(6)
    ? {}
    : { type: random.pick(['string', 'code', 'Reference', 'Patient', 'uri', 'None', 'Resource', 'canonical']) }),
  ...maybe(random, 6, { searchType: random.pick(['token', 'string']) }),
  ...maybe(random, 6, { targetProfile: [`${core}/Patient`] }),
  ...maybe(random, 6, { allowedType: [random.pick(['string', 'Coding'])] }),
  ...maybe(random, 8, {
    binding: {
      strength: 'required',
      valueSet: random.pick(['http://hl7.org/fhir/ValueSet/marital-status', 'http://none.test/a']),
    },
  }),
  ...(depth === 0 && random.oneIn(6) && { part: [parameterOf(random, use, 1)] }),
});

const operation: Grow = (random) =>
  defined('OperationDefinition', 'grown-operation', {
    kind: random.pick(['operation', 'operation', 'query']),
    ...maybe(random, 3, { affectsState: random.oneIn(2) }),
    code: random.pick(['a', 'a-b', '$a', 'a b']),
    ...maybe(random, 2, { resource: [random.pick([...resources, 'None'])] }),
    system: random.oneIn(2),
    type: random.oneIn(2),
    instance: random.oneIn(2),
    ...maybe(random, 8, { base: 'http://hl7.org/fhir/OperationDefinition/Resource-validate' }),
    ...maybe(random, 8, { inputProfile: `${core}/Parameters` }),
    parameter: some(random, 1, 3, () => parameterOf(random, random.pick(['in', 'out']), 0)),
    ...maybe(random, 6, { overload: [{ parameterName: [random.pick(['a', 'none'])] }] }),
  });

const constraints: Grow = (random) => {
  const type = random.pick(resources);
  const names = [...(elementsOf(type)?.values() ?? [])].filter(
    (one) =>
      one.types.length === 1 &&
      !/^(?:id|contained|extension|modifierExtension|implicitRules|text|meta|language)$/.test(one.name),
  );
  const element = random.pick(names);
  const of = random.oneIn(2) ? type : element.types[0]!;
  const path = of === type ? type : `${type}.${element.name}`;
  const constraint = some(random, 1, 2, (i) => ({
    key: `grown-${i + 1}`,
    severity: random.pick(['error', 'warning']),
    human: random.pick(['Grown', 'Grown', '']) || 'Another',
    expression: grownExpression(of, random),
  }));
  const snapshot = random.oneIn(2)
    ? undefined
    : {
        element: snapshotOf(type).map((one) =>
          one['path'] === path
            ? { ...one, constraint: [...((one['constraint'] as Json[] | undefined) ?? []), ...constraint] }
            : one,
        ),
      };
  return defined('StructureDefinition', 'grown-constraint', {
    fhirVersion: '5.0.0',
    kind: 'resource',
    abstract: false,
    type,
    baseDefinition: `${core}/${type}`,
    derivation: 'constraint',
    ...(snapshot && { snapshot }),
    differential: {
      element:
        path === type
          ? [{ id: type, path, constraint }]
          : [
              { id: type, path: type },
              { id: path, path, constraint },
            ],
    },
  });
};

/** The published elements of a type, without words. */
function snapshotOf(type: string): readonly Json[] {
  const file = fileURLToPath(import.meta.resolve(`hl7.fhir.r5.core/StructureDefinition-${type}.json`));
  const { snapshot } = JSON.parse(readFileSync(file, 'utf8')) as { snapshot: { element: Json[] } };
  return snapshot.element.map((element) =>
    without(element, 'mapping', 'comment', 'requirements', 'definition', 'short', 'alias', 'example', 'extension'),
  );
}

const extensionDefinition: Grow = (random) => {
  const url = `${home}/StructureDefinition/grown-extension`;
  const elements: Json[] = [
    { id: 'Extension', path: 'Extension', min: random.below(2), max: random.pick(['1', '*']), short: 'a' },
  ];
  if (random.oneIn(3)) {
    elements.push({
      id: 'Extension.extension',
      path: 'Extension.extension',
      slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' },
    });
    for (const sliceName of ['a', 'b']) {
      const id = `Extension.extension:${sliceName}`;
      elements.push({ id, path: 'Extension.extension', sliceName, min: random.below(2), max: '1' });
      elements.push({ id: `${id}.url`, path: 'Extension.extension.url', fixedUri: random.oneIn(8) ? 'c' : sliceName });
      elements.push({
        id: `${id}.value[x]`,
        path: 'Extension.extension.value[x]',
        type: [{ code: random.pick(['string', 'code', 'None']) }],
      });
    }
  } else if (random.oneIn(2)) elements.push({ id: 'Extension.extension', path: 'Extension.extension', max: '0' });
  if (!random.oneIn(8))
    elements.push({
      id: 'Extension.url',
      path: 'Extension.url',
      fixedUri: random.oneIn(10) ? 'http://none.test/a' : url,
    });
  if (!random.oneIn(4))
    elements.push({
      id: 'Extension.value[x]',
      path: 'Extension.value[x]',
      ...maybe(random, 3, { min: random.below(2) }),
      ...maybe(random, 8, { max: '0' }),
      type: some(random, 1, 2, () =>
        random.pick([
          { code: 'string' },
          { code: 'CodeableConcept' },
          { code: 'Reference', targetProfile: [`${core}/Patient`] },
          { code: 'Patient' },
          { code: 'Quantity', profile: [`${core}/SimpleQuantity`] },
        ]),
      ),
      ...maybe(random, 4, {
        binding: {
          strength: 'required',
          valueSet: random.pick(['http://hl7.org/fhir/ValueSet/marital-status', 'http://none.test/a']),
        },
      }),
    });
  return defined('StructureDefinition', 'grown-extension', {
    fhirVersion: '5.0.0',
    kind: 'complex-type',
    abstract: false,
    ...(random.oneIn(10)
      ? {}
      : {
          context: some(random, 1, 2, () =>
            random.pick([
              {
                type: 'element',
                expression: random.pick([
                  'Patient',
                  'Patient.contact',
                  'Patient.none',
                  'None',
                  'Element',
                  'HumanName',
                  'Patient.name.given',
                  `${core}/Patient`,
                ]),
              },
              { type: 'fhirpath', expression: grownExpression('Patient', random) },
              { type: 'extension', expression: random.pick([`${core}/patient-birthPlace`, 'http://none.test/a', 'a']) },
            ]),
          ),
        }),
    ...maybe(random, 6, { contextInvariant: [grownExpression('Patient', random)] }),
    type: 'Extension',
    baseDefinition: `${core}/Extension`,
    derivation: 'constraint',
    differential: { element: elements },
  });
};

/** Definitions by their kinds. */
export const grows: Readonly<Record<string, Grow>> = {
  'code system': codeSystem,
  'value set': valueSet,
  'concept map': conceptMap,
  'search parameter': searchParameter,
  operation,
  'profile with rules': constraints,
  'definition of an extension': extensionDefinition,
};
