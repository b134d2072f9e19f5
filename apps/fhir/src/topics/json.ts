/** Elements of a resource that may not have been validated. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list, with their places in it. */
export function objects(value: unknown): readonly (readonly [number: number, object: Json])[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((each, n) => (isObject(each) ? [[n, each] as const] : []));
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isText) : [];
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** The value as shown in a message. */
export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100);
}
