import { describe, expect, it } from 'vitest';
import { parseCniArgs, parseEnvironment, CNI_VERBS } from '../../plugin/protocol/environment.ts';
import { environmentOf } from './caller.ts';

const ALL = ['CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_PATH'];

/** Source: the table of required variables in pkg/skel/skel.go. */
const REQUIRED: Readonly<Record<(typeof CNI_VERBS)[number], readonly string[]>> = {
  ADD: ALL,
  DEL: ['CNI_CONTAINERID', 'CNI_IFNAME', 'CNI_PATH'],
  CHECK: ALL,
  STATUS: ['CNI_PATH'],
  GC: ['CNI_PATH'],
  VERSION: [],
};

describe('the environment of a call', () => {
  for (const verb of CNI_VERBS) {
    for (const name of ALL) {
      const isRequired = REQUIRED[verb].includes(name);
      it.each(['', undefined])(
        `${isRequired ? 'must' : 'need not'} have ${name} for ${verb} (%j)`,
        (value) => {
          const parsed = parseEnvironment(environmentOf(verb, 0, { [name]: value }));
          const refusal = { ok: false, error: { code: 4, msg: `required env variables [${name}] missing` } };
          expect(parsed).toMatchObject(isRequired ? refusal : { ok: true });
        },
      );
    }
  }

  it('reports that all of them are missing, not just the first', () => {
    const parsed = parseEnvironment({ CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'a' });
    expect(parsed).toMatchObject({
      error: { code: 4, msg: 'required env variables [CNI_NETNS,CNI_IFNAME,CNI_PATH] missing' },
    });
  });

  it('names the command that is not known', () => {
    const parsed = parseEnvironment(environmentOf('GET', 0));
    expect(parsed).toMatchObject({ error: { code: 4, msg: expect.stringContaining('"GET"') } });
  });

  const IDS: readonly (readonly [string, boolean])[] = [
    ['1bd38ad8', true],
    ['a_b.c-d', true],
    ['default-NAME', true],
    ['-leading', false],
    ['some*chars?', false],
    ['a/b', false],
    ['a b', false],
    ['../../etc', false],
  ];
  it.each(IDS)('judges %j as a container id: %s', (containerId, isGood) => {
    const parsed = parseEnvironment(environmentOf('ADD', 0, { CNI_CONTAINERID: containerId }));
    const refusal = { ok: false, error: { code: 4, msg: expect.stringContaining('invalid characters') } };
    expect(parsed).toMatchObject(isGood ? { ok: true } : refusal);
  });

  const IFNAMES: readonly (readonly [string, boolean])[] = [
    ['eth0', true],
    ['a', true],
    ['123456789012345', true],
    ['1234567890123456', false],
    ['.', false],
    ['..', false],
    ['test/test', false],
    ['test:test', false],
    ['test test', false],
    ['ééééééééé', false],
  ];
  it.each(IFNAMES)('judges %j as an interface name: %s', (ifName, isGood) => {
    const parsed = parseEnvironment(environmentOf('DEL', 0, { CNI_IFNAME: ifName }));
    expect(parsed).toMatchObject(isGood ? { ok: true } : { ok: false, error: { code: 4 } });
  });

  it.each(['1', 'true', 'TRUE', 'True'])('lets CNI_NETNS_OVERRIDE=%s through', (value) => {
    expect(parseEnvironment(environmentOf('ADD', 0, { CNI_NETNS_OVERRIDE: value }))).toMatchObject({
      value: { netnsOverride: true },
    });
  });

  it.each(['', '0', 'false', 'yes'])('does not let CNI_NETNS_OVERRIDE=%s through', (value) => {
    expect(parseEnvironment(environmentOf('ADD', 0, { CNI_NETNS_OVERRIDE: value }))).toMatchObject({
      value: { netnsOverride: false },
    });
  });

  it('splits CNI_PATH at colons', () => {
    const parsed = parseEnvironment(environmentOf('ADD', 0, { CNI_PATH: '/a::/b:' }));
    expect(parsed).toMatchObject({ value: { path: ['/a', '/b'] } });
  });

  it('accepts the dummies that podman sends with VERSION', () => {
    const dummies = {
      CNI_NETNS: 'dummy',
      CNI_IFNAME: 'dummy',
      CNI_PATH: 'dummy',
      CNI_CONTAINERID: undefined,
    };
    expect(parseEnvironment(environmentOf('VERSION', 0, dummies)).ok).toBe(true);
  });
});

describe('CNI_ARGS', () => {
  const GOOD: readonly (readonly [string, object])[] = [
    ['', { ips: [] }],
    [
      'K8S_POD_UID=u;K8S_POD_NAME=web;IgnoreUnknown=1;K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_NAMESPACE=default',
      { ips: [], pod: 'default/web' },
    ],
    ['IgnoreUnknown=1;K8S_POD_NAME=podman', { ips: [] }],
    [
      'IP=10.240.0.40,10.240.0.41;MAC=0a:00:00:00:00:01',
      { ips: ['10.240.0.40', '10.240.0.41'], mac: '0a:00:00:00:00:01' },
    ],
    ['IgnoreUnknown=true;FOO=BAR', { ips: [] }],
    ['IP=;MAC=;', { ips: [] }],
  ];
  it.each(GOOD)('reads %j', (text, args) => {
    expect(parseCniArgs(text)).toEqual({ ok: true, value: args });
  });

  const BAD: readonly (readonly [string, string])[] = [
    ['FOO=BAR', 'unknown args [FOO]'],
    ['IgnoreUnknown=0;FOO=BAR;A=B', 'unknown args [FOO,A]'],
    ['IP', 'invalid pair "IP"'],
    ['IP=1=2', 'invalid pair "IP=1=2"'],
    ['=x', 'invalid pair "=x"'],
  ];
  it.each(BAD)('refuses %j', (text, message) => {
    expect(parseCniArgs(text)).toMatchObject({ error: { code: 4, msg: expect.stringContaining(message) } });
  });
});
