/** The manifests of deploy/kubernetes as objects. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiObject, isApiObject } from '../../reconciler/cluster/api/objects.ts';
import type { Resource } from '../../reconciler/cluster/api/resources.ts';
import { parseYaml } from '../../reconciler/document/yaml/parse.ts';

const deploy = join(import.meta.dirname, '../../deploy/kubernetes');

/** The objects of a base, in the order of its files. */
export function objectsOf(base: string): readonly ApiObject[] {
  const files = readdirSync(join(deploy, base)).filter((name) => name !== 'kustomization.yaml');
  return files.flatMap((name) =>
    readFileSync(join(deploy, base, name), 'utf8')
      .split(/^---$/m)
      .map((text) => {
        const parsed = parseYaml(text);
        const value: unknown = 'value' in parsed ? JSON.parse(JSON.stringify(parsed.value)) : undefined;
        if (!isApiObject(value)) throw new Error(`${name}: no object`);
        return value;
      }),
  );
}

/** The resource of an object, by the rule that its kinds follow. */
export function resourceOf({ apiVersion = '', kind = '', metadata }: ApiObject): Resource {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const plural = `${kind.toLowerCase()}s`;
  return { group, version, plural, kind, isNamespaced: metadata.namespace !== undefined };
}
