type Row = readonly string[];

/**
 * A Markdown table with aligned columns, as Prettier formats it: the reports are checked like every other document.
 * @param right the indices of numeric columns
 */
export function markdownTable(head: Row, rows: readonly Row[], right: readonly number[] = []): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number): string =>
    right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  const rule = widths.map((width, column) =>
    right.includes(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  const [first, ...others] = cells.map((row) => row.map(pad));
  return [first!, rule, ...others].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
