// Writes src/parameters/definitions.ts from the package hl7.fhir.r5.core; it is not kept in the repository.
import { writeFileSync } from 'node:fs';
import { definitionsModule } from './encode.ts';
import { stampLine, isStale, outputFile } from './generated.mjs';

if (!process.argv.includes('--if-stale') || isStale()) {
  writeFileSync(outputFile, stampLine() + definitionsModule());
}
