/** The script of the live page. Classic JavaScript, one view for each place: cluster, node, pod. Pure. */
import { LIVE_VIEWS } from './live-views.ts';

/** Receives the events, keeps their content, and draws the place that the address names: `#node/NAME`, `#pod/ID`. */
export const LIVE_SCRIPT = `
'use strict';
(() => {
  const state = { nodes: new Map(), rollouts: [], own: null, link: { isSynced: false, problem: '' }, isOpen: false };
  const main = document.getElementById('main');
  const crumbs = document.getElementById('crumbs');
  const link = document.getElementById('link');
  const controls = { words: '', only: 'all' };

  const el = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === false) continue;
      if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? '' : value);
    }
    made.append(...children.flat().filter((child) => child !== undefined && child !== null));
    return made;
  };
  const to = (kind, name) => '#' + kind + '/' + encodeURIComponent(name);
  const conditionOf = (node, type) => node.conditions.find((one) => one.type === type);
  /** The class of a node: what an administrator would look at first. */
  const standing = (node) => {
    const [ready, converged, pool] = ['Ready', 'Converged', 'PoolAvailable'].map((type) => conditionOf(node, type));
    if (ready === undefined) return 'none';
    if (ready.status === 'False' || node.drift > 0) return 'bad';
    const applied = conditionOf(node, 'Applied');
    if (applied !== undefined && applied.status === 'False') return 'bad';
    if (ready.status !== 'True') return 'none';
    return (converged !== undefined && converged.status !== 'True') || (pool !== undefined && pool.status !== 'True') ? 'wait' : 'good';
  };
  const why = (node, type) => {
    const one = conditionOf(node, type);
    if (one === undefined) return el('span', { class: 'none' }, '-');
    const kind = one.status === 'True' ? 'good' : one.status === 'False' ? 'bad' : 'none';
    return el('span', { class: kind, title: one.message }, one.status === 'True' ? one.reason : one.status + ': ' + one.reason);
  };
  const table = (headings, rows) =>
    el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, headings.map((text) => el('th', { scope: 'col' }, text)))), el('tbody', {}, rows)));
  const cell = (content, kind) => el('td', { class: kind }, content);
${LIVE_VIEWS}
  const draw = () => {
    const [, kind, name] = /^#(node|pod)\\/(.*)$/.exec(location.hash) || [];
    const wanted = name === undefined ? '' : decodeURIComponent(name);
    const focus = document.activeElement && document.activeElement.id;
    const at = focus === 'words' ? document.activeElement.selectionStart : 0;
    crumbs.replaceChildren(...crumbsOf(kind, wanted));
    main.replaceChildren(...(kind === 'node' ? nodeView(wanted) : kind === 'pod' ? podView(wanted) : clusterView()));
    const box = focus === 'words' && document.getElementById('words');
    if (box) { box.focus(); box.setSelectionRange(at, at); }
    const text = !state.isOpen ? 'the agent does not answer' : state.link.problem !== '' ? 'the API server does not answer' : state.link.isSynced ? 'live' : 'reading the cluster';
    link.textContent = text;
    link.title = state.link.problem;
    link.className = 'right ' + (text === 'live' ? 'good' : 'bad');
    document.title = 'vnet: ' + (wanted === '' ? state.nodes.size + ' nodes' : wanted);
  };
  let isDue = false;
  const soon = () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => { isDue = false; draw(); }, 50);
  };
  const source = new EventSource('/events');
  source.onopen = () => { state.isOpen = true; state.nodes.clear(); soon(); };
  source.onerror = () => { state.isOpen = false; soon(); };
  const on = (name, take) => source.addEventListener(name, (event) => { take(JSON.parse(event.data)); soon(); });
  on('nodes', ({ set, gone }) => {
    for (const node of set) state.nodes.set(node.name, node);
    for (const name of gone) state.nodes.delete(name);
  });
  on('rollouts', (rollouts) => { state.rollouts = rollouts; });
  on('own', (own) => { state.own = own; });
  on('link', (next) => { state.link = next; });
  window.addEventListener('hashchange', draw);
  draw();
})();
`;
