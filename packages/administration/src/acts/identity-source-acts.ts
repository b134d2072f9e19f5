/** Acts on identity sources, the clients whose records are trusted, and on identity cases that no source decides. */
import { InputError, type Input } from '@dhp/sso-kit/input';
import type { Act } from './act.ts';
import { environments, oneOfMember, paging, textMember, type Members } from './members.ts';
import { shownCase, shownSource } from './shapes.ts';
import type { SourceName } from '@dhp/accounts/identity-rows';

const types = ['Patient', 'Practitioner'] as const;
const source: Members = {
  client_id: textMember('the client, of that environment'),
  environment: oneOfMember(environments, 'where it writes'),
  resource_type: oneOfMember(types, 'whose identifiers it is trusted with'),
};
const needs = Object.keys(source);

// prettier-ignore
export const identitySourceActs: readonly Act[] = [
  { method: 'GET', path: '/identity-sources', scope: 'admin/users.read', summary: 'List the clients whose word counts about whom a record is about', answers: 'IdentitySources',
    run: async ({ identitySources }) => ({ identity_sources: (await identitySources.list()).map(shownSource) }) },
  { method: 'POST', path: '/identity-sources', scope: 'admin/users.write', summary: 'Trust a client about identities in records of a type', answers: 'IdentitySources', status: 201,
    takes: source, needs, run: async ({ identitySources }, input) => {
      await identitySources.name(sourceIn(input));
      return { identity_sources: (await identitySources.list()).map(shownSource) };
    } },
  { method: 'DELETE', path: '/identity-sources', scope: 'admin/users.write', summary: 'Trust a client about identities no longer, also what it wrote before', status: 204,
    takes: source, needs, run: async ({ identitySources }, input) => identitySources.remove(sourceIn(input)) },
  { method: 'GET', path: '/identity-cases', scope: 'admin/users.read', summary: 'List people for whose PINFL the records give no one answer, the oldest first', answers: 'IdentityCases',
    takes: paging, run: async ({ identitySources }, input) => {
      const { items, ...rest } = await identitySources.cases(input.page());
      return { ...rest, identity_cases: items.map(shownCase) };
    } },
  { method: 'POST', path: '/identity-cases/{case_id}/decide', scope: 'admin/users.write', summary: 'Decide which record is that of the person, or that none is', status: 204,
    takes: { id: textMember('the id of the record, one of those of the case; absent: none of them') },
    run: async ({ identitySources }, input) => identitySources.decide(input.part('case_id'), input.text('id')) },
];

function sourceIn(input: Input): SourceName {
  const type = input.oneOf('resource_type', types);
  if (type === undefined) throw new InputError('invalid-value', 'resource_type is missing: Patient or Practitioner');
  const environment = input.oneOf('environment', environments);
  if (environment === undefined)
    throw new InputError('invalid-value', 'environment is missing: playground or production');
  return { client_id: input.needed('client_id'), environment, resource_type: type };
}
