// How long the values and the index row of one resource take, in microseconds: the best of five rounds, without the narrative,
// each time for another patient.
import { readFileSync } from 'node:fs';
import type { JsonResource } from '@dhp/fhir-search';
import { indexRow, indexValues } from '../src/rows.ts';

const rounds = 5;
const times = 2000;
let made = 0;

for (const name of ['Observation-blood-pressure.json', 'Observation-example.json', 'Patient-example.json']) {
  const file = new URL(import.meta.resolve(`hl7.fhir.r5.examples/${name}`));
  const { text: _, ...resource } = JSON.parse(readFileSync(file, 'utf8')) as JsonResource;
  const { length } = JSON.stringify(resource);
  const [values, rows] = [best(resource, indexValues), best(resource, indexRow)];
  process.stdout.write(`${name}: ${length} bytes, values ${values.toFixed(1)} µs, row ${rows.toFixed(1)} µs\n`);
}

function best(resource: JsonResource, index: (resource: JsonResource) => unknown): number {
  round(resource, index);
  return Math.min(...Array.from({ length: rounds }, () => round(resource, index)));
}

function round(resource: JsonResource, index: (resource: JsonResource) => unknown): number {
  const resources = Array.from({ length: times }, () => {
    made++;
    const identifier = [{ system: 'http://a.org/ids', value: `v${made}` }];
    return { ...resource, id: `r${made}`, identifier, subject: { reference: `Patient/p${made}` } };
  });
  const start = performance.now();
  for (const one of resources) index(one);
  return ((performance.now() - start) * 1000) / times;
}
