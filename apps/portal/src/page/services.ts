/** The part of the page that shows the services: their state and their addresses. */
import type { PortalOptions } from '../options.ts';
import type { PlatformStatus, ServiceState } from '../status.ts';
import type { PortalMessages } from '../texts/portal.ts';
import { servicesOf, type Address, type Service } from './addresses.ts';
import { copyButton } from './copy.ts';
import { markup, type Html } from '@dhp/web-kit';
import { icon } from './symbols.ts';

/** `unknown`: not asked yet, or the portal itself does not answer the page's script. */
type ShownState = ServiceState | 'unknown';

/** The state of each service by name; a service that was not asked, or has not answered yet, is `unknown`. */
type States = (service: Service['name']) => ShownState;

export function statesOf(status: PlatformStatus | undefined): States {
  return (name) => status?.services.find((service) => service.name === name)?.state ?? 'unknown';
}

/** One sentence on all services together. The script rewrites it by the same rule from the texts that it carries. */
export function summary(options: PortalOptions, text: PortalMessages, states: States): Html {
  const names = servicesOf(options).map(({ name }) => name);
  const { allReady, someNot, checking, portalSilent } = text.summary;
  const unwell = names.filter((name) => states(name) === 'not-ready' || states(name) === 'unreachable');
  const state: ShownState =
    unwell.length > 0 ? 'not-ready' : names.every((name) => states(name) === 'ready') ? 'ready' : 'unknown';
  const sentence =
    state === 'ready'
      ? allReady
      : state === 'unknown'
        ? checking
        : someNot({ names: unwell.map((name) => text.services.names[name]).join(', ') });
  return markup`<p
    class="summary"
    id="summary"
    data-state="${state}"
    data-all-ready="${allReady}"
    data-some-not="${someNot({ names: '{names}' })}"
    data-checking="${checking}"
    data-portal-silent="${portalSilent}"
  >
    ${icon(`state-${state}`)} <span role="status">${sentence}</span>
  </p>`;
}

export function services(options: PortalOptions, text: PortalMessages, states: States): Html {
  return markup`<section class="services" aria-labelledby="services">
    <h2 id="services">${text.services.heading}</h2>
    <ul
      class="cards"
      id="cards"
      data-ready="${text.services.states.ready}"
      data-not-ready="${text.services.states['not-ready']}"
      data-unreachable="${text.services.states.unreachable}"
      data-unknown="${text.services.states.unknown}"
    >
      ${servicesOf(options).map((service) => card(service, text, states(service.name)))}
    </ul>
  </section>`;
}

function card({ name, addresses }: Service, text: PortalMessages, state: ShownState): Html {
  return markup`<li class="card" data-service="${name}">
    <h3>${text.services.names[name]}</h3>
    <p class="state" data-state="${state}">${icon(`state-${state}`)} <span>${text.services.states[state]}</span></p>
    <p class="about">${text.services.about[name]}</p>
    <dl>${addresses.map((address) => row(address, text, `${name}-${address.name}`))}</dl>
  </li>`;
}

function row({ name, url, opens }: Address, text: PortalMessages, id: string): Html {
  const shown = markup`<code id="${id}" translate="no">${breakable(url)}</code>`;
  return markup`<div>
    <dt>${text.services.addresses[name]}</dt>
    <dd>
      ${opens ? markup`<a href="${url}">${shown}</a>` : shown}${copyButton(id, text, text.services.addresses[name])}
    </dd>
  </div>`;
}

/** An address that a narrow screen can break before a slash, without changing the copied text. */
function breakable(url: string): Html[] {
  return url.split(/(?<=[^/:])(?=\/)/).map((part, index) => (index === 0 ? markup`${part}` : markup`<wbr />${part}`));
}
