/** Forms of programs as the engine reads them, completed with their implied parameters. */
import { Provider, type EngineContext } from 'oidc-provider';
import { requestState } from '@dhp/sso-kit/request';
import { completeForm, withoutSlash } from './authorization-request.ts';
import { registrationOf } from './engine-client.ts';
import { holderIn } from './refresh-token-holder.ts';
import { withNameInHeader } from './name-in-header.ts';
import type { SentForm } from './state.ts';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { isDecodable } from '@dhp/web-kit';

type Form = Record<string, unknown>;

/** Completes a form as soon as its client is known. The engine reads the form itself and offers no hook in between. */
export function completeForms(provider: Provider): void {
  Object.defineProperty(provider.OIDCContext.prototype, 'body', {
    set(this: EngineContext['oidc'], form: SentForm) {
      requestState().form = form;
    },
    get(this: EngineContext['oidc']): Form | undefined {
      const { form: sent } = requestState();
      const form = sent && withNameInHeader(sent);
      if (form !== undefined && this.route === 'token') {
        const { resource } = form;
        return named(resource === undefined ? form : { ...form, resource: withoutSlash(resource) }, Provider.ctx!);
      }
      const isRequest = this.route === 'pushed_authorization_request' || this.route === 'device_authorization';
      if (!isRequest || form === undefined || this.client === undefined) return form;
      // A client that authenticates by HTTP Basic need not repeat its id in the form.
      return completeForm({ client_id: this.client.clientId, ...form }, registrationOf(this.client));
    },
  });
}

/** A public client may omit `client_id` in a refresh: the engine then looks up the client by the placeholder set here. */
function named(form: SentForm, ctx: EngineContext): Form {
  const holder = holderIn(form, ctx.get('Authorization'));
  return holder === undefined ? form : { ...form, client_id: holder };
}

/**
 * Makes reading a request body fail at its end if it is not percent-encoded UTF-8. The engine would accept any bytes; with this it refuses
 * the form as unparsable.
 */
export function requireReadableForm(request: IncomingMessage): void {
  const read = request.iterator.bind(request);
  request.iterator = (options) => untilUnreadable(read(options) as AsyncIterable<Buffer>);
}

async function* untilUnreadable(chunks: AsyncIterable<Buffer>): NodeJS.AsyncIterator<Buffer> {
  const whole: Buffer[] = [];
  for await (const chunk of chunks) {
    whole.push(chunk);
    yield chunk;
  }
  const body = Buffer.concat(whole);
  if (!isUtf8(body) || !isDecodable(body.toString())) throw new Error('the form is no percent-encoded UTF-8');
}
