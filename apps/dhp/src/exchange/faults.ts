/** How a walk to a server can end before its end. */

/** The server has refused, or its answer cannot be used: repeating the request would give the same answer. */
export class ServerRefusal extends Error {
  override name = 'ServerError';
  /** 0 if the fault is not an HTTP answer. */
  readonly status: number;

  constructor(message: string, status = 0) {
    super(message);
    this.status = status;
  }
}

/** The server was not reached within the caller's patience, or the user has stopped the command: the next run continues. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

interface Issue {
  readonly diagnostics?: unknown;
  readonly details?: { readonly text?: unknown; readonly coding?: readonly { readonly code?: unknown }[] };
}

/** The issues of an OperationOutcome; empty for anything else. */
export function issuesOf(outcome: unknown): readonly Issue[] {
  const { issue } = (outcome ?? {}) as { issue?: unknown };
  return Array.isArray(issue) ? (issue as Issue[]) : [];
}

/** The first sentence that an OperationOutcome or an error of OAuth has for people. */
export function sentenceIn(text: string): string | undefined {
  try {
    const body = JSON.parse(text) as { error?: unknown; error_description?: unknown };
    for (const { diagnostics, details } of issuesOf(body))
      for (const said of [diagnostics, details?.text]) if (typeof said === 'string') return said;
    return [body.error_description, body.error].find((said) => typeof said === 'string');
  } catch {
    return undefined;
  }
}

/** The stable code of the first issue. */
export function codeOf(outcome: unknown): string | undefined {
  const code = issuesOf(outcome)[0]?.details?.coding?.[0]?.code;
  return typeof code === 'string' ? code : undefined;
}
