/**
 * @dhp/fhir-store/kept: the proof that a backup has of an environment, the work that a restore ends there and an upgrade continues, and
 * where its bytes are.
 */
export { feedDigest, feedEnd, type FeedDigest } from './statements/feed-digest.ts';
export { endOpenJobs } from './statements/jobs.ts';
export { distrustSubscriptions } from './statements/event-reader.ts';
export { continueHistory, serverHistory } from './statements/server-runs.ts';
export { readStorage, type Storage } from './statements/storage.ts';
export { PackingRefused, packVersions, unpackVersions, type PackReport } from './packing/pack-versions.ts';
