/** Database roles of servers with the least privileges, and bringing a database to the declared state. */
export type { ServerPrivileges } from './privileges.ts';
export type { ServerSchema } from './apply-grants.ts';
export { urlOfLogin } from './login.ts';
export { scramVerifier } from './scram.ts';
export { serverSettings } from './role-settings.ts';
export { closeToPublic } from './maintenance-databases.ts';
export {
  inspectServerRole,
  openServerRole,
  OtherPasswordError,
  type ServerRole,
  type ServerRoleOptions,
  type ServerRoleState,
} from './server-role.ts';
