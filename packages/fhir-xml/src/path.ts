/** The path of an element for a message, from its parts: `Patient`, `name`, 1 is `Patient.name[1]`. */
export function formatPath(parts: readonly (string | number)[]): string {
  let path = '';
  for (const part of parts) {
    if (typeof part === 'number') path += `[${part}]`;
    else path += path === '' ? part : `.${part}`;
  }
  return path;
}
