/**
 * Whether a caller may do one write. A way of permission (the scopes for a patient's record, or all others) must permit what is stored and
 * what is sent; a record of what happened is never changed; national identifiers are for those who may write them.
 */
import type { Condition, JsonResource } from '@dhp/fhir-search';
import type { StoredVersion, TransactionWrite } from '@dhp/fhir-store';
import { formatScope, permits } from '@dhp/smart-scopes';
import type { Permission } from '../contract/permission.ts';
import { denied } from '../http/access.ts';
import { fail, failure, type Failure } from '../http/errors.ts';
import type { GuardSettings, UnguardedStore } from './guard-settings.ts';
import { requireIdentifiers, restrictsIdentifiers } from './national-identifiers.ts';
import { keptElementsOfPatient, recordTypes } from './patient-access.ts';
import { problemOfPatientChange, problemOfPatientWrite } from './patient-writes.ts';
import { pinnedTo, type Checked } from './pinned.ts';
import type { Mates, Sight } from './sight.ts';

export const permissionOf = { create: 'c', update: 'u', delete: 'd' } as const satisfies Record<string, Permission>;

export interface WriteCheck {
  /** What the scopes permit of the type. Fails where that is nothing. */
  readonly ruleOf: (write: Pick<TransactionWrite, 'kind' | 'type'>) => Condition | true;
  /** Whether the scopes decide by the type alone, so that nothing has to be looked at. Fails as `ruleOf`. */
  readonly isPlain: (write: Pick<TransactionWrite, 'kind' | 'type'>) => boolean;
  /** The write, for the version that was looked at. Fails where it is not permitted. */
  readonly check: (write: TransactionWrite, mates: Mates) => Promise<Checked>;
  /** Whether the caller may read the resource or find it. */
  readonly isSeen: (current: StoredVersion) => Promise<boolean>;
  readonly outside: (permission: Permission, type: string, which: string, why?: string) => Failure;
}

/** A rule by which the write may be permitted, and whose record it is about where it is a patient's. */
interface Way {
  readonly rule: Condition | true;
  readonly patient: string | undefined;
}

/** `why` may be shown to who sees the resource. */
interface Refusal {
  readonly at: 'stored' | 'sent';
  readonly why: string | undefined;
}

export function createWriteCheck(store: UnguardedStore, settings: GuardSettings, sight: Sight): WriteCheck {
  const { access, rules, writing, ownBases } = settings;

  const ruleOf: WriteCheck['ruleOf'] = ({ kind, type }) => {
    const permission = permissionOf[kind];
    const rule = rules(permission, type);
    if (rule === false) throw denied(access, permission, type, kind);
    return rule;
  };

  const isPlain: WriteCheck['isPlain'] = (write) => {
    const { kind, type } = write;
    return (
      ruleOf(write) === true && !(recordTypes.has(type) && kind !== 'create') && !restrictsIdentifiers(access, type)
    );
  };

  async function check(write: TransactionWrite, mates: Mates): Promise<Checked> {
    if (isPlain(write)) return { write, pinned: false };
    const { type, id, kind } = write;
    const current = kind === 'create' ? undefined : await store.read(type, id);
    if (ruleOf(write) !== true) await requirePermitted(write, current, mates);
    if (recordTypes.has(type) && current?.deleted === false) failKept(type, id);
    requireIdentifiers(access, write, current);
    return pinnedTo(write, current);
  }

  async function requirePermitted(
    write: TransactionWrite,
    current: StoredVersion | undefined,
    mates: Mates,
  ): Promise<void> {
    const { type, id, kind } = write;
    const permission = permissionOf[kind];
    if (kind === 'delete' && current === undefined) failNotThere(type, id);
    const refusals: Refusal[] = [];
    for (const way of waysOf(permission, type)) {
      const refusal = (await problemOfStored(way, write, current)) ?? (await problemOfSent(way, write, current, mates));
      if (refusal === undefined) return;
      refusals.push(refusal);
    }
    const sent = refusals.find(({ at }) => at === 'sent');
    const why = (sent ?? refusals.find((each) => each.why !== undefined))?.why;
    const isHidden = sent === undefined && current !== undefined && !(await isSeen(current));
    if (isHidden) failNotThere(type, id);
    throw outside(permission, type, `${type}/${id}`, why);
  }

  function waysOf(permission: Permission, type: string): Way[] {
    const { patient } = access;
    const ways = [
      { rule: writing.others(permission, type), patient: undefined },
      { rule: writing.patient(permission, type), patient },
    ];
    return ways.filter((way): way is Way => way.rule !== false);
  }

  async function problemOfStored(
    { rule, patient }: Way,
    { type, id, kind }: TransactionWrite,
    current: StoredVersion | undefined,
  ): Promise<Refusal | undefined> {
    const refused = (why?: string): Refusal => ({ at: 'stored', why });
    if (current !== undefined && rule !== true && !(await sight.isCurrentWithin(current, rule))) return refused();
    if (patient === undefined) return undefined;
    if (type === 'Patient') {
      if (kind === 'delete') return refused('a patient does not delete the own Patient');
      // Who writes at an id that nothing has, or no longer, is answered by what is sent.
      if (current?.deleted !== false) return { at: 'sent', why: 'a patient does not create a Patient' };
    }
    if (current === undefined) return undefined;
    if (!current.deleted) {
      const why = problemOfPatientWrite(resourceIn(current), id, { patient, ownBases });
      if (why !== undefined) return refused(why);
    }
    if (access.authority !== 'patient' || type === 'Patient') return undefined;
    const creator = await store.creatorOf(type, id);
    const isAuthor = creator?.kind === 'patient' && creator.patient === patient;
    return isAuthor ? undefined : refused('it was not written by the patient, who may read it and not change it');
  }

  async function problemOfSent(
    { rule, patient }: Way,
    write: TransactionWrite,
    current: StoredVersion | undefined,
    mates: Mates,
  ): Promise<Refusal | undefined> {
    if (write.kind === 'delete') return undefined;
    const { type, id } = write;
    const resource = { ...write.resource, id } as unknown as JsonResource;
    if (patient !== undefined) {
      const why = problemOfPatientWrite(resource, id, { patient, ownBases });
      if (why !== undefined) return { at: 'sent', why };
      if (type === 'Patient' && current !== undefined) {
        const elements = access.authority === 'patient' ? Object.keys(keptElementsOfPatient) : ['link'];
        const kept = problemOfPatientChange(resourceIn(current), resource, elements);
        if (kept !== undefined) return { at: 'sent', why: kept };
      }
    }
    const isPermitted = rule === true || (await sight.isResourceWithin(resource, id, rule, mates)) === true;
    return isPermitted ? undefined : { at: 'sent', why: undefined };
  }

  async function isSeen(current: StoredVersion): Promise<boolean> {
    for (const permission of ['r', 's'] as const) {
      const rule = rules(permission, current.type);
      if (rule === true) return true;
      if (rule !== false && (await sight.isCurrentWithin(current, rule))) return true;
    }
    return false;
  }

  function outside(permission: Permission, type: string, which: string, why?: string): Failure {
    const { scopes, narrowed } = access;
    const given = [...scopes, ...narrowed].filter((scope) => permits([scope], permission, type)).map(formatScope);
    const orContext = type === 'Binary' ? ', or what its securityContext names may not be read' : '';
    const because = why === undefined ? '' : `: ${why}`;
    const diagnostics = `${which} is not permitted by ${given.join(' ')}${orContext}${because}.`;
    return failure('scope-outside', {}, { diagnostics });
  }

  return { ruleOf, isPlain, check, isSeen, outside };
}

function resourceIn({ content }: StoredVersion): JsonResource {
  return JSON.parse(content.toString('utf8')) as JsonResource;
}

function failKept(type: string, id: string): never {
  const diagnostics = `${type}/${id} is a record of what happened. It stays as it was written; write another ${type}.`;
  fail('record-kept', { type }, { diagnostics, expression: type, headers: { allow: 'GET, HEAD' } });
}

function failNotThere(type: string, id: string): never {
  const diagnostics = `There is no ${type}/${id} among the resources that the token permits.`;
  fail('resource-not-found', { type, id }, { diagnostics, expression: type });
}
