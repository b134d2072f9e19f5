/** @dhp/fhir-store/kept: what a backup proves of an environment, and what a restore ends there. */
export { feedDigest, feedEnd, type FeedDigest } from './statements/feed-digest.ts';
export { endOpenJobs } from './statements/jobs.ts';
export { distrustSubscriptions } from './statements/event-reader.ts';
