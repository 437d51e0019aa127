/** The search script of the page. Classic JavaScript, so that it runs from a file in any browser. Pure. */

/**
 * Highlights matches in the picture, and filters the tables. A page address ending in `#q=10.240.0.36` starts
 * a search.
 */
export const PAGE_SCRIPT = `
'use strict';
(() => {
  const search = document.getElementById('search');
  const differing = document.getElementById('differing');
  const found = document.getElementById('found');
  const entries = Array.from(document.querySelectorAll('tbody[data-find]'));
  const boxes = Array.from(document.querySelectorAll('svg [data-find]'));
  const total = entries.filter((entry) => 'endpoint' in entry.dataset).length;
  const textOf = (node) => (node.getAttribute('data-find') || '').toLowerCase();
  const update = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== '');
    const matches = (node) => words.every((word) => textOf(node).includes(word));
    const wanted = new Set();
    let count = 0;
    for (const entry of entries) {
      const hit = matches(entry) && (!differing.checked || 'differing' in entry.dataset);
      entry.hidden = !hit;
      if (hit) wanted.add(textOf(entry));
      if (hit && 'endpoint' in entry.dataset) count += 1;
    }
    const isSearching = words.length > 0 || differing.checked;
    for (const box of boxes) {
      const hit = wanted.has(textOf(box));
      box.classList.toggle('hit', isSearching && hit && words.length > 0);
      box.classList.toggle('miss', isSearching && !hit);
    }
    found.textContent = isSearching ? count + ' of ' + total + ' match' : '';
    const first = document.querySelector('svg .hit');
    if (first && count > 0 && count <= 5) first.scrollIntoView({ block: 'center', inline: 'center' });
  };
  const fromAddress = () => {
    const asked = /^#q=(.*)$/.exec(location.hash);
    if (asked === null) return;
    try { search.value = decodeURIComponent(asked[1]); } catch { search.value = asked[1]; }
    update();
  };
  search.addEventListener('input', update);
  differing.addEventListener('change', update);
  window.addEventListener('hashchange', fromAddress);
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== search) { event.preventDefault(); search.focus(); search.select(); }
    if (event.key === 'Escape' && document.activeElement === search) { search.value = ''; update(); }
  });
  fromAddress();
})();
`;
