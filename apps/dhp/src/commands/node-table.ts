/** The nodes of an environment as `dhp shards` and `dhp status` show them. */
import type { SpreadFacts } from '@dhp/fhir-store/placement';
import { table } from '../output.ts';
import { sized } from '../doctor/node-checks.ts';
import { placeText } from '../distributed/places.ts';
import { said } from '../distributed/said.ts';

export function nodeTable({ nodes }: SpreadFacts): string {
  const { states } = said();
  const state = (node: SpreadFacts['nodes'][number]): string => {
    if (typeof node.said === 'string') return states.away;
    if (node.isCoordinator) return states.coordinator;
    return node.takesShards ? states.worker : states.drained;
  };
  const rows = nodes.map((node) => [placeText(node), state(node), String(node.shards), sized(node.bytes)]);
  return table(['NODE', 'STATE', 'SHARDS', 'SIZE'], rows);
}
