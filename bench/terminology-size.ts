/** Measures the cost of code systems: the memory of a loaded one, and the CPU time until its first answer. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemOf } from '../packages/fhir-terminology/src/source/resource-source.ts';

export interface Size {
  readonly concepts: number;
  /** Bytes that stay in memory after the resource is released. */
  readonly bytes: number;
  /** Milliseconds of CPU, from the JSON to the first answer. */
  readonly milliseconds: number;
  /** How many of these the JSON took. */
  readonly parsing: number;
  /** The Russian name that was found. */
  readonly found: string | undefined;
}

/** Measures in a separate process, where nothing else uses memory and the garbage collector can be called. */
export function measureSize(concepts: number): Size {
  const words = ['--expose-gc', fileURLToPath(import.meta.url), String(concepts)];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Size;
}

/** A code system with names in Uzbek, Russian and English. */
function systemText(concepts: number): string {
  return JSON.stringify({
    ...{ resourceType: 'CodeSystem', url: 'http://example.org/large', status: 'active', content: 'complete' },
    language: 'uz',
    concept: Array.from({ length: concepts }, (_, i) => ({
      code: codeOf(i),
      display: `Tashxis raqami ${i} (oddiy)`,
      designation: [
        { language: 'ru', value: `Диагноз номер ${i} (обычный)` },
        { language: 'en', value: `Diagnosis number ${i} (plain)` },
      ],
    })),
  });
}

const codeOf = (row: number): string => `K${String(row).padStart(6, '0')}`;

async function measure(concepts: number): Promise<Size> {
  const text = systemText(concepts);
  const before = await heldBytes();
  const start = cpuMilliseconds();
  const parsed = { resource: JSON.parse(text) as Parameters<typeof systemOf>[0] | undefined };
  const parsing = cpuMilliseconds() - start;
  const system = systemOf(parsed.resource!);
  const found = system.find(codeOf(concepts - 1))?.designations[0]?.value;
  const milliseconds = cpuMilliseconds() - start;
  parsed.resource = undefined; // Only the memory of the system should count.
  const bytes = (await heldBytes()) - before; // The text is in memory before and after.
  return { concepts: system.size ?? 0, bytes, milliseconds, parsing, found: text === '' ? undefined : found };
}

async function heldBytes(): Promise<number> {
  await new Promise((done) => setTimeout(done, 100));
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

if (import.meta.main) console.log(JSON.stringify(await measure(Number(process.argv[2]))));
