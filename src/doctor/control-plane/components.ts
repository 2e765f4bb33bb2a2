import { signIn } from '../../execute/signs.ts';
import { runtimeOf } from '../../preflight/runtime-of.ts';
import { staticPodFile, staticPodNames } from '../../release/paths.ts';
import { apiServerPort, controllerManagerPort, etcdClientPort, schedulerPort } from '../../release/ports.ts';
import { type Finding, trouble } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

type Component = (typeof staticPodNames)[number];

/** The one that others wait for first. */
const inOrder: readonly Component[] = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** Parts of the control plane that do not run, with the cause that their own last words tell. */
export const componentsDown: Rule = {
  unless: [
    'RuntimeStopped',
    'CRI',
    'KubeletStopped',
    'KubeletFails',
    'AddressChanged',
    'CertificateExpired',
    'ForeignCertificate',
  ],
  check: (patient) => {
    const down = inOrder.filter((name) => isDown(name, patient));
    const told = down.map((name) => ({ name, finding: whyDown(name, patient) }));
    // Who waits for another one has no cause of its own, nor has any of them without etcd.
    const [first] = told;
    const isFirst = (name: Component) => name === first?.name && (name === 'etcd' || !patient.beyond.etcd?.isLost);
    return told
      .filter(({ finding, name }) => isFirst(name) || ownCauses.has(finding.name))
      .map(({ finding }) => finding);
  },
};

/** Causes that are a component's own, whatever else is down beside it. */
const ownCauses = new Set(['UnknownFlag', 'PortTaken', 'ImageNotPulled', 'ManifestBroken']);

/** A manifest that is not there is a part that nobody starts. */
export const manifestMissing: Rule = {
  check: ({ resident, paths }) => {
    const missing = staticPodNames.filter(
      (name) => name !== 'etcd' && paths.get(staticPodFile(name))?.type === 'absent',
    );
    const isControlPlane = resident.isControlPlane || (missing.length > 0 && missing.length < 3);
    if (!isControlPlane || missing.length === 0) return [];
    return [
      trouble('ManifestMissing', `nobody starts ${missing.join(' and ')}`, {
        evidence: missing.map((name) => `there is no ${staticPodFile(name)}`).join(', '),
        mend: missing
          .map((name) => `kinit init phase control-plane ${name.replace('kube-', '')} --config FILE`)
          .join(' && '),
      }),
    ];
  },
};

function isDown(name: Component, patient: Patient): boolean {
  const { paths, facts, resident } = patient;
  if (paths.get(staticPodFile(name))?.type !== 'file') return false;
  const usual = {
    etcd: etcdClientPort,
    'kube-apiserver': apiServerPort,
    'kube-controller-manager': controllerManagerPort,
    'kube-scheduler': schedulerPort,
  };
  const port =
    (name === 'kube-apiserver' ? resident.endpoint?.bindPort : undefined) ?? portIn(name, patient) ?? usual[name];
  return !facts.listening.some((one) => one.port === port && isOf(one.process, name));
}

/** Programs' names as the kernel keeps them: 15 characters. One that the host does not tell is taken for the right one. */
function isOf(process: string | undefined, name: Component): boolean {
  return process === undefined || process === name.slice(0, 15);
}

function portIn(name: Component, patient: Patient): number | undefined {
  const port = /--secure-port=(\d+)/.exec(manifestOf(name, patient))?.[1];
  return port === undefined || port === '0' ? undefined : Number(port);
}

function whyDown(name: Component, patient: Patient): Finding {
  const { facts, subject, kubeletLog, containers } = patient;
  const manifest = manifestOf(name, patient);
  const file = staticPodFile(name);
  const broken = kubeletLog.findLast(
    (line) =>
      line.includes(file) && /can't process|could not process|couldn't parse|error (parsing|converting)/i.test(line),
  );
  if (broken !== undefined)
    return trouble('ManifestBroken', `the kubelet cannot read the manifest of ${name}`, {
      evidence: broken,
      mend: `mend ${file}`,
    });
  const image = /^\s*image: *["']?([^"'\s]+)/m.exec(manifest)?.[1];
  const images = runtimeOf(facts, subject)?.images ?? [];
  const unpulled = kubeletLog.findLast((line) => image !== undefined && line.includes(image) && /pull/i.test(line));
  if (image !== undefined && !images.includes(image) && unpulled !== undefined)
    return trouble('ImageNotPulled', `the image of ${name}, ${image}, is not there and cannot be pulled`, {
      evidence: unpulled,
      mend: `kinit images pull, or mend the image in ${file}`,
    });
  const log = containers.find(({ container, namespace }) => container === name && namespace === 'kube-system');
  const known = signIn(log?.lines ?? []);
  if (known === undefined) {
    const last = log?.lines.at(-1);
    return trouble('ComponentDown', `${name} does not run`, {
      evidence: last ?? `it has written no log; its manifest is ${file}`,
      mend:
        last === undefined
          ? 'journalctl -u kubelet -n 50 says why no container of it is begun'
          : `ls -t /var/log/pods/kube-system_${name}-*/${name}/*.log | head -n 1 | xargs tail`,
    });
  }
  return { ...ofSign(known.sign.name, name, known.sign, patient), evidence: known.line };
}

/** What it means for a component, and what mends it there. */
function ofSign(
  sign: string,
  name: Component,
  { cause, mend }: { readonly cause: string; readonly mend: string },
  { facts }: Patient,
): Finding {
  const file = staticPodFile(name);
  const known: Readonly<Record<string, { readonly what: string; readonly mend: string }>> = {
    UnknownFlag: {
      what: 'it is given a flag that this version does not know',
      mend: `take the flag out of ${file}, and out of its extraArgs`,
    },
    PortTaken: { what: 'its port is taken by another program', mend: `${listenersOf(name, facts)}` },
    DiskFull: { what: 'the disk is full', mend: 'df -h; du -xh /var | sort -h | tail: free some' },
  };
  const own = known[sign];
  return trouble(sign, `${name} does not run: ${own?.what ?? cause}`, { evidence: '', mend: own?.mend ?? mend });
}

/** Who has a port of the control plane that is not of it. */
function listenersOf(name: Component, { listening }: Patient['facts']): string {
  const ports = new Set([apiServerPort, controllerManagerPort, schedulerPort, etcdClientPort, etcdClientPort + 1]);
  const names = new Set<string>(staticPodNames.map((one) => one.slice(0, 15)));
  const stranger = listening.find(
    ({ port, process }) => ports.has(port) && process !== undefined && !names.has(process),
  );
  return stranger === undefined
    ? `ss -ltnp shows who has the port of ${name}: stop it`
    : `stop ${stranger.process}, which has port ${stranger.port}`;
}

function manifestOf(name: Component, { files }: Patient): string {
  return files.get(staticPodFile(name))?.content?.toString('utf8') ?? '';
}
