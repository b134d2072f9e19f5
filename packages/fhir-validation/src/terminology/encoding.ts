/** Value sets as stored in `generated/definitions.ts`: canonical (without version) to system to codes. */
export type EncodedValueSets = Record<string, Record<string, readonly string[]>>;
