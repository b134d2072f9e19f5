/** How many UTF-16 units of a text are compared; a text that is asked for must be cut in the same way. */
export const maxStringLength = 256;

/** A text as a column holds it: no longer than a B-tree takes, and without NUL, which PostgreSQL has not. */
export function textForIndex(text: string): string {
  const cut = text.length > maxStringLength ? text.slice(0, maxStringLength) : text;
  return cut.includes('\0') ? cut.replaceAll('\0', ' ') : cut;
}

/** The unit of a quantity as a word holds it, which is also what its key is taken of. */
export function unitText(system: string, code: string | undefined, unit: string | undefined): string {
  return JSON.stringify([system.slice(0, maxStringLength), (code ?? '').slice(0, 64), (unit ?? '').slice(0, 64)]);
}
