// Validations per CPU-second, warm, JSON.parse included, and what a start costs: `node bench/validation.ts`. With --cpu-prof
// before the file name Node writes a profile that shows as a flame graph.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const say = (line: string) => process.stdout.write(`${line}\n`);
const megabytes = () => Math.round(process.memoryUsage().rss / 1048576);
const before = { time: performance.now(), memory: megabytes() };
const { Validator } = await import('../src/index.ts');
const validator = new Validator({ unknownExtensions: 'ignore' });
validator.validate({ resourceType: 'Patient', name: [{ family: 'Karimova' }] });
say(
  `start, with the first validation: ${Math.round(performance.now() - before.time)} ms, ${megabytes() - before.memory} MB`,
);

const examples = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
const clinical = [
  'Observation',
  'Condition',
  'Encounter',
  'MedicationRequest',
  'Procedure',
  'DiagnosticReport',
  'AllergyIntolerance',
  'Immunization',
  'ServiceRequest',
  'CarePlan',
];

/** Clinical examples of about 3 kB as compact JSON. */
function clinicalTexts(): string[] {
  return readdirSync(examples)
    .filter((file) => clinical.some((type) => file.startsWith(`${type}-`)))
    .map((file) => JSON.stringify(JSON.parse(readFileSync(join(examples, file), 'utf8'))))
    .filter((text) => text.length > 2300 && text.length < 3700);
}

/** Calls a CPU-second: the best of five rounds, as other work on the machine only ever takes away. */
function rate(texts: readonly string[], once: (text: string) => unknown): number {
  const round = (seconds: number): number => {
    const start = process.cpuUsage();
    let calls = 0;
    let spent = 0;
    while (spent < seconds * 1e6) {
      for (const text of texts) once(text);
      calls += texts.length;
      const { user, system } = process.cpuUsage(start);
      spent = user + system;
    }
    return calls / (spent / 1e6);
  };
  round(1);
  return Math.max(...[1, 2, 3, 4, 5].map(() => round(0.4)));
}

function report(name: string, texts: readonly string[], once: (text: string) => unknown): void {
  const size = texts.reduce((sum, text) => sum + text.length, 0) / texts.length / 1000;
  say(
    `${Math.round(rate(texts, once)).toLocaleString('en').padStart(10)} a CPU-second  ${name} (${texts.length} texts, ${size.toFixed(1)} kB)`,
  );
}

const texts = clinicalTexts();
report('JSON.parse alone', texts, (text) => JSON.parse(text) as unknown);
report('clinical resources against R5', texts, (text) => validator.validate(JSON.parse(text)));

const national = new URL('../../../../shared/uz-core/', import.meta.url);
if (!existsSync(national)) say('the national package is not at ../shared/uz-core');
else {
  const { nationalExamples, nationalResources } = await import('../test/national.ts');
  const { definitionsOf, MemoryCodes } = await import('../test/memory-codes.ts');
  const resources = [...nationalResources()];
  const strict = new Validator({ codes: new MemoryCodes(resources), definitions: definitionsOf(resources) });
  const start = performance.now();
  const profiles = resources.filter(
    (one) => one['resourceType'] === 'StructureDefinition' && one['kind'] === 'resource',
  );
  for (const { url, type } of profiles) strict.validate({ resourceType: type }, [url as string]);
  say(`${profiles.length} national profiles compiled in ${Math.round(performance.now() - start)} ms`);
  const all = nationalExamples().map(({ resource }) => resource);
  const patients = all.filter((one) => one['resourceType'] === 'Patient').map((one) => JSON.stringify(one));
  report('national patients with their profile', patients, (text) => strict.validate(JSON.parse(text)));
  report(
    'national examples with their profiles',
    all.map((one) => JSON.stringify(one)),
    (text) => strict.validate(JSON.parse(text)),
  );
}
