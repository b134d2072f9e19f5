/**
 * Writes on behalf of a caller: each meets the write rules. The stored resource must be permitted before it is changed, and the sent one
 * before it is stored. Nobody can change the resource between the check and the write, since the write names the version that was checked.
 */
import { uuidv7 } from '@dhp/fhir-model';
import {
  BrokenReferences,
  type ResourceStore,
  type TransactionWrite,
  type WriteOutcome,
  type Writer,
} from '@dhp/fhir-store';
import { referencesRefused } from '../http/references-refused.ts';
import { WritesRefused } from '../http/writes-refused.ts';
import type { Access } from '../contract/access.ts';
import { isByItself, organizationsByItself } from './by-itself.ts';
import type { RuleContext } from './guard-settings.ts';
import type { Checked } from './pinned.ts';
import { refused } from './reasons.ts';
import { createSeenReferences, type Kept, type SeenReferences } from './seen-references.ts';
import { createWriteChecks, type WriteChecks } from './write-checks.ts';
import type { Sent } from './write-rule.ts';
import { outside, ruleOfWrite } from './write-scopes.ts';

type GuardedWrites = Pick<ResourceStore, 'create' | 'update' | 'delete' | 'transaction' | 'referrers' | 'missing'>;

const attempts = 10;

export function guardedWrites(context: RuleContext): GuardedWrites {
  const { store } = context;
  const writing = writingOf(context);
  const { writer, references, integrity } = writing;
  const { isPlain, byOneSent } = writing.checks;
  const transaction = createTransaction(writing);

  /** In a transaction of one write. */
  async function alone(write: TransactionWrite): Promise<WriteOutcome> {
    const result = await transaction([write]).catch((error: unknown) => {
      throw error instanceof WritesRefused && !integrity ? error.byWrite[0]!.failure : error;
    });
    return result.kind === 'committed' ? result.outcomes[0]! : result.failures[0]!.outcome;
  }

  /** Writes directly if no rule depends on the stored state, so that the write shares its commit with others of the same moment. */
  function single(
    write: Sent,
    directly: () => Promise<WriteOutcome>,
    inTransaction: () => TransactionWrite,
  ): Promise<WriteOutcome> {
    if (integrity || !isPlain(write)) return alone(inTransaction());
    const due = byOneSent(write);
    return due === undefined ? directly() : due.then(directly);
  }

  return {
    transaction,
    missing: references.missing,
    create: (resource) =>
      single(
        { kind: 'create', ...resource },
        () => store.create({ ...resource, writer }),
        () => ({ kind: 'create', id: uuidv7(), ...resource }),
      ),
    update: (update) =>
      single(
        { kind: 'update', ...update },
        () => store.update({ ...update, writer }),
        () => ({ kind: 'update', ...update }),
      ),
    delete: (deletion) =>
      single(
        { kind: 'delete', ...deletion },
        () => store.delete({ ...deletion, writer }),
        () => ({ kind: 'delete', ...deletion }),
      ),
    /** For a delete that takes them along: all that the caller sees or none, so one that may not be deleted ends it. */
    async referrers(type, id, limit) {
      const found = await references.seen(await store.referrers(type, id, limit), { type, id });
      for (const each of found) {
        const rule = ruleOfWrite(context, { kind: 'delete', type: each.type });
        if (rule === true) continue;
        const current = await store.read(each.type, each.id);
        if (current !== undefined && !(await context.authorizer.isCurrentWithin(current, rule))) {
          throw outside(context, 'd', each.type, { which: `Something that refers to ${type}/${id}` });
        }
      }
      return found;
    },
  };
}

interface Writing {
  readonly context: RuleContext;
  readonly writer: Writer;
  readonly checks: WriteChecks;
  readonly references: SeenReferences;
  /** Whether references are kept. */
  readonly integrity: boolean;
}

function writingOf(context: RuleContext): Writing {
  return {
    context,
    writer: writerOf(context.access),
    checks: createWriteChecks(context),
    references: createSeenReferences(context),
    integrity: context.writeRules.some((rule) => rule.decidesBy === 'references' && rule.applies(context)),
  };
}

function createTransaction({ context, writer, checks, references, integrity }: Writing): ResourceStore['transaction'] {
  const { store, ownBases } = context;
  const { isPlain, byStored, bySent } = checks;
  return async (writes, options = {}) => {
    const kept: Kept = new Map();
    for (let attempt = 1; ; attempt += 1) {
      let asked = typeof writes === 'function' ? [] : writes;
      let made: readonly Checked[] = [];
      const prepare = async (): Promise<readonly TransactionWrite[]> => {
        if (typeof writes === 'function') asked = await writes();
        made = await byStored(asked);
        const own = made.map(({ write }) => ({ ...write, writer }));
        const settled = integrity ? await references.settled(own, kept) : own;
        await bySent(settled);
        return settled;
      };
      /** Writes that need no read of stored resources, and so no session of their own. */
      const quick = async (plain: readonly TransactionWrite[]): Promise<readonly TransactionWrite[]> => {
        made = plain.map((write) => ({ write, pinned: false }));
        await bySent(plain);
        return plain.map((write) => ({ ...write, writer }));
      };
      const isQuick =
        typeof writes !== 'function' &&
        writes.every(isPlain) &&
        kept.size === 0 &&
        !(integrity && writes.some(references.asks));
      try {
        const given = isQuick ? await quick(writes) : prepare;
        const result = await store.transaction(given, integrity ? { ...options, integrity } : options);
        if (result.kind === 'committed' || attempt === attempts) return result;
        // Somebody else was faster, and it was not the caller who wanted that version.
        const isOurs = result.failures.every(({ index }) => made[index]?.pinned === true);
        if (!isOurs) return result;
      } catch (error) {
        if (!(error instanceof BrokenReferences)) throw error;
        const sent = made.map(({ write }) => write);
        if (attempt < attempts && (await references.learn(error, sent, kept))) continue;
        const referenced = error.referenced.map(async ({ index, by }) => ({
          index,
          by: await references.seen(by, asked[index]),
        }));
        const shown = new BrokenReferences(error.missing, await Promise.all(referenced));
        throw refused(referencesRefused(shown, asked, ownBases[0]!), 'references');
      }
    }
  };
}

/** Returns the writer to record with each version that is written on behalf of a caller. */
function writerOf(access: Access): Writer {
  const { authority: kind, clientId: client, subject, patient } = access;
  return {
    ...{ kind, client, subject },
    ...(patient !== undefined && { patient }),
    ...(isByItself(access) && { organizations: organizationsByItself(access) }),
  };
}
