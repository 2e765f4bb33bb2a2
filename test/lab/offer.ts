import { cpSync, existsSync, readdirSync } from 'node:fs';
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
  const root = rootOfMirror(lab);
  const folder = `kubernetes-${version.kubernetes}`;
  const [packages, key] = [join(root, 'srv', folder), `RPM-GPG-KEY-${version.kubernetes}`];
  if (!existsSync(packages)) {
    cpSync(join(centos.mirror, 'srv', 'kubernetes'), packages, { recursive: true });
    cpSync(join(centos.mirror, 'srv', 'RPM-GPG-KEY'), join(root, 'srv', key));
  }
  await addImages(version, centos.mirror, root);
  const mirror = lab.repository.url.replace(/\/kubernetes$/, '');
  return { url: `${mirror}/${folder}`, key: `${mirror}/${key}` };
}

/** The lab's registry has the etcd of a version under another tag, too. */
export async function offerEtcd(lab: Lab, version: LabVersion, tag: string): Promise<void> {
  const { centos } = await prepareCentos(version);
  const root = rootOfMirror(lab);
  await addImages(version, centos.mirror, root);
  const tags = join(registry, 'docker/registry/v2/repositories/etcd/_manifests/tags');
  const [own = ''] = readdirSync(join(centos.mirror, tags));
  cpSync(join(centos.mirror, tags, own), join(root, tags, tag), { recursive: true });
}

const registry = 'var/lib/docker-registry';

/** Layers and tags beside those that are there. */
async function addImages({ kubernetes }: LabVersion, mirror: string, root: string): Promise<void> {
  const { code, stderr } = await run(['cp', '-an', `${join(mirror, registry)}/.`, join(root, registry)]);
  if (code !== 0) throw new Error(`the images of ${kubernetes}: ${stderr}`);
}

function rootOfMirror({ name }: Lab): string {
  return `/proc/${firstProcess(groupOf(name, 'mirror'))}/root`;
}
