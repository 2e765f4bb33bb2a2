import { Command, Option } from 'commander';
import type { BootstrapToken } from '../../config/types.ts';
import { InputError, KinitError } from '../../errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/error.ts';
import { firstOf, oneLine } from '../../printable.ts';
import { adminConf } from '../../release/paths.ts';
import { addClusterOptions, type ClusterFlags, type OpenedCluster, openCluster } from '../input/cluster.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { inQuietSession, type Session } from '../session.ts';
import { type TokenFlags, tokenFlags } from './flags.ts';
import { createdTokens } from './request.ts';

interface CreateFlags extends ClusterFlags, TokenFlags {
  readonly dryRun?: boolean;
  readonly printJoinCommand?: boolean;
  readonly certificateKey?: string;
}

/** The `kinit token` command tree. */
export function tokenCommand(io: Io, _exit: (code: number) => void): Command {
  const command = new Command('token').description(
    'Bootstrap tokens: what a node shows to trust a cluster and to be let in. Works with any cluster, kubeadm’s too.',
  );
  return command.addCommand(create(io)).addCommand(show(io)).addCommand(remove(io)).addCommand(generate(io));
}

function create(io: Io): Command {
  const command = new Command('create')
    .description('Create a bootstrap token in the cluster and print it, or the join command with it')
    .option('--print-join-command', 'print the whole join command')
    .option('--certificate-key <key>', 'with --print-join-command: join as a control plane, with this key');
  return clusterCommand(addFlags(command, tokenFlags)).action((token: string | undefined, flags: CreateFlags) =>
    createTokens(token, flags, io),
  );
}

function show(io: Io): Command {
  const command = new Command('list')
    .description('List the bootstrap tokens of the cluster')
    .option('-o, --output <format>', 'text, json or yaml', 'text');
  return clusterCommand(command).action(async (flags: ClusterFlags & { readonly output: string }) => {
    const { tokenList, tokenListFormats } = await import('../../kube/token-list.ts');
    const { tokenFromSecret, tokenSecretsQuery } = await import('../../kube/token.ts');
    const format = tokenListFormats.find((each) => each === flags.output);
    if (!format) throw unknownFormat(flags.output, tokenListFormats);
    await withCluster(flags, io, async ({ kube }, { warn }) => {
      const tokens: BootstrapToken[] = [];
      const others: string[] = [];
      for (const secret of await kube.list(tokenSecretsQuery)) {
        const token = tokenFromSecret(secret);
        if (token) tokens.push(token);
        else others.push(oneLine(secret.metadata.name));
      }
      if (others.length > 0) warn(notWellFormed(others));
      io.stdout.write(tokenList(tokens, format, io.now()));
    });
  });
}

function notWellFormed(names: readonly string[]): string {
  return names.length === 1
    ? `the Secret ${names.join()} is no well-formed bootstrap token`
    : `the Secrets ${firstOf(names)} are no well-formed bootstrap tokens`;
}

function remove(io: Io): Command {
  const command = new Command('delete')
    .description('Delete bootstrap tokens from the cluster')
    .argument('<token...>', 'tokens, or their ids (abcdef)');
  return clusterCommand(command).action(
    async (given: readonly string[], flags: ClusterFlags & { readonly dryRun?: boolean }) => {
      const { tokenRef, tokenIdOf } = await import('../../kube/token.ts');
      const ids = given.map((text) => tokenIdOf(text));
      const ill = ids.flatMap((id, index) => (id === undefined ? [`argument ${index + 1}`] : []));
      if (ill.length > 0) {
        throw new InputError(
          ill.map((place) => ({
            place,
            message: 'is neither a token nor the id of one: six characters, and for a token a dot and sixteen more',
          })),
        );
      }
      await withCluster(flags, io, async (cluster) => {
        const kube = await writable(cluster.kube, flags);
        const missing: string[] = [];
        for (const id of new Set(ids.filter((each) => each !== undefined))) {
          if (await kube.delete(tokenRef(id)))
            io.stdout.write(`bootstrap token "${id}" ${flags.dryRun ? 'would be ' : ''}deleted\n`);
          else missing.push(id);
        }
        if (missing.length > 0) {
          throw new KinitError(`the cluster has no bootstrap token ${missing.join(', ')}`, {
            hint: '`kinit token list` shows those that there are',
          });
        }
      });
    },
  );
}

function generate(io: Io): Command {
  return new Command('generate').description('Print a random bootstrap token; no cluster is asked').action(async () => {
    const { generateToken } = await import('../../kube/token.ts');
    io.stdout.write(`${generateToken()}\n`);
  });
}

async function createTokens(given: string | undefined, flags: CreateFlags, io: Io): Promise<void> {
  const key = flags.certificateKey;
  if (key !== undefined && !flags.printJoinCommand) {
    throw new InputError([{ place: '--certificate-key', message: 'means something only with --print-join-command' }]);
  }
  if (key !== undefined && !/^[0-9a-f]{64}$/i.test(key)) {
    throw new InputError([{ place: '--certificate-key', message: 'is no key of 64 hexadecimal digits' }]);
  }
  const tokens = await createdTokens(given, flags, io);
  const { tokenSecret } = await import('../../manifests/bootstrap-token.ts');
  await withCluster(flags, io, async (cluster) => {
    const kube = await writable(cluster.kube, flags);
    for (const token of tokens) {
      const secret = tokenSecret(token, io.now());
      await kube.create(secret).catch((error: unknown) => alreadyThere(error, token));
      if (flags.dryRun) io.stderr.write(`would create the Secret kube-system/${secret.metadata.name}\n`);
    }
    const token = tokens[0]?.token ?? '';
    io.stdout.write(`${flags.printJoinCommand ? await joinLine(cluster, token, key) : token}\n`);
  });
}

async function joinLine(
  { kubeconfig, caPem }: OpenedCluster,
  token: string,
  certificateKey: string | undefined,
): Promise<string> {
  const { joinCommandLine } = await import('../../manifests/join-command.ts');
  const { caCertHashes } = await import('../../kube/ca-pin.ts');
  if (caPem === undefined) {
    throw new KinitError('the kubeconfig holds no CA, so there is no hash of it for the join command', {
      hint: `use ${adminConf} of a control-plane node (--kubeconfig)`,
    });
  }
  return joinCommandLine({
    endpoint: endpointOf(kubeconfig.server),
    token,
    caCertHashes: caCertHashes(caPem),
    ...(certificateKey === undefined ? {} : { controlPlane: true, certificateKey }),
  });
}

/** `host:port` of a server's URL. */
function endpointOf(server: string): string {
  const { hostname, port } = new URL(server);
  return `${hostname}:${port || 443}`;
}

function alreadyThere(error: unknown, { token }: BootstrapToken): never {
  if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
  const id = token.split('.')[0];
  throw new KinitError(`a token with id "${id}" already exists`, {
    cause: error,
    hint: `delete it first: kinit token delete ${id}`,
  });
}

async function withCluster(
  flags: ClusterFlags,
  io: Io,
  act: (cluster: OpenedCluster, session: Session) => Promise<void>,
): Promise<void> {
  await inQuietSession(io, async (session) => {
    await act(session.closing(await openCluster(flags, io)), session);
  });
}

/** What a dry run writes to goes nowhere. */
async function writable(kube: KubeClient, { dryRun }: { readonly dryRun?: boolean }): Promise<KubeClient> {
  if (!dryRun) return kube;
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  return overlayKubeClient(kube);
}

function clusterCommand(command: Command): Command {
  addClusterOptions(command);
  return command.addOption(new Option('--dry-run', 'ask the cluster, change nothing'));
}

function unknownFormat(format: string, known: readonly string[]): InputError {
  const problem = { place: '-o', message: `"${format}" is none of ${known.join(', ')}` };
  return new InputError([problem], 'templates and jsonpath are not built in: pipe `-o json` into jq');
}
