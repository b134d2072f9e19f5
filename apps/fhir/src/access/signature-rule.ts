/** The signature of a Provenance is verified before it is stored. docs/decisions/0063-signatures-and-records.md */
import { isId } from '@dhp/fhir-model';
import { payForParsing } from '../http/cost.ts';
import { Failure, failure } from '../http/errors.ts';
import { canonicalForms } from '../signatures/canonical.ts';
import { verifySignature, type Verdict } from '../signatures/verify-signature.ts';
import type { RuleContext } from './guard-settings.ts';
import { guardedReads } from './guarded-reads.ts';
import type { SentRule } from './write-rule.ts';

type Json = Readonly<Record<string, unknown>>;

/** Signatures in one resource: each is a verification. */
const mostSignatures = 10;

export const signatureRule: SentRule = {
  name: 'signatures',
  refuses: ['signature-invalid', 'signature-not-verifiable'],
  decidesBy: 'sent',
  applies: ({ signatures }, { kind, type }) => signatures !== undefined && type === 'Provenance' && kind !== 'delete',
  async check(context, { resource = {} }) {
    // Without validation one that is no list is stored, too.
    const given: readonly unknown[] = [resource['signature'] ?? []].flat();
    if (given.length === 0) return;
    const { signatures } = context;
    if (signatures === undefined) return;
    if (given.length > mostSignatures)
      throw refused('wrong', 0, `has ${String(given.length - 1)} others beside it; 10 are verified at most`);
    let target: ReturnType<typeof targetOf> | undefined;
    const once = (): ReturnType<typeof targetOf> => (target ??= targetOf(context, resource));
    let isVerified = true;
    for (const [n, one] of given.entries()) {
      const verdict = await verifySignature((one ?? {}) as Json, once, signatures.keys);
      if (verdict.kind === 'verified') continue;
      isVerified = false;
      if (verdict.kind === 'wrong' || signatures.unchecked === 'refuse') throw refused(verdict.kind, n, verdict.why);
    }
    signatures.note(resource, isVerified);
  },
};

function refused(kind: Exclude<Verdict['kind'], 'verified'>, n: number, why: string): Failure {
  const expression = `Provenance.signature[${String(n)}]`;
  const diagnostics = `${expression}: the signature ${why}.`;
  return failure(kind === 'wrong' ? 'signature-invalid' : 'signature-not-verifiable', {}, { diagnostics, expression });
}

/**
 * The one resource of this server that is signed, in the named version; undefined if there is not exactly one, or the writer may not read
 * it.
 */
async function targetOf(
  context: RuleContext,
  { target }: Json,
): Promise<ReturnType<typeof canonicalForms> | undefined> {
  const [only, ...others] = Array.isArray(target) ? (target as unknown[]) : [];
  const reference = (only as { reference?: unknown } | null | undefined)?.reference;
  if (others.length > 0 || typeof reference !== 'string') return undefined;
  const base = context.ownBases.find((one) => reference.startsWith(`${one}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  const [, type = '', id = '', version] =
    /^([A-Z][A-Za-z]+)\/([^/]+)(?:\/_history\/([1-9]\d{0,8}))?$/.exec(local) ?? [];
  if (!isId(id)) return undefined;
  const reads = guardedReads({ ...context, reading: 'r' });
  try {
    const found = await (version === undefined ? reads.read(type, id) : reads.vread(type, id, Number(version)));
    if (found?.deleted !== false) return undefined;
    payForParsing(context.budget, found.content);
    return canonicalForms(JSON.parse(found.content.toString('utf8')) as Json);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
