/**
 * Evaluations a second of common search paths and invariants, compared with the reference engine. `node bench/oracle.ts`; each pair is
 * measured in turns, the median of five rounds is shown. The inputs of the reference engine are copied beforehand.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fhirpath from 'fhirpath';
import r5 from 'fhirpath/fhir-context/r5';
import { compile } from '../src/index.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
const example = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
const patient = example('Patient-example.json');
const observation = example('Observation-blood-pressure.json');
const coding = { system: 'http://loinc.org', code: '1234-5', display: 'x' };
const extension = { url: 'http://example.org/x', valueString: 'x' };
const period = { start: '2020-01-01', end: '2021-05-05T10:00:00Z' };
const reference = { reference: 'Patient/example' };

const table: readonly (readonly [expression: string, type: string, value: Record<string, unknown>])[] = [
  ['Observation.code', 'Observation', observation],
  ['Patient.name.family', 'Patient', patient],
  ['Patient.name.given | Patient.name.family', 'Patient', patient],
  ['Observation.value.ofType(Quantity) | Observation.value.ofType(SampledData)', 'Observation', observation],
  ['Observation.subject.where(resolve() is Patient)', 'Observation', observation],
  ["Patient.telecom.where(system='phone')", 'Patient', patient],
  ['hasValue() or (children().count() > id.count())', 'Coding', coding],
  ['extension.exists() != value.exists()', 'Extension', extension],
  ['text.`div`.exists()', 'Patient', patient],
  ['contained.contained.empty()', 'Patient', patient],
  ['code.exists().not() implies display.exists().not()', 'Coding', coding],
  ['start.hasValue().not() or end.hasValue().not() or (start.lowBoundary() <= end.highBoundary())', 'Period', period],
  [
    "reference.exists() implies (reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids')) or (reference='#' and %rootResource!=%resource))",
    'Reference',
    reference,
  ],
  [
    "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().ofType(canonical) | %resource.descendants().ofType(uri) | %resource.descendants().ofType(url))) or descendants().where(reference = '#').exists()).not()).empty()",
    'Patient',
    patient,
  ],
];

/** Calls a second during about `milliseconds`. */
function rate(run: () => unknown, milliseconds: number): number {
  let calls = 0;
  const start = performance.now();
  const end = start + milliseconds;
  while (performance.now() < end) {
    for (let i = 0; i < 20; i++) run();
    calls += 20;
  }
  return calls / ((performance.now() - start) / 1000);
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const shown = (value: number) => Math.round(value).toLocaleString('en').padStart(12);

const say = (line: string) => process.stdout.write(`${line}\n`);
say(`${'ours'.padStart(12)}${'reference'.padStart(12)}${'ratio'.padStart(8)}  expression`);
for (const [expression, type, value] of table) {
  const isResource = 'resourceType' in value;
  const path = compile(expression, { context: isResource ? 'SearchParameter' : 'Invariant', type });
  const environment = { resource: isResource ? value : patient, rootResource: patient };
  const oracle = fhirpath.compile(isResource ? expression : { base: type, expression }, r5, {
    traceFn: () => undefined,
    userInvocationTable: { resolve: { fn: (items: unknown[]) => items, arity: { 0: [] } } },
  }) as (value: unknown, variables: object) => unknown;
  const [copy, variables] = [structuredClone(value), structuredClone(environment)];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < 5; round++) {
    ours.push(rate(isResource ? () => path.evaluate(value, environment) : () => path.test(value, environment), 60));
    theirs.push(rate(() => oracle(copy, variables), 60));
  }
  const [a, b] = [median(ours), median(theirs)];
  say(`${shown(a)}${shown(b)}${(a / b).toFixed(0).padStart(7)}x  ${expression.slice(0, 90)}`);
}
