/** `dhp export` and `dhp import`: many resources out of a FHIR server and into it, over HTTP, as a client. docs/bulk-export.md */
import { lazily, type Command, type Option } from '../cli.ts';
import { environmentOption } from '../environment.ts';
import { json } from './shared.ts';

const whom: Readonly<Record<string, Option>> = {
  server: { type: 'string', value: 'URL', help: 'base URL of another FHIR server than the one of this installation' },
  environment: environmentOption,
  client: { type: 'string', value: 'ID', help: 'a client with system/ scopes (default: the demo client of npm start)' },
  'secret-file': { type: 'string', value: 'FILE', help: 'a file with its secret, or - for standard input' },
  patience: {
    type: 'string',
    value: 'SECONDS',
    help: 'for how long a server that is away is asked again (300)',
  },
};

const exportCommand: Command = {
  name: 'export',
  summary: 'Bring the resources that a client may see into a folder, as files of NDJSON, or tables of them',
  options: {
    to: { type: 'string', value: 'FOLDER', required: true, help: 'where the files go; is made where it is not there' },
    type: { type: 'string', list: ',', value: 'TYPES', help: 'these types alone, such as Patient,Observation' },
    since: { type: 'string', value: 'TIME', help: 'only what was stored after that moment' },
    until: { type: 'string', value: 'TIME', help: 'as it was just before that moment' },
    elements: { type: 'string', list: ',', value: 'ELEMENTS', help: 'these elements and the mandatory ones alone' },
    filter: { type: 'string', value: 'SEARCH', multiple: true, help: 'a search, as Observation?category=laboratory' },
    patients: { type: 'boolean', help: 'all patients, and what is in their compartments' },
    group: { type: 'string', value: 'ID', help: 'the same of the members of a Group' },
    patient: { type: 'string', list: ',', value: 'REFERENCES', help: 'with --patients or --group: these alone' },
    view: {
      type: 'string',
      list: ',',
      value: 'VIEWS',
      help: 'tables of these views instead: an id of the server, one of the national library, or a file of JSON',
    },
    format: { type: 'string', value: 'FORMAT', help: 'of tables: ndjson (the default), json, csv or parquet' },
    gzip: { type: 'boolean', help: 'keep the files compressed' },
    keep: { type: 'boolean', help: 'leave the files at the server; they are removed otherwise' },
    ...whom,
    json,
  },
  examples: [
    'dhp export --to ./everything',
    'dhp export --to ./laboratory --type Patient,Observation --gzip',
    'dhp export --to ./since-monday --since 2026-11-30T00:00:00+05:00',
    "dhp export --to ./vital-signs --filter 'Observation?category=vital-signs'",
    'dhp export --to ./files --server https://fhir.example.uz --client registry --secret-file ./secret',
    'dhp export --to ./tables --view patients-by-age-and-sex,./my-view.json --format parquet',
    '',
    'The same command goes on after Ctrl-C, a lost connection or a restart: export.json in the folder says where it was.',
    'Lines, bytes and SHA-256 of each file are compared with what the server says.',
    'Ends with 0 when all files are there, 1 when the server refuses, 2 when it is wrongly asked for, 3 when it is to be run again.',
  ],
  run: lazily(async () => (await import('../exchange/export.ts')).runExport),
};

const importCommand: Command = {
  name: 'import',
  summary: 'Write the resources of files, folders and addresses into a FHIR server, as a client',
  argument: 'FILE…',
  options: {
    mode: {
      type: 'string',
      value: 'MODE',
      help: 'upsert (default): what is there is updated; create: what is there is refused',
    },
    results: {
      type: 'string',
      value: 'FOLDER',
      help: 'where the lines that were not taken are told, and how far it is (./dhp-import)',
    },
    ...whom,
    json,
  },
  examples: [
    'dhp import Patient.ndjson',
    'dhp import ./everything',
    'dhp import Patient.ndjson.gz Observation.ndjson.gz --mode create',
    'dhp import https://registry.example.uz/Organization.ndjson',
    'dhp import ./files --server https://fhir.example.uz --client registry --secret-file ./secret',
    '',
    'Takes .ndjson, .jsonl and .json, also as .gz; of a folder all of these, and what others refer to comes first.',
    'The same command goes on after Ctrl-C, a lost connection or a restart: state.json among the results says where it was.',
    'Ends with 0 when all lines are taken, 1 when some are not or the server refuses, 2 when it is wrongly asked for, 3 when it is to be run again.',
  ],
  run: lazily(async () => (await import('../exchange/import.ts')).runImport),
};

export const exchangeCommands: readonly Command[] = [exportCommand, importCommand];
