import { describe, expect, it } from 'vitest';
import { cniAnswer } from '../../../plugin/cni-answer.ts';
import { requestOf } from '../request.ts';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import { type ExportChoice, exportDocument } from '../../../reconciler/cli/verbs/move/export-document.ts';
import { drawGraph } from '../../../reconciler/cli/verbs/move/draw-graph.ts';
import type { Emit } from '../../../reconciler/cli/verbs/move/emit.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { ok } from '../../../reconciler/model/result.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { bootedKernel, documentOf, endpointOf, idOf } from '../../support/node.ts';

const CHOICE: ExportChoice = {
  side: 'desired',
  as: 'yaml',
  endpoint: undefined,
};

/** A converged node and its exports. */
function exporting() {
  const pods = [0, 1];
  const kernel = bootedKernel(pods);
  const document = documentOf(pods);
  kernel.apply(must(planNode(kernel, document)).plan.steps.map(({ change }) => change));
  const session = createMemorySession(kernel, document);
  const run = (choice: Partial<ExportChoice>) => {
    let text = '';
    const emit: Emit = (written) => {
      text = written;
      return ok(undefined);
    };
    const tools = { ...session, proposeLive: () => ok(document), cniAnswer };
    return { done: exportDocument(tools, { ...CHOICE, ...choice }, emit), text };
  };
  return { run, session, kernel, document };
}

function readLive(text: string): VnetDocument {
  const read = readDocument(text, 'live');
  if (!read.ok) throw new Error(read.error.map(({ message }) => message).join('; '));
  return read.value;
}

describe('vnet export', () => {
  it('returns the document byte for byte as YAML, and as a value in JSON', () => {
    const { run, session, document } = exporting();
    const snapshot = session.store.read();
    expect(run({}).text).toBe(snapshot.ok ? snapshot.value?.text : '');
    expect(JSON.parse(run({ as: 'json' }).text)).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("exports the kernel's state as a valid document, with the broken objects as observed", () => {
    const { run, kernel, document } = exporting();
    const seen = readLive(run({ side: 'live' }).text);
    expect(must(planNode(kernel, seen)).plan.steps).toEqual([]);
    expect(seen.endpoints).toEqual(JSON.parse(JSON.stringify(document.endpoints)));
    const gone = { kind: 'link', netns: '', name: endpointOf(1).hostVeth ?? '', type: 'veth' } as const;
    must(kernel.tamper({ verb: 'delete', have: gone }));
    const live = readLive(run({ side: 'live' }).text);
    expect(Object.keys(live.endpoints ?? {})).toEqual([idOf(0)]);
  });

  it('returns both, one after the other, or side by side in JSON', () => {
    const { run, document } = exporting();
    const [desired = '', live = ''] = run({ side: 'both' }).text.split('---\n');
    expect(JSON.parse(desired)).toEqual(JSON.parse(JSON.stringify(document)));
    expect(readLive(live).endpoints).toEqual(readLive(desired).endpoints);
    expect(Object.keys(JSON.parse(run({ side: 'both', as: 'json' }).text))).toEqual(['desired', 'live']);
  });

  it('narrows to one endpoint, by any of its names; refuses none and several', () => {
    const { run } = exporting();
    for (const endpoint of [
      '10.240.0.37',
      'web-1',
      'default/web-1',
      endpointOf(1).mac,
      endpointOf(1).hostVeth,
    ]) {
      expect(Object.keys(JSON.parse(run({ as: 'json', endpoint }).text).endpoints)).toEqual([idOf(1)]);
    }
    expect(run({ endpoint: 'absent' }).done).toMatchObject({ ok: false, error: { code: 'not-found' } });
    expect(run({ endpoint: 'c000' }).done).toMatchObject({ ok: false, error: { code: 'exists' } });
  });

  it('returns the result of ADD', () => {
    const { run } = exporting();
    expect(JSON.parse(run({ as: 'cni-result', endpoint: 'web-0' }).text)).toMatchObject({
      cniVersion: '1.0.0',
      interfaces: [
        { name: 'azure0' },
        { name: endpointOf(0).hostVeth },
        { name: 'eth0', sandbox: endpointOf(0).netns },
      ],
      ips: [{ address: '10.240.0.36/16', gateway: '10.240.0.1', interface: 2 }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.240.0.1' }],
    });
  });

  it('reports a missing document', () => {
    const { run, session } = exporting();
    session.store.replace(undefined);
    expect(run({}).done).toMatchObject({ ok: false, error: { code: 'not-found' } });
    expect(run({ side: 'live' }).done).toEqual(ok(EXIT.done));
  });
});

describe('vnet graph', () => {
  it.each([
    ['svg', '<svg'],
    ['html', '<!doctype html>'],
    ['mermaid', 'flowchart LR'],
    ['dot', 'graph "node-1" {'],
    ['json', '{\n  "format": "vnet.graph/1"'],
  ] as const)('draws the node as %s', (as, beginning) => {
    const { session } = exporting();
    let text = '';
    const done = drawGraph(session, as, (written) => {
      text = written;
      return ok(undefined);
    });
    expect(done).toEqual(ok(EXIT.done));
    expect(text.startsWith(beginning)).toBe(true);
    expect(text).toContain('default/web-1');
  });

  it('reports a missing document', () => {
    const { session } = exporting();
    session.store.replace(undefined);
    expect(drawGraph(session, 'svg', () => ok(undefined))).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
  });
});

describe('the command lines of graph, export and import', () => {
  const asked = async (...args: readonly string[]): Promise<unknown> => {
    const parsed = await requestOf(args);
    return parsed.kind === 'request' ? parsed.request : parsed.text;
  };

  it.each([
    [[], 'svg'],
    [['--out', 'node.html'], 'html'],
    [['--out', 'node.mmd'], 'mermaid'],
    [['--out', 'node.html', '-o', 'json'], 'json'],
  ])('graph %j draws %s', async (args, as) => {
    expect(await asked('graph', ...args)).toMatchObject({ verb: 'graph', as });
  });

  it('import accepts two files, or the live node, and interrupts nothing unless told', async () => {
    expect(await asked('import', '--from', 'a.json', 'b.json')).toMatchObject({
      files: ['a.json', 'b.json'],
      poolSource: 'azure',
      limit: 'hitless',
      dryRun: false,
      yes: false,
    });
    expect(await asked('import', '--from-live', '--network', 'podnet')).toEqual({
      verb: 'import',
      network: 'podnet',
      as: 'text',
    });
    for (const wrong of [[], ['--from', 'a', '--from-live'], ['--from', 'a', 'b', 'c']]) {
      expect(await asked('import', ...wrong)).toMatch(/^error: /);
    }
  });

  it('export refuses two sides at once, and the CNI result of an unknown endpoint', async () => {
    expect(await asked('export', '--live', '--both')).toMatch(/^error: .*--live.*--both/);
    expect(await asked('export', '-o', 'cni-result')).toMatch(/^error: .*--endpoint/);
    expect(await asked('export', '--both', '-o', 'json')).toMatchObject({ side: 'both', as: 'json' });
  });
});
