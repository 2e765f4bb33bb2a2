import type { InitResult } from '../../workflows/node/init.ts';
import { isSelected } from '../../workflows/stage.ts';
import type { InitCommand } from './on-host.ts';

/** Writes what `init` is run for: the closing message with the join commands, or the one thing that a single phase made. */
export async function sayInitResult(command: InitCommand, result: InitResult): Promise<void> {
  const { io, flags, session } = command;
  const { context, selection, token, caPem, changed } = result;
  if (selection.only !== undefined) return saySinglePhase(command, result);
  const { controlPlaneServer } = await import('../../pki/kubeconfig-table.ts');
  const endpoint = controlPlaneServer(context.config).replace('https://', '');
  if (session.json) return io.result({ endpoint, changes: changed.length });
  sayCertificateKey(command, result);
  if (token === undefined || caPem === undefined || !isSelected('show-join-command', selection)) return;
  const { caCertHashes } = await import('../../kube/ca-pin.ts');
  const { initClosingMessage, workstationClosing } = await import('../../manifests/closing-message.ts');
  const { withheld } = await import('../../manifests/join-command.ts');
  const key = uploadedKey(result);
  const message = initClosingMessage({
    join: { endpoint, token: flags.skipTokenPrint ? withheld : token, caCertHashes: caCertHashes(caPem) },
    sharedEndpoint: context.config.cluster.controlPlaneEndpoint !== undefined,
    certificatesUploaded: key !== undefined,
    ...(command.network.kind === 'none'
      ? {}
      : { network: command.network.kind === 'flannel' ? 'flannel' : command.network.name }),
    ...(key === undefined ? {} : { certificateKey: flags.skipCertificateKeyPrint ? withheld : key }),
  });
  io.stdout.write(flags.host === undefined ? message : workstationClosing(message, flags.host[0] ?? ''));
}

function saySinglePhase(command: InitCommand, result: InitResult): void {
  const { io, flags } = command;
  const { selection } = result;
  if (command.session.json) io.result({ changes: result.changed.length });
  else if (selection.only === 'upload-certs') sayCertificateKey(command, result);
  else if (selection.only === 'bootstrap-token' && result.token !== undefined && !flags.skipTokenPrint) {
    io.stdout.write(`[bootstrap-token] Using token: ${result.token}\n`);
  }
}

function sayCertificateKey(command: InitCommand, result: InitResult): void {
  const key = uploadedKey(result);
  if (key !== undefined && !command.flags.skipCertificateKeyPrint) {
    command.io.stdout.write(`[upload-certs] Using certificate key:\n${key.reveal()}\n`);
  }
}

function uploadedKey({ context, selection }: InitResult) {
  return isSelected('upload-certs', selection) ? context.upload?.certificateKey : undefined;
}
