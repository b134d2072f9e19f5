/**
 * Writes on behalf of a caller. What is stored must be permitted before it is changed, and what is sent when it is stored; between
 * the look and the write nobody can put something else there, since the write is for the very version that was looked at.
 */
import { uuidv7 } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { BrokenReferences, type ResourceStore, type TransactionWrite, type Writer } from '@dhp/fhir-store';
import { WritesRefused } from '../conditional/writes-refused.ts';
import type { Access } from '../http/access.ts';
import { Failure } from '../http/errors.ts';
import type { GuardSettings, UnguardedStore } from './guard-settings.ts';
import type { Checked } from './pinned.ts';
import { createSeenReferences, type Kept } from './seen-references.ts';
import type { Sight } from './sight.ts';
import { createWriteCheck } from './write-check.ts';

type Writes = Pick<ResourceStore, 'create' | 'update' | 'delete' | 'transaction' | 'referrers' | 'missing'>;

const attempts = 10;

export function guardedWrites(store: UnguardedStore, settings: GuardSettings, sight: Sight): Writes {
  const writer = writerOf(settings.access);
  const { ruleOf, isPlain, check, isSeen, outside } = createWriteCheck(store, settings, sight);
  const references = createSeenReferences(store, settings, isSeen);

  async function checkAll(writes: readonly TransactionWrite[]): Promise<readonly Checked[]> {
    if (writes.every(isPlain)) return writes.map((write) => ({ write, pinned: false }));
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

  const arePlain = (writes: Parameters<ResourceStore['transaction']>[0]): writes is readonly TransactionWrite[] =>
    typeof writes !== 'function' && writes.every(isPlain);

  const transaction: ResourceStore['transaction'] = async (writes, options) => {
    const integrity = options?.integrity === true;
    const kept: Kept = new Map();
    for (let attempt = 1; ; attempt += 1) {
      let made: readonly Checked[] = [];
      const prepare = async (): Promise<readonly TransactionWrite[]> => {
        made = await checkAll(typeof writes === 'function' ? await writes() : writes);
        const own = made.map(({ write }) => ({ ...write, writer }));
        return integrity ? references.settled(own, kept) : own;
      };
      const isQuick = arePlain(writes) && kept.size === 0 && !(integrity && writes.some(references.asks));
      if (isQuick) made = writes.map((write) => ({ write, pinned: false }));
      const given = isQuick ? writes.map((write) => ({ ...write, writer })) : prepare;
      try {
        const result = await store.transaction(given, options);
        if (result.kind === 'committed' || attempt === attempts) return result;
        // Somebody else was faster, and it was not the caller who wanted that version.
        const isOurs = result.failures.every(({ index }) => made[index]?.pinned === true);
        if (!isOurs) return result;
      } catch (error) {
        if (!(error instanceof BrokenReferences)) throw error;
        const sent = made.map(({ write }) => write);
        if (attempt < attempts && (await references.learn(error, sent, kept))) continue;
        const referenced = error.referenced.map(async ({ index, by }) => ({ index, by: await references.seen(by) }));
        throw new BrokenReferences(error.missing, await Promise.all(referenced));
      }
    }
  };

  async function alone(write: TransactionWrite): Promise<Awaited<ReturnType<ResourceStore['update']>>> {
    const result = await transaction([write]).catch((error: unknown) => {
      throw error instanceof WritesRefused ? error.byWrite[0]!.failure : error;
    });
    return result.kind === 'committed' ? result.outcomes[0]! : result.failures[0]!.outcome;
  }

  return {
    transaction,
    missing: references.missing,
    create: (resource) =>
      isPlain({ kind: 'create', type: resource.type })
        ? store.create({ ...resource, writer })
        : alone({ kind: 'create', id: uuidv7(), ...resource }),
    update: (update) =>
      isPlain({ kind: 'update', type: update.type })
        ? store.update({ ...update, writer })
        : alone({ kind: 'update', ...update }),
    delete: (deletion) =>
      isPlain({ kind: 'delete', type: deletion.type })
        ? store.delete({ ...deletion, writer })
        : alone({ kind: 'delete', ...deletion }),
    /** For a delete that takes them along: all that the caller sees or none, so one that may not be deleted ends it. */
    async referrers(type, id, limit) {
      const found = await references.seen(await store.referrers(type, id, limit));
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

/** Returns the writer to record with each version that is written on behalf of a caller. */
function writerOf({ authority: kind, clientId: client, subject, patient }: Access): Writer {
  return { kind, client, subject, ...(patient !== undefined && { patient }) };
}
