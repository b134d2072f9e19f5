// Writes generated/: the element table (model.json) and the TypeScript interfaces (types.ts) of FHIR R5, from the package
// hl7.fhir.r5.core. `--if-stale` does nothing when the same package and the same generator have already written it.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStale, outputFolder, stampFile, stampLine } from './generated.mjs';

/** Whole or not at all, so that a process that reads meanwhile never sees half a file. */
function writeWhole(file: string, content: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

if (!process.argv.includes('--if-stale') || isStale()) {
  // Loaded only if there is work: the check above must be cheap at every start.
  const { generate } = await import('./outputs.ts');
  mkdirSync(outputFolder, { recursive: true });
  for (const [name, content] of Object.entries(generate())) writeWhole(join(outputFolder, name), content);
  writeWhole(stampFile, stampLine());
}
