/** `dhp policy check|try|activate|rollback|versions|text`: the access policies of an environment, as one document. docs/access.md */
import { readFileSync } from 'node:fs';
import {
  changesBetween,
  faultText,
  limitsBetween,
  lossesBetween,
  PolicyFaults,
  readPolicySet,
  type Authority,
  type CheckMeans,
  type Decision,
  type KnownCaller,
  type LimitedElements,
  type Loss,
  type PolicySet,
} from '@dhp/access-policies';
import { openClients, type Client } from '@dhp/clients';
import { elementsOf, resourceTypes } from '@dhp/fhir-model';
import {
  activateEarlier,
  activateNew,
  selectActivePolicies,
  selectPolicyText,
  selectPolicyVersions,
} from '@dhp/fhir-store/access-policies';
import type { Sql } from '@dhp/postgres';
import { parseScope, permits } from '@dhp/smart-scopes';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext, withDatabase } from '../context.ts';
import { progressOn, silent } from '../progress.ts';
import { explainAccessCommand } from './explain-access.ts';
import { checkLabels, labelsCommand, ofLabels } from './policy-labels.ts';
import {
  environment,
  environmentOf,
  everyPage,
  json,
  print,
  reason,
  reasonOf,
  table,
  textOf,
  withSso,
} from './shared.ts';

const languages = ['uz', 'ru', 'en'] as const;
const language = { type: 'string', value: 'LANGUAGE', help: 'of the faults: uz, ru or en (default)' } as const;
/** The search of the server is loaded by the commands alone that check criteria. */
async function checking(): Promise<CheckMeans> {
  const { criteriaProblem, elementProblem } = await import('@dhp/fhir');
  return { types: resourceTypes, problemOf: criteriaProblem, problemOfElement: elementProblem };
}

function work<Result>(values: Values, act: (sql: Sql) => Promise<Result>): Promise<Result> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  return withDatabase(context, environmentOf(values), act);
}

/** The document of a file. @throws UsageError with its faults */
async function read(values: Values, file: string): Promise<{ readonly set: PolicySet; readonly text: string }> {
  const given = textOf(values, 'language') ?? 'en';
  const told = languages.find((one) => one === given);
  if (told === undefined) throw new UsageError(`--language ${given}: one of ${languages.join(', ')}.`);
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch {
    throw new UsageError(`${file} cannot be read.`);
  }
  try {
    return { set: readPolicySet(text, await checking()), text };
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error;
    throw new UsageError(error.faults.map((fault) => faultText(fault, told)).join('\n'));
  }
}

const change = (values: Values): { by: string; reason: string } => ({
  by: 'command line',
  reason: reasonOf(values) ?? '',
});

const check: Command = {
  name: 'policy check',
  summary: 'Check a document of access policies, and change nothing',
  argument: 'FILE',
  options: { language, json },
  examples: ['dhp policy check policies.json --language uz'],
  run: async (values, file) => {
    const { set } = await read(values, file);
    if (values['json'] === true) print({ rules: set.rules.length });
    else process.stdout.write(`${file} is right. Rules: ${set.rules.length}.\n`);
    return 0;
  },
};

/** The policies in force; undefined where none are. */
async function inForce(sql: Sql): Promise<PolicySet | undefined> {
  const { text } = await selectActivePolicies(sql);
  // It was checked when it came into force.
  return text === undefined ? undefined : readPolicySet(text, { types: resourceTypes, problemOf: () => undefined });
}

const contexts: readonly Authority[] = ['system', 'user', 'patient'];

/** A client once for each kind of authority under which its scopes let it act. */
function callersOf({ clientId: client, scopes, organization }: Client): KnownCaller[] {
  const parsed = scopes.flatMap((scope) => parseScope(scope) ?? []);
  return contexts.flatMap((authority) => {
    const own = parsed.filter(({ context }) => context === authority);
    const caller: KnownCaller = {
      ...{ client, authority, permits: (permission, type) => permits(own, permission, type) },
      ...(authority === 'system' &&
        organization !== undefined && { positions: [{ organization: `Organization/${organization}` }] }),
    };
    return own.length === 0 ? [] : caller;
  });
}

const tryOut: Command = {
  name: 'policy try',
  summary: 'Say which clients would lose what by a document of access policies, and change nothing',
  argument: 'FILE',
  options: { environment, language, json },
  examples: ['dhp policy try policies.json --environment production'],
  run: async (values, file) => {
    const { set } = await read(values, file);
    const clients = await withSso(values, (sql) => {
      const registered = openClients(sql, { resourceTypes });
      return everyPage((page) => registered.search({ environment: environmentOf(values), ...page }));
    });
    const before = await work(values, inForce);
    const callers = clients.filter(({ disabled }) => disabled === undefined).flatMap(callersOf);
    const losses = [
      ...lossesBetween(before, set, callers, resourceTypes).map(shownLoss),
      ...limitsBetween(before, set, callers, { types: resourceTypes, has: hasElement }).map(shownLimits),
    ];
    const changes = changesBetween(before ?? { others: 'as-scoped', rules: [] }, set);
    if (values['json'] === true) print({ clients: clients.length, changes, losses });
    else {
      const rows = losses.map((loss) => Object.values(loss));
      if (rows.length === 0) process.stdout.write('No client would lose anything.\n');
      else process.stdout.write(table(['CLIENT', 'AS', 'INTERACTION', 'TYPES', 'WHAT IS LEFT', 'BY'], rows));
    }
    return 0;
  },
};

function shownLoss({ caller, interaction, types, left, rules }: Loss): Record<string, string> {
  return {
    client: caller.client,
    as: caller.authority,
    interaction,
    types: typesText(types),
    left: leftText(left),
    rules: rules.length === 0 ? 'others' : rules.join(' '),
  };
}

function shownLimits({ caller, types, hidden, readOnly, rules }: LimitedElements): Record<string, string> {
  const left = [
    ...(hidden.length === 0 ? [] : [`without ${hidden.join(' ')}`]),
    ...(readOnly.length === 0 ? [] : [`cannot write ${readOnly.join(' ')}`]),
  ];
  return {
    client: caller.client,
    as: caller.authority,
    interaction: 'elements',
    types: typesText(types),
    left: left.join(', '),
    rules: rules.join(' '),
  };
}

function typesText(types: readonly string[]): string {
  const { length } = types;
  return length > 6 ? `${types.slice(0, 5).join(' ')} and ${String(length - 5)} more` : types.join(' ');
}

function hasElement(type: string, element: string): boolean {
  return elementsOf(type)?.has(element) === true;
}

function leftText(left: Exclude<Decision, 'all'>): string {
  if (left === 'none') return 'nothing';
  const only = left.any === undefined ? [] : [`only ${left.any.join(' or ')}`];
  return [...only, ...left.none.map((criteria) => `not ${criteria}`)].join(', ');
}

/** Factors that take effect later than the rest. */
function laterThanTheRest({ consent, care }: PolicySet): string {
  const ofConsents = 'Consents refuse once a server has read those that were stored before; it begins at once.\n';
  const ofCare = 'Care binds once a server has read what was stored before; it begins at once.\n';
  return `${consent === undefined ? '' : ofConsents}${care === undefined ? '' : ofCare}`;
}

const activate: Command = {
  name: 'policy activate',
  summary: 'Put a document of access policies into force, on every server within a second',
  argument: 'FILE',
  options: { environment, reason, language, json },
  examples: ["dhp policy activate policies.json --reason 'order 12' --environment production"],
  run: async (values, file) => {
    const { set, text } = await read(values, file);
    await checkLabels(values, set);
    const version = await work(values, (sql) => activateNew(sql, text, change(values)));
    if (values['json'] === true) print({ version });
    else
      process.stdout.write(
        `Version ${version} of the access policies is in force.\n${laterThanTheRest(set)}${ofLabels(set)}`,
      );
    return 0;
  },
};

const rollback: Command = {
  name: 'policy rollback',
  summary: 'Put the access policies into force that were before, or another version, or none',
  options: {
    version: { type: 'string', value: 'NUMBER', help: 'one of dhp policy versions; default what was in force before' },
    none: { type: 'boolean', help: 'no access policies: what scopes permit is permitted' },
    environment,
    reason,
    json,
  },
  examples: [
    'dhp policy rollback',
    'dhp policy rollback --version 3',
    "dhp policy rollback --none --reason 'a mistake'",
  ],
  run: async (values) => {
    const given = textOf(values, 'version');
    if (given !== undefined && values['none'] === true) throw new UsageError('Give --version or --none, not both.');
    const asked = given === undefined ? 'before' : Number(given);
    const version = await work(values, async (sql) => {
      if (typeof asked === 'number') await textOfVersion(sql, asked);
      return activateEarlier(sql, values['none'] === true ? undefined : asked, change(values));
    });
    if (values['json'] === true) print({ version: version ?? null });
    else if (version === undefined) process.stdout.write('No access policies are in force.\n');
    else process.stdout.write(`Version ${version} of the access policies is in force.\n`);
    return 0;
  },
};

async function textOfVersion(sql: Sql, version: number): Promise<string> {
  const isNumber = Number.isInteger(version) && version > 0 && version < 2 ** 31;
  const text = isNumber ? await selectPolicyText(sql, version) : undefined;
  if (text === undefined) throw new UsageError(`There is no version ${version}. dhp policy versions lists them.`);
  return text;
}

const versions: Command = {
  name: 'policy versions',
  summary: 'List the versions of the access policies, and which is in force',
  options: { environment, json },
  run: async (values) => {
    const { list, active } = await work(values, async (sql) => ({
      list: await selectPolicyVersions(sql),
      active: await selectActivePolicies(sql),
    }));
    if (values['json'] === true) print({ inForce: active.version ?? null, versions: list });
    else if (list.length === 0)
      process.stdout.write('There are no access policies. dhp policy activate --help tells how.\n');
    else {
      const rows = list.map(({ version, made, reason: why }) => [
        ...[String(version), version === active.version ? 'in force' : '', made.toISOString(), why],
      ]);
      process.stdout.write(table(['VERSION', '', 'MADE', 'REASON'], rows));
    }
    return 0;
  },
};

const text: Command = {
  name: 'policy text',
  summary: 'Print the document of the access policies in force, or of a version',
  options: { version: { type: 'string', value: 'NUMBER', help: 'one of dhp policy versions' }, environment, json },
  run: async (values) => {
    const given = textOf(values, 'version');
    const found = await work(values, async (sql) =>
      given === undefined ? (await selectActivePolicies(sql)).text : textOfVersion(sql, Number(given)),
    );
    if (found === undefined) throw new UsageError('No access policies are in force.');
    process.stdout.write(found.endsWith('\n') ? found : `${found}\n`);
    return 0;
  },
};

export const accessPolicyCommands: readonly Command[] = [
  check,
  tryOut,
  activate,
  rollback,
  versions,
  text,
  labelsCommand,
  explainAccessCommand,
];
