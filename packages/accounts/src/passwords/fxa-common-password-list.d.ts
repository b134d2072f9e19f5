/** The package has no types of its own. */
declare module 'fxa-common-password-list' {
  const commonPasswords: {
    /** Whether the password is among the most common ones of eight characters and more. Case matters. */
    test(password: string): boolean;
  };
  export default commonPasswords;
}
