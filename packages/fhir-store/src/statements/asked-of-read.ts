/** Questions that the statement which reads a version answers with it. docs/decisions/0080-consents-in-reads.md */
import type { Consented } from '@dhp/search-index';

/** The reader, in words of consents (`Consented`), and the action. */
export type AskedConsents = Pick<Consented, 'action' | 'callers'>;

/** The same object for each read by a rule. */
export interface AskedOfRead {
  readonly consents?: AskedConsents | undefined;
  readonly labels?: boolean;
  /** Keys of the index: asks whether it has one of them. */
  readonly keys?: readonly bigint[] | undefined;
  /** The values that statements bind, made on first use. */
  bound?: BoundQuestions;
}

/** Arrays of PostgreSQL as texts. */
export interface BoundQuestions {
  /** The bits of an action (1, 2), and 4 if labels are asked for. */
  readonly flags: number;
  readonly callers: string;
  readonly keys: string;
}

/** Texts of numbers take longer than the rest of a question. */
export function boundOf(asked: AskedOfRead | undefined): BoundQuestions {
  if (asked === undefined) return nothing;
  const { consents, labels, keys } = asked;
  return (asked.bound ??= {
    flags: (consents?.action ?? 0) + (labels === true ? 4 : 0),
    callers: `{${(consents?.callers ?? []).join(',')}}`,
    keys: `{${(keys ?? []).join(',')}}`,
  });
}

const nothing: BoundQuestions = { flags: 0, callers: '{}', keys: '{}' };

/** Bits: no consent refuses it to the caller; it has no label and inherits none; it has one of the keys. A bit that is not set proves nothing. */
export const toldOfRead = { unrefused: 1, unlabelled: 2, hasKey: 4 } as const;
