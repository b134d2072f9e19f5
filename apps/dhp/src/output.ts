/** How commands print their results: as a card, a table or JSON. */

/** Names and values of one thing below each other; names without a value are left out. */
export function card(members: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(members).filter(
    ([, value]) =>
      value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const text = (value: unknown): string => {
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' ');
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  return rows.map(([name, value]) => `${name.padEnd(width)}${text(value)}\n`).join('');
}

/** One JSON value: on several lines for a person, on one for a program. */
export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0)}\n`);
}

/** Columns under their names, as wide as their widest cell. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `${row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}\n`;
  return all.map(line).join('');
}
