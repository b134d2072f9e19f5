export const outputFolder: string;
export const stampFile: string;
export function stampLine(): string;
export function isStale(): boolean;
