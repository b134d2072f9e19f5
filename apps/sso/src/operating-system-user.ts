import { userInfo } from 'node:os';

/** Who runs this process, for the audit trail of what is done at the terminal. */
export function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // a container may run as a number that has no name
  }
}
