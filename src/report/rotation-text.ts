import type { RotationPeriod } from '../pki/authority-rotation.ts';
import type { RotationPlan, RotationResult } from '../workflows/certificates/authority/rotation-input.ts';
import { table } from './host-table.ts';
import { outcomeTable } from './outcome-table.ts';

const meaning: Readonly<Record<RotationPeriod, string>> = {
  trust: 'the old CA signs, both are trusted',
  sign: 'the new CA signs, both are trusted',
  forget: 'the new CA alone is trusted',
};

/** The way that a rotation goes, period by period, and which pods it concerns. */
export function rotationPlanText({ authority, wasOver, steps, workloads }: RotationPlan, file: string): string {
  if (wasOver) return overText(authority.title);
  const rows = steps.map(({ period, machines }, at) => {
    const due = machines.filter(({ isDue }) => isDue).map(({ name }) => name);
    const done = machines.length - due.length;
    const what = [
      due.length === 0 ? 'what the cluster tells of it' : due.join(', '),
      ...(done > 0 ? [`(${done} done)`] : []),
    ];
    return [`${at + 1}`, period, meaning[period], what.join(' ')];
  });
  return [
    table(['STEP', 'PERIOD', 'WHAT HOLDS THEN', 'MACHINES, ONE AFTER THE OTHER'], rows),
    ...(workloads.length === 0
      ? []
      : [
          `Pods read the CA when they start. Before the new one signs these have to begin anew (kube-proxy and CoreDNS do by themselves, \`--workloads restart\` does all that roll):\n${listOf(workloads)}`,
        ]),
    `\`kinit certs rotate-ca${nameOf(authority.name)} --config ${file}\` does it; with \`--until trust\` it stops where kubeconfigs elsewhere can be fetched anew.\n`,
  ].join('\n');
}

/** How a rotation ended. */
export function rotationText(result: RotationResult, file: string, width?: number): string {
  const { authority, outcomes, wasOver } = result;
  if (wasOver) return overText(authority.title);
  const rows = outcomes.map(({ host, role, period, result: how, what, error }) => ({
    host,
    cells: [role, period, how, what],
    error,
  }));
  return [outcomeTable(['ROLE', 'PERIOD', 'RESULT', 'WHAT'], rows, width), endOf(result, file)].join('\n');
}

function endOf({ authority, outcomes, reached, waitsFor, joinHashes }: RotationResult, file: string): string {
  const again = `kinit certs rotate-ca${nameOf(authority.name)} --config ${file}`;
  if (waitsFor.length > 0) {
    return `Both CAs are trusted on all machines; the old one still signs. These have pods that read the CA before that, and would lose the cluster when the new one signs:\n${listOf(waitsFor)}Begin them anew (\`kubectl rollout restart\`, or \`--workloads restart\`), then go on: \`${again}\`\n${elsewhere(file)}`;
  }
  if (outcomes.some(({ error }) => error !== undefined))
    return `What is done stays done, and nothing has lost its trust: \`${again}\` goes on from here.\n`;
  const joins = joinHashes.length === 0 ? '' : `Nodes join with --discovery-token-ca-cert-hash ${joinHashes.at(-1)}\n`;
  if (reached === 'forget') {
    const gone = authority.everywhere
      ? 'Join commands with the hash of the old CA, and kubeconfigs with its certificates, are refused from now on.\n'
      : '';
    return `The new CA alone is trusted now.\n${gone}${joins}${authority.everywhere ? elsewhere(file) : ''}`;
  }
  const state = reached === undefined ? '' : `${meaning[reached]}. `;
  return `${state === '' ? '' : `${state.charAt(0).toUpperCase()}${state.slice(1)}`}Go on with \`${again}\`\n${reached === 'sign' ? joins : ''}${authority.everywhere ? elsewhere(file) : ''}`;
}

/** As `kinit kubeconfig fetch` is told. */
function elsewhere(file: string): string {
  return `Kubeconfigs elsewhere trust and show the CA that they were made with: kinit kubeconfig fetch --config ${file} --merge\n`;
}

function overText(title: string): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)} was replaced within the last hour: nothing to do.\n`;
}

function nameOf(name: string): string {
  return name === 'ca' ? '' : ` --ca ${name}`;
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `  ${name}\n`).join('');
}

/** The same for a machine. */
export function rotationObject({
  authority,
  outcomes,
  reached,
  waitsFor,
  wasOver,
  joinHashes,
}: RotationResult): object {
  return {
    ca: authority.name,
    reached: reached ?? null,
    wasOver,
    waitsFor,
    joinHashes,
    hosts: outcomes.map(({ error, ...rest }) => ({
      ...rest,
      error: error?.message ?? null,
      hint: error?.hint ?? null,
    })),
  };
}
