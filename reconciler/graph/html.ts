/** The picture as a self-contained page: searchable, with a table and the plan; it loads nothing. Pure. */
import {
  type AttachmentPicture,
  BOX_STATES,
  countStates,
  type Difference,
  type Graph,
  type PictureItem,
  type Segment,
  titleOf,
} from './model.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { FONTS, renderColours } from './style.ts';
import { describe, findable, findableItem, renderSvg } from './svg.ts';
import { escapeMarkup, STATE_SYMBOLS } from './text.ts';

/** Forbids all loading, embedding and sending; style and script are inline. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'";

const PAGE_STYLE = `${renderColours(':root')}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.45 ${FONTS.sans}; }
header { position: sticky; top: 0; z-index: 1; background: var(--paper); border-bottom: 1px solid var(--edge);
  padding: 10px 32px; display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; }
h1 { font-size: 17px; margin: 0; }
h2 { font-size: 15px; margin: 28px 0 10px; }
main { padding: 0 32px 40px; }
.summary { color: var(--muted); }
.search { margin-left: auto; display: flex; gap: 12px; align-items: center; flex-wrap: wrap; }
input[type=search] { font: inherit; width: 280px; max-width: 60vw; padding: 5px 10px; color: var(--ink);
  background: var(--card); border: 1px solid var(--edge); border-radius: 6px; }
input:focus-visible { outline: 2px solid var(--lease); outline-offset: 1px; }
#found { min-width: 9em; color: var(--muted); font-variant-numeric: tabular-nums; }
.picture { margin: 0 -32px; overflow-x: auto; }
.picture svg { display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; }
caption { text-align: left; color: var(--muted); padding-bottom: 8px; }
th { text-align: left; font-weight: 600; color: var(--muted); border-bottom: 1px solid var(--edge); }
th, td { padding: 5px 16px 5px 0; vertical-align: top; white-space: nowrap; }
tbody.entry > tr:first-child > * { border-top: 1px solid var(--edge); }
tbody.entry th { color: var(--ink); border-bottom: 0; font: 600 12px/1.6 ${FONTS.mono}; }
td.wide { white-space: normal; }
code, pre { font: 12px/1.5 ${FONTS.mono}; }
.state { font-weight: 600; }
.differences td { padding-top: 0; }
.differences dl { margin: 0 0 8px; display: grid; grid-template-columns: max-content max-content max-content;
  gap: 2px 24px; }
.differences dt, .differences dd { margin: 0; font: 12px/1.5 ${FONTS.mono}; }
.differences b { font-weight: 400; color: var(--muted); margin-right: 8px; }
pre { background: var(--card); border: 1px solid var(--edge); border-radius: 6px; padding: 14px 16px; overflow-x: auto; }
[hidden] { display: none; }
${BOX_STATES.map((name) => `.state.s-${name} { color: var(--${name}); }`).join('\n')}
@media print { header { position: static; } .search { display: none; } }
`;

/** Returns the page. `planText` is the printed plan. Law: no text of the graph can become markup or script. */
export function renderHtml(graph: Graph, planText: string): string {
  const title = escapeMarkup(`${graph.node}: container network`);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    `<title>${title}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    renderPageHeader(graph),
    '<main>',
    `<div class="picture">${renderSvg(graph, { header: false })}</div>`,
    ...graph.segments.map(renderTable),
    ...renderConnections(graph),
    '<h2 id="plan">Plan</h2>',
    `<pre>${escapeLines(planText)}</pre>`,
    '</main>',
    `<script>${PAGE_SCRIPT}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function renderPageHeader(graph: Graph): string {
  const standings = countStates(graph).map(
    ([standing, count]) =>
      `<span class="state s-${standing}">${STATE_SYMBOLS[standing]} ${count} ${standing}</span>`,
  );
  return [
    '<header>',
    `<h1>${escapeMarkup(graph.node)}</h1>`,
    `<span class="summary" title="${escapeMarkup(describe(graph))}">generation ${graph.generation}</span>`,
    ...standings,
    '<div class="search">',
    '<span id="found" role="status"></span>',
    '<label><input type="checkbox" id="differing"> differences only</label>',
    '<input type="search" id="search" aria-label="Search" placeholder="Pod, address, MAC, veth, container ( / )">',
    '</div>',
    '</header>',
  ].join('\n');
}

const HEADINGS = ['State', 'Pod', 'Address', 'MAC', 'Host veth', 'Interface', 'Namespace', 'Container'];

function renderTable({ name, uplink, bridge, attachments, foreign }: Segment): string {
  const items: readonly (readonly [string, PictureItem])[] = [
    ...(uplink === undefined ? [] : [['uplink', uplink] as const]),
    ...(bridge === undefined ? [] : [['bridge', bridge] as const]),
    ...foreign.map((item) => ['foreign', item] as const),
  ];
  return [
    `<h2>Network ${escapeMarkup(name)}</h2>`,
    '<div class="scroll"><table>',
    `<thead><tr>${HEADINGS.map((heading) => `<th scope="col">${heading}</th>`).join('')}</tr></thead>`,
    ...items.map(([role, item]) => renderItemRow(role, item)),
    ...attachments.map(renderAttachmentRow),
    '</table></div>',
  ].join('\n');
}

/** The connections judged by network policies, a line for each pair of pods. */
function renderConnections({ connections }: Graph): readonly string[] {
  if (connections.length === 0) return [];
  const rows = connections.map(({ from, to, allowed }) => {
    const cells = [from, to, allowed === 'nothing' ? 'denied' : allowed].map(
      (text) => `<td>${escapeMarkup(text)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  const head = ['From', 'To', 'Allowed'].map((text) => `<th scope="col">${text}</th>`).join('');
  return [
    '<h2>Network policies</h2>',
    `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
  ];
}

function renderItemRow(role: string, item: PictureItem): string {
  const facts = item.facts.join(', ');
  const cells = `<th scope="row">${escapeMarkup(item.name)}</th><td colspan="6" class="wide">${role} <code>${escapeMarkup(facts)}</code></td>`;
  return entry(findableItem(item), item, cells, '');
}

function renderAttachmentRow(attachment: AttachmentPicture): string {
  const { addresses, mac, hostVeth, ifName, netns, containerId } = attachment;
  const codes = [addresses.join(' '), mac, hostVeth, ifName, netns, containerId.slice(0, 12)];
  const cells = [
    `<th scope="row">${escapeMarkup(titleOf(attachment))}</th>`,
    ...codes.map((code) => `<td><code>${escapeMarkup(code)}</code></td>`),
  ];
  return entry(findable(attachment), attachment, cells.join(''), ' data-endpoint');
}

function entry(
  find: string,
  { standing, differences }: Pick<PictureItem, 'standing' | 'differences'>,
  cells: string,
  mark: string,
): string {
  const state = `<td class="state s-${standing}">${STATE_SYMBOLS[standing]} ${standing}</td>`;
  const more =
    differences.length === 0
      ? ''
      : `<tr class="differences"><td></td><td colspan="${HEADINGS.length - 1}"><dl>${differences.map(renderDifference).join('')}</dl></td></tr>`;
  const differing = differences.length === 0 ? '' : ' data-differing';
  return `<tbody class="entry"${mark}${differing} data-find="${escapeMarkup(find)}"><tr>${state}${cells}</tr>${more}</tbody>`;
}

function renderDifference({ object, field, want, have }: Difference): string {
  const what = field === '' ? object : `${object} ${field}`;
  return `<dt>${escapeMarkup(what)}</dt><dd><b>want</b>${escapeMarkup(want)}</dd><dd><b>have</b>${escapeMarkup(have)}</dd>`;
}

function escapeLines(text: string): string {
  return text.split('\n').map(escapeMarkup).join('\n');
}
