import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { executeSteps } from '../../reconciler/loop/node/execute.ts';
import { derive } from '../../reconciler/model/derive.ts';
import type { Change } from '../../reconciler/model/ports/kernel.ts';
import { ownershipOf } from '../../reconciler/model/ownership.ts';
import { scopeOfNode } from '../../reconciler/model/scope.ts';
import { keyOf, type NetObject, toState } from '../../reconciler/model/state.ts';
import { diff } from '../../reconciler/plan/diff.ts';
import { invertChange } from '../../reconciler/plan/invert.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { bootedKernel, documentOf, endpointOf, netnsOf } from '../support/node.ts';
import { hostRoute } from '../support/objects.ts';
import { converge, planOf } from './planning.ts';

function observed(kernel: SimulatedKernel, document: VnetDocument): readonly NetObject[] {
  const seen = kernel.observe(scopeOfNode(document));
  if (!seen.ok) throw new Error(seen.error.message);
  return Array.from(seen.value.state.values());
}

const pods = fc.uniqueArray(fc.nat(12), { maxLength: 6 });

/** Foreign objects beside ours, on a node whose bridge is up. */
const FOREIGN: readonly NetObject[] = [
  { kind: 'link', netns: '', name: 'docker0', type: 'bridge', up: true, alias: 'not ours' },
  hostRoute('10.9.0.0/16', 'azure0', { via: '10.240.0.1', protocol: 186 }),
  { kind: 'neighbour', netns: '', dev: 'azure0', address: '10.240.7.7', mac: '02:00:00:00:00:07' },
  { kind: 'address', netns: '', dev: 'azure0', address: '10.250.0.1/24', scope: 0 },
];

describe('diff', () => {
  it('plans nothing when desired and observed are equal', () => {
    fc.assert(
      fc.property(pods, (indexes) => {
        const document = documentOf(indexes);
        const desired = derive(document, new Map());
        const plan = diff({
          generation: 7,
          desired,
          observed: desired.state,
          owns: ownershipOf(document),
          podsOf: () => [],
        });
        expect(plan.steps).toEqual([]);
      }),
    );
  });

  it('leads from any document to any other, and then plans nothing', () => {
    fc.assert(
      fc.property(pods, pods, (before, after) => {
        const kernel = bootedKernel([...before, ...after]);
        converge(kernel, documentOf(before));
        converge(kernel, documentOf(after));
        expect(planOf(kernel, documentOf(after)).steps).toEqual([]);
        const fresh = bootedKernel([...before, ...after]);
        converge(fresh, documentOf(after));
        expect(observed(kernel, documentOf(after))).toEqual(observed(fresh, documentOf(after)));
      }),
    );
  });

  it('can be continued after any prefix of its steps', () => {
    fc.assert(
      fc.property(pods, fc.nat(100), (indexes, percent) => {
        const document = documentOf(indexes);
        const kernel = bootedKernel(indexes);
        const { steps } = planOf(kernel, document);
        executeSteps(kernel, steps.slice(0, Math.floor((steps.length * percent) / 100)));
        converge(kernel, document);
        expect(planOf(kernel, document).steps).toEqual([]);
      }),
    );
  });

  it('keeps foreign objects, and lists those on our bridge', () => {
    fc.assert(
      fc.property(pods, pods, (before, after) => {
        const kernel = bootedKernel([...before, ...after]);
        converge(kernel, documentOf(before));
        for (const want of FOREIGN)
          expect(kernel.tamper({ verb: 'create', want })).toMatchObject({ ok: true });
        const foreignKeys = FOREIGN.map(keyOf);
        const find = (): readonly NetObject[] =>
          observed(kernel, documentOf(after)).filter((object) => foreignKeys.includes(keyOf(object)));
        const found = find();
        expect(found).toHaveLength(FOREIGN.length);
        converge(kernel, documentOf(after));
        expect(find()).toEqual(found);
        const listed = planOf(kernel, documentOf(after)).foreign.map(keyOf);
        expect(listed.toSorted()).toEqual(foreignKeys.slice(1).toSorted());
      }),
    );
  });

  it('undoes each of its steps by the inverse, and inverts twice to the same', () => {
    const indexes = [0, 1, 2];
    const document = documentOf(indexes);
    const kernel = bootedKernel(indexes);
    for (const step of planOf(kernel, document).steps) {
      const before = observed(kernel, document);
      expect([step.key, ...kernel.apply([step.change])]).toEqual([step.key, { ok: true, value: 'changed' }]);
      if (step.change.verb !== 'delete')
        expect(invertChange(invertChange(step.change)).verb).toBe(step.change.verb);
      const undo = kernel.apply([invertChange(step.change)]);
      // A sysctl exists with its interface; a recreated pair has new indexes.
      const isLasting = step.key.startsWith('sysctl') || step.key.startsWith('link azv');
      if (!isLasting) expect([step.key, undo, observed(kernel, document)]).toEqual([step.key, undo, before]);
      kernel.apply([step.change]);
    }
    expect(planOf(kernel, document).steps).toEqual([]);
  });

  it('lists exactly the broken objects', () => {
    const document = documentOf([0, 1]);
    const { hostVeth = '' } = endpointOf(0);
    const breaks: readonly (readonly [
      string,
      (kernel: SimulatedKernel, found: readonly NetObject[]) => Change,
    ])[] = [
      ['neighbour 10.240.0.36 dev azure0', deletes('neighbour 10.240.0.36 dev azure0')],
      [`link ${hostVeth}`, updates(`link ${hostVeth}`, { master: '' })],
      [`route default netns ${netnsOf(0)}`, deletes(`route default netns ${netnsOf(0)}`)],
      ['route default metric 100', deletes('route default metric 100')],
      ['nft-element pods 10.240.0.37', deletes('nft-element pods 10.240.0.37')],
    ];
    for (const [key, makeChange] of breaks) {
      const kernel = bootedKernel([0, 1]);
      converge(kernel, document);
      expect(kernel.tamper(makeChange(kernel, observed(kernel, document)))).toMatchObject({ ok: true });
      const keys = planOf(kernel, document).steps.map((step) => step.key);
      // A port that leaves the bridge takes its fdb entry along.
      const also = key.startsWith('link') ? [`fdb ${endpointOf(0).mac ?? ''} dev ${hostVeth}`] : [];
      expect(keys).toEqual([key, ...also]);
      converge(kernel, document);
      expect(planOf(kernel, document).steps).toEqual([]);
    }
  });

  it('makes before it breaks in a takeover', () => {
    const kernel = bootedKernel([]);
    const keys = planOf(kernel, documentOf([])).steps.map(
      ({ change, key }) =>
        `${change.verb} ${key}${change.verb === 'update' ? ` ${change.fields.join(' ')}` : ''}`,
    );
    expect(keys).toEqual([
      'create nft-table bridge vnet',
      'create link azure0',
      'update link eth0 master',
      'create sysctl net/ipv6/conf/azure0/accept_ra',
      'create address 10.240.0.35/16 dev azure0',
      'update route 168.63.129.16/32 metric 100 dev',
      'update route default metric 100 dev',
      'delete address 10.240.0.35/16 dev eth0',
    ]);
  });

  it('does not restore a default route that a chained plugin moved to another table', () => {
    const kernel = bootedKernel([0]);
    const document = documentOf([0]);
    converge(kernel, document);
    const key = `route default netns ${netnsOf(0)}`;
    const [route] = observed(kernel, document).filter((object) => keyOf(object) === key);
    if (route?.kind !== 'route') throw new Error('no default route');
    kernel.tamper({ verb: 'delete', have: route });
    kernel.tamper({ verb: 'create', want: { ...route, table: 100 } });
    expect(planOf(kernel, document).steps).toEqual([]);
  });

  it('recreates a pair whose peer left the pod', () => {
    const kernel = bootedKernel([0]);
    const document = documentOf([0]);
    converge(kernel, document);
    kernel.removeNamespace(netnsOf(0));
    kernel.addNamespace(netnsOf(0));
    converge(kernel, document);
    expect(planOf(kernel, document).steps).toEqual([]);
    expect(toState(observed(kernel, document)).has(`link eth0 netns ${netnsOf(0)}`)).toBe(true);
  });
});

function deletes(key: string) {
  return (_kernel: SimulatedKernel, found: readonly NetObject[]): Change => ({
    verb: 'delete',
    have: pick(found, key),
  });
}

function updates(key: string, more: Partial<NetObject>) {
  return (_kernel: SimulatedKernel, found: readonly NetObject[]): Change => {
    const have = pick(found, key);
    return { verb: 'update', have, want: { ...have, ...more } as NetObject, fields: Object.keys(more) };
  };
}

function pick(found: readonly NetObject[], key: string): NetObject {
  const have = found.find((object) => keyOf(object) === key);
  if (have === undefined) throw new Error(`${key} was not made`);
  return have;
}
