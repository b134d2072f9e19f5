/** The page to print with a code by which a person sets a password: in three languages, as the reader's language is unknown. */
import { languageNames, languages } from '@dhp/negotiation';
import { time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import { operatorMessages } from '../texts/operator.ts';
import { paperMessages } from '../texts/paper.ts';
import { operatorPage, type OperatorPageOptions, type OperatorTab } from './frame.ts';

interface Paper {
  readonly username: string;
  readonly code: string;
  readonly address: string;
  /** ISO 8601. */
  readonly until: string;
  readonly back: string;
  readonly tab: OperatorTab;
}

/** It is shown once; the printed page omits the parts for the operator. */
export function paperPage(paper: Paper, o: OperatorPageOptions): string {
  const text = operatorMessages[o.language];
  const { done } = text.personActs['paper-code'];
  const content = markup`<div class="question"><p class="notice unprinted" role="status">${done}</p>
${languages.map((language) => part(paper, language, o))}
<p class="quiet unprinted">${text.onceOnly}</p><p class="unprinted"><a class="button" href="${paper.back}">${text.back}</a></p></div>`;
  return operatorPage(paper.tab, o, { title: done, content });
}

function part(
  { username, code, address, until }: Paper,
  language: (typeof languages)[number],
  { timeZone }: OperatorPageOptions,
): Html {
  const text = paperMessages[language];
  return markup`<section class="paper" lang="${language}"><h2>${text.heading} <small>${languageNames[language]}</small></h2>
<p>${text.how}</p><p class="secret"><code translate="no">${address}</code></p>
<dl class="facts"><dt>${text.user}</dt><dd><code translate="no">${username}</code></dd>
<dt>${text.code}</dt><dd><code translate="no">${code}</code></dd>
<dt>${text.until}</dt><dd>${time(new Date(until), { language, timeZone })}</dd></dl>
<p>${text.once}</p></section>`;
}
