import packageJson from '../package.json' with { type: 'json' };

/** The software as its statements name it; the day is that of the version, and changes with it. */
export const software = { name: 'DHP', version: packageJson.version, releaseDate: '2026-11-29' } as const;
