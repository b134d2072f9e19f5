/** Descriptive details of a registration, under the names of RFC 7591 section 2 and OpenID Connect Registration 1.0. */
import { ClientError } from './client-error.ts';
import { validateAddress } from './validate-address.ts';

export interface ClientDetails {
  /** A page about the client, its picture, what it does with data, its terms. */
  client_uri?: string;
  logo_uri?: string;
  policy_uri?: string;
  tos_uri?: string;
  /** Address at which software of a health worker launches the application (SMART App Launch, EHR launch). */
  initiate_login_uri?: string;
  /** E-mail addresses of the people who are responsible for it. */
  contacts?: string[];
  software_id?: string;
  software_version?: string;
  /** Method of sending its secret that the client named; both work. */
  token_endpoint_auth_method?: 'client_secret_basic' | 'client_secret_post';
}

export const detailAddresses = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'initiate_login_uri'] as const;
export const detailTexts = ['software_id', 'software_version'] as const;

const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** @throws ClientError for the first value that is not valid */
export function validateDetails(details: ClientDetails): ClientDetails {
  for (const name of detailAddresses) validateAddress(name, details[name]);
  for (const name of detailTexts) {
    const text = details[name];
    if (text !== undefined && (text === '' || text.length > 200 || /\p{Cc}/u.test(text))) {
      throw new ClientError('invalid-details', `${name} is a text of 1 to 200 characters`);
    }
  }
  const { contacts = [] } = details;
  if (contacts.length > 10 || contacts.some((contact) => contact.length > 200 || !email.test(contact))) {
    throw new ClientError('invalid-details', 'contacts is a list of at most 10 e-mail addresses');
  }
  return details;
}
