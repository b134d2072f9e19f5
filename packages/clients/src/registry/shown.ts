/** How a client is shown: the names of RFC 7591. */
import { clientFields, fieldNames } from '../fields/client-fields.ts';
import type { ClientField } from '../fields/client-field.ts';
import type { Client } from './client.ts';
import { logoPath } from '../logos/logo.ts';

/** The declared fields of a client by their names in JSON, in the order of their declaration. */
export function shownFields(
  client: Client,
  isShown: (field: ClientField) => boolean = () => true,
): Record<string, unknown> {
  const shown = fieldNames
    .filter((name) => isShown(clientFields[name]))
    .map((name) => [clientFields[name].json, shownValue(client[name], clientFields[name])] as const);
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined));
}

export function authenticationMethod(client: Client): 'none' | 'private_key_jwt' | 'client_secret_basic' {
  if (client.public) return 'none';
  return client.hasKeys ? 'private_key_jwt' : 'client_secret_basic';
}

/** @returns undefined for a field that is omitted from the answer */
function shownValue(value: Client[keyof typeof clientFields], { kind, omitsEmpty }: ClientField): unknown {
  if (kind === 'picture') return typeof value === 'string' ? `${logoPath}/${value}` : undefined;
  if (!Array.isArray(value)) return value;
  if (omitsEmpty === true && value.length === 0) return undefined;
  return kind === 'words' ? value.join(' ') : value;
}

/** A client is registered first; in production it works when it is approved. */
export function statusOf(client: Client): 'registered' | 'approved' | 'disabled' {
  if (client.disabled !== undefined) return 'disabled';
  return client.approved === undefined ? 'registered' : 'approved';
}
