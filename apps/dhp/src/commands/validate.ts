/** `dhp validate FILE…`: a server's findings about resources, without a server. */
import { lazily, type Command } from '../cli.ts';
import { languages } from '../validation/languages.ts';

export const validateCommand: Command = {
  name: 'validate',
  summary:
    'Check resources against FHIR R5 and profiles, without a server: files, folders, NDJSON, - for standard input',
  argument: 'FILE…',
  options: {
    profile: { type: 'string', value: 'CANONICAL', multiple: true, help: 'must be met, beside those in meta.profile' },
    package: {
      type: 'string',
      value: 'PACKAGE',
      multiple: true,
      help: 'a folder, a .tgz or name@version that brings profiles and codes',
    },
    global: { type: 'boolean', help: 'also the profiles that the guides of the packages name as global' },
    'vital-signs': { type: 'boolean', help: 'also the profiles that R5 has for vital signs' },
    'no-national': { type: 'boolean', help: 'without the rules for identifiers and addresses of Uzbekistan' },
    language: { type: 'string', value: 'LANGUAGE', help: `of the findings: ${languages.join(', ')} (default en)` },
    format: {
      type: 'string',
      value: 'FORMAT',
      help: 'text, json (one OperationOutcome) or ndjson (one a resource); default text',
    },
    warnings: { type: 'boolean', help: 'report warnings and notes too (default)' },
    'no-warnings': { type: 'boolean', help: 'report errors alone' },
  },
  examples: [
    'dhp validate patient.json',
    'dhp validate ./resources --package ./uz.dhp.core-0.7.0.tgz --language uz',
    'dhp validate export.ndjson --no-warnings',
    'dhp validate - --profile http://hl7.org/fhir/StructureDefinition/bodyweight < weight.json',
    'dhp validate ./resources --format json > outcome.json',
    '',
    'Ends with 0 when all are valid, 1 when one is not, 2 when something cannot be read or is wrongly asked for.',
    'NO_COLOR=1 takes the colours away.',
  ],
  run: lazily(async () => (await import('./validate-files.ts')).validate),
};
