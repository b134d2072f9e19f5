export { ReleaseFault } from './release-fault.ts';
export type { Release, ReleaseFile, ReleaseOptions } from './release.ts';
export { isReleaseKind, readRelease, releaseKinds, type ReleaseKind } from './read-release.ts';
export type { ImportedSystem } from './code-system.ts';
