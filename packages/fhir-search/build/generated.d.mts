export const outputFile: string;
export function stampLine(): string;
export function isStale(): boolean;
