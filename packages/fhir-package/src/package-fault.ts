/** Reasons why a package cannot be installed. */
export type PackageFaultKind =
  | 'not-a-package' // no gzip, no tar, no package.json, or a file in it that is no resource
  | 'hostile' // paths that lead out of the package, links, or more than the limits allow
  | 'other-version' // of another version of FHIR than R5
  | 'not-valid' // a resource in it does not conform, and that was asked for
  | 'not-intact' // the bytes do not match the digest of the registry
  | 'bad-name' // the requested name or version is invalid
  | 'not-found'; // the registry has no such version

/** Thrown when a package cannot be found, read or installed; the message is a sentence for the operator. */
export class PackageFault extends Error {
  override readonly name = 'PackageFault';
  readonly kind: PackageFaultKind;

  constructor(kind: PackageFaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
