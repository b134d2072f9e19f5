/** Prints clients in the shell. */
import type { Client } from '@dhp/clients';
import { results } from '../results.ts';
import { table } from '../output.ts';

/** Names are those of RFC 7591, so that the object can be used wherever a registration response can. */
export function asJson(client: Client, secret?: string): Record<string, unknown> {
  return {
    client_id: client.clientId,
    ...(secret !== undefined && { client_secret: secret }),
    client_name: client.name,
    grant_types: client.grants,
    scope: client.scopes.join(' '),
    ...(client.redirectUris.length > 0 && { redirect_uris: client.redirectUris }),
    ...(client.public && { token_endpoint_auth_method: 'none' }),
    ...(client.hasKeys && { token_endpoint_auth_method: 'private_key_jwt' }),
    ...(client.jwksUri !== undefined && { jwks_uri: client.jwksUri }),
    environment: client.environment,
    disabled: client.disabled !== undefined,
    created_at: client.created.toISOString(),
  };
}

/** The secret is shown only this once. */
export function printSecret(client: Client, secret: string | undefined): void {
  if (secret === undefined) {
    const how = client.hasKeys ? results().client.signs : results().client.isPublic;
    process.stdout.write(`client_id      ${client.clientId}\n${how}\n`);
    return;
  }
  process.stdout.write(
    `client_id      ${client.clientId}\nclient_secret  ${secret}\n` +
      `environment    ${client.environment}\nscope          ${client.scopes.join(' ')}\n\n` +
      `${results().client.keepSecret}\n`,
  );
}

/** The clients of a list, a line each. */
export function overview(clients: readonly Client[]): string {
  if (clients.length === 0) return `${results().client.none}\n`;
  const rows = clients.map((client) => [
    ...[client.clientId, client.name, client.environment, stateOf(client), client.scopes.join(' ')],
  ]);
  return table(['CLIENT ID', 'NAME', 'ENVIRONMENT', 'STATE', 'SCOPE'], rows);
}

/** In production a client works after its approval, in the playground at once. */
export function stateOf(client: Client): 'active' | 'registered' | 'disabled' {
  if (client.disabled !== undefined) return 'disabled';
  return client.environment === 'production' && client.approved === undefined ? 'registered' : 'active';
}
