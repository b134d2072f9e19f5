// Behaviour of the start page: copying, tabs, and the state of the services without a reload. The page is readable without it, and all
// texts are data attributes of the page, in its language.

/** How often the services are checked while the page is visible, in milliseconds. */
const interval = 5000;
const patience = 4000;
/** How often in a row the portal has not answered: a single failure is ignored. */
let silences = 0;

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', () => void copy(button));
}

const tabs = [...document.querySelectorAll('[role=tab]')];
if (tabs.length > 0) startTabs();

const cards = document.querySelector('#cards');
const summary = document.querySelector('#summary');
if (cards && summary) {
  void refresh();
  setInterval(() => {
    if (!document.hidden) void refresh();
  }, interval);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void refresh();
  });
}

/** Copies the text of the button's element and shows the result on the button. */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector('span');
  const usual = (button.dataset.usual ??= label.textContent);
  let copied = true;
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // Over plain HTTP from another machine there is no clipboard interface; the old method needs a selection, which is useful anyway.
    window.getSelection().selectAllChildren(source);
    copied = document.execCommand('copy');
  }
  const { copied: done, notCopied: failed } = document.querySelector('main').dataset;
  label.textContent = copied ? done : failed;
  button.dataset.result = copied ? 'done' : 'failed';
  announce(label.textContent);
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    label.textContent = usual;
    delete button.dataset.result;
  }, 2500);
}

/** Announces a sentence to screen readers. */
function announce(sentence) {
  let teller = document.querySelector('#teller');
  if (!teller) {
    teller = document.createElement('p');
    teller.id = 'teller';
    teller.className = 'unseen';
    teller.setAttribute('role', 'status');
    document.querySelector('main').append(teller);
  }
  // The same text twice is a change only if another one was between.
  teller.textContent = '';
  setTimeout(() => (teller.textContent = sentence), 50);
}

/** https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ with automatic activation. */
function startTabs() {
  const panelOf = (tab) => document.getElementById(tab.getAttribute('aria-controls'));
  const select = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute('aria-selected', String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    }
  };
  const moves = {
    ArrowRight: (index) => (index + 1) % tabs.length,
    ArrowLeft: (index) => (index + tabs.length - 1) % tabs.length,
    Home: () => 0,
    End: () => tabs.length - 1,
  };
  tabs.forEach((tab, index) => {
    const panel = panelOf(tab);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    panel.tabIndex = 0;
    tab.addEventListener('click', () => select(tab));
    tab.addEventListener('keydown', (event) => {
      const move = moves[event.key];
      if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const next = tabs[move(index)];
      select(next);
      next.focus();
    });
  });
  select(tabs[0]);
  tabs[0].parentElement.hidden = false;
  document.documentElement.classList.add('tabbed');
}

/** Requests the state of the services and shows it. If even the portal does not answer, the state is unknown. */
async function refresh() {
  let states;
  try {
    const response = await fetch('status.json', { cache: 'no-store', signal: AbortSignal.timeout(patience) });
    if (!response.ok) throw new Error(String(response.status));
    const { services } = await response.json();
    states = new Map(services.map(({ name, state }) => [name, state]));
    silences = 0;
  } catch {
    silences += 1;
    if (silences < 2) return;
    states = new Map([['portal', 'unreachable']]);
  }
  const unwell = [];
  let known = true;
  for (const card of cards.children) {
    const state = states.get(card.dataset.service) ?? 'unknown';
    show(card.querySelector('.state'), state, cards.dataset[camelCase(state)]);
    if (state === 'unknown') known = false;
    else if (state !== 'ready') unwell.push(card.querySelector('h3').textContent);
  }
  const { allReady, someNot, checking, portalSilent } = summary.dataset;
  if (states.get('portal') === 'unreachable') show(summary, 'unreachable', portalSilent);
  else if (unwell.length > 0) show(summary, 'not-ready', someNot.replace('{names}', unwell.join(', ')));
  else show(summary, known ? 'ready' : 'unknown', known ? allReady : checking);
}

function show(element, state, words) {
  element.dataset.state = state;
  element.querySelector('use').setAttribute('href', `#state-${state}`);
  const place = element.querySelector('span');
  // Written only if it differs: a live region announces every write.
  if (place.textContent !== words) place.textContent = words;
}

function camelCase(name) {
  return name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}
