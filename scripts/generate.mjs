// `npm run generate`: generates the code that is made from the FHIR definitions and not committed.
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.ts';
import { generate } from './install/generate.mjs';

readArguments({
  command: 'npm run generate',
  help: `Makes the code anew that is made of the FHIR definitions: the model, search parameters, rules of validation, terminology.

Usage: npm run generate

  --help   this text
`,
});
await generate(fileURLToPath(new URL('..', import.meta.url)), { ifStale: false });
