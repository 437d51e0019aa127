/** The live page of a cluster: self-contained, filled by server-sent events. Pure. */
import { LIVE_SCRIPT } from './live-script.ts';
import { FONTS, renderColours } from './style.ts';

/** The policy of the page's answer: it loads nothing but its own events, and nothing embeds it. */
export const LIVE_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE = `${renderColours(':root')}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.45 ${FONTS.sans}; }
header { position: sticky; top: 0; z-index: 1; background: var(--paper); border-bottom: 1px solid var(--edge);
  padding: 10px 32px; display: flex; flex-wrap: wrap; gap: 6px 20px; align-items: baseline; }
h1 { font-size: 17px; margin: 0; }
h2 { font-size: 15px; margin: 26px 0 8px; }
main { padding: 8px 32px 40px; max-width: 1400px; }
a { color: var(--lease); text-decoration: none; }
a:hover { text-decoration: underline; }
nav { color: var(--muted); }
.muted { color: var(--muted); }
.right { margin-left: auto; }
code, .mono { font: 12px/1.5 ${FONTS.mono}; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-top: 12px; }
.tile { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: 10px 14px; }
.tile b { display: block; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.good { color: var(--ready); } .wait { color: var(--pending); } .bad { color: var(--drifted); } .none { color: var(--dead); }
.rollout { display: grid; grid-template-columns: minmax(160px, 260px) 110px minmax(200px, 1fr) max-content; gap: 4px 16px; align-items: center;
  padding: 6px 0; border-top: 1px solid var(--edge); }
.bar { display: flex; height: 12px; border-radius: 6px; overflow: hidden; background: var(--card); border: 1px solid var(--edge); }
.bar span { display: block; height: 100%; }
.fill-confirmed { background: var(--ready); } .fill-updating { background: var(--lease); } .fill-failed { background: var(--drifted); }
.fill-skipped { background: var(--dead); } .fill-waiting { background: transparent; }
.map { display: flex; flex-wrap: wrap; gap: 2px; }
.map a { width: 11px; height: 11px; border-radius: 2px; background: var(--dead); }
.map a.good { background: var(--ready); } .map a.wait { background: var(--pending); } .map a.bad { background: var(--drifted); }
.tools { display: flex; gap: 12px; margin: 6px 0 8px; align-items: center; flex-wrap: wrap; }
input, select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--edge); border-radius: 6px; padding: 4px 10px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 100%; }
th { text-align: left; font-weight: 600; color: var(--muted); }
th, td { padding: 4px 16px 4px 0; vertical-align: top; border-bottom: 1px solid var(--edge); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.path { display: flex; flex-wrap: wrap; align-items: stretch; gap: 8px; margin: 10px 0; }
.hop { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: 8px 12px; min-width: 150px; }
.hop.absent { border: 1.5px dashed var(--drifted); }
.hop h3 { margin: 0; font-size: 12px; color: var(--muted); font-weight: 600; }
.arrow { align-self: center; color: var(--wire); font-size: 18px; }
pre { background: var(--card); border: 1px solid var(--edge); border-radius: 6px; padding: 12px 14px; overflow-x: auto; font: 12px/1.5 ${FONTS.mono}; }
[hidden] { display: none; }
`;

/** Returns the page. Law: it has no data; names arrive as events and are shown as text. */
export function renderLivePage(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vnet: cluster</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header><h1>vnet</h1><nav id="crumbs"></nav><span id="link" class="right muted" role="status">connecting</span></header>
<main id="main"></main>
<noscript>This page needs JavaScript; vnet fleet nodes shows the same in a terminal.</noscript>
<script>${LIVE_SCRIPT}</script>
</body>
</html>
`;
}
