import type { TextTree } from '../ast/text-tree.ts';

/** Words and phrases for a search, each in quotation marks. */
export function printWords(tree: TextTree): string {
  switch (tree.kind) {
    case 'term':
      return `"${tree.text}"`;
    case 'not':
      return `-${within(tree.of)}`;
    case 'all':
      return tree.of.map(within).join(' ');
    case 'any':
      return tree.of.map(within).join(' OR ');
  }
}

function within(tree: TextTree): string {
  return tree.kind === 'all' || tree.kind === 'any' ? `(${printWords(tree)})` : printWords(tree);
}
