/** A registered client, as the rest of the server and its administrators see it. */
import { hasKeys, type ClientRow } from '../store/clients.ts';
import type { EnvironmentName } from '@dhp/sso-kit';
import {
  columnOf,
  fieldNames,
  type ClientColumns,
  type ClientDetails,
  type ClientValues,
} from '../fields/client-fields.ts';

export interface Client extends ClientValues {
  clientId: string;
  environment: EnvironmentName;
  /** It has no secret. */
  public: boolean;
  /** It authenticates by private_key_jwt and has no secret. */
  hasKeys: boolean;
  /** For people, and for launching. */
  details: ClientDetails;
  /** How many secrets it has, including expired ones: 2 while a rotation with `keepOld` overlaps. */
  liveSecrets: number;
  /** How many of them are accepted now. */
  acceptedSecrets: number;
  /** When and by whom it was approved; a client of production works only after that. */
  approved?: Date;
  approvedBy?: string;
  /** The registration token by which it registered itself; absent when an operator did. */
  registeredWith?: string;
  created: Date;
  updated: Date;
  /** Absent while the client is enabled. */
  disabled?: Date;
  disabledReason?: string;
}

/** The declared fields of a row, without those that are null. */
export function valuesOf(row: ClientColumns): ClientValues {
  const all = fieldNames.map((name) => [name, row[columnOf(name)]] as const);
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as unknown as ClientValues;
}

export function toClient(row: ClientRow): Client {
  const secrets = [row.secret_hash, row.previous_secret_hash].filter((hash) => hash !== null).length;
  return {
    ...valuesOf(row),
    clientId: row.client_id,
    environment: row.environment,
    public: row.public,
    hasKeys: hasKeys(row),
    details: row.details,
    liveSecrets: secrets,
    acceptedSecrets: secrets,
    ...(row.approved_at === null ? {} : { approved: row.approved_at }),
    ...(row.approved_by === null ? {} : { approvedBy: row.approved_by }),
    ...(row.registered_with === null ? {} : { registeredWith: row.registered_with }),
    created: row.created_at,
    updated: row.updated_at,
    ...(row.disabled_at === null ? {} : { disabled: row.disabled_at }),
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason }),
  };
}
