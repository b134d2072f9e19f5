import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Checks the groups, populations, stratifiers and criteria of a Measure. https://hl7.org/fhir/R5/measure.html */
export function checkMeasure(measure: Json, run: Run): void {
  const groups = listOf(measure['group']);
  if (groups.length === 0) run.report('measure-group');
  const lacking = libraryLacking(measure, run);
  parts(measure, 'group', run, (group) => {
    if (groups.length > 1 && group['code'] === undefined) run.report('measure-group');
    if (group['population'] === undefined) run.report('measure-group');
    coded(group, 'population', run, (population) => checkCriteria(population, lacking, run));
    coded(group, 'stratifier', run, (stratifier) => {
      checkCriteria(stratifier, lacking, run);
      coded(stratifier, 'component', run, (component) => checkCriteria(component, lacking, run));
    });
  });
  parts(measure, 'supplementalData', run, (one) => checkCriteria(one, lacking, run));
}

/** The finding for CQL criteria without an available library. */
type LibraryLacking = 'measure-library-missing' | 'measure-library-unknown';

/**
 * Returns the finding if no library of the measure is available; undefined if one is, which suffices because criteria do not name their
 * library. Skipped if definitions of other types are not available.
 */
function libraryLacking(measure: Json, run: Run): LibraryLacking | undefined {
  const { profiles } = run.rules;
  if (measure['library'] === undefined) return 'measure-library-missing';
  if (!profiles.hasOthers) return undefined;
  const named = listOf(measure['library']).filter((one) => typeof one === 'string');
  run.spend(named.length);
  const isAtHand = (one: string): boolean => one.startsWith('#') || profiles.other('Library', one) !== undefined;
  return named.some(isAtHand) ? undefined : 'measure-library-unknown';
}

function parts(owner: Json, name: string, run: Run, check: (part: Json) => void): void {
  const all = listOf(owner[name]);
  run.spend(all.length);
  for (const [i, part] of all.entries()) {
    if (!isObject(part)) continue;
    run.enter(name, i);
    check(part);
    run.leave();
  }
}

/** Checks the parts of a list. If there are several, each needs a code, because nothing else distinguishes them. */
function coded(owner: Json, name: string, run: Run, check: (part: Json) => void): void {
  const areSeveral = listOf(owner[name]).length > 1;
  parts(owner, name, run, (part) => {
    if (areSeveral && part['code'] === undefined) run.report('measure-code', { element: name });
    check(part);
  });
}

/** CQL criteria must be names of definitions in a library. Other languages are reported, because a recipient need not support them. */
function checkCriteria({ criteria }: Json, lacking: LibraryLacking | undefined, run: Run): void {
  const language = isObject(criteria) ? criteria['language'] : undefined;
  if (typeof language !== 'string' || language === '') return;
  run.enter('criteria', -1);
  if (!language.startsWith('text/cql') || language.startsWith('text/cql-expression'))
    run.report('measure-language', { language: shown(language) });
  else if (lacking !== undefined) run.report(lacking);
  run.leave();
}
