/** @dhp/accounts/identity-systems: signing in with an account elsewhere, such as OneID. */
export { linkKey } from './identity-systems/link-key.ts';
export { oneId } from './identity-systems/oneid.ts';
export { openIdConnect, type OpenIdConnectOptions } from './identity-systems/openid-connect.ts';
export { markTestPeople } from './identity-systems/test-people.ts';
export { type Upstream, UpstreamRefusal } from './identity-systems/upstream.ts';
export { openUpstreams, upstreamPath, type Upstreams } from './identity-systems/upstreams.ts';
