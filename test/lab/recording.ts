/** The recording of the README: the first steps of the tutorial as an animated terminal. Pure. */

/** Units: pixels and seconds. */
const SIZE = { width: 860, line: 18, left: 16, top: 44, rows: 24, font: 13 } as const;
const PACE = { line: 0.12, command: 1.2, end: 6 } as const;
const MAX_LINES = 90;
const LONGEST = 108;

/** A line of the terminal and the time at which it appears. */
type Line = { readonly text: string; readonly isCommand: boolean; readonly at: number };

/** Returns the console blocks of a page as lines; a command takes longer to type than a line to print. */
function linesOf(page: string): readonly Line[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(([, block = '']) => block.trimEnd());
  let at = 0.5;
  return blocks
    .flatMap((block) => [...block.split('\n'), ''])
    .slice(0, MAX_LINES)
    .map((text) => {
      const isCommand = text.startsWith('node1 $ ');
      at += isCommand ? PACE.command : PACE.line;
      return { text: text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text, isCommand, at };
    });
}

/** Returns the recording: lines appear, the screen scrolls, and it starts again. */
export function renderRecording(page: string): string {
  const lines = linesOf(page);
  const total = (lines.at(-1)?.at ?? 0) + PACE.end;
  const percent = (at: number): string => ((at / total) * 100).toFixed(2);
  const rows = lines.map(({ text, isCommand, at }, index) => {
    const y = SIZE.top + index * SIZE.line;
    const shown = `@keyframes l${index}{0%,${percent(at - 0.01)}%{opacity:0}${percent(at)}%,100%{opacity:1}}`;
    return {
      style: `${shown}#l${index}{animation:l${index} ${total.toFixed(1)}s infinite}`,
      element: `<text id="l${index}" x="${SIZE.left}" y="${y}"${isCommand ? ' class="c"' : ''}>${escape(text)}</text>`,
    };
  });
  const height = SIZE.top + SIZE.rows * SIZE.line;
  const steps = lines
    .map(({ at }, index) => ({ at, up: Math.max(0, index + 2 - SIZE.rows) }))
    .filter(({ up }) => up > 0)
    .map(({ at, up }) => `${percent(at)}%{transform:translateY(-${up * SIZE.line}px)}`);
  const style = [
    `text{font:${SIZE.font}px ui-monospace,Menlo,Consolas,monospace;fill:#d6deeb;white-space:pre}`,
    '.c{fill:#7fdbca;font-weight:600}',
    `#s{animation:s ${total.toFixed(1)}s steps(1,end) infinite}@keyframes s{0%{transform:none}${steps.join('')}}`,
    ...rows.map((row) => row.style),
    '@media (prefers-reduced-motion:reduce){text,#s{animation:none!important}}',
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${height}" role="img" aria-label="vnet on a node of the lab">`,
    `<style>${style.join('\n')}</style>`,
    `<rect width="${SIZE.width}" height="${height}" rx="8" fill="#11151c"/>`,
    `<clipPath id="w"><rect y="26" width="${SIZE.width}" height="${height - 34}"/></clipPath>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (fill, index) => `<circle cx="${18 + index * 18}" cy="15" r="5" fill="${fill}"/>`,
    ),
    '<g clip-path="url(#w)"><g id="s">',
    ...rows.map(({ element }) => element),
    '</g></g></svg>',
    '',
  ].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
