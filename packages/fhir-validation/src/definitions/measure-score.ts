import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import type { Reported } from './measure-report.ts';

/** The codes of http://terminology.hl7.org/CodeSystem/measure-scoring that define the meaning of a score. */
const scored = new Set(['cohort', 'proportion', 'ratio', 'continuous-variable']);
const unitOf = 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit';

/**
 * Checks the score of a group against the scoring of the measure.
 * https://hl7.org/fhir/R5/measurereport-definitions.html#MeasureReport.group.measureScore_x_
 */
export function checkScore(group: Json, stated: Json, { report, measure }: Reported, run: Run): void {
  const member = Object.keys(group).find((one) => /^measureScore[A-Z]/.test(one));
  const label = member === undefined ? '' : `measureScore.ofType(${typeNamed(member.slice('measureScore'.length))})`;
  if (report['type'] === 'data-collection') {
    if (member !== undefined) at(label, run, () => run.report('report-score-collected'));
    return;
  }
  const scoring = codeOf(stated['scoring'] ?? measure['scoring']);
  if (scoring === undefined || !scored.has(scoring)) return;
  if (member === undefined) {
    run.report('report-score-missing', { scoring });
    return;
  }
  const score = isObject(group[member]) ? group[member] : {};
  at(label, run, () => {
    if (score['value'] === undefined) run.report('report-score-value', { scoring });
    if (scoring === 'cohort' || scoring === 'proportion') checkNumber(score, scoring, run);
    else if (score['value'] !== undefined) checkUnit(score, scoring, measure, run);
  });
}

const typeNamed = (suffix: string): string =>
  suffix === 'DateTime'
    ? 'dateTime'
    : /^(?:Quantity|CodeableConcept|Period|Range|Duration)$/.test(suffix)
      ? suffix
      : suffix.toLowerCase();

function codeOf(concept: unknown): string | undefined {
  const [first] = isObject(concept) ? listOf(concept['coding']) : [];
  return isObject(first) && typeof first['code'] === 'string' ? first['code'] : undefined;
}

/** The score of a cohort is a count and that of a proportion is a ratio from 0 to 1. Neither has a unit. */
function checkNumber(score: Json, scoring: string, run: Run): void {
  for (const name of ['unit', 'system', 'code'])
    if (score[name] !== undefined) at(name, run, () => run.report('report-score-unit', { scoring }));
  const { value } = score;
  if (typeof value !== 'number') return;
  const most = scoring === 'proportion' ? 1 : Infinity;
  if (value < 0 || value > most) at('value', run, () => run.report('report-score-range', { value, scoring }));
}

/** Checks the unit of a score against the unit that the measure states, if it states one. */
function checkUnit({ code, system }: Json, scoring: string, measure: Json, run: Run): void {
  const extension = listOf(measure['extension']).find((one): one is Json => isObject(one) && one['url'] === unitOf);
  const unit = extension?.['valueCoding'];
  if (!isObject(unit)) {
    if (code === undefined && scoring === 'ratio') run.report('report-score-without-unit');
    return;
  }
  const values = { expected: shown(unit['code']) };
  if (code === undefined) run.reportAs('not-found', 'report-score-fixed', values);
  else {
    if (code !== unit['code']) at('code', run, () => run.report('report-score-fixed', values));
    if (system !== undefined && system !== unit['system'])
      run.report('report-score-fixed', { expected: shown(unit['system']) });
  }
}

function at(label: string, run: Run, check: () => void): void {
  run.enter(label, -1);
  check();
  run.leave();
}
