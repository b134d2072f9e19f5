import { localTarget } from '../base/reference.ts';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { checkScore } from './measure-score.ts';

/**
 * Checks a report against its measure, if the measure is contained or among the available definitions.
 * https://hl7.org/fhir/R5/measurereport.html
 */
export function checkMeasureReport(report: Json, run: Run): void {
  const { measure: canonical } = report;
  if (typeof canonical !== 'string' || canonical === '') return;
  const measure = canonical.startsWith('#')
    ? localTarget(canonical, run)
    : run.rules.profiles.other('Measure', canonical);
  if (measure?.['resourceType'] !== 'Measure') run.report('measure-unknown', { measure: shown(canonical) });
  else checkGroups(report, measure, run);
}

/** A report and its measure, for the comparison of their groups. */
export interface Reported {
  readonly report: Json;
  readonly measure: Json;
}

function checkGroups(report: Json, measure: Json, run: Run): void {
  const stated = objectsIn(measure, 'group');
  if (stated.length === 0) return;
  const reported: Reported = { report, measure };
  const groups = listOf(report['group']);
  // A single group needs no code to be matched.
  if (stated.length === 1 && groups.length === 1) {
    within('group', 0, groups[0], run, (group) => {
      checkOnlyGroup(group, stated[0]!, run);
      checkGroup(group, stated[0]!, reported, run);
    });
    return;
  }
  const met = matchParts(report, 'group', stated, run, (group, own) => checkGroup(group, own, reported, run));
  if (report['type'] !== 'data-collection') reportMissing('group', stated, met, run);
}

function checkOnlyGroup(group: Json, stated: Json, run: Run): void {
  const { code, linkId } = group;
  if (!isObject(code) || !isObject(stated['code'])) return;
  if (!codingsOf(code).some((one) => one['system'] !== undefined && one['code'] !== undefined)) {
    run.report('report-group-code');
    return;
  }
  checkSameCode('group', group, stated, run);
  const own = stated['linkId'];
  if (typeof linkId === 'string' && typeof own === 'string' && linkId !== own)
    run.report('report-part-code', { element: 'group', found: shown(linkId), expected: shown(own) });
}

function checkGroup(group: Json, stated: Json, reported: Reported, run: Run): void {
  const populations = objectsIn(stated, 'population');
  const met = matchParts(group, 'population', populations, run, (one) => checkPopulation(one, reported, run));
  const needed = populations.filter(({ code }) => !isObservation(code));
  reportMissing('population', needed, met, run);
  checkScore(group, stated, reported, run);
  const stratifiers = objectsIn(stated, 'stratifier');
  reportMissing(
    'stratifier',
    stratifiers,
    matchParts(group, 'stratifier', stratifiers, run, () => undefined),
    run,
  );
}

const populationSystem = 'http://terminology.hl7.org/CodeSystem/measure-population';

/** A measure observation is listed with the populations of a measure but need not be reported. */
const isObservation = (code: unknown): boolean =>
  isObject(code) &&
  codingsOf(code).some((one) => one['system'] === populationSystem && one['code'] === 'measure-observation');

/** Types of resources that count as one subject each. */
const subjects = new Set(
  'Patient Practitioner Person PractitionerRole RelatedPerson Device Location Organization'.split(' '),
);

/** Only a report of type subject-list has lists of subjects, whose sizes must add up to the count. Every other report must have a count. */
function checkPopulation(population: Json, { report }: Reported, run: Run): void {
  const results = listOf(population['subjectResults']).filter(isObject);
  if (report['type'] !== 'subject-list') {
    if (results.length > 0) run.report('report-subjects');
    if (population['count'] === undefined) run.report('report-without-count');
    return;
  }
  const { count } = population;
  const counts = results.map(({ reference }) => countOf(reference, run));
  if (typeof count !== 'number' || counts.includes(undefined)) return;
  const found = counts.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  if (found !== count) run.report('report-count', { count, found });
}

/**
 * Returns the number of subjects behind a reference: the entries of a List, or 1 for a resource of a subject type; undefined if unknown.
 */
function countOf(reference: unknown, run: Run): number | undefined {
  if (typeof reference !== 'string') return undefined;
  const target = localTarget(reference, run);
  if (target?.['resourceType'] === 'List') return listOf(target['entry']).length;
  const type = target === undefined ? /^([A-Za-z]+)\/[^/]+$/.exec(reference)?.[1] : target['resourceType'];
  return subjects.has(String(type)) ? 1 : undefined;
}

/**
 * Calls `check` for each part of a report that matches a part of the measure, by linkId, id or code. Reports a second match. Returns the
 * matched parts of the measure.
 */
function matchParts(
  owner: Json,
  element: 'group' | 'population' | 'stratifier',
  stated: readonly Json[],
  run: Run,
  check: (part: Json, stated: Json) => void,
): ReadonlySet<Json> {
  const met = new Set<Json>();
  for (const [i, part] of listOf(owner[element]).entries())
    within(element, i, part, run, (one) => {
      run.spend(stated.length);
      const own = statedFor(one, element, stated, run);
      if (own === undefined) return;
      if (met.has(own)) run.report('report-part-twice', { element });
      else {
        met.add(own);
        check(one, own);
      }
    });
  return met;
}

function statedFor(
  part: Json,
  element: 'group' | 'population' | 'stratifier',
  stated: readonly Json[],
  run: Run,
): Json | undefined {
  const { linkId, id, code } = part;
  if (linkId === undefined && code === undefined && (element === 'group' || id === undefined)) {
    run.report('report-part-nameless', { element });
    return undefined;
  }
  const name = linkId ?? id;
  const found =
    linkId !== undefined
      ? stated.find((one) => one['linkId'] === linkId)
      : id !== undefined
        ? stated.find((one) => one['id'] === id)
        : stated.find((one) => isSameCode(code, one['code']));
  if (found === undefined) run.report('report-part-unknown', { element, name: nameOf(name, code) });
  else if (name !== undefined && (linkId !== undefined || element !== 'stratifier'))
    checkSameCode(element, part, found, run);
  return found;
}

function checkSameCode(element: string, { code }: Json, stated: Json, run: Run): void {
  if (!isObject(code) || !isObject(stated['code']) || isSameCode(code, stated['code'])) return;
  const [found, expected] = [nameOf(undefined, code), nameOf(undefined, stated['code'])];
  run.report('report-part-code', { element, found, expected });
}

function reportMissing(element: string, stated: readonly Json[], met: ReadonlySet<Json>, run: Run): void {
  for (const one of stated)
    if (!met.has(one))
      run.report('report-part-missing', { element, name: nameOf(one['linkId'] ?? one['id'], one['code']) });
}

const codingsOf = (code: unknown): readonly Json[] => (isObject(code) ? listOf(code['coding']).filter(isObject) : []);

const isSameCode = (own: unknown, other: unknown): boolean =>
  codingsOf(own).some((one) =>
    codingsOf(other).some((each) => each['system'] === one['system'] && each['code'] === one['code']),
  );

function nameOf(name: unknown, code: unknown): string {
  if (typeof name === 'string') return shown(name);
  const [first] = codingsOf(code);
  return shown(first?.['code'] ?? (isObject(code) ? code['text'] : ''));
}

const objectsIn = (owner: Json, name: string): readonly Json[] => listOf(owner[name]).filter(isObject);

function within(element: string, index: number, part: unknown, run: Run, check: (part: Json) => void): void {
  if (!isObject(part)) return;
  run.enter(element, index);
  check(part);
  run.leave();
}
