// How long all index values of one resource take, in microseconds: the best of five rounds, without the narrative.
import { readFileSync } from 'node:fs';
import { indexValues, type JsonResource } from '../src/index.ts';

const rounds = 5;
const times = 2000;

for (const name of ['Observation-blood-pressure.json', 'Patient-example.json']) {
  const file = new URL(import.meta.resolve(`hl7.fhir.r5.examples/${name}`));
  const { text: _, ...resource } = JSON.parse(readFileSync(file, 'utf8')) as JsonResource;
  for (let i = 0; i < times; i++) indexValues(resource);
  const best = Math.min(...Array.from({ length: rounds }, () => round(resource)));
  const { length } = JSON.stringify(resource);
  process.stdout.write(`${name}: ${length} bytes, ${indexValues(resource).length} values, ${best.toFixed(1)} µs\n`);
}

function round(resource: JsonResource): number {
  const start = performance.now();
  for (let i = 0; i < times; i++) indexValues(resource);
  return ((performance.now() - start) * 1000) / times;
}
