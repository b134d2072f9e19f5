import { fail } from '../http/errors.ts';
import { isNotModified } from '../http/etag.ts';
import { fhirJson, json } from '../http/respond.ts';
import { endpointTypes } from '../endpoint-types.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Interaction, type Statement } from '../contract/interaction.ts';
import { askedTypes, requireKnown } from '../http/asked-types.ts';

/**
 * Returns the CapabilityStatement; no token is needed. `_type` leaves out the other types; FHIR has no parameter for that, and names types so
 * where several are searched. https://hl7.org/fhir/R5/http.html#capabilities
 */
export const capabilities: Interaction = async ({ capabilities: { full, terminology } }, call) => {
  const { mode = 'full' } = call.query;
  // The normative part is not told apart; FHIR lets a server answer with the whole.
  if (mode !== 'full' && mode !== 'normative' && mode !== 'terminology') {
    const diagnostics = `mode is full, normative or terminology, not ${JSON.stringify(mode)}.`;
    fail('parameter-invalid', { name: 'mode' }, { diagnostics, expression: 'http.mode' });
  }
  const types = askedTypes(call.query, '_type', endpointTypes);
  if (mode === 'terminology' && types.length > 0) {
    const diagnostics = 'The TerminologyCapabilities have no types: leave out _type, or mode.';
    fail('parameter-invalid', { name: '_type' }, { diagnostics, expression: 'http._type' });
  }
  return statementAnswer(mode === 'terminology' ? await terminology() : await full(types), call, fhirJson);
};

/** Returns the OpenAPI description; no token is needed. */
export const openApi: Interaction = async ({ tools }, call) => {
  requireKnown(call.query, ['type'], 'openapi.json');
  return statementAnswer(await tools.openApi(askedTypes(call.query, 'type', endpointTypes)), call, plainJson);
};

/** Returns the Postman collection; no token is needed. */
export const postmanCollection: Interaction = ({ tools }, call) => fileAnswer(tools.postmanCollection, call);

/** Returns the environment of the Postman collection; no token is needed. */
export const postmanEnvironment: Interaction = ({ tools }, call) => fileAnswer(tools.postmanEnvironment, call);

const plainJson = 'application/json; charset=utf-8';

function fileAnswer(file: Statement, call: Call): Promise<Answer> {
  return Promise.resolve().then(() => {
    requireKnown(call.query, [], 'This file');
    return statementAnswer(file, call, plainJson);
  });
}

function statementAnswer(statement: Statement, call: Call, contentType: string): Answer {
  const headers = {
    etag: statement.etag,
    'cache-control': 'public, max-age=300',
    'access-control-allow-origin': '*',
  };
  const conditions = {
    'if-none-match': headerOf(call, 'if-none-match'),
    'if-modified-since': headerOf(call, 'if-modified-since'),
  };
  if (isNotModified(conditions, statement.etag, statement.date)) return { status: 304, headers };
  const { body } = statement;
  return { ...json(body.bytes, { ...headers, 'content-type': contentType }), lasting: body };
}

/** Returns the SMART configuration, by which an application finds the SSO; always plain JSON. */
export const smartConfiguration: Interaction = ({ smartConfiguration: body }) =>
  Promise.resolve({
    status: 200,
    headers: {
      'content-type': plainJson,
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    },
    body,
  });
