/** Follows the tree of heads through a chain, head by head. */
import { nodeAtIn, nodesEndingWith, peaksOf, rootOfTree, type TreeOfHead } from './head-tree.ts';
import type { Head } from './head.ts';

export interface TreeCheck {
  /**
   * Whether the tree of the next head is that of the heads before it. A head of an earlier release has none; the next one after it begins a new
   * tree.
   */
  goesOn(head: Pick<Head, 'tree' | 'signature'>): boolean;
}

export function createTreeCheck(): TreeCheck {
  let leaves = 0;
  /** Needed for the next leaves: the last leaf of each peak, with the subtrees that end there. */
  let known = new Map<number, { readonly leaf: Buffer; readonly nodes: readonly Buffer[] }>();
  return {
    goesOn({ tree, signature }) {
      if (tree === undefined) {
        leaves = 0;
        known = new Map();
        return true;
      }
      const at = nodeAtIn(known);
      const isRight = tree.size === leaves && tree.root.equals(rootOfTree(leaves, at));
      const nodes = nodesEndingWith(signature, leaves, at);
      leaves += 1;
      known.set(leaves, { leaf: signature, nodes });
      const peaks = new Set(peaksOf(leaves).map(({ end }) => end));
      for (const end of known.keys()) if (!peaks.has(end)) known.delete(end);
      return isRight && areSame(tree, nodes);
    },
  };
}

function areSame({ nodes }: Pick<TreeOfHead, 'nodes'>, right: readonly Buffer[]): boolean {
  return nodes.length === right.length && nodes.every((node, n) => node.equals(right[n]!));
}
