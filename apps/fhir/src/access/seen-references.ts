/**
 * Reference integrity as the caller sees it: a written reference to an unseen resource counts as missing, and an unseen resource that
 * refers to another does not prevent its deletion. https://hl7.org/fhir/R5/references.html, docs/decisions/0017-what-a-patient-may-write.md
 */
import type { JsonResource } from '@dhp/fhir-search';
import { referenceText } from '@dhp/search-index/keys';
import { forEachLocalReference } from '@dhp/search-index/rows';
import { BrokenReferences, type TransactionWrite } from '@dhp/fhir-store';
import { permits } from '@dhp/smart-scopes';
import { recordTypes } from './patient-access.ts';
import { payForParsing } from '../http/cost.ts';
import type { RuleContext } from './guard-settings.ts';
import { withoutHidden } from './hidden-text.ts';
import { isSeen } from './write-scopes.ts';

interface Named {
  readonly type: string;
  readonly id: string;
}

/** For each update, by `Type/id`, the targets to which its current version refers; they need not exist any more. */
export type Kept = Map<string, Named[]>;

export interface SeenReferences {
  /** Whether anything has to be asked about the references of a write. Quick, and true if that is not known. */
  readonly asks: (write: TransactionWrite) => boolean;
  /** Returns the references whose target does not exist, is deleted, or may not be seen by the caller. */
  readonly missing: <R extends Named>(references: readonly R[]) => Promise<R[]>;
  /** Returns the resources that the caller may see, and, as it sees them, to refer to a target. */
  readonly seen: <R extends Named>(found: readonly R[], target?: Named) => Promise<R[]>;
  /**
   * The writes without the references that integrity need not check: those that an update keeps, and those of unseen resources to a deleted
   * one.
   * @throws BrokenReferences for references to missing or unseen resources
   */
  readonly settled: (writes: readonly TransactionWrite[], kept: Kept) => Promise<TransactionWrite[]>;
  /** Whether the error is no reason to refuse the writes after all, once `kept` is known. */
  readonly learn: (error: BrokenReferences, writes: readonly TransactionWrite[], kept: Kept) => Promise<boolean>;
}

/** Most references to one resource of which each is checked. */
const mostReferrers = 10_000;
const chunk = 64;

export function createSeenReferences(context: RuleContext): SeenReferences {
  const { store, access, rules, ownBases, limitsTypes } = context;
  const isWhole = (type: string): boolean => rules('r', type) === true || rules('s', type) === true;
  const seen = seenBy(context, isWhole);
  const isWide = !limitsTypes && (permits(access.scopes, 'r', '*') || permits(access.scopes, 's', '*'));
  const names = [...recordTypes].filter((type) => !isWhole(type)).map((type) => `${type}/`);
  /** The patient of the token and the person that it is of are known to the caller. */
  const own = new Set([access.person, access.patient === undefined ? undefined : `Patient/${access.patient}`]);

  async function missing<R extends Named>(references: readonly R[]): Promise<R[]> {
    const isKnown = ({ type, id }: Named): boolean => isWhole(type) || own.has(referenceText(type, id));
    const absent = new Set(await store.missing(references.filter(isKnown)));
    const visible = new Set(await seen(references.filter((each) => !isKnown(each))));
    return references.filter((each) => (isKnown(each) ? absent.has(each) : !visible.has(each)));
  }

  const mayName = ({ source }: Extract<TransactionWrite, { source: unknown }>): boolean =>
    !isWide || names.some((name) => source.text.includes(name));

  const asks: SeenReferences['asks'] = (write) => {
    if (write.kind === 'delete') return !isWide;
    return mayName(write) && [...targetsOf(write.resource, ownBases).values()].some(({ type }) => !isWhole(type));
  };

  /** Referrers to a deleted resource that the caller may not see. */
  async function disregarded(write: Named): Promise<Named[]> {
    const found = await store.referrers(write.type, write.id, mostReferrers);
    const visible = new Set(await seen(found, write));
    return found.filter((each) => !visible.has(each));
  }

  const settled: SeenReferences['settled'] = async (writes, kept) => {
    const stored = new Set(
      writes.filter(({ kind }) => kind !== 'delete').map(({ type, id }) => referenceText(type, id)),
    );
    // Types that may be seen as a whole are left to the store, which locks the targets until the commit.
    const asked = writes.map((write) =>
      write.kind === 'delete' || !mayName(write)
        ? []
        : [...targetsOf(write.resource, ownBases, stored).values()].filter(({ type }) => !isWhole(type)),
    );
    // Of all writes together: most of them refer to the same few.
    const named = new Map(asked.flat().map((each) => [referenceText(each.type, each.id), each]));
    const absent = new Set((await missing([...named.values()])).map(({ type, id }) => referenceText(type, id)));
    const broken: (Named & { index: number })[] = [];
    const result: TransactionWrite[] = [];
    for (const [index, write] of writes.entries()) {
      const keeps = kept.get(referenceText(write.type, write.id)) ?? [];
      if (write.kind === 'delete') {
        if (isWide) result.push(write);
        else result.push({ ...write, disregards: await disregarded(write) });
        continue;
      }
      const own = asked[index]!.filter(({ type, id }) => absent.has(referenceText(type, id)));
      const held = write.kind === 'update' ? [...keeps, ...(await keptIn(context, write, own))] : [];
      const isHeld = new Set(held);
      for (const target of own) if (!isHeld.has(target)) broken.push({ ...target, index });
      result.push(write.kind === 'update' && held.length > 0 ? { ...write, keeps: held } : write);
    }
    if (broken.length > 0) throw new BrokenReferences(broken, []);
    return result;
  };

  const learn: SeenReferences['learn'] = async (error, writes, kept) => {
    for (const [index, those] of Map.groupBy(error.missing, (each) => each.index)) {
      const write = writes[index]!;
      const held = write.kind === 'update' ? await keptIn(context, write, those) : [];
      if (held.length < those.length) return false;
      const name = referenceText(write.type, write.id);
      kept.set(name, [...(kept.get(name) ?? []), ...held]);
    }
    const referrers = await Promise.all(error.referenced.map(({ index, by }) => seen(by, writes[index])));
    return referrers.every((by) => by.length === 0);
  };

  return { asks, missing, seen, settled, learn };
}

/** Returns the targets to which the current version refers. */
async function keptIn(
  { store, budget, ownBases }: RuleContext,
  { type, id }: Named,
  targets: readonly Named[],
): Promise<Named[]> {
  if (targets.length === 0) return [];
  const current = await store.read(type, id);
  if (current?.deleted !== false) return [];
  payForParsing(budget, current.content);
  const held = targetsOf(JSON.parse(current.content.toString('utf8')) as object, ownBases);
  return targets.filter((target) => held.has(referenceText(target.type, target.id)));
}

/** Finds of resources those that the caller may see. */
function seenBy(context: RuleContext, isWhole: (type: string) => boolean): SeenReferences['seen'] {
  const { store, rules, limits, ownBases } = context;
  const hides = limits !== undefined && limits.hiddenOfAny.size > 0;

  async function isVisible({ type, id }: Named, target: Named | undefined): Promise<boolean> {
    if (isWhole(type) && (target === undefined || !hides)) return true;
    if (rules('r', type) === false && rules('s', type) === false) return false;
    const current = await store.read(type, id);
    if (current === undefined || current.deleted || !(await isSeen(context, current))) return false;
    const part = hides && target !== undefined ? withoutHidden(current.content.toString('utf8'), limits) : undefined;
    if (part === undefined || target === undefined) return true;
    payForParsing(context.budget, part);
    return targetsOf(JSON.parse(part) as object, ownBases).has(referenceText(target.type, target.id));
  }

  return async function seen<R extends Named>(found: readonly R[], target?: Named): Promise<R[]> {
    const visible: R[] = [];
    for (let from = 0; from < found.length; from += chunk) {
      const part = found.slice(from, from + chunk);
      const flags = await Promise.all(part.map((each) => isVisible(each, target)));
      visible.push(...part.filter((_, n) => flags[n]));
    }
    return visible;
  };
}

/** Returns the targets of a resource's references, each once, without those that the same writes store. */
function targetsOf(
  resource: object,
  ownBases: RuleContext['ownBases'],
  stored: ReadonlySet<string> = new Set(),
): Map<string, Named> {
  const targets = new Map<string, Named>();
  forEachLocalReference(resource as JsonResource, ownBases, (type, id) => {
    const name = referenceText(type, id);
    if (!stored.has(name)) targets.set(name, { type, id });
  });
  return targets;
}
