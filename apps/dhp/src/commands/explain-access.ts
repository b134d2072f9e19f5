/** `dhp policy explain`: whether somebody may read a resource, and which factor of the decision refuses. docs/access.md */
import { PolicyFaults, readPolicySet, type PolicySet } from '@dhp/access-policies';
import { openAccounts } from '@dhp/accounts';
import { policiesOf } from '@dhp/accounts/policies';
import { openClients, type Client } from '@dhp/clients';
import type { AskedAccess, ExplainedAccess } from '@dhp/fhir';
import { isId, resourceTypes } from '@dhp/fhir-model';
import { selectActivePolicies, selectPolicyText } from '@dhp/fhir-store/access-policies';
import type { Sql } from '@dhp/postgres';
import { parseScope } from '@dhp/smart-scopes';
import { publicUrls } from '../addresses.ts';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext, withDatabase } from '../context.ts';
import { withEnvironment, withStore } from '../environment.ts';
import { progressOn, silent } from '../progress.ts';
import { environment, environmentOf, json, print, table, textOf, withSso } from './shared.ts';

type Grant = AskedAccess['grant'];

/** The resource of `Observation/7` or `Observation/7/_history/2`. @throws UsageError */
function resourceIn(given: string): Pick<AskedAccess, 'type' | 'id' | 'versionId'> {
  const [, type = '', id = '', version] = /^(\w+)\/([^/]+)(?:\/_history\/(\d{1,9}))?$/.exec(given) ?? [];
  const known = resourceTypes.find((one) => one === type);
  if (known === undefined || !isId(id))
    throw new UsageError(`${given}: name a resource as Observation/7, or a version as Observation/7/_history/2.`);
  return { type: known, id, versionId: version === undefined ? undefined : Number(version) };
}

/** Returns the claims of a token of the client, for itself or for a person. @throws UsageError for nobody */
function grantOf(values: Values, baseUrl: string | undefined, isTrusting: boolean): Promise<Grant> {
  const name = environmentOf(values);
  const clientId = textOf(values, 'client');
  if (clientId === undefined) throw new UsageError('Give --client ID.');
  const username = textOf(values, 'user');
  return withSso(values, async (sql): Promise<Grant> => {
    const client = await openClients(sql, { resourceTypes }).find(clientId);
    if (client?.environment !== name) throw new UsageError(`There is no client "${clientId}" in the ${name}.`);
    const own = { clientId, subject: clientId, patientByRoles: false, trustsHealthWorkers: isTrusting };
    if (username === undefined)
      return {
        ...{ ...own, scope: scopesOf(client, (context) => context === 'system'), patient: undefined },
        ...{ fhirUser: undefined, policies: undefined },
        positions: client.organization === undefined ? [] : [{ organization: `Organization/${client.organization}` }],
      };
    const account = await openAccounts(sql).find(username);
    if (account === undefined) throw new UsageError(`There is no account "${username}".`);
    const idOf = (type: string): string | undefined =>
      account.identities.find((one) => one.environment === name && one.type === type)?.fhir_id;
    const type = ['Practitioner', 'RelatedPerson', 'Patient'].find((one) => idOf(one) !== undefined);
    const roles = await policiesOf(sql, {
      ...{ accountId: account.accountId, environment: name, practitioner: idOf('Practitioner') },
    });
    return {
      ...{ ...own, scope: scopesOf(client, (context) => context !== 'system'), patient: idOf('Patient') },
      subject: account.accountId,
      fhirUser: type === undefined || baseUrl === undefined ? undefined : `${type}/${idOf(type)!}`,
      policies: roles?.policies.flatMap((text) => parseScope(text) ?? []).filter(({ context }) => context === 'user'),
      positions: (roles?.roles ?? []).map((text) => {
        const [role = '', organization = ''] = text.split(' ');
        return { role, organization };
      }),
    };
  });
}

function scopesOf({ scopes }: Client, counts: (context: string) => boolean): string {
  return scopes.filter((scope) => counts(parseScope(scope)?.context ?? '')).join(' ');
}

/** The policies in force, or those of a version. @throws UsageError */
async function policiesFor(sql: Sql, version: string | undefined): Promise<PolicySet | undefined> {
  const text =
    version === undefined
      ? (await selectActivePolicies(sql)).text
      : /^\d{1,9}$/.test(version)
        ? await selectPolicyText(sql, Number(version))
        : undefined;
  if (version !== undefined && text === undefined)
    throw new UsageError(`There is no version ${version}. dhp policy versions lists them.`);
  try {
    return text === undefined ? undefined : readPolicySet(text, { types: resourceTypes, problemOf: () => undefined });
  } catch (error) {
    // As a server has it that cannot read them.
    if (error instanceof PolicyFaults) return { others: 'nothing', rules: [] };
    throw error;
  }
}

export const explainAccessCommand: Command = {
  name: 'policy explain',
  summary: 'Say whether a client or a person may read a resource, and what refuses it',
  argument: 'RESOURCE',
  options: {
    client: { type: 'string', value: 'ID', help: 'the client that asks' },
    user: { type: 'string', value: 'NAME', help: 'the person for whom it asks; default it asks for itself' },
    search: { type: 'boolean', help: 'whether a search may find it, in place of a read' },
    version: { type: 'string', value: 'NUMBER', help: 'by the access policies of a version; default those in force' },
    environment,
    json,
  },
  examples: ['dhp policy explain Observation/7 --client lab', 'dhp policy explain Patient/1 --client app --user aziza'],
  run: async (values, given) => {
    const resource = resourceIn(given);
    const name = environmentOf(values);
    const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
    const { settings, data } = context;
    const baseUrl = publicUrls(settings, data.ports())[name];
    const isTrusting =
      (settings.DHP_HEALTH_WORKERS ?? (name === 'playground' ? 'as-scoped' : 'refused')) === 'as-scoped';
    const grant = await grantOf(values, baseUrl, isTrusting);
    const policies = await withDatabase(context, name, (sql) => policiesFor(sql, textOf(values, 'version')));
    const permission = values['search'] === true ? 's' : 'r';
    const { explainAccess } = await import('@dhp/fhir');
    const explained = await withEnvironment(context, name, (url) =>
      withStore(context, name, url, (store) =>
        explainAccess(
          store,
          { timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent', baseUrl: baseUrl ?? '', clock: () => new Date() },
          { grant, permission, ...resource, policies },
        ),
      ),
    );
    if (values['json'] === true) print(explained);
    else process.stdout.write(told(given, explained));
    return 0;
  },
};

const verdicts = {
  leaves: 'permits it',
  hides: 'leaves some of the type, not this one',
  'refuses-type': 'leaves nothing of the type',
} as const;

function told(given: string, { permitted, factors, policies, limits, labels }: ExplainedAccess): string {
  const first =
    permitted === undefined ? `${given} is not there.` : `${given}: ${permitted ? 'permitted' : 'refused'}.`;
  const rows = factors.map(({ factor, says }) => [
    factor,
    verdicts[says],
    factor !== 'access-policies' || policies === undefined ? '' : policies.rules.join(' ') || 'others',
  ]);
  const elements = (what: string, names: readonly string[] = []): string =>
    names.length === 0 ? '' : `${what}: ${names.join(' ')}.\n`;
  const limited = elements('Hidden', limits?.hidden) + elements('Read-only', limits?.readOnly);
  const labelled = labels === undefined || labels.length === 0 ? '' : `Labels: ${labels.join(' ')}\n`;
  return `${first}\n${labelled}${table(['FACTOR', 'SAYS', 'BY'], rows)}${limited}`;
}
