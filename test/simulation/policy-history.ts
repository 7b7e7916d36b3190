// Which appendfsync was in force when: a reply promises what the weakest one promises of all those
// between the moment its command ran and the moment it arrived. Invariant: `current` is what the
// server was last told, by its configuration or by CONFIG SET.

export const POLICIES = ['no', 'everysec', 'always'] as const;
export type Policy = (typeof POLICIES)[number];

interface Change {
  /** As `Op.execution`: of the command that set it. */
  readonly execution: number;
  readonly policy: Policy;
}

export class PolicyHistory {
  /** The last change, as a command of the model, that was made before `always` came into force. */
  alwaysAfter = 0;
  private changes: Change[] = [{ execution: 0, policy: 'everysec' }];

  get current(): Policy {
    return this.changes[this.changes.length - 1].policy;
  }

  /**
   * @param execution how many commands have run, the one that sets it included
   * @param command of the model, the last one that changed something
   */
  set(policy: Policy, execution: number, command: number): void {
    if (this.current !== 'always') this.alwaysAfter = command;
    this.changes.push({ execution, policy });
  }

  /** A server has loaded its data, all of which is on the disk. */
  restarted(): void {
    this.changes = this.changes.slice(-1);
    this.alwaysAfter = 0;
  }

  /** @returns the weakest policy since command `execution` ran, up to now */
  weakestSince(execution: number): Policy {
    let weakest: Policy = 'always';
    for (let i = this.changes.length - 1; i >= 0; i--) {
      const change = this.changes[i];
      if (POLICIES.indexOf(change.policy) < POLICIES.indexOf(weakest)) weakest = change.policy;
      if (change.execution < execution) break;
    }
    return weakest;
  }
}
