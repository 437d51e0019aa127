import { describe, expect, it } from 'vitest';
import { renderDot } from '../../reconciler/graph/dot.ts';
import { renderHtml } from '../../reconciler/graph/html.ts';
import { type Box, layOut } from '../../reconciler/graph/layout.ts';
import { renderMermaid } from '../../reconciler/graph/mermaid.ts';
import { renderSvg } from '../../reconciler/graph/svg.ts';
import { escapeMarkup, fitText, widthOf } from '../../reconciler/graph/text.ts';
import { leaseOf, sampleGraph } from './sample.ts';

/** A malicious pod name, which must not become markup. */
const EVIL = `x/<script>alert(1)</script>"'&]]>--><img/src=x|onerror=alert(2)>`;

function evilGraph() {
  return sampleGraph({ pods: 1, endpoints: { 'azure/evil0000/eth0': leaseOf(EVIL, '10.240.0.60/16') } });
}

function overlaps(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

describe('the layout', () => {
  it.each([0, 1, 7, 8, 9, 33, 100, 250])(
    'puts nothing of %i pods upon another, and all of it on the paper',
    (pods) => {
      const { graph } = sampleGraph({ pods, foreign: true });
      const { width, height, segments } = layOut(graph, true);
      const boxes = segments.flatMap(({ uplink, bridge, slots }) => [
        ...[uplink, bridge].filter((box) => box !== undefined),
        ...slots.flatMap(({ port, pod }) => [port, pod]),
      ]);
      expect(boxes).toHaveLength(2 + 2 * (pods + 1));
      const clashes = boxes.flatMap((one, at) => boxes.slice(at + 1).filter((other) => overlaps(one, other)));
      expect(clashes).toEqual([]);
      const outside = boxes.filter((box) => box.x + box.width > width || box.y + box.height > height);
      expect(outside).toEqual([]);
    },
  );

  it('lines columns up: every card of a column has its left edge under the one above', () => {
    const { graph } = sampleGraph({ pods: 100 });
    const [segment] = layOut(graph, false).segments;
    expect(new Set(segment?.slots.map(({ pod }) => pod.x)).size).toBe(4);
    expect(new Set(segment?.slots.map(({ pod, port }) => pod.y - port.y))).toEqual(new Set([0]));
  });
});

describe('texts', () => {
  it.each([
    ['short', 100, 'short'],
    ['', 10, ''],
    ['payments/checkout-service-backend-7c9f-x2x4k', 150, 'payments/c…c9f-x2x4k'],
  ])('are cut in the middle, so that %s keeps its end', (text, width, expected) => {
    const type = { size: 12, mono: true };
    expect(fitText(text, width, type)).toBe(expected);
    expect(widthOf(fitText(text, width, type), type)).toBeLessThanOrEqual(width);
  });

  it('are escaped wherever they stand; what XML forbids is replaced', () => {
    expect(escapeMarkup(`<a b="c" d='e'>&\u0000\n`)).toBe(
      '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\u{fffd} ',
    );
  });
});

describe('the drawings', () => {
  it('show each state by a sign and a word, never by colour alone', () => {
    const { graph } = sampleGraph({ pods: 3, broken: [0], pending: [1], foreign: true });
    for (const text of [renderSvg(graph), renderHtml(graph, ''), renderMermaid(graph), renderDot(graph)]) {
      for (const word of ['drifted', 'pending', 'ready', 'foreign', '!', '…', '✓', '?'])
        expect(text).toContain(word);
    }
  });

  it('load nothing from anywhere', () => {
    const { graph, plan } = sampleGraph({ pods: 3 });
    for (const text of [renderSvg(graph), renderHtml(graph, JSON.stringify(plan.steps))]) {
      expect(text).not.toMatch(/\b(src|href)=|@import|url\(/);
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    }
  });

  it('have a title and a description for screen readers', () => {
    const svg = renderSvg(sampleGraph({ pods: 3, broken: [0] }).graph);
    expect(svg).toContain('aria-labelledby="vnet-title vnet-desc"');
    expect(svg).toContain('<title id="vnet-title">Container network of node-1</title>');
    expect(svg).toContain('3 endpoints: 2 ready, 1 drifted. Network azure: uplink eth0');
  });

  it('let no name become markup, script, or the end of a label', () => {
    const { graph } = evilGraph();
    const svg = renderSvg(graph);
    const html = renderHtml(graph, EVIL);
    for (const text of [svg, html]) {
      expect(text).not.toContain('<img');
      expect(text).not.toContain('<script>alert');
      expect(text).toContain('&lt;script&gt;');
    }
    expect(html.match(/<script>/g)).toHaveLength(1);
    const labels = renderMermaid(graph)
      .split('\n')
      .filter((line) => line.includes('["'));
    for (const line of labels)
      expect(line).toMatch(/^ *(subgraph )?\w+\["[^"<>]*(<br\/>[^"<>]*)*"\](:::\w+)?$/);
    const evil = renderDot(graph)
      .split('\n')
      .find((line) => line.includes('script'));
    expect(evil?.replaceAll('\\\\', '').replaceAll('\\"', '').match(/"/g)).toHaveLength(4);
  });
});
