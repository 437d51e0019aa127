import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { causesOfPlan } from '../../reconciler/loop/report/causes.ts';
import { planNode } from '../../reconciler/loop/node/plan-node.ts';
import { scopeOfNode } from '../../reconciler/model/scope.ts';
import { keyOf, type NetObject } from '../../reconciler/model/state.ts';
import { renderPlan } from '../../reconciler/plan/text.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { bootedKernel } from '../support/node.ts';
import { converge } from './planning.ts';

/**
 * Each folder of golden/ is one case: `before.yaml` is the converged document (absent: a freshly booted
 * node), `tamper.json` later changes outside vnet, `document.yaml` the new document, and `plan.txt` the exact
 * plan with each step's cause. VNET_UPDATE_GOLDEN=1 rewrites plan.txt: read the diff before committing it.
 */
const folder = join(import.meta.dirname, 'golden');
const cases = readdirSync(folder);

type Tamper =
  | { readonly delete: string }
  | { readonly create: NetObject }
  | { readonly update: string; readonly to: Partial<NetObject> };

function read(path: string): VnetDocument {
  const document = readDocument(readFileSync(path, 'utf8'), path);
  if (!document.ok) throw new Error(JSON.stringify(document.error));
  return document.value;
}

function tamper(kernel: SimulatedKernel, document: VnetDocument, act: Tamper): void {
  if ('create' in act) {
    expect(kernel.tamper({ verb: 'create', want: act.create })).toMatchObject({ ok: true });
    return;
  }
  const key = 'delete' in act ? act.delete : act.update;
  const seen = kernel.observe(scopeOfNode(document));
  const have = seen.ok
    ? Array.from(seen.value.state.values()).find((object) => keyOf(object) === key)
    : undefined;
  if (have === undefined) throw new Error(`there is no ${key} to tamper with`);
  const change =
    'delete' in act
      ? ({ verb: 'delete', have } as const)
      : ({
          verb: 'update',
          have,
          want: { ...have, ...act.to } as NetObject,
          fields: Object.keys(act.to),
        } as const);
  expect(kernel.tamper(change)).toMatchObject({ ok: true });
}

describe('golden plans', () => {
  it('has cases', () => expect(cases.length).toBeGreaterThan(5));

  it.each(cases)('%s', (name) => {
    const path = (file: string): string => join(folder, name, file);
    const document = read(path('document.yaml'));
    const kernel = bootedKernel([]);
    const before = existsSync(path('before.yaml')) ? read(path('before.yaml')) : undefined;
    for (const { netns } of Object.values((before ?? document).endpoints ?? {}))
      kernel.addNamespace(netns ?? '');
    if (before !== undefined) converge(kernel, before);
    const acts = existsSync(path('tamper.json'))
      ? (JSON.parse(readFileSync(path('tamper.json'), 'utf8')) as Tamper[])
      : [];
    for (const act of acts) tamper(kernel, before ?? document, act);
    const planned = planNode(kernel, document);
    if (!planned.ok) throw new Error(planned.error.message);
    const known = { converged: before, isBeingMade: () => false };
    const causes = causesOfPlan(document, planned.value, known);
    const text = `${renderPlan(planned.value.plan, undefined, causes)}\n`;
    if (process.env['VNET_UPDATE_GOLDEN'] === '1') writeFileSync(path('plan.txt'), text);
    expect(text).toBe(readFileSync(path('plan.txt'), 'utf8'));
    converge(kernel, document);
    const after = planNode(kernel, document);
    expect(after.ok && after.value.plan.steps).toEqual([]);
  });
});
