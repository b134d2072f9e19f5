/** An unchecked JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value if it is an object, else an empty one: values of the wrong shape are skipped. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : nothing;
}

/** The objects of a list; a single object counts as a list of one. */
export function objectsOf(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'object' && item !== null) as JsonObject[];
  return typeof value === 'object' && value !== null ? [value as JsonObject] : [];
}

/** The text if there is any. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const nothing: JsonObject = {};
