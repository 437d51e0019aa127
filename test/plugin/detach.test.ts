import { describe, expect, it } from 'vitest';
import { failure } from '../../reconciler/model/result.ts';
import { hostVethName } from '../../reconciler/model/names.ts';
import { containerOf, documentOf, endpointOf, idOf, netnsOf } from '../support/node.ts';
import { AZURE_CONF, createCaller } from './caller.ts';

const VETH = hostVethName('azure', containerOf(0), 'eth0');

describe('DEL', () => {
  it('restores document and kernel to their state before ADD, except for the quarantine of the address', async () => {
    const node = createCaller();
    await node.call('ADD', { pod: 1 });
    const [document, objects] = [node.document(), node.kernelObjects()];
    await node.call('ADD');
    const reply = await node.call('DEL');
    expect(reply).toEqual({ exitCode: 0, json: undefined, stderr: '' });
    expect(node.document().endpoints).toEqual(document.endpoints);
    expect(node.document().released).toEqual({ 'azure/10.240.0.37': '2026-11-21T12:00:00.000Z' });
    expect(node.kernelObjects()).toEqual(objects);
  });

  const NOTHING: readonly (readonly [
    string,
    Parameters<ReturnType<typeof createCaller>['call']>[1],
    boolean,
  ])[] = [
    ['for an unknown container', { env: { CNI_CONTAINERID: 'absent' } }, true],
    ['without a document', {}, false],
    ['for a network the document does not know', { conf: { ...AZURE_CONF, name: 'other' } }, true],
    ['without a namespace', { env: { CNI_NETNS: '' } }, true],
    ['for a namespace that is gone', { env: { CNI_NETNS: '/run/netns/gone' } }, true],
    ['with a configuration that ADD would refuse', { conf: { ...AZURE_CONF, mode: 'l2' } }, true],
    ['with CNI_ARGS that ADD would refuse', { env: { CNI_ARGS: 'broken' } }, true],
  ];
  it.each(NOTHING)('succeeds %s', async (_name, options, hasDocument) => {
    const node = createCaller(hasDocument ? {} : { document: undefined });
    expect(await node.call('DEL', options)).toEqual({ exitCode: 0, json: undefined, stderr: '' });
    expect(node.session.store.writes()).toBe(0);
  });

  it('succeeds twice, as containerd calls it: with the namespace, then without', async () => {
    const node = createCaller();
    await node.call('ADD');
    await node.call('DEL');
    const document = node.document();
    expect((await node.call('DEL', { env: { CNI_NETNS: '' } })).exitCode).toBe(0);
    expect(node.document()).toEqual(document);
  });

  it('removes the host side when the namespace died first', async () => {
    const node = createCaller();
    await node.call('ADD', { pod: 1 });
    const objects = node.kernelObjects();
    await node.call('ADD');
    node.kernel.removeNamespace(netnsOf(0));
    expect((await node.call('DEL', { env: { CNI_NETNS: '' } })).exitCode).toBe(0);
    const left = node.kernelObjects();
    expect([...left.keys()].filter((key) => !objects.has(key))).toEqual([]);
    expect(Object.keys(node.document().endpoints ?? {})).toEqual([idOf(1)]);
  });

  it('keeps the endpoint leaving when the kernel refuses, and finishes at the next call', async () => {
    const node = createCaller();
    await node.call('ADD');
    const refusal = failure('permission', `delete ${VETH}`, 'operation not permitted');
    node.kernel.failNext(({ verb }) => verb === 'delete', refusal);
    const { json } = await node.call('DEL');
    expect(json).toMatchObject({ code: 100 });
    expect(node.document().endpoints?.[idOf(0)]?.leaving).toBe('2026-11-21T12:00:00.000Z');
    expect(node.document().released).toBeUndefined();
    expect((await node.call('DEL')).exitCode).toBe(0);
    expect(node.document().endpoints).toEqual({});
  });

  it('requests a retry when the kernel is busy', async () => {
    const node = createCaller();
    await node.call('ADD');
    node.kernel.failNext(({ verb }) => verb === 'delete', failure('busy', `delete ${VETH}`, 'device busy'));
    expect((await node.call('DEL')).json).toMatchObject({ code: 11 });
  });

  it('keeps the lease of another main plugin under the same key', async () => {
    const { hostVeth: _hostVeth, mac: _mac, ...lease } = endpointOf(0);
    const document = { ...documentOf([]), endpoints: { [idOf(0)]: lease } };
    const node = createCaller({ document });
    expect((await node.call('DEL')).exitCode).toBe(0);
    expect(node.document()).toEqual(document);
  });

  it('refuses to change a document of another node', async () => {
    const document = { ...documentOf([0]), metadata: { node: 'node-2', generation: 1 } };
    const node = createCaller({ document });
    expect((await node.call('DEL')).json).toMatchObject({ code: 103 });
    expect(node.document()).toEqual(document);
  });
});
