export { portalPlugin } from './plugin.ts';
export type { PortalOptions, ServiceName } from './options.ts';
export type { Language } from '@dhp/negotiation';
