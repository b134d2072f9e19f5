import { identityTypes, type Identity } from '../store/accounts.ts';
import type { BreachedPasswords } from '../passwords/breached-passwords.ts';
import { AccountError } from '../fields/account-error.ts';
import { findPasswordFlaw, passwordRules } from '../passwords/password-policy.ts';
import { checkPersonValues, type GivenPersonValues, type PersonValues } from '../fields/person-fields.ts';

export { AccountError } from '../fields/account-error.ts';

export interface NewAccount extends GivenPersonValues {
  /** Name with which the person signs in; not case-sensitive. */
  username: string;
  /** Without one the person signs in by a link, a passkey or an identity system. */
  password?: string;
  /** At most one of each type in each environment. */
  identities?: readonly Identity[];
}

/** A registration that can be stored. */
export type ValidAccount = PersonValues & { username: string; password?: string; identities: Identity[] };

/** A name in the form in which names are compared: trimmed and in lower case. */
export function usernameOf(text: string): string {
  return text.trim().normalize('NFKC').toLowerCase().slice(0, 200);
}

/** @throws AccountError for the first invalid value; for the password see `validatePassword` */
export function validateNewAccount(o: NewAccount): ValidAccount {
  const username = usernameOf(o.username);
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{1,99}$/u.test(username)) {
    const rule =
      'A user name has 2 to 100 letters, digits, ".", "_", "@", "+" or "-" and starts with a letter or digit';
    throw new AccountError('invalid-username', rule);
  }
  return {
    ...checkPersonValues(o),
    username,
    ...(o.password !== undefined && { password: o.password }),
    identities: validateIdentities(o.identities ?? []),
  };
}

/** @throws AccountError if it is too short, too long, too common, known from breaches or made of facts about the person */
export async function validatePassword(
  password: string,
  person: { username: string; name: string },
  breached: BreachedPasswords | undefined,
): Promise<void> {
  const flaw = await findPasswordFlaw(password, person, breached);
  if (flaw !== undefined) throw new AccountError('invalid-password', passwordRules[flaw]);
}

function validateIdentities(identities: readonly Identity[]): Identity[] {
  const seen = new Set<string>();
  for (const { environment, type, fhir_id } of identities) {
    const reference = `${type}/${fhir_id}`;
    if (!identityTypes.includes(type) || !/^[A-Za-z0-9.-]{1,64}$/.test(fhir_id)) {
      const rule = `"${reference}" is not somebody: write it as ${identityTypes.join('/ID, ')}/ID`;
      throw new AccountError('invalid-identity', rule);
    }
    const place = `${environment} ${type}`;
    if (seen.has(place)) throw new AccountError('invalid-identity', `Two ${type} identities in the ${environment}`);
    seen.add(place);
  }
  return [...identities];
}
