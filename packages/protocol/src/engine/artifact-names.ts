/** Names by which artifacts of the engine are found in addition to their id: those of a session, a device, a grant, a person, a client. */
import { hash, type KeyObject } from 'node:crypto';
import { requestState } from '@dhp/sso-kit/request';
import { userCodeName } from './device-codes.ts';

/** An artifact in the engine's form. */
export type Payload = Record<string, unknown>;

interface SignInPayload {
  params?: { client_id?: string };
  session?: { accountId?: string; uid?: string };
  result?: { login?: { accountId?: string }; consent?: { grantId?: string } };
}

type Names = Record<'grantId' | 'accountId' | 'clientId', string | undefined>;

export function namesOf(model: string, payload: Payload): Names {
  return model === 'Interaction' ? ofSignIn(payload) : ofToken(payload);
}

/** Returns the other name of an artifact; undefined if it has none. */
export function uidOf(model: string, payload: Payload, encryptionKey: KeyObject): string | undefined {
  if (model === 'DeviceCode') return userCodeName(encryptionKey, String(payload['userCode']));
  if (model === 'Grant') return requestState().sessionOfGrant;
  if (model === 'Interaction') return (payload as SignInPayload).session?.uid;
  // Artifacts of a session are found by the session as well.
  return textOf(payload['uid']) ?? textOf(payload['sessionUid']);
}

/** Returns, by client, the name (`sid`) that its id_tokens give the session. */
export function sidsIn(authorizations: unknown): Map<string, string> {
  const entries = Object.entries((authorizations ?? {}) as Record<string, { sid?: string }>);
  return new Map(entries.flatMap(([clientId, { sid }]) => (sid === undefined ? [] : [[clientId, sid] as const])));
}

export function hashOf(id: string): Buffer {
  return hash('sha256', id, 'buffer');
}

/** Names for reading a sign-in under way together with its client, its person and its grant. */
function ofSignIn({ params, session, result }: SignInPayload): Names {
  return {
    grantId: result?.consent?.grantId,
    accountId: result?.login?.accountId ?? session?.accountId,
    clientId: params?.client_id,
  };
}

function ofToken(payload: Payload): Names {
  return {
    grantId: textOf(payload['grantId']),
    accountId: textOf(payload['accountId']),
    clientId: textOf(payload['clientId']),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
