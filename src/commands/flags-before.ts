import type { Command } from 'commander';

/**
 * Flags that stand before the name of a command's child (`init --dry-run phase certs sa`) are the child's, as for kubeadm
 * (cobra hands every flag to the command that runs): those that it takes are set, the others refused. What stands after
 * the name goes first; of a flag that collects, both count.
 */
export function giveFlagsToChild(_: Command, child: Command): void {
  for (let parent = child.parent; parent?.parent; parent = parent.parent) {
    for (const option of parent.options) {
      const name = option.attributeName();
      if (parent.getOptionValueSource(name) !== 'cli' || option.hidden) continue;
      if (!child.options.some(({ long }) => long === option.long)) refuse(child, parent, option.long ?? option.flags);
      const [before, own] = [parent.getOptionValue(name), child.getOptionValue(name)];
      const given = child.getOptionValueSource(name) === 'cli';
      if (!given) child.setOptionValueWithSource(name, before, 'cli');
      else if (Array.isArray(before) && Array.isArray(own))
        child.setOptionValueWithSource(name, [...before, ...own], 'cli');
    }
  }
}

function refuse(child: Command, parent: Command, flag: string): never {
  const message = `error: '${pathOf(child)}' does not take ${flag}, which stands after '${pathOf(parent)}'`;
  return child.error(message, { code: 'commander.unknownOption' });
}

/** `init phase certs sa` */
function pathOf(command: Command): string {
  const above = command.parent?.parent ? `${pathOf(command.parent as Command)} ` : '';
  return `${above}${command.name()}`;
}
