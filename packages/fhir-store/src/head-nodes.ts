/** Subtrees of the tree of heads, made from the nodes stored beside the heads. */
import { type Head, nodeAtIn, type NodeAt, type NodePlace } from '@dhp/trail/heads';
import { selectHeadsAt } from './statements/audit-heads.ts';
import type { Session } from './statements/session.ts';

/** @param of a head in whose tree they are, or with whose own leaf they end */
export async function nodesOfTree(
  sql: Session,
  of: Pick<Head, 'position' | 'tree'> | undefined,
  places: readonly NodePlace[],
): Promise<NodeAt> {
  const { position = 0, tree } = of ?? {};
  // Leaf number 1 is of the head behind this one.
  const start = position - (tree?.size ?? 0) - 1;
  const positions = [...new Set(places.map(({ end }) => start + end))];
  const heads = await selectHeadsAt(sql, positions);
  const known = heads.map(
    (head) => [head.position - start, { leaf: head.signature, nodes: head.tree?.nodes ?? [] }] as const,
  );
  return nodeAtIn(new Map(known));
}
