// How long one patch of a resource of 2 kB takes: `node packages/fhir-patch/bench/patch.ts`. Microseconds per call.
import { applyFhirPathPatch, applyJsonPatch } from '../src/index.ts';

const name = (family: string) => ({
  use: 'official',
  family,
  given: ['Nodira', 'Aziza'],
  period: { start: '2001-01-01' },
});
const patient = JSON.stringify({
  resourceType: 'Patient',
  id: 'p',
  name: Array.from({ length: 18 }, (_, index) => name(`Karimova${index}`)),
  birthDate: '2000-01-01',
  extension: [{ url: 'urn:a', valueDecimal: 1 }],
});
const withDecimal = patient.replace('"valueDecimal":1', '"valueDecimal":1.00');
const pointer = '[{"op":"replace","path":"/birthDate","value":"2001-01-01"}]';

function replacing(path: string, value: object): string {
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: path },
    { name: 'value', ...value },
  ];
  return JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'operation', part }] });
}

const plain = replacing('Patient.birthDate', { valueDate: '2001-01-01' });
const filtered = replacing(`Patient.name.where(family = 'Karimova7').family`, { valueString: 'B' });
let fresh = 0;

const calls: Record<string, () => unknown> = {
  'JSON.parse and JSON.stringify alone': () => JSON.stringify(JSON.parse(patient)),
  'JSON Patch': () => applyJsonPatch(patient, pointer),
  'JSON Patch, a decimal keeps its text': () => applyJsonPatch(withDecimal, pointer),
  'FHIRPath Patch, plain path': () => applyFhirPathPatch(patient, plain),
  'FHIRPath Patch, plain path, a decimal keeps its text': () => applyFhirPathPatch(withDecimal, plain),
  'FHIRPath Patch, where()': () => applyFhirPathPatch(patient, filtered),
  'FHIRPath Patch, where(), a decimal keeps its text': () => applyFhirPathPatch(withDecimal, filtered),
  'FHIRPath Patch, where() not seen before': () =>
    applyFhirPathPatch(patient, filtered.replace(').', ` and 0 < ${++fresh}).`)),
};

/** The best of five rounds, so that other work on the machine disturbs least. */
function microseconds(call: () => unknown): string {
  let best = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < 100) for (let i = 0; i < 10; i += 1, count += 1) call();
    best = Math.min(best, ((performance.now() - start) / count) * 1000);
  }
  return best.toFixed(1);
}

process.stdout.write(`${patient.length} characters\n`);
for (const [label, call] of Object.entries(calls))
  process.stdout.write(`${microseconds(call).padStart(8)} µs  ${label}\n`);
