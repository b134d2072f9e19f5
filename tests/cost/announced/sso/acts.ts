/** Hostile requests to the administration: each act with much of each of its members, and of each part of its path. */
import { list, unique } from '../../requests.ts';
import type { Sent } from '../../shape.ts';
import { reason } from '../../sso/requests.ts';
import { noGenerator, type Hostile } from '../generator.ts';
import type { Act, SsoAnnounced } from './announced.ts';
import type { Ground } from './ground.ts';
import { valuesOf } from './values.ts';

/** Members that acts need, so that what is not hostile of a request is in order. */
const good: Readonly<Record<string, (ground: Ground) => unknown>> = {
  reason: () => reason,
  client_name: () => 'Cost',
  scope: () => 'system/Patient.rs',
  name: () => 'Cost Person',
  username: () => `cost-${unique()}`,
  client_id: ({ parts }) => parts['client_id'],
  environment: () => 'playground',
  resource_type: () => 'Patient',
  alg: () => 'ES256',
  role: () => 'cost',
  organization: () => 'Organization/cost',
  scopes: () => ['user/Patient.rs'],
  policies: () => JSON.stringify({ others: 'as-scoped', rules: [] }),
  base: () => 2,
  resource: () => 'Observation/7',
  verdict: () => 'justified',
  on: () => 'Patient/cost',
};

export function ofAct(
  announced: Extract<SsoAnnounced, { kind: 'act' | 'part of a path' | 'member' }>,
  ground: Ground,
): readonly Hostile[] {
  const { act } = announced;
  const place = `${act.method} ${act.path}`;
  const lacking = act.needed.find((name) => good[name] === undefined);
  if (lacking !== undefined) throw noGenerator(`the member ${lacking} that ${place} needs`);
  const needed = (): Record<string, unknown> =>
    Object.fromEntries(act.needed.map((name) => [name, good[name]!(ground)]));
  if (announced.kind === 'act')
    return [
      {
        ...{ name: `${place} with members that it has not`, n: 50 },
        make: (n) => sent(act, ground, { ...needed(), ...Object.fromEntries(list(n, (i) => [`m${i}`, 'x'])) }),
      },
    ];
  const { name } = announced;
  if (announced.kind === 'part of a path')
    return [
      {
        ...{ name: `${place} with a long ${name}`, n: 300 },
        make: (n) => sent(act, { ...ground, parts: { ...ground.parts, [name]: 'x'.repeat(n) } }, needed()),
      },
    ];
  const values = valuesOf(`${name} of ${place}`, announced.schema);
  return values.map(({ name: what, n: size, make }) => ({
    ...{ name: `${place} with ${what} as ${name}`, n: size },
    make: (n) => sent(act, ground, { ...needed(), [name]: make(n) }),
  }));
}

function sent({ method, path, inQuery }: Act, { parts }: Ground, members: Readonly<Record<string, unknown>>): Sent {
  const filled = path.slice(1).replaceAll(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? 'none');
  if (!inQuery)
    return {
      ...{ server: 'sso', method, path: filled, body: JSON.stringify(members) },
      headers: { 'content-type': 'application/json' },
    };
  const query = Object.entries(members).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return { server: 'sso', method, path: `${filled}?${new URLSearchParams(query).toString()}` };
}
