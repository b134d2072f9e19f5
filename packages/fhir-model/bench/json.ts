// How long the JSON of one resource takes: `node packages/fhir-model/bench/json.ts [example …]`. Microseconds per call.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scanJson } from '../src/index.ts';
import { stampResource } from '../src/stamp.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
const names =
  process.argv.length > 2 ? process.argv.slice(2) : ['Patient-ch-example', 'Patient-example', 'Observation-f001'];
const stamp = { id: 'a-1', versionId: '7', lastUpdated: '2026-11-25T05:40:12.345+05:00' };

/** The best of five rounds, so that other work on the machine disturbs least. */
function microseconds(call: () => unknown): string {
  let best = Infinity;
  for (let round = 0; round < 5; round += 1) {
    const started = performance.now();
    for (let i = 0; i < 5000; i += 1) call();
    best = Math.min(best, (performance.now() - started) / 5);
  }
  return best.toFixed(2).padStart(8);
}

process.stdout.write('example                      characters   scan  JSON.parse  stamp\n');
for (const name of names) {
  const pretty = readFileSync(join(folder, `${name}.json`), 'utf8');
  const compact = JSON.stringify(JSON.parse(pretty));
  for (const [layout, text] of Object.entries({ pretty, compact })) {
    const source = scanJson(text);
    const scan = microseconds(() => scanJson(text));
    const parse = microseconds(() => JSON.parse(text) as unknown);
    const stamped = microseconds(() => Buffer.from(stampResource(source, stamp)));
    process.stdout.write(
      `${`${name} ${layout}`.padEnd(28)} ${String(text.length).padStart(8)} ${scan} ${parse} ${stamped}\n`,
    );
  }
}
