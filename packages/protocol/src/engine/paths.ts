/** Paths of the engine, below the issuer. */

/** The most that the engine reads of a body, in bytes. */
export const bodyLimit = 56 * 1024;

/** Path of the sign-in, below the issuer; the uid of the sign-in follows. */
export const signInPath = '/sign-in';

export const enginePaths = {
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  jwks: '/oauth/jwks',
  par: '/oauth/par',
  deviceAuthorization: '/oauth/device_authorization',
  device: '/oauth/device',
  logout: '/oauth/logout',
};
