/** `dhp package …`: FHIR packages of an environment. Their resources are like any other, on every node at once. */
import { lazily, type Command, type Option } from '../cli.ts';
import { environmentOption } from '../environment.ts';

const json: Option = { type: 'boolean', help: 'print one JSON object' };

const install: Command = {
  name: 'package install',
  summary: 'Install a FHIR package in an environment: profiles, code systems, value sets …',
  argument: 'PACKAGE',
  options: {
    environment: environmentOption,
    'no-dependencies': { type: 'boolean', help: 'without the dependencies of the package' },
    strict: { type: 'boolean', help: 'install nothing when a dependency cannot be found' },
    valid: { type: 'boolean', help: 'install nothing when a resource does not conform to FHIR R5 and its profiles' },
    overwrite: { type: 'boolean', help: "put the package's content in the place of what was changed here since" },
    json,
  },
  examples: [
    'dhp package install hl7.fhir.uv.ips@2.0.0',
    'dhp package install ./uz.dhp.core-0.7.0.tgz --environment production',
    'dhp package install ./build/package --no-dependencies',
  ],
  run: lazily(async () => (await import('../packages/install-command.ts')).install),
};

const list: Command = {
  name: 'package list',
  summary: 'Show the FHIR packages of an environment',
  options: { environment: environmentOption, json },
  run: lazily(async () => (await import('../packages/list-command.ts')).list),
};

const remove: Command = {
  name: 'package remove',
  summary: 'Remove a FHIR package from an environment',
  argument: 'NAME[@VERSION]',
  options: {
    environment: environmentOption,
    force: { type: 'boolean', help: 'although another installed package depends on it' },
    json,
  },
  examples: ['dhp package remove hl7.fhir.uv.ips@2.0.0'],
  run: lazily(async () => (await import('../packages/remove-command.ts')).remove),
};

export const packageCommands: readonly Command[] = [install, list, remove];
