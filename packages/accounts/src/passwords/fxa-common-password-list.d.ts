/** The package has no types. */
declare module 'fxa-common-password-list' {
  const commonPasswords: {
    /** Whether the password is among the most common ones of at least eight characters; case-sensitive. */
    test(password: string): boolean;
  };
  export default commonPasswords;
}
