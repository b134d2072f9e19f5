/** Forms of programs as the engine reads them, with what they leave unsaid. */
import { Provider, type EngineClient, type EngineContext } from 'oidc-provider';
import type { Registration } from '../store/clients.ts';
import { completeForm } from './authorization-request.ts';
import { holderIn } from './refresh-token-holder.ts';

type Form = Record<string, unknown>;
type Sent = Record<string, string | string[] | undefined>;

/** Completes a form as soon as its client is known. The engine has read the form and passes it to nobody in between. */
export function completeForms(provider: Provider, registrationOf: (client: EngineClient) => Registration): void {
  const forms = new WeakMap<object, Sent>();
  Object.defineProperty(provider.OIDCContext.prototype, 'body', {
    set(this: EngineContext['oidc'], form: Sent) {
      forms.set(this, form);
    },
    get(this: EngineContext['oidc']): Form | undefined {
      const form = forms.get(this);
      if (form !== undefined && this.route === 'token') return named(form, Provider.ctx!);
      const isRequest = this.route === 'pushed_authorization_request' || this.route === 'device_authorization';
      if (!isRequest || form === undefined || this.client === undefined) return form;
      // A client that authenticates by HTTP Basic need not repeat its id in the form.
      return completeForm({ client_id: this.client.clientId, ...form }, registrationOf(this.client));
    },
  });
}

/** A refresh of a public client may leave `client_id` out: the engine looks for it by what stands there instead. */
function named(form: Sent, ctx: EngineContext): Form {
  const holder = holderIn(form, ctx.get('Authorization'));
  return holder === undefined ? form : { ...form, client_id: holder };
}
