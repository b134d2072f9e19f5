/** Restricts who may write the identifiers by which the state knows a person. docs/decisions/0017-what-a-patient-may-write.md */
import { isNationalPersonSystem } from '@dhp/fhir-validation';
import type { StoredVersion, TransactionWrite } from '@dhp/fhir-store';
import type { Access } from '../contract/access.ts';
import { payForParsing } from '../http/cost.ts';
import { failure } from '../http/errors.ts';
import type { GuardSettings } from './guard-settings.ts';

/** The types that carry identifiers of persons. */
export const personTypes: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'RelatedPerson', 'Person']);

/** Whether a write of the type must be checked for changes of national identifiers. */
export function restrictsIdentifiers({ identifierTypes }: Access, type: string): boolean {
  return personTypes.has(type) && identifierTypes !== 'all' && !identifierTypes.has(type) && !identifierTypes.has('*');
}

/** Fails with `national-identifier-not-permitted` where the caller may not write them, and the write adds, changes or removes one. */
export function requireIdentifiers(
  { access, budget }: Pick<GuardSettings, 'access' | 'budget'>,
  write: TransactionWrite,
  current: StoredVersion | undefined,
): void {
  const { type } = write;
  if (!restrictsIdentifiers(access, type)) return;
  if (current?.deleted === false) payForParsing(budget, current.content);
  const stored = current?.deleted === false ? (JSON.parse(current.content.toString('utf8')) as object) : {};
  const before = nationalIn(stored);
  const after = nationalIn(write.kind === 'delete' ? {} : write.resource);
  const expression =
    placeOfOther(after, before, type) ??
    (placeOfOther(before, after, type) === undefined ? undefined : `${type}.identifier`);
  if (expression === undefined) return;
  const may =
    access.authority === 'patient'
      ? 'a token of a patient may not'
      : `its role may not (dhp.national-identifiers/${type})`;
  const diagnostics = `${expression}: the write adds, changes or removes a national identifier, and ${may}.`;
  throw failure('national-identifier-not-permitted', {}, { diagnostics, expression });
}

interface National {
  /** Its place in the list. */
  readonly n: number;
  readonly text: string;
}

function nationalIn(resource: object): National[] {
  const { identifier } = resource as { identifier?: unknown };
  return [identifier].flat(Number.POSITIVE_INFINITY).flatMap((each, n) => {
    const isNational = isNationalPersonSystem((each as { system?: unknown } | null | undefined)?.system);
    return isNational ? [{ n, text: canonical(each) }] : [];
  });
}

/** The first of some that is not among the others. Each of those counts once. */
function placeOfOther(some: readonly National[], others: readonly National[], type: string): string | undefined {
  const left = new Map<string, number>();
  for (const { text } of others) left.set(text, (left.get(text) ?? 0) + 1);
  for (const { n, text } of some) {
    const count = left.get(text) ?? 0;
    if (count === 0) return `${type}.identifier[${n}]`;
    left.set(text, count - 1);
  }
  return undefined;
}

/** JSON with members in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
