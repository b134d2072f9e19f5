/** Methods of a sign-in, and whether a client accepts them: it may accept only OneID, or no passwords. */
import type { Registration } from '@dhp/clients/rows';

/** Methods that the SSO itself notes in `amr` (RFC 8176); any other value is the id of an identity system. */
const own: readonly string[] = ['pwd', 'otp', 'pop', 'user', 'mfa'];

/** @param method `password`, `passkey` or the id of an identity system */
export function allowsMethod(
  { sign_in_methods: allowed }: Pick<Registration, 'sign_in_methods'>,
  method: string,
): boolean {
  return allowed.length === 0 || allowed.includes(method);
}

/** The first factor of a session, as clients name it. */
export function methodOf(amr: readonly string[]): string {
  const upstream = amr.find((one) => !own.includes(one));
  return upstream ?? (amr.includes('pwd') ? 'password' : 'passkey');
}
