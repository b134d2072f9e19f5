import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Example {
  readonly type: string;
  readonly resource: Record<string, unknown>;
}

/** Larger ones would make the run about parsing, and little else. */
const largest = 40_000;

/** Published examples of R5, each `step`th of those that are small enough. */
export function examples(step: number): Example[] {
  const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r5.examples/package.json'));
  const files = readdirSync(folder)
    .filter((name) => /^[A-Z]\w+-.*\.json$/.test(name))
    .sort();
  const texts = files
    .filter((_, n) => n % step === 0)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .filter((text) => text.length <= largest);
  return texts.flatMap((text) => {
    const resource = JSON.parse(text) as Record<string, unknown>;
    const type = String(resource['resourceType']);
    return type === 'Parameters' ? [] : [{ type, resource }];
  });
}
