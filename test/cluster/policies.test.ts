/**
 * The admission policies: their CEL, compiled against the types of the API server and evaluated on its requests. A server that has
 * ValidatingAdmissionPolicy (1.30) is not needed.
 */
import { Environment } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import { objectsOf } from './manifests.ts';

type Rule = Readonly<Record<'apiGroups' | 'apiVersions' | 'resources' | 'operations', readonly string[]>>;
type Policy = {
  readonly failurePolicy: string;
  readonly matchConstraints: { readonly resourceRules: readonly Rule[] };
  readonly matchConditions?: readonly { readonly expression: string }[];
  readonly validations: readonly { readonly expression: string; readonly message: string }[];
};

/** Source: kubernetes, apiserver/pkg/admission/plugin/cel/compile.go, BuildRequestType. */
const GROUP_VERSION = { group: 'string', version: 'string' };
const REQUEST = {
  kind: { ...GROUP_VERSION, kind: 'string' },
  resource: { ...GROUP_VERSION, resource: 'string' },
  subResource: 'string',
  name: 'string',
  namespace: 'string',
  operation: 'string',
  userInfo: {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
  dryRun: 'bool',
};

const environment = new Environment({ enableOptionalTypes: true })
  .registerVariable({ name: 'request', schema: REQUEST })
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn');

const objects = objectsOf('policies');

function policyOf(name: string): Policy {
  const found = objects.find(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name === name,
  );
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found['spec'] as Policy;
}

const AGENT = 'system:serviceaccount:kube-system:vnet-agent';
const NODE_NAME = 'authentication.kubernetes.io/node-name';

type Asked = {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** With its group and subresource: `cluster.vnet.azure/nodenetworks/status`. */
  readonly resource: string;
  readonly name?: string;
  readonly username?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly object?: object;
  readonly oldObject?: object;
};

/** Returns the message of the denial, as the API server decides: an expression that fails denies (failurePolicy Fail). */
function deny(policy: Policy, asked: Asked): string | undefined {
  const { operation, resource, name = '', username = 'admin', extra = {} } = asked;
  const { object = {}, oldObject = {} } = asked;
  const slash = resource.indexOf('/');
  const [group, path] = [resource.slice(0, slash), resource.slice(slash + 1)];
  const isMatched = policy.matchConstraints.resourceRules.some(
    (rule) =>
      rule.apiGroups.includes(group) && rule.resources.includes(path) && rule.operations.includes(operation),
  );
  if (!isMatched) return undefined;
  const [plural = '', subResource = ''] = path.split('/');
  const request = {
    kind: { group, version: 'v1', kind: '' },
    resource: { group, version: 'v1', resource: plural },
    subResource,
    name,
    namespace: '',
    operation,
    userInfo: { username, uid: '', groups: [], extra },
    dryRun: false,
  };
  const holds = (expression: string): boolean => {
    try {
      return environment.evaluate(expression, { request, object, oldObject }) === true;
    } catch {
      return false;
    }
  };
  const { matchConditions = [], validations } = policy;
  if (!matchConditions.every(({ expression }) => holds(expression))) return undefined;
  return validations.find(({ expression }) => !holds(expression))?.message;
}

describe('an admission policy', () => {
  it('is in force by a binding, denies where it cannot decide, and is of the types of the API server', () => {
    const policies = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(policies).toHaveLength(2);
    for (const { metadata } of policies) {
      const policy = policyOf(metadata.name);
      const bound = objects.find((object) => {
        const spec = object['spec'] as { policyName?: string };
        return spec.policyName === metadata.name;
      });
      expect(bound?.['spec']).toEqual({ policyName: metadata.name, validationActions: ['Deny'] });
      expect(policy.failurePolicy).toBe('Fail');
      for (const { expression } of [...(policy.matchConditions ?? []), ...policy.validations]) {
        const checked = environment.check(expression);
        expect([expression, checked.error?.message, checked.type]).toEqual([expression, undefined, 'bool']);
      }
    }
    expect(environment.check('request.userInfo.extras').valid).toBe(false);
  });
});

const STATUS = 'cluster.vnet.azure/nodenetworks/status';
const OWN = { [NODE_NAME]: ['node-a'] };

describe('vnet-agent-own-node', () => {
  const denied = (asked: Partial<Asked>): boolean =>
    deny(policyOf('vnet-agent-own-node'), {
      operation: 'UPDATE',
      resource: STATUS,
      name: 'node-a',
      username: AGENT,
      extra: OWN,
      ...asked,
    }) === 'an agent may write only its own node';

  it.each<readonly [string, Partial<Asked>]>([
    ['its own node', {}],
    ['the condition of its own Node', { resource: '/nodes/status' }],
  ])('lets an agent write %s', (_what, asked) => {
    expect(denied(asked)).toBe(false);
  });

  it.each<readonly [string, Partial<Asked>]>([
    ['another node', { name: 'node-b' }],
    ['a node with a name that begins alike', { name: 'node-a2' }],
    ['the Node of another one', { resource: '/nodes/status', name: 'node-b' }],
    ['the spec of another node', { resource: 'cluster.vnet.azure/nodenetworks', name: 'node-b' }],
    ['a new object', { operation: 'CREATE', resource: 'cluster.vnet.azure/nodenetworks', name: 'node-b' }],
    ['a deletion', { operation: 'DELETE', resource: 'cluster.vnet.azure/nodenetworks', name: 'node-b' }],
    ['with a token of no pod', { extra: {} }],
    ['with a token of two nodes', { extra: { [NODE_NAME]: ['node-a', 'node-b'] } }],
    ['with a token of no node', { extra: { [NODE_NAME]: [] } }],
  ])('denies an agent %s', (_what, asked) => {
    expect(denied(asked)).toBe(true);
  });

  it.each([
    ['the controller', 'system:serviceaccount:kube-system:vnet-controller'],
    ['a kubelet', 'system:node:node-b'],
    ['a service account of the same name elsewhere', 'system:serviceaccount:default:vnet-agent'],
  ])('does not concern %s: RBAC does', (_who, username) => {
    expect(denied({ username, name: 'node-b', extra: {} })).toBe(false);
  });

  it('covers all that the roles of agents let them change, and names their account', () => {
    const roles = [...objectsOf('rbac'), ...objectsOf('node-status')];
    const account = roles.find(
      ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === 'vnet-agent',
    );
    expect(AGENT).toBe(`system:serviceaccount:${account?.metadata.namespace}:${account?.metadata.name}`);
    const rules = roles
      .filter(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name.startsWith('vnet-agent'))
      .flatMap(
        (role) => role['rules'] as readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[],
      );
    const changed = rules
      .filter(({ verbs }) => verbs.some((verb) => ['patch', 'update', 'delete'].includes(verb)))
      .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups[0]}/${resource}`));
    expect(changed.toSorted()).toEqual(['/nodes/status', STATUS]);
    expect(changed.map((resource) => denied({ resource, name: 'node-b' }))).toEqual([true, true]);
  });
});

describe('vnet-immutable-revision', () => {
  const REVISION = { spec: { document: { policy: { links: 'repair' } } }, metadata: { labels: {} } };
  const update = (object: object): string | undefined =>
    deny(policyOf('vnet-immutable-revision'), {
      operation: 'UPDATE',
      resource: 'cluster.vnet.azure/networkrevisions',
      oldObject: REVISION,
      object,
    });

  it('lets labels change, and nothing of the spec', () => {
    expect(update({ ...REVISION, metadata: { labels: { app: 'x' } } })).toBeUndefined();
    const changed = { ...REVISION, spec: { document: { policy: { links: 'report' } } } };
    expect(update(changed)).toBe('a NetworkRevision is immutable: create another one');
    expect(update({ ...REVISION, spec: { ...REVISION.spec, reason: 'later' } })).toBeDefined();
  });
});
