/** Hostile invocations of the operations that are announced: each of their parameters with much of what its type may hold. */
import { fhirJson, list, patient } from '../requests.ts';
import type { Announced, Parameter } from './announced.ts';
import { noGenerator, type Hostile } from './generator.ts';

const url = 'http://example.org';
const concepts = (n: number): object[] => list(n, (i) => ({ code: `c${i}`, display: `Concept ${i}` }));
const definition = { url: `${url}/d`, status: 'active' };

/** The member of a part of Parameters by type, of a size. */
const values: Readonly<Record<string, (n: number) => object>> = {
  boolean: (n) => ({ valueBoolean: n % 2 === 0 }),
  integer: (n) => ({ valueInteger: Math.min(n, 2_000_000_000) }),
  positiveInt: (n) => ({ valuePositiveInt: 1 + Math.min(n, 2_000_000_000) }),
  decimal: (n) => ({ valueDecimal: n + 0.5 }),
  Period: () => ({ valuePeriod: { start: '2000-01-01', end: '2000-01-02' } }),
  integer64: (n) => ({ valueInteger64: String(n) }),
  string: (n) => ({ valueString: 'word '.repeat(n).trim() }),
  code: (n) => ({ valueCode: 'x'.repeat(n) }),
  id: (n) => ({ valueId: 'x'.repeat(n) }),
  uri: (n) => ({ valueUri: `${url}/${'x'.repeat(n)}` }),
  url: (n) => ({ valueUrl: `${url}/${'x'.repeat(n)}` }),
  canonical: (n) => ({ valueCanonical: `${url}/${'x'.repeat(n)}` }),
  date: () => ({ valueDate: '2000-01-01' }),
  dateTime: () => ({ valueDateTime: '2000-01-01T00:00:00Z' }),
  instant: () => ({ valueInstant: '2000-01-01T00:00:00Z' }),
  Coding: (n) => ({ valueCoding: { system: `${url}/s`, code: 'x'.repeat(n) } }),
  CodeableConcept: (n) => ({
    valueCodeableConcept: { coding: list(n, (i) => ({ system: `${url}/s`, code: `c${i}` })) },
  }),
  Element: (n) => ({ valueString: 'x'.repeat(n) }),
  Reference: (n) => ({ valueReference: { reference: `Patient/${'x'.repeat(n)}` } }),
  Identifier: (n) => ({ valueIdentifier: { system: `${url}/i`, value: 'x'.repeat(n) } }),
  Meta: (n) => ({ valueMeta: { tag: list(n, (i) => ({ system: `${url}/t`, code: `t${i}` })) } }),
  UsageContext: (n) => ({
    valueUsageContext: {
      code: { code: 'x'.repeat(n) },
      valueCodeableConcept: { coding: list(n, (i) => ({ code: `c${i}` })) },
    },
  }),
  Resource: (n) => ({ resource: patient({ name: list(n, (i) => ({ family: `f${i}` })) }) }),
  Bundle: (n) => ({
    resource: {
      resourceType: 'Bundle',
      type: 'collection',
      entry: list(n, (i) => ({ fullUrl: `${url}/Patient/${i}`, resource: patient({ id: `${i}` }) })),
    },
  }),
  Parameters: (n) => ({
    resource: { resourceType: 'Parameters', parameter: list(n, (i) => ({ name: `p${i}`, valueString: 'x' })) },
  }),
  CodeSystem: (n) => ({
    resource: { resourceType: 'CodeSystem', ...definition, content: 'complete', concept: concepts(n) },
  }),
  ValueSet: (n) => ({
    resource: {
      resourceType: 'ValueSet',
      ...definition,
      compose: { include: [{ system: `${url}/s`, concept: concepts(n) }] },
    },
  }),
  ConceptMap: (n) => ({
    resource: {
      ...{ resourceType: 'ConceptMap', ...definition },
      group: [
        {
          ...{ source: `${url}/s`, target: `${url}/t` },
          element: list(n, (i) => ({ code: `c${i}`, target: [{ code: `d${i}`, relationship: 'equivalent' }] })),
        },
      ],
    },
  }),
  OperationOutcome: (n) => ({
    resource: { resourceType: 'OperationOutcome', issue: list(n, () => ({ severity: 'error', code: 'invalid' })) },
  }),
};

function part(parameter: Parameter, n: number): object {
  const { name, part: parts, type } = parameter;
  if (parts !== undefined) return { name, part: parts.map((each) => part(each, n)) };
  const value = values[type ?? ''];
  if (value === undefined) throw noGenerator(`the parameter ${name} of type ${type ?? 'none'}`);
  return { name, ...value(n) };
}

export function ofOperation(announced: Extract<Announced, { kind: 'operation' }>): readonly Hostile[] {
  const { code, at, type, parameter, required } = announced;
  const place = { system: '', type: `${type}/`, instance: `${type}/p0/` }[at];
  const path = `${place}$${code}`;
  const others = required.filter(({ name }) => name !== parameter?.name).map((one) => part(one, 1));
  const invoke = (parts: readonly object[]) => ({
    ...{ method: 'POST', path, headers: fhirJson },
    body: JSON.stringify({ resourceType: 'Parameters', parameter: [...others, ...parts] }),
  });
  if (parameter === undefined)
    return [
      {
        name: `POST ${path} with parameters that it has not`,
        n: 50,
        make: (n) => invoke(list(n, (i) => ({ name: `nothing${i}`, valueString: 'x' }))),
      },
      {
        name: `GET ${path} with parameters that it has not`,
        n: 50,
        make: (n) => ({ method: 'GET', path: `${path}?${list(n, (i) => `nothing${i}=x`).join('&')}` }),
      },
    ];
  part(parameter, 1);
  return [
    { name: `POST ${path} with a large ${parameter.name}`, n: 50, make: (n) => invoke([part(parameter, n)]) },
    {
      name: `POST ${path} with ${parameter.name} again and again`,
      n: 20,
      make: (n) => invoke(list(n, (i) => part(parameter, 1 + (i % 9)))),
    },
  ];
}
