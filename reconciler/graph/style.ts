/** The style of the picture and its page, light and dark. Pure. */
import { BOX_STATES } from './model.ts';

/** Font families available on every system; nothing is loaded. */
export const FONTS = {
  sans: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  mono: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
} as const;

const LIGHT = `
  --paper: #ffffff; --card: #f6f8fa; --ink: #1b1f24; --muted: #57606a; --wire: #9aa4af; --edge: #d0d7de;
  --ready: #1a7f37; --pending: #9a6700; --drifted: #cf222e; --withdrawn: #bf3989; --lease: #0969da; --leaving: #8250df;
  --dead: #6e7781; --foreign: #6e7781; --hit: #fff3b0;`;

const DARK = `
  --paper: #0d1117; --card: #161b22; --ink: #e6edf3; --muted: #9198a1; --wire: #4d5660; --edge: #30363d;
  --ready: #3fb950; --pending: #d29922; --drifted: #f85149; --withdrawn: #ff9bce; --lease: #58a6ff; --leaving: #bc8cff;
  --dead: #8b949e; --foreign: #8b949e; --hit: #4b3d00;`;

/** Returns the colours as custom properties of the selector, for light and dark themes. */
export function renderColours(selector: string): string {
  return `${selector} { color-scheme: light dark;${LIGHT}
}
@media (prefers-color-scheme: dark) { ${selector} {${DARK}
} }`;
}

/**
 * Returns the style with a plain colour before each custom property, for renderers without them (librsvg);
 * these show the light theme.
 */
function withPlainColours(style: string): string {
  const colours = new Map([...LIGHT.matchAll(/--(\w+): (#\w+);/g)].map(([, name, colour]) => [name, colour]));
  return style.replaceAll(
    /(fill|stroke): var\(--(\w+)\);/g,
    (rule, property: string, name: string) => `${property}: ${colours.get(name) ?? '#000000'}; ${rule}`,
  );
}

/** The style of all our drawings, below the class vnet-graph. */
export const SVG_STYLE = withPlainColours(`${renderColours('.vnet-graph')}
.vnet-graph { background: var(--paper); }
.vnet-graph .paper { fill: var(--paper); }
.vnet-graph text { fill: var(--ink); font-family: ${FONTS.sans}; font-size: 13px; }
.vnet-graph .mono { font-family: ${FONTS.mono}; font-size: 11px; }
.vnet-graph .name { font-family: ${FONTS.mono}; font-size: 12px; font-weight: 600; }
.vnet-graph .muted { fill: var(--muted); }
.vnet-graph .small { font-size: 11px; }
.vnet-graph .strong { font-weight: 600; }
.vnet-graph .title { font-size: 20px; font-weight: 600; }
.vnet-graph .heading { font-size: 15px; font-weight: 600; }
.vnet-graph .wire { stroke: var(--wire); stroke-width: 1.5; fill: none; }
.vnet-graph .bus { stroke: var(--wire); stroke-width: 3; fill: none; stroke-linecap: round; }
.vnet-graph .card { fill: var(--card); stroke: var(--edge); stroke-width: 1; }
.vnet-graph .flag { stroke: none; }
.vnet-graph .s-drifted .card { stroke: var(--drifted); stroke-width: 1.5; }
.vnet-graph .s-pending .card { stroke: var(--pending); stroke-width: 1.5; stroke-dasharray: 5 3; }
.vnet-graph .s-foreign .card, .vnet-graph .s-lease .card { stroke-dasharray: 2 3; stroke: var(--wire); }
.vnet-graph .s-dead .card, .vnet-graph .s-leaving .card, .vnet-graph .s-withdrawn .card { stroke-dasharray: 6 4; stroke: var(--wire); }
${BOX_STATES.map(
  (name) =>
    `.vnet-graph .s-${name} .flag { fill: var(--${name}); } .vnet-graph .s-${name} .word { fill: var(--${name}); }`,
).join('\n')}
.vnet-graph .miss { opacity: 0.22; }
.vnet-graph .hit .card { fill: var(--hit); }
`);
