import { userInfo } from 'node:os';

/** Returns the user of this process, for the audit trail of commands. */
export function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // a container may run as a number that has no name
  }
}
