/**
 * Rows a second of flat and of unnesting views on one core: `node packages/sql-on-fhir/bench/rows.ts`. Each is measured in five rounds of CPU
 * time, the best of which is shown, so that other work on the machine has little influence.
 */
import { compileView, keptRowsOf, ParquetFile, parseResource, writeTable } from '../src/index.ts';

const observation = (n: number): object => ({
  resourceType: 'Observation',
  id: `o${n}`,
  meta: { versionId: '1', lastUpdated: '2026-01-31T09:00:00.000+05:00' },
  status: 'final',
  category: [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
  ],
  code: {
    coding: [{ system: 'http://loinc.org', code: '8310-5', display: 'Body temperature' }],
    text: 'Body temperature',
  },
  subject: { reference: `Patient/p${n % 100}` },
  encounter: { reference: `Encounter/e${n % 400}` },
  effectiveDateTime: '2026-01-30T08:30:00+05:00',
  valueQuantity: { value: 36.6 + (n % 10) / 10, unit: 'C', system: 'http://unitsofmeasure.org', code: 'Cel' },
  component: [
    { code: { text: 'a' }, valueInteger: n },
    { code: { text: 'b' }, valueInteger: n + 1 },
  ],
});
const observations = Array.from({ length: 2_000 }, (_, n) => observation(n));

const flat = {
  resource: 'Observation',
  select: [
    {
      column: [
        { name: 'id', path: 'getResourceKey()', type: 'id' },
        { name: 'patient', path: 'subject.getReferenceKey(Patient)', type: 'id' },
        { name: 'encounter', path: 'encounter.getReferenceKey(Encounter)', type: 'id' },
        { name: 'status', path: 'status', type: 'code' },
        { name: 'effective', path: 'effective.ofType(dateTime)', type: 'dateTime' },
        { name: 'code', path: "code.coding.where(system = 'http://loinc.org').code.first()", type: 'code' },
        { name: 'text', path: 'code.text', type: 'string' },
        { name: 'value', path: 'value.ofType(Quantity).value', type: 'decimal' },
        { name: 'unit', path: 'value.ofType(Quantity).code', type: 'code' },
        { name: 'updated', path: 'meta.lastUpdated', type: 'instant' },
      ],
    },
  ],
};

const unnested = {
  resource: 'Observation',
  where: [{ path: "status = 'final'" }],
  select: [
    { column: [{ name: 'id', path: 'getResourceKey()', type: 'id' }] },
    {
      forEach: 'component',
      column: [
        { name: 'n', path: '%rowIndex', type: 'integer' },
        { name: 'code', path: 'code.text', type: 'string' },
        { name: 'value', path: 'value.ofType(integer)', type: 'integer' },
      ],
    },
  ],
};

/** Rows of all observations, so often, in CPU seconds. */
function rate(run: () => number): number {
  let best = 0;
  for (let round = 0; round < 6; round += 1) {
    const start = process.cpuUsage();
    let rows = 0;
    for (let n = 0; n < 10; n += 1) rows += run();
    const { user, system } = process.cpuUsage(start);
    if (round > 0) best = Math.max(best, rows / ((user + system) / 1e6));
  }
  return best;
}

const texts = observations.map((each) => JSON.stringify(each));
const [flatView, unnestedView] = [compileView(flat), compileView(unnested)];
const csv = writeTable(flatView, 'csv');
const keptRows = keptRowsOf(flatView);
const parquet = new ParquetFile(flatView);
function intoParquet(each: unknown): number {
  const rows = keptRows(each);
  if (parquet.add(rows)) parquet.take();
  return rows.length;
}
const runs: Readonly<Record<string, () => number>> = {
  'a flat view of 10 columns': () => observations.reduce<number>((sum, each) => sum + flatView.cells(each).length, 0),
  'the same, as objects': () => observations.reduce<number>((sum, each) => sum + flatView.rows(each).length, 0),
  'the same, as CSV': () => observations.reduce<number>((sum, each) => sum + csv.rowsOf(each).rows, 0),
  'the same, as CSV, from JSON text': () =>
    texts.reduce<number>((sum, text) => sum + csv.rowsOf(JSON.parse(text)).rows, 0),
  'the same, as Parquet': () => observations.reduce<number>((sum, each) => sum + intoParquet(each), 0),
  'the same, as Parquet, from JSON text with the digits of decimals': () =>
    texts.reduce<number>((sum, text) => sum + intoParquet(parseResource(text)), 0),
  'a condition and forEach of two components': () =>
    observations.reduce<number>((sum, each) => sum + unnestedView.cells(each).length, 0),
};
for (const [label, run] of Object.entries(runs))
  process.stdout.write(`${Math.round(rate(run)).toLocaleString('en').padStart(10)} rows a CPU second  ${label}\n`);
