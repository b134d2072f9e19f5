/** `Observation/$stats`. https://hl7.org/fhir/R5/observation-operation-stats.html */
import { isId, type Observation, type ObservationComponent, type Quantity } from '@dhp/fhir-model';
import type { GivenParameter } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Condition } from '@dhp/search-index';
import { unitOf } from '@dhp/ucum';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { joined } from '../../http/join.ts';
import { payForParsing } from '../../http/cost.ts';
import { json } from '../../http/respond.ts';
import { confidentialityOf, labelsOf, markOf } from '../../search/high-water-mark.ts';
import { understood, whileParametersChange } from '../../search/understood.ts';
import type { Input } from '../operation.ts';
import { eachOf } from '../query-pages.ts';
import { patientCondition, patientsOfGroup } from '../views/patients.ts';
import { Cells, type Cell } from './cells.ts';
import { Recent, timeOf } from './recent.ts';
import { readAskedStatistics, type AskedStatistics } from './stats-asked.ts';
import { statistics, statisticsSystem, type Result, type StatisticCode } from './statistics.ts';

/** The least number of members for a statistic over a Group: one of fewer could reveal data about persons. */
const fewest = 5;

/**
 * Statistics of the measurements that the caller may search, an Observation for each code. Those of a Group also cover its members, and are
 * masked if there are fewer than five. Fails with `parameter-invalid`, and as a search does.
 */
export async function stats(services: Services, call: Call, input: Input): Promise<Answer> {
  const asked = readAskedStatistics(services, input, call);
  const found = await whileParametersChange(() => collected(services, call, asked));
  const isOfGroup = asked.subject.startsWith('Group/');
  const results = found.cells.all().map((cell) => {
    const isMasked = isOfGroup && cell.subjects.size > 0 && cell.subjects.size < fewest;
    call.budget.spend(unitsOfStatistic * asked.statistics.length * (1 + cell.measured.length), '$stats');
    return observationOf(cell, asked, { isMasked, origin: originOf(services, asked, cell) });
  });
  const sources = found.sources?.all() ?? [];
  const mark = markOf(found.labels);
  const parts: (Buffer | string)[] = [
    `{"resourceType":"Parameters",${mark === '' ? '' : `${mark},`}"parameter":[`,
    results.map((resource) => JSON.stringify({ name: 'statistics', resource })).join(','),
    ...sources.flatMap(({ version }) => [`,{"name":"source","resource":`, version.content, '}']),
    ']}',
  ];
  const answer = json(await joined(parts, call.budget, '$stats'), { 'cache-control': 'private, no-cache' });
  return { ...answer, confidentiality: confidentialityOf([{ labels: [...found.labels] }]) };
}

const unitsOfStatistic = 2;

interface Collected {
  readonly cells: Cells;
  readonly sources: Recent | undefined;
  readonly labels: Set<string>;
}

/** @throws SearchParametersChanged */
async function collected(services: Services, call: Call, asked: AskedStatistics): Promise<Collected> {
  const { budget, recording } = call;
  const cells = new Cells(asked.codings, budget);
  const sources =
    asked.sources === undefined ? undefined : new Recent({ most: asked.sources, withTies: false }, budget);
  const labels = new Set<string>();
  const members = new Map<string, string>();
  const take = (version: StoredVersion, of?: ReadonlyMap<string, string>): void => {
    payForParsing(budget, version.content);
    const observation = JSON.parse(version.content.toString()) as Observation;
    const subject = observation.subject?.reference ?? '';
    if (observation.status === 'entered-in-error' || (of !== undefined && of.get(version.id) !== subject)) return;
    const time = timeOf(observation, services.timeZone);
    for (const reference of cells.add({ ...observation, id: version.id }, time, of !== undefined)) {
      const [type, id = '', ...more] = reference.replace(`${services.baseUrl}/`, '').split('/');
      if (type === 'Observation' && isId(id) && more.length === 0) members.set(id, subject);
    }
    // Numbers do not show whose they are, so the patient is recorded in the trail here.
    if (subject.startsWith('Patient/')) recording?.patients.add(subject.slice('Patient/'.length));
    for (const label of labelsOf([version])) labels.add(label);
    sources?.add({ version, time });
  };
  for (const { where, isMeant } of await searches(services, call, asked)) {
    for await (const version of eachOf(services, call, { type: 'Observation', where }, '$stats'))
      if (isMeant(version)) take(version);
  }
  const ids = [...members.keys()];
  for (let from = 0; from < ids.length; from += membersTogether) {
    const where: Condition = { op: 'id', any: ids.slice(from, from + membersTogether) };
    for await (const version of eachOf(services, call, { type: 'Observation', where }, '$stats'))
      take(version, members);
  }
  return { cells, sources, labels };
}

const membersTogether = 500;

interface Search {
  readonly where: Condition;
  readonly isMeant: (version: StoredVersion) => boolean;
}

/** One search for a subject; for a Group, searches about itself and about its active members. */
async function searches(
  services: Services,
  call: Call,
  { subject, codings, period }: AskedStatistics,
): Promise<Search[]> {
  const code = codings.map((each) => `${escaped(each.system)}|${escaped(each.code)}`).join(',');
  const searched: GivenParameter[] = [['combo-code', code]];
  if (period?.start !== undefined) searched.push(['date', `ge${period.start}`]);
  if (period?.end !== undefined) searched.push(['date', `le${period.end}`]);
  const scope = { path: '/Observation/$stats', interaction: '$stats', of: 'Observation' };
  const whereOf = async (more: readonly GivenParameter[]): Promise<Condition> => {
    const { parsed } = await understood(services, call, scope, [...searched, ...more]);
    return parsed.query.branches[0]?.where ?? { op: 'any', of: [] };
  };
  const own = { where: await whereOf([['subject', subject]]), isMeant: () => true };
  if (!subject.startsWith('Group/')) return [own];
  const id = subject.slice('Group/'.length);
  const members = new Set(await patientsOfGroup(services, call, id, { name: 'subject' }));
  const ofMembers = await patientCondition(services, call, { patients: undefined, groups: [id] }, 'Observation');
  return [
    own,
    {
      where: { op: 'all', of: [ofMembers!, await whereOf([])] },
      // An observation of another patient is also in the compartment of its performer.
      isMeant({ content }) {
        const { subject } = JSON.parse(content.toString()) as Observation;
        const [type, patient = ''] = subject?.reference?.split('/') ?? [];
        return type === 'Patient' && members.has(patient);
      },
    },
  ];
}

function escaped(text: string): string {
  return text.replace(/[\\,|$]/g, '\\$&');
}

/** The moment from which a regression counts hours: the beginning of the period, otherwise the first measurement. */
function originOf({ timeZone }: Services, { period }: AskedStatistics, { measured }: Cell): number {
  const start = timeOf({ effectiveDateTime: period?.start } as Observation, timeZone);
  if (start !== undefined) return start / 3_600_000;
  return measured.reduce((least, { hours = Infinity }) => Math.min(least, hours), Infinity);
}

interface Shown {
  readonly isMasked: boolean;
  readonly origin: number;
}

function observationOf(cell: Cell, asked: AskedStatistics, shown: Shown): object {
  const { subject, period } = asked;
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [cell.coding] },
    subject: { reference: subject },
    ...(period !== undefined && { effectivePeriod: period }),
    component: asked.statistics.flatMap((code) => componentsOf(cell, code, shown)),
  };
}

function componentsOf(cell: Cell, code: StatisticCode, { isMasked, origin }: Shown): object[] {
  const { display, of } = statistics[code];
  const sorted = cell.measured.map(({ value }) => value).sort((a, b) => a - b);
  const measured = cell.measured.map(({ value, hours }) => ({
    value,
    hours: hours === undefined ? undefined : hours - origin,
  }));
  const results: readonly Result[] =
    code === 'total-count' ? [{ value: cell.total, dimension: 'none' }] : of(sorted, measured);
  return results.map((result): Pick<ObservationComponent, 'code'> & object => ({
    code: {
      coding: [{ system: statisticsSystem, code, display }],
      ...(result.text !== undefined && { text: result.text }),
    },
    ...(isMasked ? absent('masked') : result.value === undefined ? absent('not-a-number') : valueOf(result, cell.unit)),
  }));
}

function absent(code: 'masked' | 'not-a-number'): object {
  return {
    dataAbsentReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code }] },
  };
}

function valueOf({ value, dimension }: Result, unit = '1'): { valueQuantity: Quantity } {
  const simple = /^[A-Za-z[\]_]+$/.test(unit);
  const codes = { same: unit, squared: `${simple ? unit : `(${unit})`}2`, 'per-hour': `${unit}/h`, none: '1' };
  const code = codes[dimension];
  // Units such as Cel have no square.
  const isUnit = dimension === 'same' || unitOf(code) !== undefined;
  return { valueQuantity: { value: value!, unit: code, ...(isUnit && { system: 'http://unitsofmeasure.org', code }) } };
}
