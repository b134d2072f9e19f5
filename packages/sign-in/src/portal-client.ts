/**
 * The portal of the installation. It is registered like other clients, at the start, and asks people for nothing: it is the platform's own.
 * A door of its own: the portal's process knows the name, and nothing else of the SSO.
 */
export const portalClientId = 'dhp-portal';
