/** The words of an import: as Parameters, as JSON, or the lines themselves. docs/bulk-export.md */
import { isResourceType } from '@dhp/fhir-model';
import type { Query } from '../../contract/query.ts';
import { receiveText } from '../../http/body.ts';
import { lineTypes } from '../../http/content-type.ts';
import { mediaType } from '../../http/media-type.ts';
import { invalid, isObject } from '../input.ts';

/** `upsert`: as an update that creates; `create`: nothing that is there is changed. */
export type ImportMode = 'upsert' | 'create';

export interface AskedImport {
  readonly mode: ImportMode;
  /** Each with its address; '' for lines that were sent. In the order in which they are taken. */
  readonly inputs: readonly { readonly source: string; readonly type: string }[];
}

/** Those of others lead back to these, so that fewer lines have to wait. */
const first = ['Organization', 'Location', 'Practitioner', 'PractitionerRole', 'Patient', 'RelatedPerson', 'Device'];

const names = ['inputFormat', 'inputSource', 'mode', 'storageDetail', 'input'];

/** Fails with `parameter-invalid`, and as the body of any request. @param most inputs */
export function readAsked(query: Query, contentType: string | undefined, body: unknown, most: number): AskedImport {
  const isLines = lineTypes.includes(mediaType(contentType ?? '').type);
  const said = isLines ? sent(query) : named(body);
  const mode = modeOf(said.mode ?? single(query, 'mode'));
  if (said.inputs.length === 0) invalid('input', 'An import names at least one input, or has the lines in its body.');
  if (said.inputs.length > most)
    invalid('input', `An import has ${most} inputs at most, not ${said.inputs.length}. Send several.`);
  return { mode, inputs: inOrder(said.inputs) };
}

/** The order in which inputs are taken: those to which others refer come first. */
export function inOrder<Input extends { readonly type: string }>(inputs: readonly Input[]): Input[] {
  const place = ({ type }: Input): number => (first.includes(type) ? first.indexOf(type) : first.length);
  return inputs.toSorted((a, b) => place(a) - place(b));
}

interface Said {
  readonly mode?: unknown;
  readonly inputs: AskedImport['inputs'];
}

function sent(query: Query): Said {
  return { inputs: [{ source: '', type: typeOf(single(query, 'type') ?? '') }] };
}

function single(query: Query, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value) && value.length > 1)
    invalid(name, `${name} stands ${value.length} times; it can stand once.`);
  return [value].flat()[0];
}

function modeOf(mode: unknown): ImportMode {
  if (mode === undefined || mode === 'upsert' || mode === 'create') return mode ?? 'upsert';
  invalid('mode', `mode is upsert or create, not ${JSON.stringify(mode).slice(0, 100)}.`);
}

/** Bytes of a list of inputs. */
const mostBytes = 1024 ** 2;

function named(body: unknown): Said {
  if (Buffer.isBuffer(body) && body.length > mostBytes)
    invalid('input', `The list of inputs has ${mostBytes} bytes at most. Lines are sent as ${lineTypes[0]}.`);
  const { text, root } = receiveText(body);
  if (root !== 'object') invalid('input', 'The body is Parameters, a JSON object with input, or lines of NDJSON.');
  const resource = JSON.parse(text) as Record<string, unknown>;
  const given = resource['resourceType'] === 'Parameters' ? plain(resource) : resource;
  for (const name of Object.keys(given)) if (!names.includes(name)) invalid(name, `$import knows ${names.join(', ')}.`);
  const { inputFormat, inputSource, mode, input } = given;
  const isKnown = inputFormat === undefined || (typeof inputFormat === 'string' && lineTypes.includes(inputFormat));
  if (!isKnown) invalid('inputFormat', `inputFormat is ${lineTypes.join(', ')}.`);
  if (inputSource !== undefined && typeof inputSource !== 'string') invalid('inputSource', 'inputSource is a URI.');
  const { type: storage } = isObject(given['storageDetail']) ? given['storageDetail'] : {};
  if (storage !== undefined && storage !== 'https')
    invalid('storageDetail', 'Inputs are fetched by https; no other storageDetail.type is known.');
  if (!Array.isArray(input)) invalid('input', 'input is a list of objects with type and url.');
  return { mode, inputs: input.map(inputOf) };
}

/** Parameters as the JSON that they stand for. */
function plain(resource: Record<string, unknown>): Record<string, unknown> {
  const of = (parts: unknown): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const part of Array.isArray(parts) ? (parts as unknown[]) : []) {
      if (!isObject(part) || typeof part['name'] !== 'string') invalid('input', 'A parameter has a name.');
      const { name, part: inner } = part;
      const value =
        inner === undefined ? Object.entries(part).find(([key]) => key.startsWith('value'))?.[1] : of(inner);
      if (name === 'input') ((result['input'] ??= []) as unknown[]).push(value);
      else if (name in result) invalid(name, `${name} stands more than once.`);
      else result[name] = value;
    }
    return result;
  };
  return of(resource['parameter']);
}

function inputOf(input: unknown, index: number): { source: string; type: string } {
  const { type = '', url } = isObject(input) ? input : {};
  if (typeof url !== 'string' || url.length > 4_000 || !URL.canParse(url))
    invalid('input', `input[${index}] has a url of 4,000 characters at most.`);
  return { source: url, type: typeOf(type) };
}

function typeOf(type: unknown): string {
  if (type === '' || (typeof type === 'string' && isResourceType(type))) return type;
  invalid('input', `${JSON.stringify(type).slice(0, 100)} is no resource type of R5.`);
}
