/** Value sets as `generated/definitions.ts` holds them: canonical (without version) to system to codes. */
export type EncodedValueSets = Record<string, Record<string, readonly string[]>>;
