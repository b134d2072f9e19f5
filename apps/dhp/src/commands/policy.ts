/** `dhp policy …`: permissions of people by their roles. A change applies to tokens that are issued afterwards. */
import { resourceTypes } from '@dhp/fhir-model';
import { openPolicies, PolicyError, type Policies } from '@dhp/accounts/policies';
import { policyFields, type GivenPolicyValues } from '@dhp/accounts/fields';
import { shownPolicy } from '@dhp/administration';
import { optionsOf, readOptions } from './declared-options.ts';
import type { Command, Values } from '../cli.ts';
import { results } from '../results.ts';
import { card, print, table } from '../output.ts';
import { environment, environmentOf, json, reason, reasonOf, withSso } from './shared.ts';

function work<T>(values: Values, act: (policies: Policies) => Promise<T>): Promise<T> {
  return withSso(values, (sql) => act(openPolicies(sql, { resourceTypes })));
}

const list: Command = {
  name: 'policy list',
  summary: 'Show what each role permits',
  options: { json },
  run: async (values) => {
    const policies = await work(values, (store) => store.list());
    if (values['json'] === true) print({ policies: policies.map(shownPolicy) });
    else if (policies.length === 0) process.stdout.write(`${results().policy.none}\n`);
    for (const { role, environment: name, scopes, delegated } of values['json'] === true ? [] : policies) {
      const whose = delegated ? `  ${results().policy.delegated}` : '';
      process.stdout.write(`${name}  ${role}${whose}\n${scopes.map((scope) => `  ${scope}\n`).join('')}`);
    }
    return 0;
  },
};

const show: Command = {
  name: 'policy show',
  summary: 'Show what one role permits',
  argument: 'ROLE',
  options: { environment, json },
  run: async (values, name) => {
    const policies = await work(values, (store) => store.list());
    const found = policies.find((one) => one.role === name && one.environment === environmentOf(values));
    if (found === undefined) {
      throw new PolicyError(`The role "${name}" permits nothing in the ${environmentOf(values)}`);
    }
    if (values['json'] === true) print(shownPolicy(found));
    else process.stdout.write(card(shownPolicy(found)));
    return 0;
  },
};

const roles: Command = {
  name: 'user roles',
  summary: 'Show the roles of a person, and in which organisations',
  argument: 'USER_NAME',
  options: { environment, json },
  run: async (values, username) => {
    const held = await work(values, (policies) => policies.rolesOf(username, environmentOf(values)));
    if (values['json'] === true) print({ username, environment: environmentOf(values), roles: held });
    else if (held.length === 0)
      process.stdout.write(`${results().user.noRole({ user: username, environment: environmentOf(values) })}\n`);
    else
      process.stdout.write(
        table(
          ['ROLE', 'ORGANIZATION'],
          held.map((one) => [one.role, one.organization]),
        ),
      );
    return 0;
  },
};

const set: Command = {
  name: 'policy set',
  summary: 'Set what a role permits, in place of what it permitted before',
  argument: 'ROLE',
  options: {
    ...optionsOf(policyFields, 'create'),
    environment,
    reason,
    json,
  },
  examples: [
    "dhp policy set family-doctor --scope 'user/Patient.rs?organization={organization} user/Encounter.crus?service-provider={organization}'",
    "dhp policy set registrar --scope 'user/Patient.crus?organization={organization} dhp.national-identifiers/Patient' --reason 'order 12'",
  ],
  run: async (values, role) => {
    const given = readOptions(policyFields, values) as unknown as GivenPolicyValues;
    const policy = await work(values, (policies) =>
      policies.set({ ...given, role, environment: environmentOf(values), reason: reasonOf(values) }),
    );
    if (values['json'] === true) print(shownPolicy(policy));
    else process.stdout.write(`${results().policy.permits({ role, scopes: policy.scopes.join(' ') })}\n`);
    return 0;
  },
};

const remove: Command = {
  name: 'policy remove',
  summary: 'Remove the permissions of a role',
  argument: 'ROLE',
  options: { environment, reason, json },
  run: async (values, role) => {
    await work(values, (policies) =>
      policies.remove({ role, environment: environmentOf(values), reason: reasonOf(values) }),
    );
    if (values['json'] === true) print({ role, removed: true });
    else process.stdout.write(`${results().policy.permitsNothing({ role })}\n`);
    return 0;
  },
};

function role(
  name: string,
  summary: string,
  act: (policies: Policies, held: Parameters<Policies['give']>[0]) => Promise<void>,
): Command {
  return {
    name,
    summary,
    argument: 'USER_NAME',
    options: {
      role: { type: 'string', value: 'ROLE', help: 'such as family-doctor', required: true },
      organization: { type: 'string', value: 'ID', help: 'of the Organization', required: true },
      environment,
      reason,
      json,
    },
    run: async (values, username) => {
      const held = {
        username,
        environment: environmentOf(values),
        role: String(values['role']),
        organization: String(values['organization']),
      };
      const roles = await work(values, async (policies) => {
        await act(policies, { ...held, reason: reasonOf(values) });
        return policies.rolesOf(username, held.environment);
      });
      if (values['json'] === true) print({ username, environment: held.environment, roles });
      else {
        const named = roles.map((each) => `${each.role} in Organization/${each.organization}`).join(', ');
        const told = { user: username, environment: held.environment };
        const { noRoleLeft, roles: are } = results().user;
        process.stdout.write(`${named === '' ? noRoleLeft(told) : are({ ...told, roles: named })}\n`);
      }
      return 0;
    },
  };
}

export const policyCommands: readonly Command[] = [
  list,
  show,
  set,
  remove,
  roles,
  role('user give-role', 'Give a person a role in an organisation', (policies, held) => policies.give(held)),
  role('user take-role', 'Take a role from a person; the tokens of the person end', (policies, held) =>
    policies.take(held),
  ),
];
