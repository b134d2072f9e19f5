import type { CommitOrder } from '@dhp/search-index/sql';
import { isSnapshot } from './snapshot.ts';
import { currentSnapshot, mayBeUnseen, wasSeen } from './transactions.ts';

/** The order of commits, for the statements of searches. */
export const commitOrder: CommitOrder = { isSnapshot, currentSnapshot, wasSeen, mayBeUnseen };
