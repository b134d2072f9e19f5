/** Encrypted values of channel parameters: credentials of the receiver, which only a delivery needs. */
import { sealing } from '../search/sealing.ts';

/** Parameters in their order. */
export type ChannelValues = readonly (readonly [name: string, value: string])[];

export interface ValueSeal {
  readonly seal: (request: string, values: ChannelValues) => Buffer;
  /** @throws Error for values that were not encrypted for the request with this key */
  readonly open: (request: string, sealed: Buffer) => ChannelValues;
}

/** @param key 32 random bytes that all nodes of an environment share */
export function valueSeal(key: Buffer, baseUrl: string): ValueSeal {
  const values = sealing(key, 'channels of subscriptions');
  const about = (request: string): string => `${baseUrl} ${request}`;
  return {
    seal: (request, given) => Buffer.from(values.seal(about(request), Buffer.from(JSON.stringify(given))), 'base64url'),
    open(request, sealed) {
      const opened = values.open(about(request), sealed.toString('base64url'));
      if (opened === undefined) throw new Error('values of a channel cannot be opened');
      return JSON.parse(opened.toString('utf8')) as ChannelValues;
    },
  };
}
