export const dataFolders: readonly string[];
export const outputFolder: string;
export const outputFile: string;
export const stampFile: string;
export function stampLine(): string;
export function isStale(): boolean;
