/** Channels on which servers hear, behind a commit, that there is something to look for. */
import type { Session } from './session.ts';

/** Jobs to be begun; lanes of subscriptions that are due; events that were numbered; versions that were written. */
export const hintChannels = ['dhp jobs', 'dhp lanes', 'dhp numbers', 'dhp writes'] as const;
export type HintChannel = (typeof hintChannels)[number];

/** Sends a hint with a text, delivered after the commit. A transaction that sends one waits, at its commit, for others that do. */
export async function hint(session: Session, channel: HintChannel, told = ''): Promise<void> {
  await session`select pg_notify(${channel}, ${told})`;
}
