// Writes generated/content.bin: every CodeSystem, ValueSet and ConceptMap of the FHIR core, HL7 Terminology and the extensions
// package, and the code lists that ISO keeps. `--if-stale` does nothing when the same inputs have already written it.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { isStale, outputFile, outputFolder, stampFile, stampLine } from './generated.mjs';

/** Whole or not at all, so that a process that reads meanwhile never sees half a file. */
function writeWhole(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

if (!process.argv.includes('--if-stale') || isStale()) {
  const { content } = await import('./content.ts'); // only if there is work: the check above must be cheap
  mkdirSync(outputFolder, { recursive: true });
  writeWhole(outputFile, content());
  writeWhole(stampFile, stampLine());
}
