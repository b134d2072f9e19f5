import { fail } from '../http/errors.ts';
import { isNotModified } from '../http/etag.ts';
import { json } from '../http/respond.ts';
import { headerOf, type Interaction } from '../contract/interaction.ts';

/** Returns the CapabilityStatement; no token is needed. https://hl7.org/fhir/R5/http.html#capabilities */
export const capabilities: Interaction = async ({ capabilities: { full, terminology } }, call) => {
  const { mode = 'full' } = call.query;
  // The normative part is not told apart; FHIR lets a server answer with the whole.
  if (mode !== 'full' && mode !== 'normative' && mode !== 'terminology') {
    const diagnostics = `mode is full, normative or terminology, not ${JSON.stringify(mode)}.`;
    fail('parameter-invalid', { name: 'mode' }, { diagnostics });
  }
  const statement = mode === 'terminology' ? await terminology() : await full();
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
  return { ...json(statement.body.bytes, headers), lasting: statement.body };
};

/** Returns the SMART configuration, by which an application finds the SSO; always plain JSON. */
export const smartConfiguration: Interaction = ({ smartConfiguration: body }) =>
  Promise.resolve({
    status: 200,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    },
    body,
  });
