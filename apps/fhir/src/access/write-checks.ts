/** The rules of the table asked about the writes of one caller. */
import type { JsonResource } from '@dhp/fhir-search';
import type { TransactionWrite } from '@dhp/fhir-store';
import { WritesRefused } from '../http/writes-refused.ts';
import { Failure } from '../http/errors.ts';
import type { RuleContext } from './guard-settings.ts';
import { pinnedTo, type Checked } from './pinned.ts';
import { refusing, refusingLater } from './reasons.ts';
import type { BundleResources } from './resource-authorizer.ts';
import type { Sent, SentRule, StoredRule, WriteKind, WritesTogether } from './write-rule.ts';

export interface WriteChecks {
  /** Whether no rule has to read the stored resource. Fails for a write that is refused in any case. */
  readonly isPlain: (write: WriteKind) => boolean;
  /** The writes for the versions that were looked at. @throws WritesRefused with all that are not permitted */
  readonly byStored: (writes: readonly TransactionWrite[]) => Promise<readonly Checked[]>;
  /** Undefined if no rule is asked. @throws WritesRefused */
  readonly bySent: (writes: readonly Sent[]) => Promise<void> | undefined;
  /** The same for one write by itself. @throws Failure */
  readonly byOneSent: (write: Sent) => Promise<void> | undefined;
}

export function createWriteChecks(context: RuleContext): WriteChecks {
  const stored = context.writeRules.filter((rule): rule is StoredRule => rule.decidesBy === 'stored');
  const sent = context.writeRules.filter((rule): rule is SentRule => rule.decidesBy === 'sent');

  const applies = (rule: StoredRule | SentRule, write: WriteKind): boolean =>
    refusing(rule.name, () => rule.applies(context, write));
  const isPlain = (write: WriteKind): boolean => !stored.some((rule) => applies(rule, write));
  const isAsked = (write: WriteKind): boolean => sent.some((rule) => applies(rule, write));

  async function checkStored(write: TransactionWrite, bundled: BundleResources): Promise<Checked> {
    if (isPlain(write)) return { write, pinned: false };
    const current = write.kind === 'create' ? undefined : await context.store.read(write.type, write.id);
    for (const rule of stored) {
      if (applies(rule, write)) await refusingLater(rule.name, () => rule.check(context, write, current, bundled));
    }
    return pinnedTo(write, current);
  }

  async function checkSent(write: Sent, together: WritesTogether): Promise<void> {
    for (const rule of sent) {
      if (applies(rule, write)) await refusingLater(rule.name, () => rule.check(context, write, together));
    }
  }

  return {
    isPlain,
    async byStored(writes) {
      if (writes.every(isPlain)) return writes.map((write) => ({ write, pinned: false }));
      const bundled = resourcesOf(writes);
      return eachPermitted(writes, (write) => checkStored(write, bundled));
    },
    bySent(writes) {
      if (!writes.some(isAsked)) return undefined;
      const together = writesTogether(writes);
      return eachPermitted(writes, (write) => checkSent(write, together)).then(() => undefined);
    },
    // Most writes are of types that no rule is about, and need not wait.
    byOneSent: (write) => (isAsked(write) ? checkSent(write, writesTogether([write])) : undefined),
  };
}

/** Writes that are checked at the same time: their questions to the database share statements. */
const atATime = 32;

async function eachPermitted<Write, Result>(
  writes: readonly Write[],
  check: (write: Write) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: { index: number; failure: Failure }[] = [];
  for (let from = 0; from < writes.length; from += atATime) {
    // All of them have ended before one of them fails the others: nothing continues after the answer.
    const settled = await Promise.allSettled(writes.slice(from, from + atATime).map(check));
    for (const [n, each] of settled.entries()) {
      if (each.status === 'fulfilled') results.push(each.value);
      else if (each.reason instanceof Failure) failures.push({ index: from + n, failure: each.reason });
      else throw each.reason;
    }
  }
  if (failures.length > 0) throw new WritesRefused(failures);
  return results;
}

function resourcesOf(writes: readonly TransactionWrite[]): BundleResources {
  return new Map(
    writes.flatMap((write) =>
      write.kind === 'delete'
        ? []
        : [[`${write.type}/${write.id}`, { ...write.resource, id: write.id } as unknown as JsonResource] as const],
    ),
  );
}

/** The maps are made when the first rule asks: most do not. */
function writesTogether(writes: readonly Sent[]): WritesTogether {
  let names: ReadonlySet<string> | undefined;
  let active: Map<string, Sent> | undefined;
  const key = (type: string, url: unknown, version: unknown): string => JSON.stringify([type, url, version ?? null]);
  const activeOnes = (): Map<string, Sent> => {
    const found = new Map<string, Sent>();
    for (const write of writes) {
      const { status, url, version } = write.resource ?? {};
      const name = key(write.type, url, version);
      if (write.kind !== 'delete' && status === 'active' && !found.has(name)) found.set(name, write);
    }
    return found;
  };
  return {
    isWritten: (name) => (names ??= new Set(writes.map(({ type, id = '' }) => `${type}/${id}`))).has(name),
    firstActive: (type, url, version) => (active ??= activeOnes()).get(key(type, url, version)),
  };
}
