import { isUtf8 } from 'node:buffer';
import { decodeJson, JsonSyntaxError } from '@dhp/fhir-model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { binaryOfContent } from '../binary/binary-of-content.ts';
import { formLimit, isFhirType } from '../http/content-type.ts';
import { acceptedMediaTypes, fail, failure, type Failure } from '../http/errors.ts';
import { formatNames, formatOf, mediaType } from '../http/media-type.ts';
import { queryOf, requireReadable } from '../http/query.ts';
import { bufferOf, convert, faultOf } from '../presentation/conversion.ts';
import type { Query } from '../contract/query.ts';
import type { ConversionFault, Converted, Converter } from '../contract/conversion.ts';
import { largeText } from '../presentation/converter.ts';

/**
 * Reads bodies as bytes; the framework never parses them. Behind this line a resource is JSON: XML is converted, and so is the content of a
 * Binary. Forms are searched for a second token (RFC 6750 section 2); those of a search become its parameters, others are refused. Bodies
 * that a route does not take were refused by the guard.
 */
export function readBodiesAsBytes(app: FastifyInstance, bodyLimit: number, convertApart: Converter['convert']): void {
  app.removeAllContentTypeParsers();
  // The types of JSON by name, for the framework finds those at once.
  app.addContentTypeParser([...formatNames.json, '*'], { parseAs: 'buffer', bodyLimit }, (request, body, done) => {
    const settle = (result: Buffer | Error): void => {
      if (Buffer.isBuffer(result)) done(null, result);
      else done(result);
    };
    const result = asJson(request, body as Buffer, convertApart);
    if (result instanceof Promise) void result.then(settle);
    else settle(result);
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: formLimit },
    (request, body, done) => {
      try {
        done(null, formOf(request, body as Buffer));
      } catch (error) {
        done(asFailure(error));
      }
    },
  );
}

/** Large XML is read in another thread. */
function asJson(
  request: FastifyRequest,
  body: Buffer,
  convertApart: Converter['convert'],
): Buffer | Error | Promise<Buffer | Error> {
  const { type } = mediaType(request.headers['content-type'] ?? '');
  const { type: resourceType, id } = request.arrival?.exchange?.target ?? {};
  try {
    if (resourceType === 'Binary' && request.method !== 'PATCH' && type !== '' && !isFhirType(type)) {
      return binaryOfContent(body, request.headers, id === '' ? undefined : id).catch(asFailure);
    }
    if (formatOf(type) !== 'xml' || body.length === 0) return body;
    if (body.length < largeText || !isUtf8(body)) return jsonIn(request, convert(decodeJson(body), { to: 'json' }));
    return convertApart(body, { to: 'json' })
      .then((converted) => jsonIn(request, converted))
      .catch(asFailure);
  } catch (error) {
    return asFailure(error);
  }
}

function jsonIn(request: FastifyRequest, converted: Converted): Buffer | Failure {
  if (!('bytes' in converted)) return xmlFailure(faultOf(converted));
  if (request.arrival !== undefined) request.arrival.bodyWork = converted.work;
  return bufferOf(converted.bytes);
}

function asFailure(error: unknown): Error {
  if (error instanceof JsonSyntaxError) {
    const { line, column, message, offset } = error;
    return failure('encoding-invalid', { line, column }, { diagnostics: `${message}, offset ${offset}.` });
  }
  return error instanceof Error ? error : new Error(String(error));
}

function xmlFailure({ message, line, column, path }: ConversionFault): Failure {
  const expression = path === '' ? undefined : path;
  return failure('xml-invalid', { line, column }, { diagnostics: message, expression });
}

/** Fails with `token-given-twice`, `media-type-unsupported`, `encoding-invalid` or `url-malformed`. */
function formOf(request: FastifyRequest, body: Buffer): Query | Buffer {
  const text = decodeJson(body);
  const form = queryOf(text);
  if ('access_token' in form) {
    const diagnostics = 'access_token is in the form body and in the Authorization header.';
    fail('token-given-twice', {}, { diagnostics });
  }
  // Without a route the answer says so, for any media type.
  const route = request.arrival?.exchange?.target?.route;
  if (route !== undefined && !route.path.endsWith('/_search')) {
    // As axios says of no content.
    if (body.length === 0) return body;
    fail('media-type-unsupported', {}, { diagnostics: `Content-Type is a form. ${acceptedMediaTypes}` });
  }
  requireReadable(text, 'the form');
  return form;
}
