/** Custom resource definitions with structural schemas, from the schemas of document and cluster. */
import { renderYaml } from '../reconciler/document/yaml/parse.ts';

type Fields = { readonly [key: string]: unknown };

/** Schemas of JSON Schema 2020-12 by name. */
type Definitions = Readonly<Record<string, Fields>>;

/** The schema of the document. */
type DocumentSchema = { readonly properties: Definitions; readonly $defs: Definitions };

/** Parts of the document that no revision has: identity, and the fields that CNI writes. */
const NODE_OWN = ['apiVersion', 'kind', 'metadata', 'endpoints', 'released'];

const GROUP = 'cluster.vnet.azure';

/** One resource. Shape: `hasStatus`: the status is a part of its own, with writers of its own. */
type Definition = {
  readonly kind: string;
  readonly plural: string;
  readonly short: string;
  readonly schema: string;
  readonly hasStatus: boolean;
  readonly columns: readonly (readonly [name: string, type: string, jsonPath: string])[];
};

const condition = (type: string): string => `.status.conditions[?(@.type=="${type}")].status`;

const AGE = ['Age', 'date', '.metadata.creationTimestamp'] as const;

const DEFINITIONS: readonly Definition[] = [
  {
    kind: 'NetworkRevision',
    plural: 'networkrevisions',
    short: 'nrev',
    schema: 'networkRevision',
    hasStatus: false,
    columns: [['Reason', 'string', '.spec.reason'], AGE],
  },
  {
    kind: 'NetworkRollout',
    plural: 'networkrollouts',
    short: 'nroll',
    schema: 'networkRollout',
    hasStatus: true,
    columns: [
      ['Revision', 'string', '.spec.revision'],
      ['Phase', 'string', '.status.phase'],
      ['Step', 'integer', '.status.step'],
      ['Nodes', 'integer', '.status.nodes.total'],
      ['Confirmed', 'integer', '.status.nodes.confirmed'],
      ['Failed', 'integer', '.status.nodes.failed'],
      ['Halted by', 'string', '.status.halted.node'],
      AGE,
    ],
  },
  {
    kind: 'NodeNetwork',
    plural: 'nodenetworks',
    short: 'nnet',
    schema: 'nodeNetwork',
    hasStatus: true,
    columns: [
      ['Desired', 'string', '.spec.desiredRevision'],
      ['Confirmed', 'string', '.status.revision.confirmed'],
      ['Ready', 'string', condition('Ready')],
      ['Converged', 'string', condition('Converged')],
      ['Free', 'integer', '.status.addresses.free'],
      ['Capacity', 'integer', '.status.addresses.capacity'],
      ['Drift', 'integer', '.status.drift.count'],
      AGE,
    ],
  },
];

/** Returns the definitions as YAML, by path below the project's top. */
export function renderDefinitions(
  document: DocumentSchema,
  cluster: Definitions,
): ReadonlyMap<string, string> {
  return new Map(
    DEFINITIONS.map((definition) => [
      `deploy/kubernetes/crds/${definition.plural}.yaml`,
      `# Generated from schemas/ by \`npm run generate\`. Do not edit.\n${renderYaml(definitionOf(definition, document, cluster))}`,
    ]),
  );
}

function definitionOf(definition: Definition, document: DocumentSchema, cluster: Definitions): Fields {
  const { kind, plural, short, columns, hasStatus } = definition;
  const schema = structural(cluster[definition.schema] ?? {}, cluster) as { properties: Fields };
  const properties = { ...schema.properties };
  if (definition.schema === 'networkRevision') {
    const spec = properties['spec'] as { properties: Fields };
    properties['spec'] = { ...spec, properties: { ...spec.properties, document: fragmentOf(document) } };
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [short] },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          ...(hasStatus ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
          schema: { openAPIV3Schema: { ...schema, properties } },
        },
      ],
    },
  };
}

/**
 * The hand-edited part of the document, which a revision may have: each field optional, without the uplinks, which every node has for
 * itself. Unknown fields are kept, so that an agent sees and refuses them.
 */
function fragmentOf({ properties, $defs }: DocumentSchema): Fields {
  const modes = ($defs['network'] as { oneOf: readonly { $ref: string }[] }).oneOf;
  const networks = modes.map(({ $ref }) => structural($defs[nameOf($ref)] ?? {}, $defs));
  const { uplink: _, ...fields } = (networks.reduce(united) as { properties: Fields }).properties;
  const mode = { ...(fields['mode'] as Fields), description: 'The mode of the network.' };
  const network = { type: 'object', description: 'One network.', properties: { ...fields, mode } };
  const sections = Object.entries(properties)
    .filter(([name]) => !NODE_OWN.includes(name))
    .map(([name, section]) => [name, name === 'networks' ? {} : structural(section, $defs)]);
  const whole = {
    type: 'object',
    description:
      "The fields of vnet.yaml that every node gets. Each field replaces the node's; absent ones stay. Lists are replaced as a whole.",
    properties: {
      ...Object.fromEntries(sections),
      networks: {
        type: 'object',
        description: 'The networks, by the name of their CNI configuration.',
        additionalProperties: network,
      },
    },
  };
  return partial(whole);
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** Keywords of a structural schema that mean the same. Source: Kubernetes, "Specifying a structural schema". */
const KEPT = [
  'type',
  'description',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
];

/**
 * Returns the schema without references, in the form of a structural schema. Defaults are left out: the server would write them
 * into objects. Look-aheads are left out of patterns: RE2 has none.
 */
function structural(schema: Fields, definitions: Definitions): Fields {
  const { $ref, ...own } = schema;
  if (typeof $ref === 'string') return structural({ ...definitions[nameOf($ref)], ...own }, definitions);
  const kept = Object.fromEntries(KEPT.flatMap((key) => (key in schema ? [[key, schema[key]]] : [])));
  const { pattern, properties, additionalProperties, items, required } = schema;
  const constant = 'const' in schema ? { enum: [schema['const']] } : {};
  const isLarge = typeof schema['maximum'] === 'number' && schema['maximum'] > 2 ** 31 - 1;
  const more =
    typeof additionalProperties === 'object'
      ? structural(additionalProperties as Fields, definitions)
      : undefined;
  // A port is a number or a name.
  const { type: _type, ...untyped } = kept;
  const isEither = Array.isArray(schema['type']) || schema['anyOf'] !== undefined;
  return {
    ...(isEither ? { ...untyped, 'x-kubernetes-int-or-string': true } : kept),
    ...constant,
    ...(isLarge ? { format: 'int64' } : {}),
    ...(typeof pattern === 'string' ? { pattern: pattern.replaceAll(/\(\?[=!][^)]*\)/g, '') } : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties as Definitions).map(([key, field]) => [
              key,
              structural(field, definitions),
            ]),
          ),
        }),
    ...(Array.isArray(required) && required.length > 0 ? { required } : {}),
    ...(items === undefined ? {} : { items: structural(items as Fields, definitions) }),
    ...(more === undefined ? {} : { additionalProperties: more }),
    ...(additionalProperties === true ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  };
}

/** Returns the union of two schemas: properties of both, values of both. */
function united(left: Fields, right: Fields): Fields {
  const [ours, theirs] = [left, right].map(({ properties }) => (properties ?? {}) as Definitions);
  const keys = [...new Set([...Object.keys(ours ?? {}), ...Object.keys(theirs ?? {})])];
  const properties = keys.map((key) => {
    const [mine, other] = [ours?.[key], theirs?.[key]];
    return [key, mine === undefined || other === undefined ? (mine ?? other) : united(mine, other)] as const;
  });
  const values = [left, right].map((schema) => schema['enum'] as readonly unknown[] | undefined);
  const isListed = values.every((list) => list !== undefined);
  const { enum: _enum, required: _required, ...rest } = left;
  return {
    ...rest,
    ...(isListed ? { enum: [...new Set(values.flat())] } : {}),
    ...(keys.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
  };
}

/** Returns the schema with all fields optional, but those of list items, which are replaced as a whole. */
function partial(schema: Fields): Fields {
  const { required: _, properties, additionalProperties, ...rest } = schema;
  const fields = Object.entries((properties ?? {}) as Definitions);
  return {
    ...rest,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(fields.map(([key, field]) => [key, partial(field)])) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: partial(additionalProperties as Fields) }),
    ...(properties === undefined ? {} : { 'x-kubernetes-preserve-unknown-fields': true }),
  };
}
