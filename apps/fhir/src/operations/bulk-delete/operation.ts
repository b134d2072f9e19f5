/** `$bulk-delete`: many resources are deleted, each as by a DELETE of its client, in a job. docs/bulk-export.md */
import type { DeletionStore } from '@dhp/fhir-store/jobs';
import type { Answer } from '../../contract/answer.ts';
import { headerOf, type Call, type Services } from '../../contract/interaction.ts';
import type { Work } from '../../contract/jobs.ts';
import { bulkDeleteScope } from '../../http/access.ts';
import { fail } from '../../http/errors.ts';
import { prefersAsync } from '../../http/negotiate.ts';
import { json } from '../../http/respond.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import { requireSystem } from '../export/asked.ts';
import type { Input, Operation } from '../operation.ts';
import { conditionsOf, mostDeleted, readAskedDeletion, type AskedDeletion } from './asked.ts';

const interaction = '$bulk-delete';

/**
 * 202 with the address of the job; the job finds the resources to delete. Fails with `async-required` without `Prefer: respond-async`,
 * `scope-insufficient` for a token of a person, without the scope dhp.bulk-delete, and for a type that it may not search and delete,
 * `too-many-requests`, and for invalid parameters.
 */
async function bulkDelete(services: Services, call: Call, input: Input): Promise<Answer> {
  const { jobs, baseUrl } = services;
  const { query, headers, body, access, recording } = call;
  requireSystem(call, interaction);
  if (access?.mayDeleteMany !== true) {
    const diagnostics = `${interaction} needs the scope ${bulkDeleteScope}, which no other one contains.`;
    fail('scope-insufficient', { scope: bulkDeleteScope }, { diagnostics, scope: bulkDeleteScope });
  }
  const asked = readAskedDeletion(services, call, input);
  if (call.work !== undefined) return find(services, call, asked, call.work);
  if (jobs === undefined || !prefersAsync(headerOf(call, 'prefer'))) {
    const diagnostics =
      'A deletion of many is a job. Send it again with the header Prefer: respond-async, where DHP_JOBS is on.';
    fail('async-required', {}, { diagnostics });
  }
  // Missing patients and groups are reported at once.
  for (const type of asked.types) await conditionsOf(services, call, asked, type);
  const kept = Buffer.isBuffer(body) ? body : undefined;
  const request = { method: 'POST', path: `/${interaction}`, query, headers, body: kept };
  const about = { address: recording?.address, interaction, type: '', hasOwnForm: true };
  const job = await jobs.defer({ ...request, ...about }, access, 'bulk-delete');
  const more = { 'content-location': `${baseUrl}/$job/${job}`, 'preference-applied': 'respond-async' };
  return { status: 202, headers: more };
}

/** Items that are noted together. */
const together = 1_000;

/** Notes the resources to delete, in the order of deletion: types that others refer to come last. Fails with `delete-limit-exceeded`. */
async function find(services: Services, call: Call, asked: AskedDeletion, { attempt, signal }: Work): Promise<Answer> {
  const { deletions } = services;
  if (!(await deletions.begin(attempt))) {
    let number = 0;
    for (const type of asked.types) {
      signal.throwIfAborted();
      const left = asked.most - number;
      const where = { op: 'all', of: await conditionsOf(services, call, asked, type) } as const;
      const { store } = services.reading('s');
      const scope = { path: `/${interaction}`, interaction, of: type };
      const found = await fromStore(() => store.find(type, where, left + 1, searchAccess(services)), scope);
      if (found.length > left) tooMany(asked);
      for (let at = 0; at < found.length; at += together) {
        const items: Parameters<DeletionStore['add']>[1] = found
          .slice(at, at + together)
          .map(({ id }, n) => ({ number: number + at + n, type, id }));
        await deletions.add(attempt, items);
      }
      number += found.length;
    }
    await deletions.ended(attempt);
  }
  return json(JSON.stringify({ mode: asked.mode }), {});
}

function tooMany({ most }: AskedDeletion): never {
  const cure =
    most === mostDeleted
      ? 'Narrow it by _typeFilter, patient or group, and delete in parts.'
      : 'Count again, and send that count as most.';
  fail(
    'delete-limit-exceeded',
    { count: most },
    { diagnostics: `More than ${most} are found; nothing was deleted. ${cure}` },
  );
}

export const bulkDeleteOperation: Operation = {
  id: 'bulk-delete',
  code: 'bulk-delete',
  isOwn: true,
  title: 'Deletion of many resources',
  description:
    'The resources of some types that meet searches, or are of some patients, are counted, or deleted, each as by a DELETE of the client. It is answered later (Prefer: respond-async), and needs the scope dhp.bulk-delete.',
  affectsState: true,
  permission: 'own',
  answersFiles: true,
  isAsync: true,
  isPosted: true,
  levels: ['system'],
  types: 'Resource',
  run: bulkDelete,
  parameters: [
    {
      ...{ name: 'mode', use: 'in', min: 0, max: '1', type: 'code', also: ['string'] },
      documentation:
        'count (default): nothing is deleted, what is found is counted; delete; purge: an operator is asked to purge what was deleted.',
    },
    {
      ...{ name: 'most', use: 'in', min: 0, max: '1', type: 'integer' },
      documentation: 'For delete and purge: the count that is known. Where more is found, nothing is deleted.',
    },
    {
      ...{ name: '_type', use: 'in', min: 1, max: '*', type: 'code', also: ['string'] },
      documentation: 'The types, which may be separated by commas. All are never meant.',
    },
    {
      ...{ name: '_typeFilter', use: 'in', min: 0, max: '*', type: 'string' },
      documentation: 'Searches such as Observation?status=cancelled: of that type only what meets one of them.',
    },
    {
      ...{ name: 'patient', use: 'in', min: 0, max: '*', type: 'Reference' },
      documentation: 'Only records of these patients.',
    },
    {
      ...{ name: 'group', use: 'in', min: 0, max: '*', type: 'Reference' },
      documentation: 'Only records of members of these groups, who are named by patient where that is given.',
    },
    {
      ...{ name: 'return', use: 'out', min: 0, max: '1', type: 'Binary' },
      documentation: 'Nothing: the answer is 202, and Content-Location leads to the counts.',
    },
  ],
};
