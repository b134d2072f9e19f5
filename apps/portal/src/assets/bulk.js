// Follows a job: its state on the page is requested again until the job has ended. Without this script, a button reloads it.

const delays = { first: 1000, longest: 8000, growth: 1.25 };

async function follow() {
  for (let wait = delays.first; ; wait = Math.min(delays.longest, wait * delays.growth)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (document.hidden) continue;
    const next = await asked();
    const place = document.getElementById('standing');
    if (next === undefined || place === null) continue;
    if (!next.hasAttribute('data-follow')) {
      end(next.ownerDocument);
      return;
    }
    renew(place, next);
  }
}

/** The current state, as rendered by the server; undefined if there is no answer, or the visitor must sign in again. */
async function asked() {
  try {
    const answer = await fetch(location.href, { cache: 'no-store', redirect: 'error' });
    if (!answer.ok) return undefined;
    const shown = new DOMParser().parseFromString(await answer.text(), 'text/html');
    return shown.getElementById('standing') ?? undefined;
  } catch {
    return undefined;
  }
}

/** Inserts only changed parts, so that a screen reader announces those, and focus stays. */
function renew(place, next) {
  const words = place.querySelector('[role=status]');
  const newWords = next.querySelector('[role=status]');
  if (words !== null && newWords !== null && words.textContent !== newWords.textContent)
    words.textContent = newWords.textContent;
  const bar = place.querySelector('progress');
  const newBar = next.querySelector('progress');
  if (bar !== null && newBar?.hasAttribute('value')) bar.value = newBar.value;
  const chip = place.querySelector('.facts .chip');
  const newChip = next.querySelector('.facts .chip');
  if (chip !== null && newChip !== null) chip.replaceWith(newChip);
}

/** Replaces the whole page: it now has files, and its buttons have another meaning. */
function end(shown) {
  const main = document.getElementById('main');
  const hadFocus = main.contains(document.activeElement);
  main.replaceChildren(...shown.getElementById('main').children);
  if (hadFocus) main.focus();
}

if (document.querySelector('[data-follow]') !== null) void follow();

// A view is tried while it is edited: the result is shown above. Without this script there is a button.

const form = document.querySelector('form[data-preview]');
let tries = 0;

if (form !== null) {
  let timer;
  form.elements.definition.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void tryOut(), 700);
  });
  form.addEventListener('submit', (event) => {
    if (event.submitter?.value !== 'preview') return;
    event.preventDefault();
    clearTimeout(timer);
    void tryOut();
  });
}

/** Shows the first rows of the edited view, or its errors. Only the latest request counts. */
async function tryOut() {
  const place = document.getElementById('preview');
  const fields = new URLSearchParams([...new FormData(form)]);
  fields.set('act', 'preview');
  tries += 1;
  const own = tries;
  place.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      body: fields,
      headers: { 'x-preview': '1' },
      redirect: 'error',
    });
    const shown = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('preview');
    if (own === tries && shown !== null) place.replaceChildren(...shown.childNodes);
  } catch {
    // The rows stay: the server is unavailable, or the visitor must sign in again.
  }
  if (own === tries) place.removeAttribute('aria-busy');
}

// A file that is too large is refused before it is sent.

for (const field of document.querySelectorAll('input[data-most]'))
  field.addEventListener('change', () => {
    const isTooLarge = [...field.files].some(({ size }) => size > Number(field.dataset.most));
    field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : '');
    if (isTooLarge) field.reportValidity();
  });
