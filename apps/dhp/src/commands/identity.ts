/** `dhp identity-source …` and `dhp identity-case …`: clients whose records are trusted, and cases that no trusted source decides. */
import { openIdentitySources, shownCase, shownSource, type IdentitySources } from '@dhp/administration';
import { UsageError, type Command, type Option, type Values } from '../cli.ts';
import { results } from '../results.ts';
import { print, table } from '../output.ts';
import { environment, environmentOf, everyPage, json, reason, reasonOf, textOf, withSso } from './shared.ts';

function work<T>(values: Values, act: (sources: IdentitySources) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openIdentitySources(sql, { reason: reasonOf(values) })));
}

const why: Option = { ...reason, required: true };

const list: Command = {
  name: 'identity-source list',
  summary: 'List the clients that are trusted about identities (identity sources)',
  options: { json },
  run: async (values) => {
    const sources = await work(values, (store) => store.list());
    if (values['json'] === true) print({ identity_sources: sources.map(shownSource) });
    else if (sources.length === 0) process.stdout.write(`${results().identity.noSource}\n`);
    else {
      const rows = sources.map((one) => [one.client_id, one.environment, one.resource_type, one.named_by, one.reason]);
      process.stdout.write(table(['CLIENT', 'ENVIRONMENT', 'TYPE', 'NAMED BY', 'WHY'], rows));
    }
    return 0;
  },
};

function change(name: 'identity-source add' | 'identity-source remove', summary: string): Command {
  return {
    name,
    summary,
    argument: 'CLIENT_ID',
    options: {
      type: { type: 'string', value: 'TYPE', help: 'Patient or Practitioner', required: true },
      environment,
      reason: why,
      json,
    },
    examples: [`dhp ${name} population-registry --type Patient --environment production --reason 'order 12'`],
    run: async (values, clientId) => {
      const type = textOf(values, 'type');
      if (type !== 'Patient' && type !== 'Practitioner')
        throw new UsageError(
          results().usage.eitherOf({ option: 'type', given: type ?? '', first: 'Patient', second: 'Practitioner' }),
        );
      const source = { client_id: clientId, environment: environmentOf(values), resource_type: type } as const;
      const isAdded = name === 'identity-source add';
      await work(values, (store) => (isAdded ? store.name(source) : store.remove(source)));
      if (values['json'] === true) print({ ...source, source: isAdded });
      else {
        const said = results().identity[isAdded ? 'source' : 'sourceNot'];
        process.stdout.write(`${said({ client: clientId, type, environment: source.environment })}\n`);
      }
      return 0;
    },
  };
}

const cases: Command = {
  name: 'identity-case list',
  summary: 'List people whose PINFL leads to no single record',
  options: { json },
  run: async (values) => {
    const open = await work(values, (store) => everyPage((page) => store.cases(page)));
    if (values['json'] === true) print({ identity_cases: open.map(shownCase) });
    else if (open.length === 0) process.stdout.write(`${results().identity.noCase}\n`);
    else {
      const rows = open.map((one) => [
        ...[one.case_id, one.username, one.name, one.kind, one.environment],
        one.fhir_ids.map((id) => `${one.type}/${id}`).join(' '),
      ]);
      process.stdout.write(table(['CASE', 'USER NAME', 'NAME', 'KIND', 'ENVIRONMENT', 'RECORDS'], rows));
    }
    return 0;
  },
};

const decide: Command = {
  name: 'identity-case decide',
  summary: 'Decide which record is that of the person, or that none is',
  argument: 'CASE',
  options: {
    record: { type: 'string', value: 'ID', help: 'the id of one of its records, or none', required: true },
    reason: why,
    json,
  },
  examples: ["dhp identity-case decide CASE --record p-1 --reason 'compared with the passport'"],
  run: async (values, caseId) => {
    const record = textOf(values, 'record');
    await work(values, (store) => store.decide(caseId, record === 'none' ? undefined : record));
    if (values['json'] === true) print({ case_id: caseId, record: record ?? null });
    else process.stdout.write(`${results().identity.decided}\n`);
    return 0;
  },
};

export const identityCommands: readonly Command[] = [
  list,
  change('identity-source add', 'Trust a client about identities in records of a type'),
  change('identity-source remove', 'Trust a client about identities no longer, also what it wrote before'),
  cases,
  decide,
];
