/** `Patient/ID/$access-history`: lists the accesses to a patient's record, with time, person and right. docs/access.md */
import { dateBounds } from '@dhp/fhir-search/values';
import { formatInstant } from '@dhp/fhir-model/instant';
import { chooseLanguage } from '@dhp/negotiation';
import { permits } from '@dhp/smart-scopes';
import { mayReadTrail } from '../access/trail-right.ts';
import { requireTrail, trailPage } from '../audit/reading/page.ts';
import type { Access } from '../contract/access.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { fail } from '../http/errors.ts';
import type { Parameter } from '../search/parameters.ts';
import { explanationMessages } from '../texts/explanation.ts';
import { invalid } from './input.ts';
import type { Input, Operation } from './operation.ts';

/** Fails with `scope-insufficient` unless the caller is the patient or may read the trail, whether or not the patient exists. */
async function accessHistory(services: Services, call: Call, input: Input): Promise<Answer> {
  const { access, id, query } = call;
  requireRight(services, access!, id);
  requireTrail(services);
  const given = (name: string): string | undefined => input.get(name)?.[0] as string | undefined;
  const bounds = (name: string): ReturnType<typeof dateBounds> => {
    const text = given(name);
    const found = text === undefined ? undefined : dateBounds(text, services.timeZone);
    if (text !== undefined && found === undefined)
      invalid(name, `${name} is a date or an instant, such as 2026-11-25, not ${JSON.stringify(text.slice(0, 100))}.`);
    return found;
  };
  const count = given('_count');
  if (count !== undefined && !/^[1-9]\d{0,8}$/.test(count))
    invalid('_count', `_count is a whole number of 1 or more, not ${JSON.stringify(count.slice(0, 100))}.`);
  const cursor = query['_cursor'];
  const [since, until] = [bounds('start')?.low, bounds('end')?.high];
  return trailPage(services, call, {
    path: `/Patient/${id}/$access-history`,
    parameters: ['start', 'end'].flatMap((name): Parameter[] => {
      const value = given(name);
      return value === undefined ? [] : [[name, value]];
    }),
    asked: { patient: id, since, until },
    notice: cursor === undefined ? await emergencies(services, call, { patient: id, since, until }) : undefined,
    count: count === undefined ? undefined : Number(count),
    cursor: cursor === undefined ? undefined : String(cursor),
  });
}

/** Most emergencies that are listed. */
const mostTold = 20;

/** The emergencies in which the record was opened, in words; undefined if it was not. */
async function emergencies(
  { unguarded, timeZone, defaultLanguage }: Services,
  call: Call,
  asked: Omit<Parameters<Services['unguarded']['glassOf']>[0], 'limit'>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const broken = await unguarded.glassOf({ ...asked, limit: mostTold });
  if (broken.length === 0) return undefined;
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  return {
    resourceType: 'OperationOutcome',
    issue: broken.map(({ since, reason }) => {
      const when = formatInstant(new Date(since), timeZone);
      return {
        ...{ severity: 'information', code: 'informational' },
        details: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'ETREAT' }],
          text: explanationMessages[language]['glass-broken']({ when: when.slice(0, 16).replace('T', ' '), reason }),
        },
        diagnostics: `${when}: ${reason}`,
      };
    }),
  };
}

const scope = 'dhp.audit';

/**
 * The patient, by a token that says who the person is: one for the record of somebody else, as of a relative or a health worker, does not do.
 */
function requireRight(services: Services, access: Access, id: string): void {
  if (mayReadTrail(services, access)) return;
  const isOwn = access.authority === 'patient' && access.person === `Patient/${id}` && access.patient !== undefined;
  if (isOwn && access.patient === id && permits(access.narrowed, 's', 'AuditEvent')) return;
  const diagnostics =
    'The access history of a record is for the patient, by a token with fhirUser and patient/AuditEvent.s or user/AuditEvent.s, and for ' +
    `a system with the scope ${scope} or a person whose role has it.`;
  fail('scope-insufficient', { scope }, { diagnostics, scope });
}

export const accessHistoryOperation: Operation = {
  id: 'Patient-access-history',
  code: 'access-history',
  isOwn: true,
  title: 'Who looked at the record of a patient',
  description:
    'The records of requests that touched the patient, the newest first, as AuditEvents by the national profile: of reads, searches and ' +
    'writes, and of those that were refused. An OperationOutcome before them tells of emergencies in which the record was opened. For the patient, and for who has dhp.audit. Asking is recorded, too.',
  affectsState: false,
  levels: ['instance'],
  types: ['Patient'],
  permission: 'own',
  isPaged: true,
  parameters: [
    {
      name: 'start',
      use: 'in',
      min: 0,
      max: '1',
      type: 'dateTime',
      documentation: 'Only requests from this day or instant on.',
    },
    {
      name: 'end',
      use: 'in',
      min: 0,
      max: '1',
      type: 'dateTime',
      documentation: 'Only requests up to the end of this day or instant.',
    },
    {
      name: '_count',
      use: 'in',
      min: 0,
      max: '1',
      type: 'integer',
      documentation: 'At most so many on a page, 500 at most (50 without it); the link `next` leads to the next one.',
    },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'A Bundle of type searchset.' },
  ],
  run: accessHistory,
};
