/** `dhp policy try`: which clients and persons would lose what by a document of access policies. docs/access.md */
import { kindsOfCallers, type KindOfCallers } from '@dhp/administration';
import { changesBetween, type PolicySet } from '@dhp/access-policies';
import type { PolicyLoss, TriedCaller } from '@dhp/fhir';
import { UsageError, type Command, type Values } from '../cli.ts';
import { inForce, language, readDocument, work } from './policy-document.ts';
import { environment, environmentOf, json, print, table, textOf, withSso } from './shared.ts';

export const tryOut: Command = {
  name: 'policy try',
  summary: 'Say which clients and persons would lose what by a document of access policies, and change nothing',
  argument: 'FILE',
  options: {
    purpose: { type: 'string', value: 'CODE', help: 'also of requests that state a purpose of use, such as HRESCH' },
    environment,
    language,
    json,
  },
  examples: ['dhp policy try policies.json --environment production', 'dhp policy try policies.json --purpose HRESCH'],
  run: async (values, file) => {
    const { set, text } = await readDocument(values, file);
    const { checkMeans, tryPolicies } = await import('@dhp/fhir');
    const purpose = textOf(values, 'purpose');
    if (purpose !== undefined && checkMeans.purposes?.includes(purpose) !== true)
      throw new UsageError(`--purpose ${purpose}: one of ${checkMeans.purposes?.join(', ') ?? ''}.`);
    const before = await work(values, inForce);
    const kinds = await callersIn(values, [text, ...(before === undefined ? [] : [JSON.stringify(before)])]);
    const losses = await tryPolicies(before, set, kinds.map(callerOf), purpose);
    const rows = losses.map((loss) => shown(loss, kinds[loss.caller]!));
    const changes = changesBetween(before ?? nobody, set);
    if (values['json'] === true) print({ callers: kinds.length, changes, losses: rows });
    else if (rows.length === 0) process.stdout.write('Nobody would lose anything.\n');
    else process.stdout.write(table(['WHO', 'AS', 'INTERACTION', 'TYPES', 'WHAT IS LEFT', 'BY'], rows.map(cells)));
    return 0;
  },
};

const nobody: PolicySet = { others: 'as-scoped', rules: [] };

function callersIn(values: Values, texts: readonly string[]): Promise<KindOfCallers[]> {
  return withSso(values, (sql) => kindsOfCallers(sql, environmentOf(values), texts));
}

function callerOf({
  client,
  authority,
  scopes,
  roleScopes,
  person,
  organization,
  roles = [],
}: KindOfCallers): TriedCaller {
  const positions = roles.map((text) => {
    const [role = '', at = ''] = text.split(' ');
    return { role, organization: at };
  });
  return {
    ...{ client, authority, scopes, roleScopes, person },
    positions: organization === undefined ? positions : [...positions, { organization }],
  };
}

interface Row {
  /** Clients, of which five are named; empty for persons at whatever client. */
  readonly client: string;
  readonly roles: readonly string[];
  readonly people?: number;
  readonly as: string;
  readonly interaction: string;
  readonly types: string;
  readonly left: string;
  readonly rules: string;
}

function shown(loss: PolicyLoss, { authority, shown: who }: KindOfCallers): Row {
  const rest = who.numberOfClients - who.clients.length;
  return {
    client: `${who.clients.join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`,
    roles: who.roles,
    ...(who.people !== undefined && { people: who.people }),
    ...{ as: authority, interaction: loss.of, types: typesText(loss.types), left: leftText(loss) },
    rules: loss.rules.length > 0 ? loss.rules.join(' ') : loss.isNothing === true ? 'others' : '',
  };
}

function cells({ client, roles, people, as, interaction, types, left, rules }: Row): string[] {
  const who =
    people === undefined ? client : `${roles.join(', ')} (${String(people)})${client === '' ? '' : ` at ${client}`}`;
  return [who, as, interaction, types, left, rules];
}

function typesText(types: readonly string[]): string {
  const { length } = types;
  return length > 6 ? `${types.slice(0, 5).join(' ')} and ${String(length - 5)} more` : types.join(' ');
}

function leftText({ of, isNothing, only, without = [], hidden = [], readOnly = [], labels = [] }: PolicyLoss): string {
  if (of === 'care') return 'only the records of patients for whom they care';
  if (of === 'consent') return 'what patients do not refuse';
  if (isNothing === true) return 'nothing';
  return [
    ...(only === undefined ? [] : [`only ${only.join(' or ')}`]),
    ...without.map((criteria) => `not ${criteria}`),
    ...(hidden.length === 0 ? [] : [`without ${hidden.join(' ')}`]),
    ...(readOnly.length === 0 ? [] : [`cannot write ${readOnly.join(' ')}`]),
    ...(labels.length === 0 ? [] : [`not what has ${labels.join(' ')}`]),
  ].join(', ');
}
