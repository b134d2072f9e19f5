export const dataFolders: readonly string[];
export const outputFolder: string;
export const outputFile: string;
export const stampFile: string;
export function inputHash(): string;
export function isStale(): boolean;
