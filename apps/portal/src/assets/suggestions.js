// A list of suggestions for a field, as https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ describes it.

/**
 * @param how.asked what to request for the current content of the field; undefined if nothing should be suggested
 * @param how.ask returns suggestions for that, each with `path` and `about`
 * @param how.take inserts one into the field; returns true if suggestions continue at once
 */
window.offerSuggestions = (field, list, { asked, ask, take }) => {
  let chosen = -1;
  let timer;

  /** For a field with several lines, only the list itself can say whether it is open. */
  function tell(isOpen) {
    if (field.getAttribute('role') === 'combobox') field.setAttribute('aria-expanded', String(isOpen));
  }

  function close() {
    clearTimeout(timer);
    list.hidden = true;
    chosen = -1;
    tell(false);
    field.removeAttribute('aria-activedescendant');
  }

  async function suggest() {
    const typed = asked();
    let found = [];
    try {
      found = typed === undefined ? [] : await ask(typed);
    } catch {
      // It can be typed without.
    }
    if (JSON.stringify(asked()) !== JSON.stringify(typed) || document.activeElement !== field) return;
    close();
    list.replaceChildren(...found.map(option));
    list.hidden = found.length === 0;
    tell(found.length > 0);
  }

  function option({ path, about }, index) {
    const item = document.createElement('li');
    item.id = `${list.id}-${index}`;
    item.setAttribute('role', 'option');
    item.dataset.path = path;
    const what = document.createElement('small');
    what.textContent = about;
    item.append(path, what);
    // Before the field loses the focus.
    item.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      takeOne(path);
    });
    return item;
  }

  function takeOne(path) {
    const goesOn = take(path);
    close();
    if (goesOn) void suggest();
  }

  function choose(index) {
    const items = [...list.children];
    chosen = (index + items.length) % items.length;
    for (const [at, item] of items.entries()) item.setAttribute('aria-selected', String(at === chosen));
    field.setAttribute('aria-activedescendant', items[chosen].id);
    items[chosen].scrollIntoView({ block: 'nearest' });
  }

  field.setAttribute('aria-autocomplete', 'list');
  field.setAttribute('aria-controls', list.id);
  close();
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void suggest(), 120);
  });
  field.addEventListener('blur', close);
  field.addEventListener('keydown', (event) => {
    if (event.ctrlKey && event.key === ' ') void suggest();
    else if (list.hidden) return;
    else if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown') choose(chosen + 1);
    else if (event.key === 'ArrowUp') choose(chosen < 0 ? -1 : chosen - 1);
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen >= 0) takeOne(list.children[chosen].dataset.path);
    else return;
    event.preventDefault();
  });
};
