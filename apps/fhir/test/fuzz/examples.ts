import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Example {
  readonly type: string;
  readonly resource: Record<string, unknown>;
}

/** With larger ones the run would mostly test parsing. */
const largest = 40_000;

/** Returns every `step`th of the published R5 examples that are small enough. */
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
