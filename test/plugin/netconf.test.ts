import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../plugin/protocol/json.ts';
import { decodeNetconf, parseStdin } from '../../plugin/protocol/netconf.ts';
import { CNI_VERSIONS } from '../../plugin/protocol/versions.ts';
import { AZURE_CONF } from './caller.ts';

function decoded(more: JsonObject) {
  const netconf = decodeNetconf({ ...AZURE_CONF, ...more });
  if (!netconf.ok) throw new Error(JSON.stringify(netconf.error));
  return netconf.value;
}

function refused(more: JsonObject) {
  const netconf = decodeNetconf({ ...AZURE_CONF, ...more });
  if (netconf.ok) throw new Error('it was accepted');
  return netconf.error;
}

describe('stdin', () => {
  it.each(['', '{', 'null', '[]', '"text"', '3'])('is refused with code 6 when it is %j', (text) => {
    expect(parseStdin(text)).toMatchObject({ ok: false, error: { code: 6 } });
  });
});

describe('a network configuration', () => {
  it('is read as seed 000 has it', () => {
    expect(decoded({})).toMatchObject({
      cniVersion: '1.0.0',
      name: 'azure',
      bridge: 'azure0',
      ipam: { type: 'azure-vnet-ipam', environment: 'azure' },
      addressRequests: { runtime: { ips: [] }, annotations: {}, args: { ips: [] } },
    });
  });

  it('keeps every key for delegated plugins', () => {
    expect(decoded({ logLevel: 'info', unknown: [1] }).raw).toEqual({
      ...AZURE_CONF,
      logLevel: 'info',
      unknown: [1],
    });
  });

  it.each(CNI_VERSIONS)('may be of version %s', (cniVersion) => {
    expect(decoded({ cniVersion }).cniVersion).toBe(cniVersion);
  });

  it.each([undefined, null])('infers the config is 0.1.0 when cniVersion is %s', (cniVersion) => {
    const { cniVersion: _declared, ...rest } = AZURE_CONF;
    const raw = cniVersion === null ? { ...rest, cniVersion } : rest;
    expect(decodeNetconf(raw)).toMatchObject({ value: { cniVersion: '0.1.0' } });
  });

  it.each(['1.2.0', '0.3', 'v1.0.0', 7])('is refused with code 1 when cniVersion is %j', (cniVersion) => {
    const error = refused({ cniVersion });
    expect(error).toMatchObject({ code: 1, msg: 'incompatible CNI versions' });
    expect(error.details).toContain(JSON.stringify(cniVersion));
    expect(error.details).toContain('0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0');
  });

  it.each(['', null, 3, 'a/b', '_x', 'with space'])('is refused with code 7 when name is %j', (name) => {
    expect(refused({ name })).toMatchObject({ code: 7 });
  });

  it('reports the name before the version', () => {
    expect(refused({ name: '', cniVersion: '9.9.9' }).code).toBe(7);
  });

  it('matches keys without regard to case, an exact match first', () => {
    const runtime = { RuntimeConfig: { IPs: ['10.240.0.40'], MAC: '0a:00:00:00:00:01' }, Master: 'eth1' };
    expect(decoded(runtime)).toMatchObject({
      master: 'eth1',
      addressRequests: { runtime: { ips: ['10.240.0.40'], mac: '0a:00:00:00:00:01' } },
    });
    expect(decoded({ MASTER: 'eth9', master: 'eth1' }).master).toBe('eth1');
  });

  it('treats null as absent', () => {
    const conf = decoded({
      master: null,
      ipam: null,
      dns: null,
      runtimeConfig: null,
      args: null,
      prevResult: null,
    });
    expect(conf).not.toHaveProperty('master');
    expect(conf).not.toHaveProperty('prevResult');
    expect(conf.ipam.type).toBe('azure-vnet-ipam');
  });

  it.each(['', 'bridge', 'tunnel', 'transparent', 'transparent-tunnel', 'routed'])(
    'may have mode %j',
    (mode) => {
      expect(decodeNetconf({ ...AZURE_CONF, mode }).ok).toBe(true);
    },
  );

  it.each(['routed-tunnel', 'transparent-vlan', 'l2'])(
    'is refused with code 7 and the supported modes for mode %s',
    (mode) => {
      const error = refused({ mode });
      expect(error.code).toBe(7);
      expect(error.details).toContain(`mode "${mode}"`);
      expect(error.details).toContain('supported: "bridge"');
    },
  );

  it('names all invalid keys at once', () => {
    const wrong = { master: 'a/b', dns: { nameservers: '168.63.129.16' }, ipam: { type: 3, addresses: [1] } };
    const lines = refused({ ...wrong, prevResult: [] }).details?.split('\n') ?? [];
    expect(lines).toHaveLength(5);
    expect(lines.join('\n')).toMatch(/master .*\n?[^]*ipam\.type[^]*ipam\.addresses[^]*dns\.nameservers/);
  });

  it('ignores invalid keys for a DEL', () => {
    expect(decodeNetconf({ ...AZURE_CONF, mode: 'l2', master: 3 }, 'DEL').ok).toBe(true);
    expect(decodeNetconf({ ...AZURE_CONF, name: '' }, 'DEL').ok).toBe(false);
  });

  it('reads the keys of azure-vnet-ipam, numbers as text too', () => {
    const ipam = {
      type: 'internal',
      environment: 'azure',
      quarantineSeconds: '20',
      ipAddress: '10.240.0.40',
      url: 'http://x',
    };
    expect(decoded({ ipam }).ipam).toEqual({
      routes: [],
      type: 'azure-vnet-ipam',
      environment: 'azure',
      quarantineSeconds: 20,
      ipAddress: '10.240.0.40',
      url: 'http://x',
    });
  });

  it('defaults to a static pool if it lists addresses', () => {
    expect(decoded({ ipam: { addresses: ['10.240.0.40'] } }).ipam.environment).toBe('static');
    expect(refused({ ipam: { environment: 'mas' } }).details).toContain('ipam.environment "mas"');
  });

  it('does not judge the keys of another IPAM plugin', () => {
    const ipam = { type: 'host-local', addresses: 3, environment: 'own', subnet: [] };
    expect(decoded({ ipam }).ipam.type).toBe('host-local');
  });

  it('reads the attachments that GC knows under both keys, and keeps "none given" apart from "none valid"', () => {
    const attachment = { containerID: 'a', ifname: 'eth0' };
    expect(decoded({}).validAttachments).toBeUndefined();
    expect(decoded({ 'cni.dev/valid-attachments': [] }).validAttachments).toEqual([]);
    const both = { 'cni.dev/valid-attachments': [attachment], 'cni.dev/attachments': [attachment] };
    expect(decoded(both).validAttachments).toHaveLength(2);
    expect(refused({ 'cni.dev/attachments': [{ containerID: 'a' }] }).code).toBe(7);
  });
});
