/** Reasons why a patch cannot be applied; a server turns each kind into one status. */
export type PatchFaultKind =
  | 'malformed-patch' // the patch itself breaks its specification, whatever the resource
  | 'path-not-found' // an operation needs an element that does not exist
  | 'ambiguous' // the path names several elements where one is needed
  | 'already-exists' // add on an element that holds one value and has it
  | 'index-out-of-range' // no such position in the list
  | 'test-failed' // a JSON Patch `test`: the resource is not as the client believes
  | 'invalid-target' // a value that a patch may not change, or not an element of this resource
  | 'invalid-value' // not a value of the type that the element has
  | 'too-costly'; // over the limits of `PatchLimits`

/** Thrown for every patch that is not applied; the resource is then unchanged. The message contains the remedy, and quotes no data. */
export class PatchFault extends Error {
  override readonly name = 'PatchFault';
  readonly kind: PatchFaultKind;
  /** Index of the failed operation, from 0; undefined when it is the patch or the resource as a whole. */
  readonly operation: number | undefined;
  /** The path in the operation (a JSON Pointer or a FHIRPath expression), undefined if it has none. */
  readonly path: string | undefined;

  constructor(kind: PatchFaultKind, message: string, operation?: number, path?: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.operation = operation;
    this.path = path;
  }
}

/** A failure inside an operation; `inOperation` makes it a PatchFault that names the operation. */
export class Refusal extends Error {
  readonly kind: PatchFaultKind;

  constructor(kind: PatchFaultKind, reason: string) {
    super(reason);
    this.kind = kind;
  }
}

/** Runs one operation of a patch. @throws PatchFault with the index and path of the operation for every Refusal. */
export function inOperation<T>(index: number, describe: () => { name?: string; path?: string }, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { name, path } = describe();
    const what = [name, path === undefined ? undefined : quoted(path)].filter((part) => part !== undefined).join(' ');
    const prefix = what === '' ? `operation ${index}` : `operation ${index} (${what})`;
    throw new PatchFault(error.kind, `${prefix}: ${error.message}`, index, path, { cause: error });
  }
}

/** A text of the client in quotes for a message, truncated if it is long. */
export function quoted(text: string): string {
  return `'${text.length > 120 ? `${text.slice(0, 120)}…` : text}'`;
}
