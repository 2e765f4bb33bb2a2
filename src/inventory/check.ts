import type { FieldProblem } from '../config/decode.ts';
import { parseAddress } from '../config/network.ts';
import { isHostName, isImageRepository, isSubdomain } from '../config/rules.ts';
import { InputError } from '../errors.ts';
import { parseTarget } from '../host/targets.ts';
import type { YamlPath } from '../yaml-place.ts';
import { checkLoadBalancer } from './load-balancer.ts';
import { packageSourceNames, packageSources } from './package-sources.ts';
import { checkSnapshots } from './snapshots.ts';
import type { Inventory, InventoryHost } from './types.ts';

/** Everything in an inventory that its schema lets pass and that cannot be, each with its path. */
export function checkInventory(inventory: Inventory): readonly FieldProblem[] {
  return [
    ...roles(inventory),
    ...duplicates(inventory.hosts),
    ...inventory.hosts.flatMap((host, index) => under(['hosts', index], checkHost(host))),
    ...under(['ssh'], bastion(inventory.ssh.bastion)),
    ...under(['preparation'], preparation(inventory)),
    ...under(['packages'], packages(inventory)),
    ...under(['runtime'], runtime(inventory)),
    ...repository(['images', 'repository'], inventory.images.repository),
    ...repository(['network', 'imageRepository'], inventory.network.imageRepository),
    ...checkLoadBalancer(inventory),
    ...checkSnapshots(inventory),
  ];
}

function roles({ hosts }: Inventory): readonly FieldProblem[] {
  if (hosts.some(({ role }) => role === 'control-plane')) return [];
  return [{ path: ['hosts'], message: 'has no control plane: give one of the hosts role: control-plane' }];
}

/** Whatever must be one host's own; reported where it stands the second time. */
function duplicates(hosts: readonly InventoryHost[]): readonly FieldProblem[] {
  const rules: readonly { readonly field: YamlPath; readonly of: (host: InventoryHost) => string | undefined }[] = [
    { field: ['name'], of: ({ name }) => name.toLowerCase() },
    { field: ['address'], of: ({ address }) => parseAddress(address)?.text ?? address.toLowerCase() },
    { field: ['ssh', 'address'], of: ({ ssh }) => ssh.address && `${ssh.address} ${ssh.port ?? ''}` },
  ];
  return rules.flatMap(({ field, of }) => {
    const first = new Map<string, string>();
    return hosts.flatMap((host, index): readonly FieldProblem[] => {
      const value = of(host);
      if (value === undefined) return [];
      const other = first.get(value);
      if (other === undefined) first.set(value, host.name);
      if (other === undefined) return [];
      return [{ path: ['hosts', index, ...field], message: `is also that of the host ${other}` }];
    });
  });
}

function checkHost(host: InventoryHost): readonly FieldProblem[] {
  const { name, address, labels, taints = [], ssh } = host;
  return [
    ...(isSubdomain(name)
      ? []
      : [{ path: ['name'], message: `"${name}" is no node name: lower-case letters, digits, "-" and "." (RFC 1123)` }]),
    ...(isHostOrAddress(address)
      ? []
      : [{ path: ['address'], message: `"${address}" is neither an address nor a name` }]),
    ...Object.entries(labels).flatMap(([key, value]) => label(['labels', key], key, value)),
    ...taints.flatMap(({ key, value = '' }, index) => label(['taints', index], key, value)),
    ...under(['ssh'], bastion(ssh.bastion)),
    ...(ssh.fingerprints ?? []).flatMap((text, index) =>
      /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(text)
        ? []
        : [{ path: ['ssh', 'fingerprints', index], message: 'is no fingerprint such as SHA256:... (ssh-keygen -lf)' }],
    ),
  ];
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
function label(path: YamlPath, key: string, value: string): readonly FieldProblem[] {
  const word = /^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
  const [name = '', prefix, ...more] = key.split('/').reverse();
  const isKey = word.test(name) && (prefix === undefined || isSubdomain(prefix)) && more.length === 0;
  if (!isKey) return [{ path, message: `"${key}" is no key: [prefix/]name, letters, digits, "-", "_" and "."` }];
  return value === '' || word.test(value)
    ? []
    : [{ path, message: `"${value}" is no value: at most 63 letters, digits, "-", "_" and "."` }];
}

function bastion(text: string | undefined): readonly FieldProblem[] {
  if (text === undefined || text === 'none') return [];
  try {
    for (const hop of text.split(',')) parseTarget(hop.trim());
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ message }) => ({ path: ['bastion'], message }));
  }
}

function preparation({ preparation: { firewallPorts, modules, sysctls, ntpServers, vaultRepositories } }: Inventory) {
  const every = (field: string, values: readonly string[], is: (text: string) => boolean, what: string) =>
    values.flatMap((text, index): readonly FieldProblem[] =>
      is(text) ? [] : [{ path: [field, index], message: `"${text}" is no ${what}` }],
    );
  return [
    ...every('firewallPorts', firewallPorts, isPortRange, 'port such as 179/tcp or 8472-8475/udp'),
    ...every('modules', modules, (text) => /^\w[\w-]*$/.test(text), 'name of a kernel module'),
    ...every('ntpServers', ntpServers, isHostOrAddress, 'name or address of a server'),
    ...Object.entries(sysctls).flatMap(([key, value]): readonly FieldProblem[] =>
      /^[\w-]+(?:[./][\w:*-]+)+$/.test(key) && /^\P{Cc}+$/u.test(value)
        ? []
        : [{ path: ['sysctls', key], message: 'is no kernel setting such as net.core.somaxconn: "1024"' }],
    ),
    ...(typeof vaultRepositories === 'string' ? url(['vaultRepositories'], vaultRepositories) : []),
  ];
}

function packages({ packages: { source, gpgKeys, gpgCheck } }: Inventory): readonly FieldProblem[] {
  const isNamed = source === 'none' || Object.hasOwn(packageSources, source);
  if (isNamed && gpgKeys.length > 0) {
    return [{ path: ['gpgKeys'], message: `belongs to a repository given by its URL; source is ${source}` }];
  }
  const keys = gpgKeys.flatMap((key, index) => url(['gpgKeys', index], key));
  if (isNamed) return keys;
  const wrong = url(['source'], source, `${packageSourceNames}, none or a URL`);
  if (wrong.length > 0 || !gpgCheck || gpgKeys.length > 0) return [...wrong, ...keys];
  return [{ path: ['source'], message: 'is a repository of your own: give its gpgKeys, or gpgCheck: false' }];
}

function runtime({ runtime: { name, version, registryMirrors, sandboxImage } }: Inventory): readonly FieldProblem[] {
  return [
    ...(version === undefined || /^\d+\.\d+(?:\.\d+)?$/.test(version)
      ? []
      : [{ path: ['version'], message: `"${version}" is no version such as 1.7 or 1.7.27` }]),
    ...Object.entries(registryMirrors).flatMap(([registry, mirrors]) => [
      ...(/^[a-z0-9.-]+(?::\d+)?$/i.test(registry)
        ? []
        : [{ path: ['registryMirrors', registry], message: `"${registry}" is no registry such as docker.io` }]),
      ...mirrors.flatMap((mirror, index) => url(['registryMirrors', registry, index], mirror)),
      ...(name === 'docker' ? dockerMirrors(registry, mirrors) : []),
    ]),
    ...(sandboxImage === undefined || /^[\w./:@-]+$/.test(sandboxImage)
      ? []
      : [{ path: ['sandboxImage'], message: `"${sandboxImage}" is no image` }]),
  ];
}

/** https://docs.docker.com/docker-hub/image-library/mirror/: "mirrors of Docker Hub only"; of others only HTTP can be told. */
function dockerMirrors(registry: string, mirrors: readonly string[]): readonly FieldProblem[] {
  const isItself = mirrors.every((mirror) => mirror.replace(/\/$/, '') === `http://${registry}`);
  if (registry === 'docker.io' || isItself) return [];
  const message = `docker has mirrors of docker.io alone: for Kubernetes' own images give images.repository`;
  return [{ path: ['registryMirrors', registry], message }];
}

/** What stands in a URL ends up in files that everybody on the host may read. */
function url(path: YamlPath, text: string, what = 'a URL'): readonly FieldProblem[] {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !['http:', 'https:', 'file:'].includes(parsed.protocol) || /[\s\p{Cc}]/u.test(text)) {
    return [{ path, message: `has to be ${what}, http://, https:// or file://` }];
  }
  if (parsed.username === '' && parsed.password === '') return [];
  return [{ path, message: 'must not hold a user or password: everybody on the hosts could read them' }];
}

function repository(path: YamlPath, text: string | undefined): readonly FieldProblem[] {
  if (text === undefined || isImageRepository(text)) return [];
  return [{ path, message: `"${text}" is no image repository such as registry.example.com/kubernetes` }];
}

function isHostOrAddress(text: string): boolean {
  return parseAddress(text) !== undefined || isHostName(text.toLowerCase());
}

function isPortRange(text: string): boolean {
  const [, low, high = low] = /^(\d{1,5})(?:-(\d{1,5}))?\/(?:tcp|udp|sctp)$/.exec(text) ?? [];
  return low !== undefined && Number(low) >= 1 && Number(low) <= Number(high) && Number(high) <= 65535;
}

function under(path: YamlPath, problems: readonly FieldProblem[]): readonly FieldProblem[] {
  return problems.map((problem) => ({ path: [...path, ...problem.path], message: problem.message }));
}
