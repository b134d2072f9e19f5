/** The part of the page that leads to a token, a read and a create. */
import type { PortalOptions } from '../options.ts';
import type { PortalMessages } from '../texts/portal.ts';
import { copyButton } from './copy.ts';
import { exampleLanguages, examples, registerCommand, type Example, type ExampleLanguage } from './examples.ts';
import { markup, type Html } from '@dhp/web-kit';
import { icon } from './symbols.ts';

interface FirstStep {
  readonly title: string;
  readonly text: string;
}

export function steps(options: PortalOptions, text: PortalMessages): Html {
  const all = examples(options);
  const { heading, lead, register, secretWarning } = text.steps;
  return markup`<section class="steps" aria-labelledby="steps">
    <h2 id="steps">${heading}</h2>
    <p class="lead">${lead}</p>
    <ol>
      ${step(register, registration(options, text), 'h3')}
    </ol>
    <p class="warning">${icon('warning')} <span>${secretWarning}</span></p>
    ${tabList(all, text)} ${exampleLanguages.map((language) => panel(language, all[language], options, text))}
  </section>`;
}

/** The command that registers, and a link to register without it if people can sign in. */
function registration({ signIn }: PortalOptions, text: PortalMessages): Html {
  const { register, clientName } = text.steps;
  const link = markup`<p class="aside">${register.atPortal} <a href="./applications">${register.title}</a></p>`;
  return markup`${code('register', registerCommand(clientName), text, register.title)} ${signIn !== undefined && link}`;
}

/** Without the script there are no tabs: every panel is shown, each under its heading. */
function tabList(all: Record<ExampleLanguage, Example>, text: PortalMessages): Html {
  return markup`<div class="tabs" role="tablist" aria-label="${text.steps.examplesIn}" hidden>
    ${exampleLanguages.map(
      (language) =>
        markup`<button type="button" role="tab" id="tab-${language}" aria-controls="panel-${language}">
          ${all[language].name}
        </button>`,
    )}
  </div>`;
}

function panel(language: ExampleLanguage, example: Example, options: PortalOptions, text: PortalMessages): Html {
  const { token, read, search, create, save } = text.steps;
  const found: FirstStep = options.demo === undefined ? search : read;
  const piece = (name: 'token' | 'read' | 'create', title: string): Html =>
    code(`${language}-${name}`, example[name], text, `${example.name}, ${title}`);
  return markup`<section class="panel" id="panel-${language}" aria-labelledby="name-${language}">
    <h3 id="name-${language}">${example.name}</h3>
    ${language !== 'curl' && markup`<p class="save">${save[language]}</p>`}
    <ol class="from-two">
      ${step(token, piece('token', token.title), 'h4')}
      ${step(
        found,
        markup`${piece('read', found.title)} ${options.demo && doctor(options.urls.playground, options.demo, text)}`,
        'h4',
      )}
      ${step(create, piece('create', create.title), 'h4', 'beyond')}
    </ol>
  </section>`;
}

function doctor(playground: string, demo: NonNullable<PortalOptions['demo']>, text: PortalMessages): Html {
  const address = `${playground}/Practitioner/${demo.practitionerId}`;
  return markup`<p class="aside">${text.steps.practitioner} <code translate="no">${address}</code></p>`;
}

function step({ title, text }: FirstStep, content: Html, level: 'h3' | 'h4', kind?: 'beyond'): Html {
  const heading = level === 'h3' ? markup`<h3>${title}</h3>` : markup`<h4>${title}</h4>`;
  return markup`<li class="step ${kind}">
    ${heading}
    <p>${text}</p>
    ${content}
  </li>`;
}

function code(id: string, source: string, text: PortalMessages, what: string): Html {
  return markup`<div class="code">
    <pre><code id="${id}" translate="no">${source}</code></pre>
    ${copyButton(id, text, what)}
  </div>`;
}
