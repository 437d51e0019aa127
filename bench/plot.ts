/** A line plot as standalone SVG: title, axes with units, legend, light background. Pure. */

/** One point, with the quartiles around the middle half of the samples. */
export type Point = { readonly x: number; readonly y: number; readonly low: number; readonly high: number };

/** One line. */
export type Line = { readonly name: string; readonly points: readonly Point[] };

/**
 * A plot. Shape: x values are shown at equal distances, in order: sizes grow by jumps. With `labelEvery`, points are many: only every nth x
 * has a label, and points have no mark.
 */
export type Plot = {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  readonly labelEvery?: number;
};

const WIDTH = 760;
const HEIGHT = 440;
const LEFT = 76;
const RIGHT = 170;
const TOP = 78;
const BOTTOM = 64;

/** Distinguishable without colours: light and dark differ, and each line is labelled at its end. Source: Okabe and Ito. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#7a5195', '#666666'];

/** Returns the SVG document. Law: the y axis begins at 0. */
export function renderPlot(plot: Plot): string {
  const xs = [...new Set(plot.lines.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted(
    (left, right) => left - right,
  );
  const top = Math.max(...plot.lines.flatMap(({ points }) => points.map(({ high }) => high)), 1e-9);
  const step = niceStep(top / 5);
  const yMax = Math.ceil((top * 1.05) / step) * step;
  const x = (value: number): number =>
    LEFT + 20 + ((WIDTH - LEFT - RIGHT - 40) * xs.indexOf(value)) / Math.max(1, xs.length - 1);
  const y = (value: number): number => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / yMax;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 30, plot.title, 'font-size="18" font-weight="bold"'),
    text(LEFT, 52, plot.subtitle, 'fill="#555"'),
    ...ticks(yMax, step).flatMap((value) => [
      `<line x1="${LEFT}" y1="${at(y(value))}" x2="${WIDTH - RIGHT}" y2="${at(y(value))}" stroke="${value === 0 ? '#444' : '#e3e3e3'}"/>`,
      text(LEFT - 10, y(value) + 4, groupDigits(value), 'text-anchor="end"'),
    ]),
    ...xs
      .filter((_, index) => index % (plot.labelEvery ?? 1) === 0)
      .map((value) => text(x(value), HEIGHT - BOTTOM + 22, String(value), 'text-anchor="middle"')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, plot.xLabel, 'text-anchor="middle" fill="#555"'),
    text(
      0,
      0,
      plot.yLabel,
      `text-anchor="middle" fill="#555" transform="translate(20 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)"`,
    ),
    ...plot.lines.flatMap((line, index) => {
      const aside = (index - (plot.lines.length - 1) / 2) * 8;
      return drawLine(line, COLOURS[index % COLOURS.length] ?? '#000', {
        x,
        y,
        aside,
        isMarked: plot.labelEvery === undefined,
      });
    }),
    ...legend(plot.lines, y),
    '</svg>',
    '',
  ];
  return parts.join('\n');
}

/**
 * Positions in the drawing.
 * Shape: `aside` shifts a quartile bar, so that those of several lines do not overlap.
 */
type Scale = {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly aside: number;
  readonly isMarked: boolean;
};

function drawLine({ points }: Line, colour: string, scale: Scale): readonly string[] {
  const placed = points.map(({ x, y, low, high }) => ({
    x: at(scale.x(x)),
    aside: at(scale.x(x) + scale.aside),
    y: at(scale.y(y)),
    low: at(scale.y(low)),
    high: at(scale.y(high)),
  }));
  const path = placed.map(({ x, y }) => `${x},${y}`).join(' ');
  return [
    ...placed
      .filter(() => scale.isMarked)
      .map(
        ({ aside, low, high }) =>
          `<line x1="${aside}" y1="${low}" x2="${aside}" y2="${high}" stroke="${colour}" stroke-width="7" stroke-opacity="0.25"/>`,
      ),
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2.5"/>`,
    ...placed
      .filter(() => scale.isMarked)
      .map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"/>`),
  ];
}

/** Names at the ends of their lines, moved apart if they would overlap. */
function legend(lines: readonly Line[], y: Scale['y']): readonly string[] {
  const gap = 18;
  const wanted = lines
    .map(({ name, points }, index) => ({
      name,
      index,
      at: y(points.at(-1)?.y ?? 0),
      value: points.at(-1)?.y ?? 0,
    }))
    .toSorted((left, right) => left.at - right.at);
  let last = Number.NEGATIVE_INFINITY;
  return wanted.map(({ name, index, at: wish, value }) => {
    last = Math.max(wish, last + gap);
    const colour = COLOURS[index % COLOURS.length] ?? '#000';
    return text(
      WIDTH - RIGHT + 12,
      last + 4,
      `${name}  ${groupDigits(value)}`,
      `fill="${colour}" font-weight="bold"`,
    );
  });
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${at(x)}" y="${at(y)}" ${attributes}>${escaped}</text>`;
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function ticks(max: number, step: number): readonly number[] {
  return Array.from({ length: Math.round(max / step) + 1 }, (_, index) => index * step);
}

/** Returns the smallest of 1, 2 or 5 times a power of ten that is not below. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999) ?? power * 10;
}

function groupDigits(value: number): string {
  const digits =
    value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 || Number.isInteger(value) ? 0 : 1);
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}
