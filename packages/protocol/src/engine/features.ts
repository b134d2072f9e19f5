/** Features of the protocols that the engine carries out, with their pages and resources. */
import { hkdfSync } from 'node:crypto';
import type { EngineOptions } from './options.ts';
import type { EnginePages } from './pages.ts';
import type { ResourceServers } from './resource-servers.ts';

export function featuresOf(
  options: EngineOptions,
  pages: EnginePages,
  { defaultResource, getResourceServerInfo }: ResourceServers,
): Record<string, object> {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    deviceFlow: {
      enabled: options.grants.includes('urn:ietf:params:oauth:grant-type:device_code'),
      userCodeInputSource: pages.userCode,
      userCodeConfirmSource: pages.confirmDevice,
      successSource: pages.deviceDone,
    },
    dPoP: {
      enabled: true,
      nonceSecret: Buffer.from(hkdfSync('sha256', options.encryptionKey, '', 'dhp sso dpop nonces', 32)),
      requireNonce: () => options.requireDpopNonce,
    },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    pushedAuthorizationRequests: { enabled: true },
    resourceIndicators: { enabled: true, defaultResource, getResourceServerInfo, useGrantedResource: () => true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: pages.logout, postLogoutSuccessSource: pages.signedOut },
    userinfo: { enabled: false },
  };
}
