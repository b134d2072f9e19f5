import { createPauses } from '@dhp/budget';
import {
  decodeJson,
  decodeJsonInParts,
  JsonSyntaxError,
  scanJson,
  scanJsonInParts,
  type JsonSource,
  type MemberSpan,
} from '@dhp/fhir-model';
import type { NewVersion } from '@dhp/fhir-store';
import type { Issue } from '@dhp/fhir-validation';
import type { ReceivedResource } from '../contract/resource.ts';
import { afterSpace, afterValue, eachMember, enough, memberSpans, nextAfter } from '../json/spans.ts';
import { turnAtLong } from '../json/turn-at-long.ts';
import { withoutShownLabels } from '../json/without-shown-labels.ts';
import { fail } from './errors.ts';

/** A body that was parsed before, in place of its bytes; with the findings of a validation, if there was one. */
export class ReadBody implements ReceivedResource {
  readonly source: JsonSource;
  readonly resource: Record<string, unknown>;
  readonly issues: readonly Issue[] | undefined;
  readonly prepared: NewVersion['prepared'];

  constructor({ source, resource, prepared }: ReceivedResource, issues: readonly Issue[] | undefined) {
    this.source = source;
    this.resource = resource;
    this.issues = issues;
    this.prepared = prepared;
  }
}

/**
 * A body that was read before and cannot be used, in the place of its bytes: an interaction fails with the error where it reads the body,
 * after the checks that come before.
 */
export class UnusableBody {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** A body that was scanned, in the place of its bytes; its value is parsed on demand. */
class ScannedBody {
  readonly source: JsonSource;

  constructor(source: JsonSource) {
    this.source = source;
  }
}

/** The body for code that receives it more than once: its bytes are scanned here alone. Fails as `receiveText` does. */
export function scanned(body: unknown): unknown {
  return Buffer.isBuffer(body) && body.length > 0 ? new ScannedBody(receiveText(body)) : body;
}

/**
 * The resource in the body, without the labels that the server has shown in it: its text with the places of its members, and its value. Fails as
 * `receiveSource` does.
 */
export function receiveResource(body: unknown, type: string): ReceivedResource {
  if (body instanceof ReadBody) {
    requireResource(body.source, type);
    return body;
  }
  if (typeof body === 'string') return receiveAccepted(withoutShownLabels(textOf(body)), type);
  const source = withoutShown(receiveSource(body, type));
  return { source, resource: JSON.parse(source.text) as Record<string, unknown> };
}

/** The source without the labels that the server has shown in it. */
function withoutShown(source: JsonSource): JsonSource {
  const text = withoutShownLabels(source.text);
  return text === source.text ? source : accepted(text);
}

/** As `withoutShown`, so that others get their turn before and after. */
export async function withoutShownInTurn(source: JsonSource): Promise<JsonSource> {
  await turnAtLong(source.text);
  const without = withoutShown(source);
  await turnAtLong(without.text);
  return without;
}

/** Receives the resource of an entry, a part of a text that was scanned already. Only the members that the server sets get a place. */
function receiveAccepted(body: string, type: string): ReceivedResource {
  const text = textOf(body);
  const start = afterSpace(text, 0);
  if (text.charCodeAt(start) !== 0x7b) return { source: requireResource(scanJson(text), type), resource: {} };
  const resource = JSON.parse(text) as Record<string, unknown>;
  const members = new Map<string, MemberSpan>();
  let missing = stampedMembers.reduce((count, name) => count + (Object.hasOwn(resource, name) ? 1 : 0), 0);
  let keyStart = afterSpace(text, start + 1);
  if (missing > 0)
    eachMember(text, start, (key, value) => {
      const end = afterValue(text, value);
      if (stampedMembers.includes(key)) {
        members.set(key, { keyStart, start: value, end });
        missing -= 1;
        if (missing === 0) return enough;
      }
      keyStart = nextAfter(text, end);
      return end;
    });
  const given = resource['resourceType'];
  const meta = members.get('meta');
  const source: JsonSource = {
    ...{ text, root: 'object', members },
    resourceType: typeof given === 'string' ? given : undefined,
    metaMembers: meta !== undefined && text.charCodeAt(meta.start) === 0x7b ? memberSpans(text, meta.start) : undefined,
  };
  return { source: requireResource(source, type), resource };
}

/** Members whose places `stampResource` needs. */
const stampedMembers = ['resourceType', 'id', 'meta'];

/**
 * The text of the resource in the body, with the places of its members. Fails unless it is one JSON object in UTF-8 whose `resourceType` is
 * `type` and whose `meta`, if present, is an object.
 */
export function receiveSource(body: unknown, type: string): JsonSource {
  return requireResource(receiveText(body), type);
}

/** As `receiveSource`, so that others get their turn while a body of many megabytes is read. */
export async function receiveSourceInParts(body: unknown, type: string): Promise<JsonSource> {
  return requireResource(await receiveTextInParts(body), type);
}

/** As `receiveText`, so that others get their turn. */
export async function receiveTextInParts(body: unknown): Promise<JsonSource> {
  if (body instanceof ReadBody) return body.source;
  try {
    const text = Buffer.isBuffer(body) ? await decodeBody(body) : textOf(body);
    // To put the parts of a text together takes long enough by itself.
    await turnAtLong(text);
    return await scanJsonInParts(text, createPauses());
  } catch (error) {
    return failUnreadable(error);
  }
}

function requireResource(source: JsonSource, type: string): JsonSource {
  if (source.root !== 'object') {
    fail('resource-not-object', {}, { diagnostics: `The body is a JSON ${source.root}; a resource is a JSON object.` });
  }
  const { resourceType } = source;
  if (resourceType === undefined) {
    const diagnostics = 'The body has no string member resourceType.';
    fail('resource-type-missing', { type }, { diagnostics, expression: type });
  }
  if (resourceType !== type) {
    const given = resourceType.slice(0, 100);
    const diagnostics = `The body has resourceType ${JSON.stringify(given)}; the address is for ${type}.`;
    fail('resource-type-mismatch', { given, type }, { diagnostics, expression: type });
  }
  if (source.members.has('meta') && source.metaMembers === undefined) {
    fail('meta-not-object', {}, { diagnostics: `${type}.meta is not a JSON object.`, expression: `${type}.meta` });
  }
  return source;
}

/** The text of the body, known to be one JSON value in UTF-8, and the places of its members. */
export function receiveText(body: unknown): JsonSource {
  if (body instanceof ReadBody || body instanceof ScannedBody) return body.source;
  const text = textOf(body);
  try {
    return typeof body === 'string' ? accepted(text) : scanJson(text);
  } catch (error) {
    return failUnreadable(error);
  }
}

/** Finds the members of an entry's resource; its text was scanned already as a part of the Bundle. */
function accepted(text: string): JsonSource {
  const root = afterSpace(text, 0);
  if (text.charCodeAt(root) !== 0x7b) return scanJson(text);
  const members = memberSpans(text, root);
  const type = members.get('resourceType');
  const meta = members.get('meta');
  const value: unknown = type === undefined ? undefined : JSON.parse(text.slice(type.start, type.end));
  return {
    ...{ text, root: 'object', members },
    resourceType: typeof value === 'string' ? value : undefined,
    metaMembers: meta !== undefined && text.charCodeAt(meta.start) === 0x7b ? memberSpans(text, meta.start) : undefined,
  };
}

function decodeBody(body: Buffer): Promise<string> {
  return body.length === 0 ? Promise.resolve(textOf(body)) : decodeJsonInParts(body, createPauses());
}

function bytesOf(body: unknown): Buffer | string {
  if (body instanceof UnusableBody) throw body.error;
  // The resource of an entry in a Bundle is a part of a text.
  if ((typeof body === 'string' || Buffer.isBuffer(body)) && body.length > 0) return body;
  return fail('body-missing', {}, { diagnostics: 'The body is empty.' });
}

function textOf(body: unknown): string {
  const given = bytesOf(body);
  try {
    return typeof given === 'string' ? given : decodeJson(given);
  } catch (error) {
    return failUnreadable(error);
  }
}

function failUnreadable(error: unknown): never {
  if (!(error instanceof JsonSyntaxError)) throw error;
  const { line, column, message } = error;
  const place = `offset ${error.offset}`;
  const diagnostics = `${message}, ${place}.`;
  const expression = error.path === '' ? undefined : error.path;
  if (error.kind === 'encoding') fail('encoding-invalid', { line, column }, { diagnostics, place: { line, column } });
  fail('json-invalid', { line, column }, { diagnostics, expression, place: { line, column } });
}

/** An update carries the id of its address (https://hl7.org/fhir/R5/http.html#update). */
export function requireSameId({ resource }: ReceivedResource, type: string, id: string): void {
  const given = resource['id'];
  const expression = `${type}.id`;
  if (given === undefined) {
    fail(
      'id-missing',
      { id },
      { diagnostics: 'An update has an id in the body that equals the id in the URL.', expression },
    );
  }
  if (given !== id) {
    const shown = JSON.stringify(given).slice(0, 100);
    fail('id-mismatch', { id }, { diagnostics: `The body has id ${shown}, the URL has "${id}".`, expression });
  }
}
