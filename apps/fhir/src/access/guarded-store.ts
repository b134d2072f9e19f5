/**
 * The store as the bearer of a token may see and change it: the one place that applies the read rules and the write rules. Every
 * interaction gets this store, so none can forget the check. Reads, histories, searches and criteria return only resources within the
 * rules; a write needs the resource to be within the rules before and after.
 */
import { containerTypes } from '@dhp/labels';
import type { ReadPermission } from '@dhp/fhir-store';
import type { GuardSettings, RuleContext, UnguardedStore } from './guard-settings.ts';
import { guardedReads, wholeReads } from './guarded-reads.ts';
import { guardedWrites } from './guarded-writes.ts';
import { createResourceAuthorizer } from './resource-authorizer.ts';
import { searchRule } from './read-rules.ts';
import { hidesBy } from './seen-labels.ts';
import { seenVersions, type GuardedStore } from './seen-versions.ts';
import { shownStore } from './shown-store.ts';
import { withShownLabels } from './shown-labels.ts';

export function guardedStore(store: UnguardedStore, settings: GuardSettings): GuardedStore {
  const context: RuleContext = { ...settings, store, authorizer: createResourceAuthorizer(store, settings) };
  const found: ReadPermission = (type) => searchRule(settings.rules, type);
  const askedLabels = settings.labels === undefined ? {} : { labels: { inheriting: containerTypes } };
  const { read, vread, history, historyOf } = guardedReads(context);
  let made: ReturnType<typeof guardedWrites> | undefined;
  // A store is made for each request, and most only read.
  const writes = (): ReturnType<typeof guardedWrites> => (made ??= guardedWrites(context));
  const guarded: GuardedStore = {
    read,
    vread,
    history,
    historyOf,
    seen: seenVersions(context),
    create: (resource) => writes().create(resource),
    update: (update) => writes().update(update),
    delete: (deletion) => writes().delete(deletion),
    transaction: (asked, options) => writes().transaction(asked, options),
    referrers: (type, id, limit) => writes().referrers(type, id, limit),
    missing: (references) => writes().missing(references),
    search: (request) => wholeReads(context).search({ ...request, access: found, ...askedLabels }),
    explain: (request) => store.explain({ ...request, access: found }),
    find: (type, where, limit, _access, follows, budget) => store.find(type, where, limit, found, follows, budget),
    /** A search asks of each word in whose resources it is. */
    words: (...asked) => store.words(...asked),
    terminology: store.terminology,
    definitions: store.definitions,
    closures: store.closures,
    searchParameters: () => store.searchParameters(),
    knownSearchParameters: () => store.knownSearchParameters(),
    indexReading: () => store.indexReading(),
  };
  const { limits, refused, labels } = settings;
  const labelled =
    labels === undefined
      ? guarded
      : withShownLabels(guarded, store, labels, {
          withheldOf: (type) => withheldOf(settings, type),
          hides: hidesBy(settings),
          ownBases: settings.ownBases,
        });
  return limits !== undefined && limits.hiddenOfAny.size > 0 ? shownStore(labelled, limits, refused) : labelled;
}

/** The labels that are withheld from the caller, by the factor that is about them. */
function withheldOf({ factors, reading }: Pick<GuardSettings, 'factors' | 'reading'>, type: string): readonly string[] {
  const rules = factors.flatMap(({ name, rules: of }) => (name === 'label' ? [of(reading, type)] : []));
  return rules.flatMap((rule) => (typeof rule === 'object' && rule.op === 'unlabelled' ? rule.none : []));
}
