/** `dhp policy explain`: whether a person or client may read a resource, and which factor of the decision refuses. docs/access.md */
import { PolicyFaults, readPolicySet, type PolicySet } from '@dhp/access-policies';
import { assumedGrant } from '@dhp/administration';
import type { AskedAccess, ExplainedAccess } from '@dhp/fhir';
import { isId, resourceTypes } from '@dhp/fhir-model';
import { selectActivePolicies, selectPolicyText } from '@dhp/fhir-store/access-policies';
import type { Sql } from '@dhp/postgres';
import { parseScope } from '@dhp/smart-scopes';
import { AdministrationError } from '@dhp/sso-kit';
import { publicUrls } from '../addresses.ts';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openContext, withDatabase } from '../context.ts';
import { withEnvironment, withStore } from '../environment.ts';
import { progressOn, silent } from '../progress.ts';
import { purposeOf, said } from './policy-document.ts';
import { print, table } from '../output.ts';
import { environment, environmentOf, json, textOf, withSso } from './shared.ts';

type Grant = AskedAccess['grant'];

/** The resource of `Observation/7` or `Observation/7/_history/2`. @throws UsageError */
function resourceIn(given: string): Pick<AskedAccess, 'type' | 'id' | 'versionId'> {
  const [, type = '', id = '', version] = /^(\w+)\/([^/]+)(?:\/_history\/(\d{1,9}))?$/.exec(given) ?? [];
  const known = resourceTypes.find((one) => one === type);
  if (known === undefined || !isId(id)) throw new UsageError(said().explain.resource({ given }));
  return { type: known, id, versionId: version === undefined ? undefined : Number(version) };
}

/** Returns the claims of a token of the client, for itself or for a person. @throws UsageError if the client or person does not exist */
async function grantOf(values: Values, isTrusting: boolean): Promise<Grant> {
  const clientId = textOf(values, 'client');
  if (clientId === undefined) throw new UsageError(said().explain.client);
  const asked = { environment: environmentOf(values), clientId, username: textOf(values, 'user') };
  const assumed = await withSso(values, (sql) => assumedGrant(sql, asked)).catch((error: unknown) => {
    throw error instanceof AdministrationError ? new UsageError(`${error.message}.`) : error;
  });
  const { client, subject, scopes, person, patient, organization, roles, roleScopes } = assumed;
  const positions = roles.map((text) => {
    const [role = '', at = ''] = text.split(' ');
    return { role, organization: at };
  });
  return {
    ...{ clientId: client, subject, scope: scopes.join(' '), patient, fhirUser: person },
    policies: roleScopes?.flatMap((text) => parseScope(text) ?? []).filter(({ context }) => context === 'user'),
    positions: organization === undefined ? positions : [...positions, { organization }],
    ...{ patientByRoles: false, trustsHealthWorkers: isTrusting },
  };
}

/** The policies in force, or those of a version. @throws UsageError */
async function policiesFor(sql: Sql, version: string | undefined): Promise<PolicySet | undefined> {
  const text =
    version === undefined
      ? (await selectActivePolicies(sql)).text
      : /^\d{1,9}$/.test(version)
        ? await selectPolicyText(sql, Number(version))
        : undefined;
  if (version !== undefined && text === undefined) throw new UsageError(said().document.unknownVersion({ version }));
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
    purpose: { type: 'string', value: 'CODE', help: 'the purpose of use that the request states, such as HRESCH' },
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
    const grant = await grantOf(values, isTrusting);
    const policies = await withDatabase(context, name, (sql) => policiesFor(sql, textOf(values, 'version')));
    const permission = values['search'] === true ? 's' : 'r';
    const { explainAccess } = await import('@dhp/fhir');
    const purpose = await purposeOf(values);
    const explained = await withEnvironment(context, name, (url) =>
      withStore(context, name, url, (store) =>
        explainAccess(
          store,
          { timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent', baseUrl: baseUrl ?? '', clock: () => new Date() },
          { grant, permission, ...resource, purpose, policies },
        ),
      ),
    );
    if (values['json'] === true) print(explained);
    else process.stdout.write(told(given, explained));
    return 0;
  },
};

function told(resource: string, { permitted, factors, policies, limits, labels }: ExplainedAccess): string {
  const words = said().explain;
  const verdict = permitted === undefined ? 'absent' : permitted ? 'permitted' : 'refused';
  const rows = factors.map(({ factor, says }) => [
    factor,
    words.says[says],
    factor !== 'access-policies' || policies === undefined ? '' : policies.rules.join(' ') || 'others',
  ]);
  const elements = (what: 'hidden' | 'readOnly', names: readonly string[] = []): string =>
    names.length === 0 ? '' : `${words[what]({ elements: names.join(' ') })}\n`;
  const limited = elements('hidden', limits?.hidden) + elements('readOnly', limits?.readOnly);
  const labelled = labels === undefined || labels.length === 0 ? '' : `${words.labels({ labels: labels.join(' ') })}\n`;
  return `${words[verdict]({ resource })}\n${labelled}${table(['FACTOR', 'SAYS', 'BY'], rows)}${limited}`;
}
