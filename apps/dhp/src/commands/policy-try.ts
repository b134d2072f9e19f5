/** `dhp policy try`: which access clients and persons would lose by a document of access policies. docs/access.md */
import { kindsOfCallers, type KindOfCallers } from '@dhp/administration';
import type { PolicySet } from '@dhp/access-policies';
import { changesBetween } from '@dhp/access-policies/comparison';
import type { PolicyLoss, TriedCaller } from '@dhp/fhir';
import type { Command, Values } from '../cli.ts';
import { accessMessages, type AccessMessages } from '../texts/access.ts';
import { inForce, language, purposeOf, readDocument, said, work } from './policy-document.ts';
import { print, table } from '../output.ts';
import { environment, environmentOf, json, withSso } from './shared.ts';

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
    const { tryPolicies } = await import('@dhp/fhir');
    const purpose = await purposeOf(values);
    const before = await work(values, inForce);
    const kinds = await callersIn(values, [text, ...(before === undefined ? [] : [JSON.stringify(before)])]);
    const losses = await tryPolicies(before, set, kinds.map(callerOf), purpose);
    const isJson = values['json'] === true;
    const words = isJson ? accessMessages.en : said(); // output for programs is in one language
    const rows = losses.map((loss) => shown(loss, kinds[loss.caller]!, words));
    const changes = changesBetween(before ?? nobody, set);
    if (isJson) print({ callers: kinds.length, changes, losses: rows });
    else if (rows.length === 0) process.stdout.write(`${words.loss.nobody}\n`);
    else
      process.stdout.write(
        table(
          ['WHO', 'AS', 'INTERACTION', 'TYPES', 'WHAT IS LEFT', 'BY'],
          rows.map((row) => cells(row, words)),
        ),
      );
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
  /** Clients, at most five of them by name; empty for persons, who may use any client. */
  readonly client: string;
  readonly roles: readonly string[];
  readonly people?: number;
  readonly as: string;
  readonly interaction: string;
  readonly types: string;
  readonly left: string;
  readonly rules: string;
}

function shown(loss: PolicyLoss, { authority, shown: who }: KindOfCallers, words: AccessMessages): Row {
  const rest = who.numberOfClients - who.clients.length;
  return {
    client: moreThan(who.clients.join(', '), rest, words),
    roles: who.roles,
    ...(who.people !== undefined && { people: who.people }),
    ...{ as: authority, interaction: loss.of, types: typesText(loss.types, words), left: leftText(loss, words) },
    rules: loss.rules.length > 0 ? loss.rules.join(' ') : loss.isNothing === true ? 'others' : '',
  };
}

function cells({ client, roles, people, as, interaction, types, left, rules }: Row, words: AccessMessages): string[] {
  const persons = `${roles.join(', ')} (${String(people)})`;
  const who = people === undefined ? client : client === '' ? persons : words.loss.at({ who: persons, client });
  return [who, as, interaction, types, left, rules];
}

function typesText(types: readonly string[], words: AccessMessages): string {
  const { length } = types;
  return length > 6 ? moreThan(types.slice(0, 5).join(' '), length - 5, words) : types.join(' ');
}

function moreThan(shown: string, count: number, words: AccessMessages): string {
  return count > 0 ? words.loss.more({ shown, count }) : shown;
}

function leftText(
  { of, isNothing, only, without = [], hidden = [], readOnly = [], labels = [] }: PolicyLoss,
  { loss: words }: AccessMessages,
): string {
  if (of === 'care' || of === 'consent') return words[of];
  if (isNothing === true) return words.nothing;
  const listed = (names: readonly string[]): string => names.join(' ');
  return [
    ...(only === undefined ? [] : [words.only({ criteria: only.join(` ${words.or} `) })]),
    ...without.map((criteria) => words.not({ criteria })),
    ...(hidden.length === 0 ? [] : [words.without({ elements: listed(hidden) })]),
    ...(readOnly.length === 0 ? [] : [words.readOnly({ elements: listed(readOnly) })]),
    ...(labels.length === 0 ? [] : [words.labels({ labels: listed(labels) })]),
  ].join(', ');
}
