/** Forms of programs as the engine reads them, with what they leave unsaid. */
import type { EngineClient, EngineContext, Provider } from 'oidc-provider';
import type { Registration } from '../store/clients.ts';
import { completeForm } from './authorization-request.ts';

type Form = Record<string, string | string[] | undefined>;

/** What a form leaves unsaid is put in once its client is known: the engine reads the form, and gives it to nobody in between. */
export function completeForms(provider: Provider, registrationOf: (client: EngineClient) => Registration): void {
  const forms = new WeakMap<object, Form>();
  Object.defineProperty(provider.OIDCContext.prototype, 'body', {
    set(this: EngineContext['oidc'], form: Form) {
      forms.set(this, form);
    },
    get(this: EngineContext['oidc']): Form | undefined {
      const form = forms.get(this);
      const isRequest = this.route === 'pushed_authorization_request' || this.route === 'device_authorization';
      if (!isRequest || form === undefined || this.client === undefined) return form;
      return completeForm(form, registrationOf(this.client));
    },
  });
}
