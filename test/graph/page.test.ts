import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../reconciler/graph/html.ts';
import { renderPlan } from '../../reconciler/plan/text.ts';
import { execNow, mustExec } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { isSkipped } from '../support/skip.ts';
import { findCommand } from '../support/tools.ts';
import { leaseOf, sampleGraph } from './sample.ts';

const browser = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findCommand(name))
  .find(Boolean);
const works =
  browser !== undefined && execNow([browser, '--headless', '--no-sandbox', '--version']).code === 0;
const why = `chromium is not installed${isLong ? '' : ' (npm run test:long installs it)'}`;

const EVIL = `x/<img/src=x/onerror="document.title='owned'"><script>document.title='owned'</script>`;

/** Puts into the page's title the texts that overflow their card. */
const MEASURE = `<script>
  const out = [];
  for (const box of document.querySelectorAll('svg .box')) {
    const cards = Array.from(box.querySelectorAll('.card'), (card) => card.getBBox());
    for (const text of box.querySelectorAll('text')) {
      const own = text.getBBox();
      const isOn = (card) => own.x >= card.x && own.x < card.x + card.width;
      const card = cards.find(isOn);
      if (card && own.x + own.width > card.x + card.width) out.push(text.textContent);
    }
  }
  document.title = 'measured ' + document.querySelectorAll('svg .box').length + ' ' + JSON.stringify(out);
</script>`;

describe.skipIf(isSkipped('the page in a browser', works ? undefined : why))('the page, in a browser', () => {
  let folder: string;
  let page: string;
  const { graph, plan } = sampleGraph({
    pods: 100,
    broken: [3, 17, 40],
    pending: [55],
    foreign: true,
    endpoints: { 'azure/evil0000/eth0': leaseOf(EVIL, '10.240.3.60/16') },
  });
  const html = renderHtml(graph, renderPlan(plan));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-page-'));
    page = join(folder, 'page.html');
    writeFileSync(page, html);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const open = (file: string, hash = ''): string => {
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${join(folder, 'profile')}`,
    ];
    return mustExec([browser ?? '', ...flags, '--dump-dom', `file://${file}${hash}`]).stdout;
  };
  const count = (dom: string, pattern: RegExp): number => dom.match(pattern)?.length ?? 0;

  it('shows picture, table and plan from a file, and runs no code in names', () => {
    const dom = open(page);
    expect(dom).toContain('<title>node-1: container network</title>');
    expect(dom).not.toContain('owned</title>');
    expect(count(dom, /<img/g)).toBe(0);
    expect(count(dom, /<g class="box s-drifted"/g)).toBe(3);
    expect(count(dom, /<g class="box s-pending"/g)).toBe(1);
    expect(count(dom, /<tbody class="entry" data-endpoint/g)).toBe(101);
    expect(dom).toMatch(/<dt>neighbour 10\.240\.0\.39 dev azure0 lladdr<\/dt><dd><b>want<\/b>0a:/);
    expect(dom).toContain('Plan: 4 to create, 0 to change, 0 to delete.');
    expect([count(dom, /class="[^"]*\bhit\b/g), count(dom, /hidden=""/g)]).toEqual([0, 0]);
  });

  it.each([
    ['an address', '10.240.0.39', 1],
    ['a pod', 'kube-system/coredns', 25],
    ['the host veth of a pod', graph.segments[0]?.attachments[7]?.hostVeth ?? '', 1],
    ['two words', 'shop 10.240.0.4', 3],
    ['nothing at all', 'nowhere', 0],
    ['an evil name', encodeURIComponent('<img'), 1],
  ])('finds %s: in the picture and in the table', (_name, words, expected) => {
    const dom = open(page, `#q=${words}`);
    expect(dom).toContain(`${expected} of 101 match`);
    expect(count(dom, /<g class="box s-\w+ hit"/g)).toBe(expected);
    expect(count(dom, /<tbody class="entry" data-endpoint[^>]* hidden=""/g)).toBe(101 - expected);
  });

  it('finds the bridge by its name, and its address', () => {
    const dom = open(page, '#q=azure0 10.240.0.35');
    expect([count(dom, /<g class="box s-ready hit"/g), dom.includes('0 of 101 match')]).toEqual([1, true]);
  });

  it('writes no text beyond the card it is on', () => {
    const measured = join(folder, 'measured.html');
    writeFileSync(measured, html.replace('</body>', `${MEASURE}</body>`));
    expect(open(measured)).toContain('<title>measured 104 []</title>');
  });
});
