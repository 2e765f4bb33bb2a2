import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCentos } from './artefacts.ts';
import { firstProcess, groupOf } from './inside.ts';
import type { Lab } from './lab.ts';
import { run } from './process.ts';
import type { LabVersion } from './versions.ts';

/** Where the packages of a further version are. */
export interface Offered {
  readonly url: string;
  readonly key: string;
}

/** The lab's mirror has the packages and images of a further version, too, until it is made anew. */
export async function offerVersion(lab: Lab, version: LabVersion): Promise<Offered> {
  const { centos } = await prepareCentos(version);
  const root = `/proc/${firstProcess(groupOf(lab.name, 'mirror'))}/root`;
  const folder = `kubernetes-${version.kubernetes}`;
  const [packages, key] = [join(root, 'srv', folder), `RPM-GPG-KEY-${version.kubernetes}`];
  if (!existsSync(packages)) {
    cpSync(join(centos.mirror, 'srv', 'kubernetes'), packages, { recursive: true });
    cpSync(join(centos.mirror, 'srv', 'RPM-GPG-KEY'), join(root, 'srv', key));
  }
  // Layers and tags beside those that are there.
  const registry = 'var/lib/docker-registry';
  const { code, stderr } = await run(['cp', '-an', `${join(centos.mirror, registry)}/.`, join(root, registry)]);
  if (code !== 0) throw new Error(`the images of ${version.kubernetes}: ${stderr}`);
  const mirror = lab.repository.url.replace(/\/kubernetes$/, '');
  return { url: `${mirror}/${folder}`, key: `${mirror}/${key}` };
}
