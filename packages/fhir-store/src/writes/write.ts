import { isId, typeName, typeNumber, type JsonSource } from '@dhp/fhir-model';
import { formatInstant } from '@dhp/fhir-model/instant';
import { stampedParts, type ResourceStamp } from '@dhp/fhir-model/stamp';
import type { JsonResource } from '@dhp/fhir-search';
import type { TrailRow } from '@dhp/trail';
import { careRows } from '../care/care-rows.ts';
import { consentRow, type ConsentRowOptions } from '../consents/consent-row.ts';
import { labelRow } from '../labels/label-row.ts';
import { shardKeyOf } from '../placement/shard-key.ts';
import type { NewVersion, RecordMaker, StoredVersion, WriteOutcome } from '../versions.ts';
import type { Content } from '../statements/columns.ts';
import type { ConsentRow } from '../statements/consents.ts';
import type { LabelRow } from '../statements/labels.ts';
import type { Current } from '../statements/look.ts';
import type { FirstVersion } from '../statements/insert.ts';
import type { Method } from '../statements/method.ts';
import type { NextVersion, Replaced } from '../statements/replace.ts';
import type { ResourceKey } from '../statements/read-current.ts';
import { byteLength, bytesOf, hasText, isContent, placeOfStamp, stampedContent } from './content.ts';
import type { Known, Request, WriteStep } from './decide.ts';
import { indexOf, type BodyOptions, type IndexedBody } from './index-of-body.ts';
import type { PlacedTerm } from './term-dictionary.ts';

export interface Body extends IndexedBody {
  readonly source: JsonSource;
  readonly shard: number;
}

/** A write in progress: the request, the known state, and finally the outcome. */
export interface Write {
  readonly request: Request;
  readonly type: string;
  readonly key: ResourceKey;
  /** Undefined for a deletion. */
  readonly body: Body | undefined;
  /** It must not break references. */
  readonly integrity: boolean;
  /**
   * `Type/id` of targets that an update need not find, and of resources that refer to a deleted resource and do not prevent its deletion.
   */
  readonly excepted: ReadonlySet<string>;
  /** The writer, in the form that is stored with the version. */
  readonly writer: string;
  /** Makes the records that are stored with the version; undefined: no records. */
  readonly record: RecordMaker | undefined;
  known: Known;
  /** The current content was compared and is another one, although it has the same length. */
  differs: boolean;
  /** A statement that leaves postings alone has found that they are others than those of the current version. */
  hasOtherPostings: boolean;
  outcome: WriteOutcome | undefined;
}

/** A version that is about to be stored, with its bytes. */
export interface Draft<Row> {
  readonly write: Write;
  readonly row: Row;
  readonly version: StoredVersion;
  /** To be in the database before the row. */
  readonly words: readonly PlacedTerm[];
}

/** The first version of a resource; a promise of it if the resource is large. */
export function firstDraft(
  write: Write,
  rid: number,
  now: number,
  options: BodyOptions,
): Draft<FirstVersion> | Promise<Draft<FirstVersion>> {
  const stamp = { rid, upd: now, method: methodOf(write.request), writer: write.writer };
  return whenThere(firstVersion(write.key, write.body!, stamp, options), ({ row, words }) => {
    const records = recordsOf(write, 'created', 1);
    return {
      write,
      row: records === undefined ? row : { ...row, records },
      words,
      version: versionOf(write, 1, now, row.content),
    };
  });
}

export interface First {
  readonly row: FirstVersion;
  readonly words: readonly PlacedTerm[];
}

export function firstVersion(
  { ty, id }: ResourceKey,
  body: Body,
  { rid, upd, method, writer }: { rid: number; upd: number; method: Method; writer: string },
  options: BodyOptions,
): First | Promise<First> {
  return whenThere(stamped(body.source, id, 1, upd, options.timeZone), (content) => {
    const { index, words } = indexOf(body, id, options);
    const consent = consentOf({ ty, id }, body.resource, upd, options);
    const care = careRows(
      { type: body.resource.resourceType, id },
      body.resource,
      { upd, writer, shard: body.shard },
      options,
    );
    const labels = labelsOf(ty, id, body.resource, options); // of the generation of the index values
    const beside = { consent, care, labels };
    return { row: { ty, id, rid, shard: body.shard, upd, content, method, writer, index, ...beside }, words };
  });
}

const consentType = typeNumber('Consent')!;

/** Undefined for other types. */
function consentOf(
  { ty, id }: Pick<ResourceKey, 'ty' | 'id'>,
  resource: JsonResource | undefined,
  upd: number,
  options: ConsentRowOptions,
): ConsentRow | undefined {
  return ty === consentType ? consentRow(id, resource, upd, options) : undefined;
}

/** Undefined if it has no labels and inherits none. */
function labelsOf(
  ty: number,
  id: string,
  resource: JsonResource | undefined,
  { parameters, ownBases }: BodyOptions,
): LabelRow | undefined {
  return labelRow({ type: typeName(ty)!, id, resource }, parameters.labelling(), ownBases);
}

/** Synchronous if possible: most writes are small, and a promise for each would delay all that share a statement. */
function whenThere<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** All of them, one after the other: of large ones, no two are made at the same time. */
export async function inTurn<T>(count: number, make: (index: number) => T | Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let index = 0; index < count; index += 1) {
    const made = make(index);
    all.push(made instanceof Promise ? await made : made);
  }
  return all;
}

/**
 * The version behind `step.ver`; a promise of it if the resource is large. Its time is never before that of its predecessor, whatever the
 * clocks of two servers say.
 */
export function nextDraft(
  write: Write,
  step: WriteStep & { step: 'replace' },
  now: number,
  options: BodyOptions,
): Draft<NextVersion> | Promise<Draft<NextVersion>> {
  const ver = step.ver + 1;
  const upd = isCurrent(write.known) ? Math.max(now, write.known.upd) : now;
  const { body } = write;
  const text = body === undefined ? '' : stamped(body.source, write.key.id, ver, upd, options.timeZone);
  return whenThere(text, (content) => nextVersion(write, step, { ver, upd, content }, options));
}

function nextVersion(
  write: Write,
  step: WriteStep & { step: 'replace' },
  { ver, upd, content }: { ver: number; upd: number; content: Content },
  options: BodyOptions,
): Draft<NextVersion> {
  const { body } = write;
  const indexed = body === undefined ? undefined : indexOf(body, write.key.id, options);
  // The digits of the version are the only difference in length between two stamps: an instant always has 29 characters.
  const length = byteLength(content) - String(ver).length + String(step.ver).length;
  const suspect = step.kind === 'updated' && !write.differs ? length : undefined;
  return {
    write,
    row: {
      ...write.key,
      expected: step.ver,
      revives: step.kind === 'created',
      upd,
      shard: body?.shard,
      deleted: body === undefined,
      content,
      method: methodOf(write.request),
      writer: write.writer,
      suspect,
      stamp:
        suspect === undefined
          ? undefined
          : placeOfStamp(content, body!.source, stampOf(write.key.id, ver, upd, options.timeZone)),
      index: indexed?.index,
      consent: consentOf(write.key, body?.resource, upd, options),
      care: careRows(
        { type: write.type, id: write.key.id },
        body?.resource,
        { upd, writer: write.writer, shard: body?.shard },
        options,
      ),
      labels: labelsOf(write.key.ty, write.key.id, body?.resource, options),
      records: recordsOf(write, step.kind, ver),
    },
    words: indexed?.words ?? [],
    version: versionOf(write, ver, upd, content),
  };
}

function recordsOf(
  { record, type, key }: Write,
  kind: 'created' | 'updated' | 'deleted',
  versionId: number,
): readonly TrailRow[] | undefined {
  return record?.({ kind, type, id: key.id, versionId });
}

/** Notes the result of a `replace` in a write: its outcome, or the known state for the next attempt. */
export async function note(
  draft: Draft<NextVersion>,
  kind: 'created' | 'updated' | 'deleted',
  result: Replaced | undefined,
  timeZone: string,
): Promise<void> {
  const { write } = draft;
  if (result === undefined) {
    write.known = 'unknown';
    return;
  }
  if (result.stored) {
    write.outcome = { kind, version: draft.version };
    return;
  }
  const { current, content, hasOtherPostings } = result;
  write.known = current;
  if (hasOtherPostings) write.hasOtherPostings = true;
  if (content === undefined) return;
  const version = await sameVersion(write, content, timeZone);
  if (version === undefined) write.differs = true;
  else write.outcome = { kind: 'unchanged', version };
}

/** Bytes of the version of an update without the digits of its number: if the current version has as many, it may be the same. */
export function lengthButForVersion({ request, body, key }: Write, timeZone: string): number | undefined {
  if (request.kind !== 'update' || body === undefined) return undefined;
  const parts = stampedParts(body.source, stampOf(key.id, 0, 0, timeZone));
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part), -1);
}

/** The current version, when its content is that of the write but for the stamp. */
export async function sameVersion(write: Write, content: Buffer, timeZone: string): Promise<StoredVersion | undefined> {
  if (!isCurrent(write.known)) throw new Error('what is compared was seen');
  const { ver, upd } = write.known;
  const same = await stamped(write.body!.source, write.key.id, ver, upd, timeZone);
  return isContent(content, same) ? versionOf(write, ver, upd, same) : undefined;
}

/** @throws TypeError for a type that does not exist, and for an invalid id */
export function keyOf(type: string, id: string): ResourceKey {
  const ty = typeNumber(type);
  if (ty === undefined) throw new TypeError(`${type} is not a resource type`);
  if (!isId(id)) throw new TypeError(`"${id}" is not an id`);
  return { ty, id };
}

export function bodyOf({ source, resource, budget, prepared }: NewVersion, id: string): Body {
  const json = resource as JsonResource;
  return { source, resource: json, shard: shardKeyOf(json, id), budget, prepared };
}

/** The deletion that is already there. */
export function earlierDeletion(write: Write): StoredVersion {
  if (!isCurrent(write.known)) throw new Error('a deletion was seen, so it is known');
  return versionOf(write, write.known.ver, write.known.upd, '', true);
}

export function isCurrent(known: Known): known is Current {
  return typeof known === 'object';
}

function methodOf(request: Request): Method {
  if (request.kind === 'create') return 'POST';
  return request.kind === 'delete' ? 'DELETE' : (request.method ?? 'PUT');
}

function stamped(
  source: JsonSource,
  id: string,
  ver: number,
  upd: number,
  timeZone: string,
): Content | Promise<Content> {
  return stampedContent(source, stampOf(id, ver, upd, timeZone));
}

function stampOf(id: string, ver: number, upd: number, timeZone: string): ResourceStamp {
  return { id, versionId: String(ver), lastUpdated: formatInstant(new Date(upd), timeZone) };
}

function versionOf(write: Write, ver: number, upd: number, text: Content, deleted?: boolean): StoredVersion {
  return new WrittenVersion(write, ver, upd, text, deleted ?? write.body === undefined);
}

/** Its bytes are made when they are requested: most transactions are answered without them. */
class WrittenVersion implements StoredVersion {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  readonly lastUpdated: Date;
  readonly deleted: boolean;
  readonly #text: Content;
  #content: Buffer | undefined;

  constructor(write: Write, ver: number, upd: number, text: Content, deleted: boolean) {
    this.type = write.type;
    this.id = write.key.id;
    this.versionId = ver;
    this.lastUpdated = new Date(upd);
    this.deleted = deleted;
    this.#text = text;
  }

  get content(): Buffer {
    return (this.#content ??= bytesOf(this.#text));
  }

  includes(text: string): boolean {
    return hasText(this.#text, text);
  }
}
