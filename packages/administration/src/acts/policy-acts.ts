/** Roles of people in organisations, and the permissions of each role. */
import type { EnvironmentName } from '@dhp/sso-kit';
import { policyFields, type GivenPolicyValues } from '@dhp/accounts/fields';
import type { Input } from '@dhp/sso-kit/input';
import type { Act, AdminContext } from './act.ts';
import { membersIn } from '@dhp/clients';
import { environmentMember, membersOf, neededOf, textMember, type Members } from './members.ts';
import { shownPolicy } from './shapes.ts';

const heldRole: Members = {
  environment: environmentMember,
  role: textMember('such as family-doctor'),
  organization: textMember('id of the Organization'),
};

// prettier-ignore
export const policyActs: readonly Act[] = [
  { method: 'GET', path: '/users/{username}/roles', scope: 'admin/users.read', summary: 'Show the roles of a person', answers: 'Roles',
    takes: { environment: environmentMember },
    run: async ({ policies }, input) => ({ roles: await policies.rolesOf(input.part('username'), input.environment()) }) },
  { method: 'POST', path: '/users/{username}/roles', scope: 'admin/users.write', summary: 'Give a person a role in an organisation', answers: 'Roles', status: 201,
    takes: heldRole, needs: ['role', 'organization'], run: giveRole },
  { method: 'DELETE', path: '/users/{username}/roles', scope: 'admin/users.write', summary: 'Take a role from a person; tokens end', status: 204,
    takes: heldRole, needs: ['role', 'organization'], run: takeRole },
  { method: 'GET', path: '/policies', scope: 'admin/policies.read', summary: 'List what each role permits', answers: 'Policies',
    run: async ({ policies }) => ({ policies: (await policies.list()).map(shownPolicy) }) },
  { method: 'PUT', path: '/policies/{environment}/{role}', scope: 'admin/policies.write', summary: 'Say what a role permits', answers: 'Policy',
    takes: membersOf(policyFields), needs: neededOf(policyFields), run: setPolicy },
  { method: 'DELETE', path: '/policies/{environment}/{role}', scope: 'admin/policies.write', summary: 'Remove the permissions of a role', status: 204, run: removePolicy },
];

function roleIn(input: Input): { username: string; environment: EnvironmentName; role: string; organization: string } {
  return {
    username: input.part('username'),
    environment: input.environment(),
    role: input.needed('role'),
    organization: input.needed('organization'),
  };
}

async function giveRole({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  const held = roleIn(input);
  await policies.give({ ...held, reason });
  return { roles: await policies.rolesOf(held.username, held.environment) };
}

async function takeRole({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  await policies.take({ ...roleIn(input), reason });
  return undefined;
}

async function setPolicy({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  const values = membersIn(input.withoutNulls(), policyFields);
  const environment = input.environmentIn('environment');
  return shownPolicy(
    await policies.set({ ...(values as GivenPolicyValues), role: input.part('role'), environment, reason }),
  );
}

async function removePolicy({ policies, reason }: AdminContext, input: Input): Promise<unknown> {
  await policies.remove({ role: input.part('role'), environment: input.environmentIn('environment'), reason });
  return undefined;
}
