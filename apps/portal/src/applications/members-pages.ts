/** Pages about the members of an organisation of developers, and the invitation into one. */
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { applicationsMessages } from '../texts/applications.ts';
import { shown } from './change-pages.ts';
import { alarm, csrfField, whole, type Refusal } from './pages.ts';
import type { Invitation, Member, Members } from './shapes.ts';
import { roleWords } from './words.ts';

export function membersPage(page: Page, organization: Members, refusal?: Refusal): string {
  const text = applicationsMessages[page.language].members;
  const isOwner = organization.role === 'owner';
  const main = markup`${alarm(refusal, page)}
    <h2>${text.title}</h2>
    <ul class="list">
      ${organization.members.map((member) => memberCard(member, organization, page))}
    </ul>
    ${isOwner && invitationForm(organization, page)}
    <p><a href="${page.root}applications">${applicationsMessages[page.language].back}</a></p>`;
  return whole(page, organization.name, main);
}

function memberCard({ id, name, role, is_self: isSelf }: Member, organization: Members, page: Page): Html {
  const text = applicationsMessages[page.language].members;
  const action = `${page.root}applications/organizations/${organization.id}/members/${id}`;
  const isOwner = organization.role === 'owner';
  const other = role === 'owner' ? 'developer' : 'owner';
  const button = (act: string, words: string, look: string): Html =>
    markup`<button class="button ${look}" name="act" value="${act}">${words}</button>`;
  const acts = markup`<form class="actions" method="post" action="${action}">
    ${csrfField(page)} ${isOwner && button(other, other === 'owner' ? text.makeOwner : text.makeDeveloper, 'other')}
    ${(isOwner || isSelf) && button('remove', isSelf ? text.leave : text.remove, 'danger')}
  </form>`;
  return markup`<li class="card">
    <div>
      <h3>${name}</h3>
      <p class="quiet">${roleWords(role, page.language)}${isSelf && markup` · ${text.you}`}</p>
    </div>
    ${(isOwner || isSelf) && acts}
  </li>`;
}

function invitationForm({ id, invitations }: Members, page: Page): Html {
  const text = applicationsMessages[page.language].members;
  const action = `${page.root}applications/organizations/${id}`;
  return markup`<section aria-labelledby="invite">
    <h2 id="invite">${text.invite}</h2>
    <p class="quiet">${text.inviteAbout}</p>
    <form class="form" method="post" action="${action}/invite">
      ${csrfField(page)}
      <label
        >${text.as}
        <select name="role">
          <option value="developer">${roleWords('developer', page.language)}</option>
          <option value="owner">${roleWords('owner', page.language)}</option>
        </select></label
      >
      <button class="button">${text.makeLink}</button>
    </form>
    ${
      invitations > 0 &&
      markup`<form class="actions" method="post" action="${action}/take-back">
        ${csrfField(page)}
        <span>${text.open({ count: invitations })}</span> <button class="button other">${text.takeBack}</button>
      </form>`
    }
  </section>`;
}

/** The link of an invitation, shown once. */
export function invitationPage(page: Page, organization: Members, link: string): string {
  const text = applicationsMessages[page.language].members;
  const main = markup`<p class="notice" role="status">${text.linkMade}</p>
    ${shown('invitation', text.link, link, page)}
    <p class="alarm">${text.linkOnce}</p>
    <p><a class="button" href="${page.root}applications/organizations/${organization.id}">${text.goOn}</a></p>`;
  return whole({ ...page, isOnce: true }, organization.name, main);
}

/** The question before an invitation is accepted. */
export function joinPage(page: Page, { organization, role }: Invitation, token: string): string {
  const text = applicationsMessages[page.language].members;
  const main = markup`<p>${text.joinAbout({ role: roleWords(role, page.language) })}</p>
    <form class="actions" method="post" action="${page.root}applications/join/${token}">
      ${csrfField(page)} <button class="button">${text.join}</button>
      <a class="button other" href="${page.root}applications">${text.joinNot}</a>
    </form>`;
  return whole(page, organization, main);
}
