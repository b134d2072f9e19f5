/**
 * Writes on behalf of a caller. What is stored must be permitted before it is changed, and what is sent when it is stored; between
 * the look and the write nobody can put something else there, since the write is for the very version that was looked at.
 */
import { uuidv7 } from '@dhp/fhir-model';
import type { Condition, JsonResource } from '@dhp/fhir-search';
import {
  BrokenReferences,
  type FhirStore,
  type StoredVersion,
  type TransactionWrite,
  type Writer,
} from '@dhp/fhir-store';
import { formatScope, permits } from '@dhp/smart-scopes';
import { WritesRefused } from '../conditional/writes-refused.ts';
import { denied, type Access, type Permission } from '../http/access.ts';
import { fail, failure, Failure } from '../http/errors.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { Mates, Sight } from './sight.ts';

type Writes = Pick<FhirStore, 'create' | 'update' | 'delete' | 'transaction' | 'referrers'>;

const permissionOf = { create: 'c', update: 'u', delete: 'd' } as const satisfies Record<string, Permission>;
const attempts = 10;

/** A write that was looked into. `pinned`: it is for a version that the caller did not name. */
interface Checked {
  readonly write: TransactionWrite;
  readonly pinned: boolean;
}

export function guardedWrites(store: FhirStore, settings: GuardSettings, sight: Sight): Writes {
  const { access, rules } = settings;
  const writer = writerOf(access);

  function ruleOf({ kind, type }: Pick<TransactionWrite, 'kind' | 'type'>): Condition | true {
    const permission = permissionOf[kind];
    const rule = rules(permission, type);
    if (rule === false) throw denied(access, permission, type, kind);
    return rule;
  }

  async function check(write: TransactionWrite, mates: Mates): Promise<Checked> {
    const rule = ruleOf(write);
    if (rule === true) return { write, pinned: false };
    const { type, id, kind } = write;
    const current = kind === 'create' ? undefined : await store.read(type, id);
    if (current !== undefined && !(await sight.isCurrentWithin(current, rule))) await failOutside(current, kind);
    if (kind === 'delete' && current === undefined) failNotThere(type, id);
    if (kind !== 'delete') {
      const resource = { ...write.resource, id } as unknown as JsonResource;
      const isPermitted = await sight.isResourceWithin(resource, id, rule, mates);
      if (isPermitted !== true) throw outside(permissionOf[kind], type, `${type}/${id}`);
    }
    return pinnedTo(write, current);
  }

  /** What may be seen and not be changed is told so; what may not be seen is not there. */
  async function failOutside(current: StoredVersion, kind: TransactionWrite['kind']): Promise<never> {
    const { type, id } = current;
    if (await isSeen(current)) throw outside(permissionOf[kind], type, `${type}/${id}`);
    failNotThere(type, id);
  }

  async function isSeen(current: StoredVersion): Promise<boolean> {
    for (const permission of ['r', 's'] as const) {
      const rule = rules(permission, current.type);
      if (rule === true) return true;
      if (rule !== false && (await sight.isCurrentWithin(current, rule))) return true;
    }
    return false;
  }

  function outside(permission: Permission, type: string, which: string): Failure {
    const { scopes, narrowed } = access;
    const given = [...scopes, ...narrowed].filter((scope) => permits([scope], permission, type)).map(formatScope);
    const orContext = type === 'Binary' ? ', or what its securityContext names may not be read' : '';
    return failure(
      'scope-outside',
      {},
      { diagnostics: `${which} is not permitted by ${given.join(' ')}${orContext}.` },
    );
  }

  async function checkAll(writes: readonly TransactionWrite[]): Promise<readonly Checked[]> {
    if (writes.every((write) => ruleOf(write) === true)) return writes.map((write) => ({ write, pinned: false }));
    const mates = new Map(
      writes.flatMap((write) =>
        write.kind === 'delete'
          ? []
          : [[`${write.type}/${write.id}`, { ...write.resource, id: write.id } as unknown as JsonResource] as const],
      ),
    );
    const checked: Checked[] = [];
    const failures: { index: number; failure: Failure }[] = [];
    for (const [index, write] of writes.entries()) {
      try {
        checked.push(await check(write, mates));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failures.push({ index, failure: error });
      }
    }
    if (failures.length > 0) throw new WritesRefused(failures);
    return checked;
  }

  const isPlain = (writes: Parameters<FhirStore['transaction']>[0]): writes is readonly TransactionWrite[] =>
    typeof writes !== 'function' && writes.every((write) => ruleOf(write) === true);

  const transaction: FhirStore['transaction'] = async (writes, options) => {
    if (isPlain(writes)) {
      const written = writes.map((write) => ({ ...write, writer }));
      return store.transaction(written, options).catch(hideReferrers);
    }
    for (let attempt = 1; ; attempt += 1) {
      const made: { checked: readonly Checked[] } = { checked: [] };
      const prepare = async (): Promise<readonly TransactionWrite[]> => {
        made.checked = await checkAll(typeof writes === 'function' ? await writes() : writes);
        return made.checked.map(({ write }) => ({ ...write, writer }));
      };
      const result = await store.transaction(prepare, options).catch(hideReferrers);
      if (result.kind === 'committed' || attempt === attempts) return result;
      // Somebody else was faster, and it was not the caller who wanted that version.
      const isOurs = result.failures.every(({ index }) => made.checked[index]?.pinned === true);
      if (!isOurs) return result;
    }
  };

  async function hideReferrers(error: unknown): Promise<never> {
    if (!(error instanceof BrokenReferences)) throw error;
    const referenced = await Promise.all(
      error.referenced.map(async ({ index, by }) => {
        const seen = await Promise.all(
          by.map(async ({ type, id }) => {
            const current = await store.read(type, id);
            return current !== undefined && (await isSeen(current));
          }),
        );
        return { index, by: by.filter((_, n) => seen[n]) };
      }),
    );
    throw new BrokenReferences(error.missing, referenced);
  }

  async function alone(write: TransactionWrite): Promise<Awaited<ReturnType<FhirStore['update']>>> {
    const result = await transaction([write]).catch((error: unknown) => {
      throw error instanceof WritesRefused ? error.byWrite[0]!.failure : error;
    });
    return result.kind === 'committed' ? result.outcomes[0]! : result.failures[0]!.outcome;
  }

  return {
    transaction,
    create: (resource) =>
      ruleOf({ kind: 'create', type: resource.type }) === true
        ? store.create({ ...resource, writer })
        : alone({ kind: 'create', id: uuidv7(), ...resource }),
    update: (update) =>
      ruleOf({ kind: 'update', type: update.type }) === true
        ? store.update({ ...update, writer })
        : alone({ kind: 'update', ...update }),
    delete: (deletion) =>
      ruleOf({ kind: 'delete', type: deletion.type }) === true
        ? store.delete({ ...deletion, writer })
        : alone({ kind: 'delete', ...deletion }),
    /** For a delete that takes them along: all of them or none, so one that may not be deleted ends it. */
    async referrers(type, id, limit) {
      const found = await store.referrers(type, id, limit);
      for (const each of found) {
        const rule = ruleOf({ kind: 'delete', type: each.type });
        if (rule === true) continue;
        const current = await store.read(each.type, each.id);
        if (current !== undefined && !(await sight.isCurrentWithin(current, rule))) {
          throw outside('d', each.type, `Something that refers to ${type}/${id}`);
        }
      }
      return found;
    },
  };
}

/** What is recorded with each version that is written on behalf of a caller. */
function writerOf({ authority: kind, clientId: client, subject, patient }: Access): Writer {
  return { kind, client, subject, ...(patient !== undefined && { patient }) };
}

/** The write for the version that was looked at, as far as the caller leaves that open. */
function pinnedTo(write: TransactionWrite, current: StoredVersion | undefined): Checked {
  if (write.kind === 'create' || current === undefined || current.deleted) {
    // Nothing is there to be changed; whatever somebody else puts there meanwhile must be looked at first.
    if (write.kind === 'create') return { write, pinned: false };
    if (write.kind === 'delete' || write.ifMatch !== undefined)
      return { write: { ...write, ifMatch: [] }, pinned: true };
    return { write: { ...write, requireMatch: true }, pinned: !write.requireMatch };
  }
  const { versionId } = current;
  const { ifMatch } = write;
  if (write.kind === 'update' && ifMatch === undefined && write.requireMatch) return { write, pinned: false };
  if (ifMatch === undefined || ifMatch === '*') return { write: { ...write, ifMatch: [versionId] }, pinned: true };
  // None of those that the caller named when it is another one.
  return { write: { ...write, ifMatch: ifMatch.includes(versionId) ? [versionId] : [] }, pinned: false };
}

function failNotThere(type: string, id: string): never {
  const diagnostics = `There is no ${type}/${id} among the resources that the token permits.`;
  fail('resource-not-found', { type, id }, { diagnostics, expression: type });
}
