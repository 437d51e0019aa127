/** Resources of the Kubernetes API and their paths. Pure. */

/** A resource. Shape: `group` is empty for the core group; `plural` is its name in paths. */
export type Resource = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
};

/** The object, and optionally a part of it. */
export type ObjectPlace = {
  readonly name: string;
  readonly namespace?: string;
  readonly subresource?: 'status';
};

function clusterWide(plural: string, kind: string): Resource {
  return { group: '', version: 'v1', plural, kind, isNamespaced: false };
}

function namespaced(group: string, plural: string, kind: string): Resource {
  return { group, version: 'v1', plural, kind, isNamespaced: true };
}

/** The built-in resources that agent and controller use. */
export const NODES: Resource = clusterWide('nodes', 'Node');

/** The objects that network policies depend on. */
export const PODS: Resource = namespaced('', 'pods', 'Pod');

/** The namespaces, for their labels. */
export const NAMESPACES: Resource = clusterWide('namespaces', 'Namespace');

/** The network policies of the cluster. */
export const NETWORK_POLICIES: Resource = namespaced('networking.k8s.io', 'networkpolicies', 'NetworkPolicy');

/** The leases by which one controller is elected. */
export const LEASES: Resource = namespaced('coordination.k8s.io', 'leases', 'Lease');

/** Events about objects. */
export const EVENTS: Resource = namespaced('events.k8s.io', 'events', 'Event');

/** Returns the value of `apiVersion` of the resource's objects. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Returns the path of the collection, of one namespace or of all. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { group, version, plural, isNamespaced } = resource;
  const top = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within =
    isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${top}${within}/${plural}`;
}

/** Returns the path of one object. */
export function objectPath(resource: Resource, { name, namespace, subresource }: ObjectPlace): string {
  const part = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}${part}`;
}
