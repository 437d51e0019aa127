import { describe, expect, it } from 'vitest';
import { slowPath } from '../../../reconciler/document/yaml/slow.ts';
import { editVersion } from '../../../reconciler/document/store/edit-version.ts';
import {
  type DocumentReader,
  interpretSlowly,
  type Version,
} from '../../../reconciler/document/store/version.ts';
import type { EffectiveEdit } from '../../../reconciler/document/edit.ts';
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import schema from '../../../schemas/vnet.schema.json' with { type: 'json' };
import { FIELD_ORDER } from '../../../reconciler/document/text/render.ts';
import { must } from '../../support/must.ts';

const READER: DocumentReader = { slow: slowPath, file: 'vnet.yaml' };
const ID = 'azure/670d6d760c909fbb489fb68cd2d115d52fc84a0d123602fa5912c8abc04561bf/eth0';
const DUAL: Endpoint = {
  pod: 'shop/web',
  netns: '/run/netns/web',
  hostVeth: 'azv55e2a8e789d',
  mac: '0a:5a:a8:d1:47:4b',
  addresses: ['10.240.0.36/32', 'fd00:240::36/128'],
  gateway: '169.254.1.1',
  ipv6Gateway: 'fe80::1234:5678:9abc',
  added: '2026-11-30T13:52:00.314Z',
};
const NETWORKS: VnetDocument['networks'] = {
  azure: {
    mode: 'transparent',
    uplink: { name: 'eth0', mac: '00:0d:3a:51:c4:90' },
    pools: {
      ipv4: { source: 'static', subnet: '10.240.0.0/16', gateway: '10.240.0.1', addresses: ['10.240.0.36'] },
      ipv6: {
        source: 'static',
        subnet: 'fd00:240::/64',
        gateway: 'fe80::1234:5678:9abc',
        addresses: ['fd00:240::36'],
      },
    },
  },
};
const editOf = (generation: number, endpoint: Endpoint | undefined): EffectiveEdit => ({
  generation,
  bootId: undefined,
  networks: new Map(),
  endpoints: new Map([[ID, endpoint]]),
  released: new Map(),
});

function versionOf(text: string): Version {
  const version = interpretSlowly(READER, text);
  if (!version.ok) throw new Error(JSON.stringify(version.error));
  return version.value;
}

describe('the fields of an endpoint', () => {
  it('all have a place in the canonical text', () => {
    const { properties } = schema.$defs.endpoint;
    expect(new Set(Object.keys(properties))).toEqual(new Set(FIELD_ORDER));
  });

  it('of two families are one line each, and the document is edited in place', () => {
    const text = slowPath.create({ node: 'node1', bootId: undefined, networks: NETWORKS });
    const empty = versionOf(text);
    const one = must(editVersion(READER, empty, editOf(1, DUAL)));
    expect(one.text).toContain('    ipv6Gateway: fe80::1234:5678:9abc\n');
    const none = must(editVersion(READER, one, editOf(2, undefined)));
    expect(none.text).toBe(text.replace('generation: 0', 'generation: 2'));
  });

  it('become lines again where an earlier build wrote endpoints of two families on one', () => {
    const text = slowPath.create({ node: 'node1', bootId: undefined, networks: NETWORKS });
    const fields =
      'addresses: [10.240.0.36/32, fd00:240::36/128], gateway: 169.254.1.1, ipv6Gateway: fe80::1234:5678:9abc';
    const flow = `endpoints: {${ID}: {pod: shop/web, ${fields}, added: 2026-11-30T13:52:00.314Z}}`;
    const after = must(
      editVersion(READER, versionOf(text.replace('endpoints: {}', flow)), {
        ...editOf(1, DUAL),
        endpoints: new Map([[ID.replace('67', '89'), { added: DUAL.added, addresses: ['10.240.0.37/32'] }]]),
      }),
    );
    expect(after.text).toContain(
      `\nendpoints:\n  ${ID}:\n    pod: shop/web\n    addresses: [10.240.0.36/32, `,
    );
    expect(after.head).toBeDefined();
  });
});
