/** JSON whose numbers keep their text through reading and writing: FHIR decimals carry their precision (`1.00`). */
export type JsonObject = Record<string, unknown>;

// The built-in declarations of TypeScript do not contain these yet.
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
  isRawJSON: (value: unknown) => boolean;
};
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

const keepText: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value;

/** The value of a text that is known to be JSON. `JSON.stringify` writes its numbers unchanged. */
export function parseExactly(text: string): unknown {
  return (JSON.parse as (text: string, reviver: Reviver) => unknown)(text, keepText);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);
}
