/** vnet.yaml(5), generated from the schema that validates the document. Pure. */
import schema from '../../../schemas/generated/vnet.schema.json' with { type: 'json' };
import { type FieldValue, fieldValue } from '../verbs/schema/field-report.ts';
import { listFields, renderValue, type SchemaNode } from '../verbs/schema/schema-fields.ts';
import { literal, definitions, type Page, paragraph } from '../../app/manual-page.ts';

const SCHEMA: SchemaNode = schema;

/** Returns the page: every field with type, default, allowed values, who may change it, and an example. */
export function documentPage(): Page {
  const fields = listFields(SCHEMA).map((field): readonly [string, string] => {
    const value = fieldValue(field);
    return [value.path, fieldText(value)];
  });
  return {
    name: 'vnet.yaml',
    section: 5,
    about: 'the desired network state of a node',
    aliases: [],
    sections: [
      {
        title: 'DESCRIPTION',
        blocks: [
          paragraph(SCHEMA.description ?? ''),
          paragraph(
            'A YAML file. People edit networks and policy with any editor, at any time; CNI calls write endpoints and released and preserve every other byte, comments included. The next command or call validates a save: if it is invalid, the previous generation stays in force and vnet status shows the error.',
          ),
        ],
      },
      { title: 'FIELDS', blocks: [definitions(fields)] },
      { title: 'EXAMPLE', blocks: [paragraph('A node with one bridge:'), literal(...EXAMPLE)] },
      {
        title: 'SEE ALSO',
        blocks: [paragraph('vnet(1), vnet-schema(1), vnet-validate(1), vnet-edit(1), azure-vnet(8)')],
      },
    ],
  };
}

function fieldText(value: FieldValue): string {
  const { description = '', type, required, unit, default: preset, allowed, changedBy, example } = value;
  const facts = [
    `Type: ${type}${unit === undefined ? '' : ` (${unit})`}`,
    ...(required ? ['Required'] : []),
    ...(preset === undefined ? [] : [`Default: ${renderValue(preset)}`]),
    ...(allowed === undefined ? [] : [`Allowed: ${allowed}`]),
    `Changed by: ${changedBy}`,
    ...(example === undefined ? [] : [`Example: ${example}`]),
  ];
  return [description, ...facts.map((fact) => (fact.endsWith('.') ? fact : `${fact}.`))].join(' ').trim();
}

const EXAMPLE = [
  'apiVersion: vnet.azure/v2',
  'kind: NodeNetwork',
  'metadata:',
  '  node: node-1',
  '  generation: 1',
  'networks:',
  '  azure:',
  '    mode: bridge',
  '    uplink:',
  '      name: eth0',
  "      mac: '00:0d:3a:51:c4:90'",
  '      addresses:',
  '        - address: 10.240.0.35/16',
  '      routes:',
  '        - { to: default, via: 10.240.0.1 }',
  '    bridge:',
  '      name: azure0',
  '    pools:',
  '      ipv4:',
  '        source: static',
  '        subnet: 10.240.0.0/16',
  '        gateway: 10.240.0.1',
  '        addresses: [10.240.0.36-10.240.0.65]',
  'endpoints: {}',
];
