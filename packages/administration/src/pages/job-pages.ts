/** Jobs: work that runs beside requests, with its progress. docs/jobs.md */
import { type EnvironmentName, time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import { canBeRetried, type IndexJobAt, type JobAt, type JobsAt } from '../access/access-answers.ts';
import { accessMessages } from '../texts/access.ts';
import { clientMessages } from '../texts/client.ts';
import { jobMessages } from '../texts/job.ts';
import { jobActMessages } from '../texts/job-act.ts';
import { operatorMessages } from '../texts/operator.ts';
import { chip, facts, operatePath, operatorPage, zoneName, type OperatorPageOptions } from './frame.ts';
import { questionPage, type Question } from './question-page.ts';

export const jobsPath = `${operatePath}/jobs`;

interface JobsShown {
  readonly environment: EnvironmentName;
  /** Undefined if the environment does not answer. */
  readonly told: JobsAt | undefined;
}

export function jobsPage(environments: readonly JobsShown[], o: OperatorPageOptions): string {
  const words = jobMessages[o.language];
  const title = operatorMessages[o.language].tabs.jobs;
  const parts = environments.map(({ environment, told }) => {
    const heading = markup`<h3 class="place">${clientMessages[o.language][environment]}</h3>`;
    if (told === undefined) return markup`${heading}<p class="alarm">${accessMessages[o.language].away}</p>`;
    return markup`${heading}${listed(environment, told, o)}${told.hasMore ? markup`<p class="quiet">${words.more}</p>` : markup``}`;
  });
  const content = markup`<div class="head-line"><h2>${title}</h2><a class="button other" href="${jobsPath}">${words.refresh}</a></div>
<p class="quiet lead">${words.lead}</p>${parts}
<div class="pages"><p>${operatorMessages[o.language].times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('jobs', o, { title, content });
}

function listed(environment: EnvironmentName, { jobs, index }: JobsAt, o: OperatorPageOptions): Html {
  const words = jobMessages[o.language];
  if (jobs.length + index.length === 0) return markup`<p class="quiet empty" role="status">${words.empty}</p>`;
  const entries = [...index.map((one) => indexEntry(one, o)), ...jobs.map((job) => entry(environment, job, o))];
  const label = `${operatorMessages[o.language].tabs.jobs}: ${clientMessages[o.language][environment]}`;
  return markup`<ul class="entries" aria-label="${label}">${entries.map((one) => markup`<li>${one}</li>`)}</ul>`;
}

function indexEntry({ kind, done, total }: IndexJobAt, o: OperatorPageOptions): Html {
  const words = jobMessages[o.language];
  const share = total === 0 ? 1 : done / total;
  return markup`<div class="entry job"><span><strong>${words.index[kind]}</strong></span>
<span>${chip(words.states.running, 'wait')} ${bar(share, words.index[kind], o)}</span><small>${words.indexHint}</small><span></span></div>`;
}

const looks = { waiting: 'plain-chip', running: 'wait', ended: '' } as const;

function entry(environment: EnvironmentName, job: JobAt, o: OperatorPageOptions): Html {
  const words = jobMessages[o.language];
  const { id, about, client, asked, share, state, stops, done } = job;
  const made = done === 0 ? markup`` : markup`<small class="below">${words.made({ size: megabytes(done, o) })}</small>`;
  const progress = state === 'running' && share !== null ? bar(share, about, o) : markup``;
  const doing = (act: 'cancel' | 'retry', look: string): Html =>
    markup`<a class="button ${look}" href="${jobsPath}/${environment}/${id}/${act}">${jobActMessages[o.language][act].label}</a>`;
  const retry = canBeRetried(job, o.now) ? doing('retry', 'other') : markup``;
  const doings = stops ? markup`` : markup`${retry}${doing('cancel', 'danger')}`;
  return markup`<div class="entry job"><span><strong>${about}</strong><small class="below"><code>${id.slice(0, 8)}</code> · ${client}</small></span>
<span>${stateOf(job, o)} ${progress}${made}</span><small>${words.asked} ${time(new Date(asked), o)}${whenOf(job, o)}</small><span class="actions">${doings}</span></div>`;
}

function stateOf({ state, stops, status, attempt }: JobAt, o: OperatorPageOptions): Html {
  const words = jobMessages[o.language];
  if (stops) return chip(words.states.ending, 'wait');
  if (state === 'ended' && status !== null && status >= 400) return chip(words.failed({ status }), 'bad');
  if (state === 'ended') return chip(words.states.ended, 'good');
  if (state === 'waiting' && attempt > 0) return chip(words.waitsAgain({ attempt: attempt + 1 }), 'bad');
  return chip(words.states[state], looks[state]);
}

function whenOf({ state, due, attempt, expires }: JobAt, o: OperatorPageOptions): Html {
  const words = jobMessages[o.language];
  if (state === 'waiting' && attempt > 0) return markup`<br>${words.due} ${time(new Date(due), o)}`;
  return state === 'ended' ? markup`<br>${words.kept} ${time(new Date(expires), o)}` : markup``;
}

function bar(share: number, label: string, o: OperatorPageOptions): Html {
  const percent = Math.floor(100 * Math.min(1, Math.max(0, share)));
  const words = new Intl.NumberFormat(o.language, { style: 'percent' }).format(percent / 100);
  return markup`<span class="far"><progress max="100" value="${String(percent)}" aria-label="${label}"></progress> ${words}</span>`;
}

function megabytes(bytes: number, { language }: OperatorPageOptions): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(bytes / 1e6);
}

export interface JobAsked {
  readonly environment: EnvironmentName;
  readonly job: JobAt;
  readonly act: 'cancel' | 'retry';
}

export function jobQuestion(
  { environment, job, act }: JobAsked,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = jobMessages[o.language];
  const { id, about, client, asked } = job;
  const known = facts([
    [words.environment, clientMessages[o.language][environment]],
    [words.client, markup`<code>${client}</code>`],
    [words.state, stateOf(job, o)],
    [words.asked, time(new Date(asked), o)],
    [words.id, markup`<code>${id}</code>`],
  ]);
  const question = { tab: 'jobs', act: jobActMessages[o.language][act], name: about, about: known } as const;
  const action = `${jobsPath}/${environment}/${id}/${act}`;
  return questionPage({ ...question, action, back: jobsPath, isDangerous: act === 'cancel', again }, o);
}
