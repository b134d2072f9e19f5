import { keyOf } from '../keys/keys.ts';
import { textForIndex } from '../keys/text-for-index.ts';
import type { RowBuilder } from '../row/row-builder.ts';

/** A word that `:text` searches. */
export function addText(rows: RowBuilder, parameter: bigint, text: string): void {
  const cut = textForIndex(text);
  const key = keyOf(parameter, cut);
  rows.key(key);
  rows.word(parameter, key, cut);
  rows.windows(parameter, text);
}
