/** The rows of a resource in `fhir.care_link`: who cares for whom by it, in hashes of the index. */
import { isCareType, linkKinds, linksOf, windowedTypes, type CareLink, type CareMeans } from '@dhp/care';
import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { careHash, memberDefinition, memberTypes } from '@dhp/search-index/care';
import { ownHash } from '../own-hash.ts';
import type { CareOfVersion } from '../statements/care.ts';

/** Grows with what the rows of a type say: those of an earlier definition are made again. */
export function careDefinitionOf(ty: number): number {
  return memberTypes.includes(ty) ? memberDefinition : 1;
}

const numberOf = (type: string): number => typeNumber(type)!;

/** All types that have links. */
export const linkedTypes: readonly number[] = resourceTypes.filter(isCareType).map(numberOf);

/** Those without which nobody is bound: teams of teams, and parts of organisations, are followed as soon as they are there. */
export const careTypes: readonly number[] = [...windowedTypes, 'PractitionerRole'].map(numberOf);

/** Links of one resource; of what has more the rest says nothing. */
const mostLinks = 1_000;

/** Returns links that are held. Where some are left out, it is not known of all who belongs to it. */
export function heldLinks<Link extends Pick<CareLink, 'kind'>>(links: readonly Link[]): readonly Link[] {
  if (links.length <= mostLinks) return links;
  return links.filter(({ kind }) => kind !== 'whole').slice(0, mostLinks);
}

/**
 * Returns the rows of a version, or that nobody asks for them; undefined for a type that has none.
 * @param resource undefined: it is deleted
 * @param upd when it is stored, ms since 1970
 * @param writer the column `writer` of the version
 * @param shard of its rows; undefined if it is deleted
 * @param means with what is known of whether links are made
 */
export function careRows(
  { type, id }: { readonly type: string; readonly id: string },
  resource: JsonResource | undefined,
  {
    upd,
    writer,
    shard,
  }: { readonly upd: number; readonly writer: string | undefined; readonly shard: number | undefined },
  means: CareMeans & { readonly parameters: { readonly linksCare: () => boolean } },
): CareOfVersion | undefined {
  if (!isCareType(type)) return undefined;
  if (!means.parameters.linksCare()) return 'unasked';
  const links = resource === undefined ? [] : heldLinks(linksOf(resource, id, upd, means));
  return {
    ty: numberOf(type),
    own: ownHash(type, id),
    subject: subjectOf(writer),
    shard: shard ?? null,
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

/**
 * The hash of the person who wrote; or of the organisations for which a client did by itself, of the client where there are none, and of any client where nobody has said for
 * which. Null for the platform. Of a version of unknown writer nobody is one.
 */
export function subjectOf(writer: string | undefined): string | null {
  if (writer === undefined) return null;
  // As `writerText` writes it: the subject where it is not the client.
  const [kind, client, subject, , organizations] = JSON.parse(writer) as [
    ...[string, string?, (string | null)?],
    ...[unknown?, string[]?],
  ];
  if (typeof subject === 'string') return String(careHash.subject(subject));
  if (client === undefined) return null;
  if (kind !== 's') return String(careHash.subject(client));
  if (organizations === undefined) return String(careHash.someClient);
  return String(organizations.length > 0 ? careHash.organizations(organizations) : careHash.client(client));
}
