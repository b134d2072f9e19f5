/**
 * HTTP Basic with an id and no secret, as programs of public clients send it by default (`curl -u CLIENT_ID:`): an empty secret counts as
 * omitted (RFC 6749 section 2.3.1), so the request only names its client. The engine would refuse it.
 */
import type { IncomingMessage } from 'node:http';
import { clientIdShape, type FindRegistration } from '@dhp/clients';
import { requestState } from '@dhp/sso-kit/request';
import type { SentForm } from './state.ts';

/** Uses the header of a public client as its `client_id`. The engine still refuses clients that have a secret or keys. */
export async function readNameInHeader(request: IncomingMessage, find: FindRegistration): Promise<void> {
  const id = nameIn(request.headers.authorization);
  if (id === undefined || (await find(id))?.public !== true) return;
  delete request.headers.authorization;
  requestState().nameInHeader = id;
}

function nameIn(header: string | undefined): string | undefined {
  const [, basic] = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '') ?? [];
  const text = basic && Buffer.from(basic, 'base64').toString('utf8');
  if (text?.endsWith(':') !== true) return undefined;
  const id = text.slice(0, -1);
  return clientIdShape.test(id) ? id : undefined;
}

/** The form with the client of the header; if the form names another client, it gets both ids, which the engine refuses. */
export function withNameInHeader(form: SentForm): SentForm {
  const { nameInHeader: name } = requestState();
  if (name === undefined) return form;
  const { client_id: given } = form;
  return { ...form, client_id: given === undefined || given === '' || given === name ? name : [name, given].flat() };
}
