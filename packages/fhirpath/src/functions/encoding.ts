import type { Scope } from '../scope.ts';
import { failure, stringArgument, type Call, type FunctionTable } from './call.ts';
import { text } from './strings.ts';

/** https://hl7.org/fhirpath/#additional-string-functions */
export const encoding: FunctionTable = {
  encode: { min: 1, max: 1, build: (call) => text(call, (input, scope) => encode(call, input, scope)) },
  decode: { min: 1, max: 1, build: (call) => text(call, (input, scope) => decode(call, input, scope)) },
  escape: { min: 1, max: 1, build: (call) => text(call, (input, scope) => escape(call, input, scope)) },
  unescape: { min: 1, max: 1, build: (call) => text(call, (input, scope) => unescape(call, input, scope)) },
};

const encodings: Readonly<Record<string, BufferEncoding>> = { hex: 'hex', base64: 'base64', urlbase64: 'base64url' };

function encodingOf(call: Call, scope: Scope): BufferEncoding | undefined {
  const name = stringArgument(call, 0, scope);
  if (name === undefined) return undefined;
  if (!Object.hasOwn(encodings, name)) throw failure(call, 'known are hex, base64 and urlbase64');
  return encodings[name];
}

function encode(call: Call, input: string, scope: Scope): string | undefined {
  const encoding = encodingOf(call, scope);
  if (encoding === undefined) return undefined;
  const encoded = Buffer.from(input, 'utf8').toString(encoding);
  // The specification keeps the padding in the alphabet for URLs.
  return encoding === 'base64url' ? encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=') : encoded;
}

function decode(call: Call, input: string, scope: Scope): string | undefined {
  const encoding = encodingOf(call, scope);
  return encoding && Buffer.from(input, encoding).toString('utf8');
}

const entities: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }),
);
const characters: ReadonlyMap<string, string> = new Map(
  [...entities].map(([character, entity]) => [entity, character]),
);

function escape(call: Call, input: string, scope: Scope): string | undefined {
  switch (stringArgument(call, 0, scope)) {
    case undefined:
      return undefined;
    case 'html':
      return input.replace(/[&<>"']/g, (char) => entities.get(char)!);
    case 'json':
      return JSON.stringify(input).slice(1, -1);
    default:
      throw failure(call, 'known are html and json');
  }
}

const jsonEscapes = /\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))/g;
const jsonCharacters: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
);

function unescape(call: Call, input: string, scope: Scope): string | undefined {
  switch (stringArgument(call, 0, scope)) {
    case undefined:
      return undefined;
    case 'html':
      return input.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => characters.get(entity)!);
    case 'json':
      // A character that needs no escape may have one.
      return input.replaceAll(jsonEscapes, (_, one?: string, hex?: string) =>
        hex === undefined ? (jsonCharacters.get(one!) ?? one!) : String.fromCharCode(parseInt(hex, 16)),
      );
    default:
      throw failure(call, 'known are html and json');
  }
}
