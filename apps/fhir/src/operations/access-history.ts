/** `Patient/ID/$access-history`: who looked at the record of a patient, when and by which right. docs/access.md */
import { dateBounds } from '@dhp/fhir-search/values';
import { permits } from '@dhp/smart-scopes';
import { requireTrail, trailPage } from '../audit/reading/page.ts';
import type { Access } from '../contract/access.ts';
import type { Answer } from '../contract/answer.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { fail } from '../http/errors.ts';
import type { Parameter } from '../search/parameters.ts';
import { invalid } from './input.ts';
import type { Input, Operation } from './operation.ts';

/** Fails with `scope-insufficient` for everybody but the patient and who may read the trail, whether or not there is such a patient. */
async function accessHistory(services: Services, call: Call, input: Input): Promise<Answer> {
  const { access, id, query } = call;
  requireRight(access!, id);
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
  return trailPage(services, call, {
    path: `/Patient/${id}/$access-history`,
    parameters: ['start', 'end'].flatMap((name): Parameter[] => {
      const value = given(name);
      return value === undefined ? [] : [[name, value]];
    }),
    asked: { patient: id, since: bounds('start')?.low, until: bounds('end')?.high },
    count: count === undefined ? undefined : Number(count),
    cursor: cursor === undefined ? undefined : String(cursor),
  });
}

const scope = 'dhp.audit';

/**
 * The patient, by a token that says who the person is: one for the record of somebody else, as of a relative or a health worker, does not do.
 */
function requireRight(access: Access, id: string): void {
  if (access.mayReadTrail) return;
  const isOwn = access.authority === 'patient' && access.person === `Patient/${id}` && access.patient !== undefined;
  if (isOwn && access.patient === id && permits(access.narrowed, 's', 'AuditEvent')) return;
  const diagnostics =
    'The access history of a record is for the patient, by a token with fhirUser and patient/AuditEvent.s or user/AuditEvent.s, and for ' +
    `a system with the scope ${scope}.`;
  fail('scope-insufficient', { scope }, { diagnostics, scope });
}

export const accessHistoryOperation: Operation = {
  id: 'Patient-access-history',
  code: 'access-history',
  isOwn: true,
  title: 'Who looked at the record of a patient',
  description:
    'The records of requests that touched the patient, the newest first, as AuditEvents by the national profile: of reads, searches and ' +
    'writes, and of those that were refused. For the patient, and for who has the scope dhp.audit. Asking is recorded, too.',
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
