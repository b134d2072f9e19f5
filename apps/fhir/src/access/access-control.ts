import type { StoreAdmin } from '@dhp/fhir-store';
import { openDecisionCache, type DecisionCache } from './decision-cache.ts';
import { readRules, type ReadRule } from './read-rules.ts';
import type { WriteRule } from './write-rule.ts';
import { writeRules } from './write-rules.ts';

/** The access rules of a server and its cached decisions, shared by all callers. */
export interface AccessControl {
  readonly readRules: readonly ReadRule[];
  readonly writeRules: readonly WriteRule[];
  /** Returns the cache of decisions about the database in its present state. */
  readonly decisions: () => DecisionCache;
}

/** Rules that are asked after those of the tables. */
export interface FurtherRules {
  readonly read?: readonly ReadRule[];
  readonly write?: readonly WriteRule[];
}

export function createAccessControl(
  store: Pick<StoreAdmin, 'memory'>,
  { read = [], write = [] }: FurtherRules = {},
): AccessControl {
  return {
    readRules: [...readRules, ...read],
    writeRules: [...writeRules, ...write],
    decisions: store.memory('decisions', () => openDecisionCache()),
  };
}
