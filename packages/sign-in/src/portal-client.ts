/**
 * The portal of the installation. It is registered like other clients, at the start, and needs no consent, as it belongs to the platform. A
 * separate entry point: the portal's process needs only this name from the SSO.
 */
export const portalClientId = 'dhp-portal';
