export const outputFolder: string;
export const stampFile: string;
export function inputHash(): string;
export function isStale(): boolean;
