/** Why Kafka did not accept a message, in kinds that each have a remedy. https://kafka.apache.org/protocol#protocol_error_codes */

/** `other`: no setting can correct it; it is retried like all. */
export type KafkaFaultKind =
  'unreached' | 'certificate' | 'login' | 'topic' | 'rights' | 'large' | 'replicas' | 'other';

const byAnswer: ReadonlyMap<string, KafkaFaultKind> = new Map([
  ['SASL_AUTHENTICATION_FAILED', 'login'],
  ['UNSUPPORTED_SASL_MECHANISM', 'login'],
  ['ILLEGAL_SASL_STATE', 'login'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'topic'],
  ['INVALID_TOPIC_EXCEPTION', 'topic'],
  ['TOPIC_AUTHORIZATION_FAILED', 'rights'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'rights'],
  ['MESSAGE_TOO_LARGE', 'large'],
  ['RECORD_LIST_TOO_LARGE', 'large'],
  ['NOT_ENOUGH_REPLICAS', 'replicas'],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'replicas'],
]);

/** Node's codes of faults of a certificate, or of its holder. */
const ofCertificates = /CERT|^ERR_TLS|^ERR_SSL|^UNABLE_TO_|^EPROTO$/;
const ofNetwork = /^E[A-Z]+$|^PLT_KFK_(?:NETWORK|TIMEOUT)$/;

export class KafkaFault extends Error {
  override name = 'KafkaFault';
  readonly kind: KafkaFaultKind;

  constructor(kind: KafkaFaultKind, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.kind = kind;
  }

  /** The first error with a cure of all that the client gathered in one. */
  static of(error: unknown): KafkaFault {
    if (error instanceof KafkaFault) return error;
    const all = [...within(error)];
    for (const kindOf of [byApi, byCode]) {
      const found = all.find((one) => kindOf(one) !== undefined);
      if (found !== undefined) return new KafkaFault(kindOf(found)!, detailOf(found), { cause: error });
    }
    const isNetwork = all.some(({ code }) => code !== undefined && ofNetwork.test(code));
    // The innermost error says most: those around it only say that something has failed.
    return new KafkaFault(isNetwork ? 'unreached' : 'other', detailOf(all.at(-1)!), { cause: error });
  }
}

interface Part {
  readonly message: string;
  readonly code?: string | undefined;
  readonly apiId?: string;
  readonly serverErrorMessage?: string | null;
}

function* within(error: unknown, depth = 0): Generator<Part> {
  if (!(error instanceof Error)) {
    yield { message: String(error) };
    return;
  }
  yield error;
  if (depth > 6) return;
  if (error instanceof AggregateError) for (const one of error.errors) yield* within(one, depth + 1);
  if (error.cause !== undefined) yield* within(error.cause, depth + 1);
}

function byApi({ apiId }: Part): KafkaFaultKind | undefined {
  return apiId === undefined ? undefined : byAnswer.get(apiId);
}

function byCode({ code, message }: Part): KafkaFaultKind | undefined {
  if (code === undefined) return undefined;
  if (code === 'PLT_KFK_AUTHENTICATION') return 'login';
  // For faults that the client detects itself, only the message tells the kind.
  if (code === 'PLT_KFK_USER' && message.startsWith('Unknown topic')) return 'topic';
  if (code === 'PLT_KFK_USER' && message.includes('TLS')) return 'unreached';
  return ofCertificates.test(code) ? 'certificate' : undefined;
}

function detailOf({ message, apiId, serverErrorMessage, code }: Part): string {
  const said = serverErrorMessage ?? message;
  return apiId ?? (said === '' ? (code ?? '') : said);
}
