/** Questions that the statement which reads a version answers with it. docs/decisions/0080-consents-in-reads.md */
import type { Consented } from '@dhp/search-index';

/** The reader, in words of consents (`Consented`), and the action. */
export type AskedConsents = Pick<Consented, 'action' | 'callers'>;

export interface AskedOfRead {
  readonly consents?: AskedConsents | undefined;
  readonly labels?: boolean;
}
