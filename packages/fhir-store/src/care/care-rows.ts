/** The rows of a resource in `fhir.care_link`: the care relations that it states, in hashes of the index. */
import { isCareType, linkKinds, linksOf, windowedTypes, type CareLink, type CareMeans } from '@dhp/care';
import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { JsonResource } from '@dhp/fhir-search';
import { careHash, memberDefinition, memberTypes } from '@dhp/search-index/care';
import { ownHash } from '../own-hash.ts';
import type { CareOfVersion } from '../statements/care.ts';

/** Grows when the rows of a type change their meaning: rows of an earlier definition are made again. */
export function careDefinitionOf(ty: number): number {
  return memberTypes.includes(ty) ? memberDefinition : 1;
}

const numberOf = (type: string): number => typeNumber(type)!;

/** All types that have links. */
export const linkedTypes: readonly number[] = resourceTypes.filter(isCareType).map(numberOf);

/**
 * The types with links that bind somebody by themselves; links from teams to teams and from organisations to their parts are followed as
 * soon as they are stored.
 */
export const careTypes: readonly number[] = [...windowedTypes, 'PractitionerRole'].map(numberOf);

/** The most links of one resource; further ones are ignored. */
const mostLinks = 1_000;

/** Returns the links that are stored. If some are left out, the members are not completely known. */
export function heldLinks<Link extends Pick<CareLink, 'kind'>>(links: readonly Link[]): readonly Link[] {
  if (links.length <= mostLinks) return links;
  return links.filter(({ kind }) => kind !== 'whole').slice(0, mostLinks);
}

/**
 * Returns the rows of a version, or a mark that nobody asks for them; undefined for a type without links.
 * @param resource undefined: it is deleted
 * @param upd time of storing, ms since 1970
 * @param writer the column `writer` of the version
 * @param shard of its rows; undefined if it is deleted
 * @param means including whether links are made
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
 * The hash of the person who wrote the version. If a client wrote it by itself: the hash of the organisations for which it did, of the
 * client if it has none, and of "any client" if the organisations are not known. Null for the platform, and for a version of unknown
 * writer.
 */
export function subjectOf(writer: string | undefined): string | null {
  if (writer === undefined) return null;
  // In the format of `writerText`: the subject if it is not the client.
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
