import type { StoredVersion, TransactionWrite } from '@dhp/fhir-store';
import type { ErrorCode } from '../http/error-catalogue/index.ts';
import type { RuleContext } from './guard-settings.ts';
import type { BundleResources } from './resource-authorizer.ts';

/** A write by its kind and type alone. */
export type WriteKind = Pick<TransactionWrite, 'kind' | 'type'>;

interface Rule {
  readonly name: string;
  readonly refuses: readonly ErrorCode[];
}

interface AskedRule extends Rule {
  /**
   * Whether the rule applies to such writes. A write to which no rule applies goes to the store directly, without a read of the stored
   * resource.
   * @throws Failure for a write that is refused in any case
   */
  readonly applies: (context: RuleContext, write: WriteKind) => boolean;
}

/** It decides by the stored and the sent resource; the write is then conditional on the version that was checked. */
export interface StoredRule extends AskedRule {
  readonly decidesBy: 'stored';
  /**
   * @param current the stored version; undefined if there is none, and for a create
   * @throws Failure
   */
  readonly check: (
    context: RuleContext,
    write: TransactionWrite,
    current: StoredVersion | undefined,
    bundled: BundleResources,
  ) => Promise<void> | void;
}

/** The store itself holds it until the commit, against all other writers. */
export interface ReferencesRule extends Rule {
  readonly decidesBy: 'references';
  readonly applies: (context: RuleContext) => boolean;
}

/** It decides by the sent resource alone, right before it is stored. */
export interface SentRule extends AskedRule {
  readonly decidesBy: 'sent';
  /**
   * @param together all writes of its transaction, or the one by itself
   * @throws Failure
   */
  readonly check: (context: RuleContext, write: Sent, together: WritesTogether) => Promise<void> | void;
}

/** A rule that a write on behalf of a caller has to meet. All of one kind are asked about all writes before the first of the next. */
export type WriteRule = StoredRule | ReferencesRule | SentRule;

/** The resource of a create has no id before the store gives one. */
export type Sent = WriteKind & { readonly id?: string; readonly resource?: Readonly<Record<string, unknown>> };

/** Writes that are stored as one, each found by a name. */
export interface WritesTogether {
  /** Whether one of them is for this resource, `Type/id`. */
  readonly isWritten: (name: string) => boolean;
  /** The first active resource of a type among them with a url and a version (undefined: without one). */
  readonly firstActive: (type: string, url: unknown, version: unknown) => Sent | undefined;
}
