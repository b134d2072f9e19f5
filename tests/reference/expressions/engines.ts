/** Three engines of FHIRPath, and their answers in a form that can be compared. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { compile } from '@dhp/fhirpath';
import { convertUnit } from '@dhp/ucum';
import { askOracle } from '../../../packages/fhirpath/test/oracle.ts';
import { compiled, referenceFolder } from '../oracle.ts';
import type { Made } from './made.ts';

/** The values as texts, in order; undefined if the engine refuses. */
export type Answer = readonly string[] | undefined;

export function askOurs({ expression, resource }: Made): Answer {
  try {
    const items = compile(expression).evaluate(resource, { resource, rootResource: resource, convertUnit });
    return items.flatMap(({ value }) => (value === undefined ? [] : [textOf(value)]));
  } catch {
    return undefined;
  }
}

/** The engine of the US National Library of Medicine, fhirpath.js. */
export function askFhirpathJs({ expression, resource }: Made): Answer {
  const outcome = askOracle(structuredClone(resource), expression, { resource, rootResource: resource });
  return 'error' in outcome ? undefined : (JSON.parse(outcome.values) as unknown[]).map(textOf);
}

/** Asks HL7's engine, one after the other. It is resolved by Maven and compiled when that has not been done yet. */
export async function* askHl7(all: Iterable<Made>): AsyncGenerator<Answer> {
  const classPath = [join(referenceFolder, 'classes'), await compiled()].join(delimiter);
  const words = ['-Xmx2g', '-XX:+UseSerialGC', `-Duser.home=${join(referenceFolder, 'home')}`, '-cp', classPath];
  const child = spawn('nice', ['-n', '10', 'java', ...words, 'Expressions'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: unknown;
  try {
    for (const { resource, expression } of all) {
      child.stdin.write(`${JSON.stringify({ ...(resource !== last && { resource }), expression })}\n`);
      last = resource;
      const { value, done } = await lines.next();
      if (done === true) throw new Error("HL7's engine ended");
      yield (JSON.parse(value) as { values?: string[] }).values?.map(plain);
    }
  } finally {
    child.stdin.end();
    child.kill();
  }
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return plain(String(value));
  const { value: amount, code, unit } = value as { value?: unknown; code?: unknown; unit?: unknown };
  if (typeof amount === 'number') return plain(`${String(amount)} ${String(code ?? unit)}`);
  // Ours has classes for decimals, times and amounts, which write themselves.
  return Object.getPrototypeOf(value) === Object.prototype ? '{}' : plain((value as { toString(): string }).toString());
}

const codes: Readonly<Record<string, string>> = { week: 'wk', day: 'd', hour: 'h', minute: 'min', second: 's' };

/**
 * A value as all engines write it: numbers by twelve digits, without zeros at the end, times without a leading T, no zeros for a fraction of a
 * second, amounts with the code of their unit.
 */
function plain(text: string): string {
  const amount = /^(-?\d+(?:\.\d+)?) '?([^' ]+)'?$/.exec(text);
  if (amount !== null) return `${plain(amount[1]!)} ${codes[amount[2]!.replace(/s$/, '')] ?? amount[2]!}`;
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return String(Number(Number(text).toPrecision(12)));
  return text
    .replace(/^T(?=\d\d:)/, '')
    .replace(/\.000(?=Z|[+-]|$)/, '')
    .replace(/[+-]00:00$/, 'Z');
}
