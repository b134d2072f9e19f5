export const outputFile: string;
export function inputLine(): string;
export function isStale(): boolean;
