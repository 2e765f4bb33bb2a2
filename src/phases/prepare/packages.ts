import { exitCodes, KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { packagesBefore } from '../../execute/record-paths.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { dockerFootprint, dockerFootprintReads } from './docker-footprint.ts';
import { heldPackages, ownRepositories } from './own-repositories.ts';
import { installedQuery, lackingPackages, stayingPackages } from './wanted-packages.ts';

/** Kubernetes, its runtime and the tools that they need, in the versions that belong together. */
export const packages: Phase<PrepareContext> = {
  name: 'packages',
  title: 'Packages',
  reads: ({ distribution, inventory }) => {
    const docker = inventory.runtime.name === 'docker' ? dockerFootprintReads : {};
    const query = distribution.packageManager === undefined ? [] : [installedQuery];
    return {
      files: docker.files ?? [],
      paths: [packagesBefore, ...(docker.paths ?? [])],
      services: ['kubelet'],
      commands: [...query, ...(docker.commands ?? [])],
    };
  },
  desired: (context, observed): readonly Change[] => {
    const manager = context.distribution.packageManager;
    if (manager === undefined) return byHand(context);
    const lacking = lackingPackages(context, observed);
    const staying = stayingPackages(context, observed);
    const warnings = staying.map((spec): Change => {
      const text = `${spec} is not installed over another version: this host is a node of a cluster already`;
      return { kind: 'note', warning: true, text };
    });
    const isInterrupted = (observed.paths.get(packagesBefore)?.type ?? 'absent') !== 'absent';
    const install: Change = {
      kind: 'packages',
      manager,
      names: lacking,
      options: optionsOf(context),
      says:
        lacking.length > 0
          ? `[packages] Installing ${lacking.join(', ')} with ${manager}${context.fromBundle ? ' from the bundle' : ''}`
          : '[packages] Writing down what an installation that was interrupted has brought',
      advice: context.fromBundle ? adviceForBundle : adviceForRepositories,
    };
    return [
      ...warnings,
      ...(bringsDocker(context, lacking) ? [dockerFootprint(observed)] : []),
      ...(lacking.length > 0 || isInterrupted ? [install] : []),
      ...notHeld(context, lacking),
      ...enabledKubelet(lacking, observed),
    ];
  },
};

/** An operator's docker that only gets another version stays the operator's. */
function bringsDocker({ facts }: PrepareContext, lacking: readonly string[]): boolean {
  return !facts.services.has('docker') && lacking.some((spec) => /^docker-ce(-\d|$)/.test(spec));
}

/** kinit excludes packages in its own repository files; into those of others, and into their locks, it does not write. */
function notHeld({ inventory, fromBundle }: PrepareContext, lacking: readonly string[]): readonly Change[] {
  if (inventory.packages.source !== 'none' || fromBundle !== undefined) return [];
  const names = heldPackages.filter((name) => lacking.some((spec) => spec.replace(/-\d.*$/, '') === name));
  if (names.length === 0) return [];
  const text = `[packages] They come from repositories of yours (packages.source: none), so kinit does not hold them: an update of the whole system may upgrade ${names.join(', ')} unless you exclude them there or lock them`;
  return [{ kind: 'note', text }];
}

const adviceForRepositories =
  'look whether the host reaches its repositories (yum repolist -v, proxy, DNS), or choose others: packages.source';
const adviceForBundle =
  'only the bundle that was brought to the host is asked: give one for this file (--bundle), or remove /etc/yum.repos.d/kinit-bundle.repo there to have packages.source asked';

function optionsOf(context: PrepareContext): readonly string[] {
  return context.fromBundle ?? ownRepositories(context).map(({ id }) => `--disableexcludes=${id}`);
}

/** It starts when there is something for it to do; until then it only must not be forgotten at the next boot. */
function enabledKubelet(lacking: readonly string[], { services }: Observed): readonly Change[] {
  const service = services.get('kubelet');
  const comes = lacking.some((spec) => spec.startsWith('kubelet-'));
  if (service?.enabled || !(service?.exists || comes)) return [];
  const systemctl = (verb: string) => ['systemctl', '--quiet', verb, 'kubelet'];
  return [{ kind: 'command', argv: systemctl('enable'), undo: systemctl('disable') }];
}

/** Where kinit knows no package manager. Throws KinitError with what is missing. */
function byHand({ distribution, facts, inventory, host }: PrepareContext): readonly Change[] {
  const missing = ['kubelet', inventory.runtime.name].filter((program) => !facts.programs.has(program));
  if (missing.length === 0) return [];
  throw new KinitError(
    `kinit installs no packages on ${distribution.name}, and there is no ${missing.join(' and no ')}`,
    {
      host: host.name,
      exitCode: exitCodes.preflight,
      hint: 'install them by hand, or take a host of the RHEL family',
    },
  );
}
