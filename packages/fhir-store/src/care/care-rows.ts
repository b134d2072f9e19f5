/** The rows of a resource in `fhir.care_link`: who cares for whom by it, in hashes of the index. */
import { isCareType, linkKinds, linksOf, type CareMeans } from '@dhp/care';
import type { JsonResource } from '@dhp/fhir-search';
import { careHash } from '@dhp/search-index/care';
import { ownHash } from '../own-hash.ts';
import type { CareRows } from '../statements/care.ts';

/** Grows with what the rows say: those of an earlier definition are made anew. */
export const careDefinition = 1;

/** Links of one resource; of what has more the rest says nothing. */
export const mostLinks = 1_000;

/**
 * Returns the rows of a version; undefined for a type that has none.
 * @param resource undefined: it is deleted
 * @param upd when it is stored, ms since 1970
 * @param writer the column `writer` of the version
 */
export function careRows(
  { type, id }: { readonly type: string; readonly id: string },
  resource: JsonResource | undefined,
  { upd, writer }: { readonly upd: number; readonly writer: string | undefined },
  means: CareMeans,
): CareRows | undefined {
  if (!isCareType(type)) return undefined;
  const links = resource === undefined ? [] : linksOf(resource, id, upd, means).slice(0, mostLinks);
  return {
    own: ownHash(type, id),
    subject: subjectOf(writer),
    links: links.map(({ kind, of, actor, since, until, stated }) => ({
      kind: linkKinds.indexOf(kind) + 1,
      target: String(careHash.reference(of)),
      actor: String(careHash.reference(actor)),
      since: Number.isFinite(since) ? since : null,
      until: Number.isFinite(until) ? until : null,
      stated,
    })),
  };
}

/** The hash of the person who wrote; null for a client by itself, and for the platform. Of a version of unknown writer nobody is one. */
export function subjectOf(writer: string | undefined): string | null {
  const person = writer === undefined ? undefined : personOf(writer);
  return person === undefined ? null : String(careHash.subject(person));
}

/** As `writerText` writes it: kind, client, and the subject where it is another one. */
function personOf(writer: string): string | undefined {
  const [kind, client, subject] = JSON.parse(writer) as [string, string?, (string | null)?];
  return kind === 'u' || kind === 'p' ? (subject ?? client) : (subject ?? undefined);
}
