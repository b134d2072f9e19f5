/** Assesses a database that is distributed over nodes. Pure, so that each limit can be tested; tests/distributed queries real ones. */
import type { SpreadFacts, SpreadNode } from '@dhp/fhir-store/placement';
import { placeText } from '../distributed/places.ts';
import { finding, orWell, type Finding } from './finding.ts';
import { sized, told } from './node-checks.ts';

const gibibyte = 1024 ** 3;

/** @param about the name of the database */
export function judgeShards(about: string, { isDone, nodes, loose, apart }: SpreadFacts): readonly Finding[] {
  const { underWay, loose: looseTable, apart: apartTable } = told().shards;
  if (!isDone) return [finding(['shards', 'fault', about], underWay, { environment: about })];
  return orWell('shards', about, [
    ...nodes.flatMap((node) => ofNode(about, node, nodes)),
    ...loose.map((table) => finding(['shards', 'fault', about], looseTable, { table })),
    ...apart.map((table) => finding(['shards', 'fault', about], apartTable, { table })),
    ...balance(about, nodes),
  ]);
}

function ofNode(
  about: string,
  { said, isCoordinator, ...node }: SpreadNode,
  nodes: readonly SpreadNode[],
): readonly Finding[] {
  const { unreached, versions, prepared, walLevel, connections, leftBehind } = told().shards;
  const place = placeText(node);
  if (typeof said === 'string') return [finding(['shards', 'fault', about], unreached, { node: place, reason: said })];
  const first = nodes.find((one) => one.isCoordinator)?.said;
  const beside = isCoordinator || first === undefined || typeof first === 'string' ? said : first;
  const hasOther = said.citus !== beside.citus || said.postgres !== beside.postgres;
  const value = `PostgreSQL ${String(said.postgres)}, Citus ${said.citus ?? '-'}`;
  const expected = `PostgreSQL ${String(beside.postgres)}, Citus ${beside.citus ?? '-'}`;
  const isLevel =
    said.citus === beside.citus && Math.floor(said.postgres / 10_000) === Math.floor(beside.postgres / 10_000);
  const few = { node: place, value: said.preparedTransactions, connections: said.connections };
  return [
    ...(hasOther
      ? [finding(['shards', isLevel ? 'warning' : 'fault', about], versions, { node: place, value, expected })]
      : []),
    ...(said.preparedTransactions < said.connections
      ? [finding(['shards', said.preparedTransactions === 0 ? 'fault' : 'warning', about], prepared, few)]
      : []),
    ...(said.walLevel === 'logical'
      ? []
      : [finding(['shards', 'warning', about], walLevel, { node: place, value: said.walLevel })]),
    ...(said.connections < beside.connections
      ? [
          finding(['shards', 'warning', about], connections, {
            node: place,
            value: said.connections,
            expected: beside.connections,
          }),
        ]
      : []),
    ...(said.leftBehind > 0
      ? [finding(['shards', 'fault', about], leftBehind, { node: place, count: said.leftBehind })]
      : []),
  ];
}

/** Drained nodes are left out; small differences are ignored. */
function balance(about: string, nodes: readonly SpreadNode[]): readonly Finding[] {
  const { unbalanced, empty } = told().shards;
  const takers = nodes.filter(({ takesShards, said }) => takesShards && typeof said !== 'string');
  const [least, most] = [takers, takers].map(
    (all, n) => all.toSorted((a, b) => (n === 0 ? a.bytes - b.bytes : b.bytes - a.bytes))[0],
  );
  if (least === undefined || most === undefined) return [];
  const without = takers.filter(({ shards }) => shards === 0);
  if (without.length > 0)
    return without.map((node) =>
      finding(['shards', 'warning', about], empty, { node: placeText(node), environment: about }),
    );
  if (most.bytes - least.bytes < gibibyte || most.bytes < 1.5 * least.bytes) return [];
  const values = {
    least: placeText(least),
    small: sized(least.bytes),
    most: placeText(most),
    large: sized(most.bytes),
  };
  return [finding(['shards', 'warning', about], unbalanced, { ...values, environment: about })];
}
